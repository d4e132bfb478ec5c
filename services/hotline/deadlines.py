"""What hotline owes when: the deadlines of its rooms, in one book."""

from __future__ import annotations

from collections.abc import Sequence

from services.hotline import limits, merging
from services.hotline.inbox import waiting
from services.hotline.likeness import watching
from services.hotline.live import owing as live
from services.hotline.meetings import owing as meetings
from services.hotline.ratings import following
from shared.deadlines.book import DeadlineRow, Deadlines, Owed, Settled
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime

_ROOMS = (limits, merging, watching, following, waiting, live, meetings)


def deadlines_of(happened: Happened) -> Sequence[Owed | Settled]:
    """All that follows from an event."""
    return [change for room in _ROOMS for change in room.deadlines_of(happened)]


async def on_due(runtime: Runtime, row: DeadlineRow) -> None:
    """Hands it to the room whose it is. Raises LookupError for a kind that no room knows: a row of another release."""
    for room in _ROOMS:
        if await room.on_due(runtime, row):
            return
    raise LookupError(f"no room of hotline knows deadlines of kind {row.kind!r}")


async def on_calendar(runtime: Runtime, row: DeadlineRow) -> None:
    """Asks the rooms that count working days."""
    for room in (limits, following, live):
        await room.on_calendar(runtime, row)


deadlines = Deadlines(deadlines_of, on_due, on_calendar)
