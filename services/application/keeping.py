"""Which of the stored objects application's events name: attachments until they are erased, stamped papers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import text

from services.application.decider import application
from services.application.decider.attachment import attachment
from services.application.events.attachment import AttachmentErased
from services.application.events.review import OpinionStamped
from services.application.stamping.commands import PAPER, paper_as
from shared.runtime.service import Runtime

_ATTACHMENTS = """
SELECT originator_id FROM stored_events WHERE originator_id = ANY(:names)
GROUP BY originator_id HAVING NOT bool_or(topic = :erased)
"""


async def named(runtime: Runtime, names: Sequence[str]) -> set[str]:
    """By the record itself: a read model may be behind, or have set an event aside."""
    attachments = [name for name in names if name.startswith(attachment.id_of(""))]
    async with runtime.database.transaction() as session:
        found = await session.execute(text(_ATTACHMENTS), {"names": attachments, "erased": AttachmentErased.TOPIC})
        known = set(found.scalars())
    papers: dict[str, set[str]] = defaultdict(set)
    for name in names:
        if name.startswith(PAPER):
            papers[name.removeprefix(PAPER).partition("-")[2]].add(name)
    for number, its in papers.items():
        history = await runtime.aggregates.history(application.id_of(number))
        stamped = {each.event.digest for each in history if isinstance(each.event, OpinionStamped)}
        known |= its & {paper_as(digest, number) for digest in stamped}
    return known
