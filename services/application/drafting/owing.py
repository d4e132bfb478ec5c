"""What a draft owes: an end, when nobody touches it any more."""

from __future__ import annotations

from collections.abc import Iterator

import structlog

from services.application.decider.draft import IN_USE, KEPT, LapseDraft
from services.application.drafting.commands import end_draft
from services.application.events import form as events
from shared.deadlines.book import DeadlineRow, Owed, Settled
from shared.eventstore.decider import Refused
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime

LAPSE = "draft-lapse"
log = structlog.get_logger(__name__)


def deadlines_of(happened: Happened) -> Iterator[Owed | Settled]:
    """Each change begins the time anew."""
    match happened.event:
        case events.DraftBegun() | events.DraftSaved() | events.DraftRenewed():
            yield Owed(LAPSE, happened.at + KEPT)
        case events.DraftSubmitted() | events.DraftEnded():
            yield Settled(LAPSE)


async def on_due(runtime: Runtime, row: DeadlineRow) -> bool:
    """Whether it was one of these."""
    if row.kind != LAPSE:
        return False
    try:
        await end_draft(runtime, row.aggregate_id.partition("-")[2], LapseDraft(), runtime.itself)
    except Refused as refused:
        if refused.code != IN_USE:
            raise
        # The book of deadlines is behind: it has the later end once it has read the change.
        log.info("draft_in_use", id=row.id, due_at=row.due_at.isoformat())
    return True
