"""Somebody looks at a refused row within a working day, or the data bureau is told."""

from __future__ import annotations

from collections.abc import Sequence

from services.hotline.decider.refusal import RaiseRowWaiting, refusal
from services.hotline.events.refusal import RowRefused, RowSettled, RowWaiting
from shared.calendar import end_of
from shared.deadlines.book import DeadlineRow, Owed, Settled
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime

WAITING = "row-waiting"


def deadlines_of(happened: Happened) -> Sequence[Owed | Settled]:
    """From its refusal until it is settled or somebody was told."""
    match happened.event:
        case RowRefused(clock=clock):
            return [Owed(WAITING, end_of(clock.due.day), clock.due.provisional)]
        case RowWaiting() | RowSettled():
            return [Settled(WAITING)]
    return []


async def on_due(runtime: Runtime, row: DeadlineRow) -> bool:
    """Says that it waits; False where it is not a refused row's."""
    if row.kind != WAITING:
        return False
    await runtime.execute(refusal, row.aggregate_id.partition("-")[2], RaiseRowWaiting())
    return True
