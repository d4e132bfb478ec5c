"""What a ticket owes when: an answer to every dispatched ticket, by the end of its due day (article 22: 按规定时限办理)."""

from __future__ import annotations

from collections.abc import Sequence

from services.hotline.decider import RaiseTicketOverdue, RecomputeTicketDeadline, ticket
from services.hotline.events import TicketAnswered, TicketDeadlineRecomputed, TicketDispatched, TicketOverdue
from shared.calendar import LimitClock
from shared.deadlines.book import DeadlineRow, Owed, Settled
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime

ANSWER_OVERDUE = "answer-overdue"


def deadlines_of(happened: Happened) -> Sequence[Owed | Settled]:
    """The answer's deadline, as the ticket's events move it."""
    match happened.event:
        case TicketDispatched(clock=clock) | TicketDeadlineRecomputed(clock=clock):
            return [_owed(clock)]
        case TicketAnswered() | TicketOverdue():
            return [Settled(ANSWER_OVERDUE)]
    return []


def _owed(clock: LimitClock) -> Owed | Settled:
    overdue_at = clock.overdue_at()
    return Owed(ANSWER_OVERDUE, overdue_at, clock.due.provisional) if overdue_at else Settled(ANSWER_OVERDUE)


async def on_due(runtime: Runtime, row: DeadlineRow) -> bool:
    """The due day is over: the ticket itself decides whether it is overdue. False where it is not a ticket's."""
    if row.kind != ANSWER_OVERDUE:
        return False
    await runtime.execute(ticket, _key(row), RaiseTicketOverdue())
    return True


async def on_calendar(runtime: Runtime, row: DeadlineRow) -> None:
    """The calendar may know more by now."""
    if row.kind == ANSWER_OVERDUE:
        await runtime.execute(ticket, _key(row), RecomputeTicketDeadline())


def _key(row: DeadlineRow) -> str:
    return row.aggregate_id.partition("-")[2]
