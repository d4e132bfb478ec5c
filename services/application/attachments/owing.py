"""What an attachment that nothing names owes: that its content goes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from services.application.attachments.commands import stored_as
from services.application.decider.attachment import AttachmentState, ConcludeErasure, DiscardAttachment, attachment
from services.application.events import attachment as events
from shared.deadlines.book import DeadlineRow, Owed, Settled
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime

DISCARD = "attachment-discard"
KEPT = timedelta(days=7)  # without a name


def deadlines_of(happened: Happened) -> Iterator[Owed | Settled]:
    """From its upload, or from when nothing names it any more, until something does."""
    match happened.event:
        case events.AttachmentUploaded() | events.AttachmentReleased(named=False):
            yield Owed(DISCARD, happened.at + KEPT)
        case events.AttachmentNamed() | events.AttachmentErased():
            yield Settled(DISCARD)


async def on_due(runtime: Runtime, row: DeadlineRow) -> bool:
    """Whether it was one of these. The event first, so that nothing names it from then on; the content after it."""
    if row.kind != DISCARD:
        return False
    key = row.aggregate_id.partition("-")[2]
    await runtime.execute(attachment, key, DiscardAttachment())
    state: AttachmentState = await runtime.state(attachment, key)
    if state.discarded:
        await runtime.objects.delete(stored_as(key))
        await runtime.execute(attachment, key, ConcludeErasure())
    return True
