"""What application owes when: a review by the end of the promised day (article 21: 限时办结), and what its lists and plans owe."""

from __future__ import annotations

from collections.abc import Sequence

from services.application.decider import RaiseReviewOverdue, RecomputeReviewDeadline, application
from services.application.events import (
    ApplicationAccepted,
    ApplicationNotAccepted,
    ApplicationSupplemented,
    ReviewCompleted,
    ReviewDeadlineRecomputed,
    ReviewOverdue,
    SupplementRequested,
)
from services.application.grants import owing as grants
from services.application.payments import owing as payments
from shared.calendar import LimitClock
from shared.deadlines.book import DeadlineRow, Deadlines, Owed, Settled
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime

REVIEW_OVERDUE = "review-overdue"


def deadlines_of(happened: Happened) -> Sequence[Owed | Settled]:
    """All that follows from an event."""
    return [*_of_review(happened), *grants.deadlines_of(happened), *payments.deadlines_of(happened)]


def _of_review(happened: Happened) -> Sequence[Owed | Settled]:
    """The review's deadline, as the application's events set, stop, move and settle it."""
    match happened.event:
        case ApplicationAccepted(clock=clock) | ReviewDeadlineRecomputed(clock=clock):
            return [_owed(clock)]
        case SupplementRequested(clock=clock) | ApplicationSupplemented(clock=clock) if clock is not None:
            return [_owed(clock)]
        case ApplicationNotAccepted() | ReviewCompleted() | ReviewOverdue():
            return [Settled(REVIEW_OVERDUE)]
    return []


def _owed(clock: LimitClock) -> Owed | Settled:
    overdue_at = clock.overdue_at()  # None while the clock is stopped
    return Owed(REVIEW_OVERDUE, overdue_at, clock.due.provisional) if overdue_at else Settled(REVIEW_OVERDUE)


async def on_due(runtime: Runtime, row: DeadlineRow) -> None:
    """The promised day is over: the application itself decides whether it is overdue."""
    if await grants.on_due(runtime, row) or await payments.on_due(runtime, row):
        return
    await runtime.execute(application, _key(row), RaiseReviewOverdue())


async def on_calendar(runtime: Runtime, row: DeadlineRow) -> None:
    """The calendar may know more by now."""
    if row.kind == REVIEW_OVERDUE:
        await runtime.execute(application, _key(row), RecomputeReviewDeadline())
    await grants.on_calendar(runtime, row)


def _key(row: DeadlineRow) -> str:
    return row.aggregate_id.partition("-")[2]


deadlines = Deadlines(deadlines_of, on_due, on_calendar)
