"""What registry owes when: disputes settled in time, and values that run out (articles 8, 20)."""

from __future__ import annotations

from collections.abc import Sequence

from services.registry.decider import ExpireFacts, RaiseDisputeOverdue, RecomputeDisputeDeadline, enterprise
from services.registry.events import (
    DisputeDeadlineRecomputed,
    DisputeOverdue,
    DisputeSettled,
    FactDisputed,
    ProfileChanged,
)
from shared.calendar import LimitClock, end_of
from shared.deadlines.book import DeadlineRow, Deadlines, Owed, Settled
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime

FACTS_EXPIRE = "facts-expire"
DISPUTE_OVERDUE = "dispute-overdue-"  # and the dispute's number


def deadlines_of(happened: Happened) -> Sequence[Owed | Settled]:
    """The next value to run out, and the due day of each open dispute."""
    match happened.event:
        case ProfileChanged(next_expiry=last_day):
            # From the day after its last day a value says nothing.
            return [Owed(FACTS_EXPIRE, end_of(last_day)) if last_day else Settled(FACTS_EXPIRE)]
        case FactDisputed(number=number, clock=clock) | DisputeDeadlineRecomputed(number=number, clock=clock):
            return _owed(f"{DISPUTE_OVERDUE}{number}", clock)
        case DisputeSettled(number=number) | DisputeOverdue(number=number):
            return [Settled(f"{DISPUTE_OVERDUE}{number}")]
    return []


def _owed(kind: str, clock: LimitClock) -> Sequence[Owed]:
    overdue_at = clock.overdue_at()  # a dispute's clock never stops
    return [Owed(kind, overdue_at, clock.due.provisional)] if overdue_at else []


async def on_due(runtime: Runtime, row: DeadlineRow) -> None:
    """The day is over: the enterprise's aggregate itself decides what that means."""
    if row.kind == FACTS_EXPIRE:
        await runtime.execute(enterprise, _uscc(row), ExpireFacts())
    else:
        await runtime.execute(enterprise, _uscc(row), RaiseDisputeOverdue(number=_number(row)))


async def on_calendar(runtime: Runtime, row: DeadlineRow) -> None:
    """The calendar may know more by now."""
    await runtime.execute(enterprise, _uscc(row), RecomputeDisputeDeadline(number=_number(row)))


def _uscc(row: DeadlineRow) -> str:
    return row.aggregate_id.partition("-")[2]


def _number(row: DeadlineRow) -> int:
    return int(row.kind.removeprefix(DISPUTE_OVERDUE))


deadlines = Deadlines(deadlines_of, on_due, on_calendar)
