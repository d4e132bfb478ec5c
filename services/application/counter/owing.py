"""What the counter owes: numbers and visits end with their day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from services.application.decider.queue import CloseQueue, queue
from services.application.decider.visit import CloseVisit, visit
from services.application.events import counter as events
from shared.calendar import start_of
from shared.deadlines.book import DeadlineRow, Owed, Settled
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime

QUEUE_END, VISIT_END = "queue-end", "visit-end"


def deadlines_of(happened: Happened) -> Iterator[Owed | Settled]:
    """When the day is over in Shanghai."""
    match happened.event:
        case events.QueueOpened(day=day):
            yield Owed(QUEUE_END, start_of(day + timedelta(days=1)))
        case events.QueueClosed():
            yield Settled(QUEUE_END)
        case events.VisitBegun(day=day):
            yield Owed(VISIT_END, start_of(day + timedelta(days=1)))
        case events.VisitEnded():
            yield Settled(VISIT_END)


async def on_due(runtime: Runtime, row: DeadlineRow) -> bool:
    """Ends it; False where it is not the counter's."""
    key = row.aggregate_id.partition("-")[2]
    match row.kind:
        case "queue-end":
            await runtime.execute(queue, key, CloseQueue())
        case "visit-end":
            await runtime.execute(visit, key, CloseVisit())
        case _:
            return False
    return True
