"""What a performance assessment owes: a reminder of the self-assessment, and a word when its day has passed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from services.application.decider.performance import performance
from services.application.decider.performance_commands import (
    LookAtSelfAssessmentLimit,
    RaiseSelfAssessmentDueSoon,
    RaiseSelfAssessmentOverdue,
)
from services.application.events import performance as events
from shared.calendar import LimitClock, start_of
from shared.deadlines.book import DeadlineRow, Owed, Settled
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime

DUE_SOON, OVERDUE = "self-assessment-due-soon", "self-assessment-overdue"


def deadlines_of(happened: Happened) -> Iterator[Owed | Settled]:
    """As its events set, move and settle them."""
    match happened.event:
        case events.PerformanceGoalApproved(clock=clock, remind_on=day):
            yield from _limit(clock, day)
        case events.SelfAssessmentReturned(clock=clock, remind_on=day):
            yield from _limit(clock, day)
        case events.SelfAssessmentLimitMoved(clock=clock, remind_on=day):
            yield from _limit(clock, day)
        case events.SelfAssessmentDueSoon():
            yield Settled(DUE_SOON)
        case events.SelfAssessmentOverdue():
            yield from (Settled(DUE_SOON), Settled(OVERDUE))
        case events.SelfAssessed():
            yield from (Settled(DUE_SOON), Settled(OVERDUE))


def _limit(clock: LimitClock, remind_on: date) -> Iterator[Owed]:
    yield Owed(DUE_SOON, start_of(remind_on), clock.due.provisional)
    if (at := clock.overdue_at()) is not None:
        yield Owed(OVERDUE, at, clock.due.provisional)


async def on_due(runtime: Runtime, row: DeadlineRow) -> bool:
    """Whether it was one of these."""
    if row.kind not in (DUE_SOON, OVERDUE):
        return False
    command = RaiseSelfAssessmentDueSoon() if row.kind == DUE_SOON else RaiseSelfAssessmentOverdue()
    await runtime.execute(performance, _key(row), command)
    return True


async def on_calendar(runtime: Runtime, row: DeadlineRow) -> None:
    """The calendar may know more by now."""
    if row.kind == OVERDUE:
        await runtime.execute(performance, _key(row), LookAtSelfAssessmentLimit())


def _key(row: DeadlineRow) -> str:
    return row.aggregate_id.partition("-")[2]
