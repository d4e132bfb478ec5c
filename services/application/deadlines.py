"""What application owes when (article 21: 限时办结): a word on acceptance, each step, the review; what lists and plans owe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.application import events
from services.application.admission import release
from services.application.announcing import owing as announcing
from services.application.attachments import owing as attachments
from services.application.counter import owing as counter
from services.application.decider import (
    RaiseAcceptanceOverdue,
    RaiseReviewDueSoon,
    RaiseReviewOverdue,
    RaiseStepOverdue,
    RecomputeLimit,
    RecomputeReviewDeadline,
    application,
)
from services.application.decider.commands import ApplicationCommand
from services.application.delegations import owing as delegations
from services.application.drafting import owing as drafting
from services.application.events import review
from services.application.grants import owing as grants
from services.application.payments import owing as payments
from services.application.performance import owing as performance
from services.application.rankings import owing as rankings
from services.application.supplements import owing as supplements
from shared.calendar import LimitClock, start_of
from shared.deadlines.book import DeadlineRow, Deadlines, Owed, Settled
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime

ACCEPTANCE_OVERDUE = "acceptance-overdue"
REVIEW_DUE_SOON, REVIEW_OVERDUE = "review-due-soon", "review-overdue"
STEP_OVERDUE = "step-overdue:"  # and the step's key
RELEASE = "release-holds"


def deadlines_of(happened: Happened) -> Sequence[Owed | Settled]:
    """All that follows from an event."""
    return [
        *_of_application(happened),
        *_of_steps(happened),
        *drafting.deadlines_of(happened),
        *attachments.deadlines_of(happened),
        *announcing.deadlines_of(happened),
        *grants.deadlines_of(happened),
        *payments.deadlines_of(happened),
        *rankings.deadlines_of(happened),
        *delegations.deadlines_of(happened),
        *counter.deadlines_of(happened),
        *performance.deadlines_of(happened),
        *supplements.deadlines_of(happened),
    ]


def _of_application(happened: Happened) -> Iterator[Owed | Settled]:
    """As the application's events set, stop, move and settle its limits."""
    event = happened.event
    match event:
        case events.ApplicationSubmitted(acceptance=clock) if clock is not None:
            yield _owed(ACCEPTANCE_OVERDUE, clock)
        case events.ApplicationAccepted(clock=clock):
            yield Settled(ACCEPTANCE_OVERDUE)
            yield from _of_clock(clock, happened)
        case events.ReviewDeadlineRecomputed(clock=clock):
            yield from _of_clock(clock, happened)
        case events.SupplementRequested() | events.ApplicationSupplemented() | events.SupplementLapsed():
            yield from _of_clocks(event, happened)
        case events.LimitRecomputed(limit="acceptance", clock=clock):
            yield _owed(ACCEPTANCE_OVERDUE, clock)
        case events.AcceptanceOverdue():
            yield Settled(ACCEPTANCE_OVERDUE)
        case events.ReviewDueSoon():
            yield Settled(REVIEW_DUE_SOON)
        case events.ReviewOverdue() | review.ApplicationScored():
            yield from (Settled(REVIEW_DUE_SOON), Settled(REVIEW_OVERDUE))
        case events.ApplicationNotAccepted() | events.ApplicationWithdrawn() | events.ReviewCompleted():
            yield from (Settled(ACCEPTANCE_OVERDUE), Settled(REVIEW_DUE_SOON), Settled(REVIEW_OVERDUE))
        case events.HoldsForfeited():
            yield Owed(RELEASE, happened.at)
        case events.HoldsReleased():
            yield Settled(RELEASE)


def _of_clocks(
    event: events.SupplementRequested | events.ApplicationSupplemented | events.SupplementLapsed, happened: Happened
) -> Iterator[Owed | Settled]:
    """What was said to be over is not said again."""
    if event.acceptance is not None and event.clock is None and "acceptance" not in event.late:
        yield _owed(ACCEPTANCE_OVERDUE, event.acceptance)
    if event.clock is not None and "review" not in event.late:
        yield from _of_clock(event.clock, happened)
    for key, clock in event.steps.items():
        if key not in event.late:
            yield _owed(f"{STEP_OVERDUE}{key}", clock)


def _of_steps(happened: Happened) -> Iterator[Owed | Settled]:
    match happened.event:
        case review.StepStarted(step=key, clock=clock):
            yield _owed(f"{STEP_OVERDUE}{key}", clock)
        case events.LimitRecomputed(limit="step", step=str() as key, clock=clock):
            yield _owed(f"{STEP_OVERDUE}{key}", clock)
        case review.StepConcluded(step=key) | review.StepOverdue(step=key):
            yield Settled(f"{STEP_OVERDUE}{key}")
        case review.ReturnedToStep(undone=undone):
            yield from (Settled(f"{STEP_OVERDUE}{key}") for key in undone)


def _of_clock(clock: LimitClock, happened: Happened) -> Iterator[Owed | Settled]:
    yield _owed(REVIEW_OVERDUE, clock)
    soon = start_of(clock.due.day)
    ahead = clock.stopped_on is None and soon > happened.at
    yield Owed(REVIEW_DUE_SOON, soon, clock.due.provisional) if ahead else Settled(REVIEW_DUE_SOON)


def _owed(kind: str, clock: LimitClock) -> Owed | Settled:
    overdue_at = clock.overdue_at()  # None while the clock is stopped
    return Owed(kind, overdue_at, clock.due.provisional) if overdue_at else Settled(kind)


async def on_due(runtime: Runtime, row: DeadlineRow) -> None:
    """The day is over: the application itself decides what that means."""
    rooms = (
        announcing,
        counter,
        delegations,
        drafting,
        attachments,
        grants,
        payments,
        rankings,
        performance,
        supplements,
    )
    for of_others in rooms:
        if await of_others.on_due(runtime, row):
            return
    if row.kind == RELEASE:
        await release(runtime, _key(row))
        return
    command: ApplicationCommand
    match row.kind:
        case "acceptance-overdue":
            command = RaiseAcceptanceOverdue()
        case "review-due-soon":
            command = RaiseReviewDueSoon()
        case "review-overdue":
            command = RaiseReviewOverdue()
        case _:
            command = RaiseStepOverdue(step=row.kind.removeprefix(STEP_OVERDUE))
    await runtime.execute(application, _key(row), command)


async def on_calendar(runtime: Runtime, row: DeadlineRow) -> None:
    """The calendar may know more by now."""
    command = counted_again(row.kind)
    if command is not None:
        await runtime.execute(application, _key(row), command)
    for of_others in (announcing, grants, performance):
        await of_others.on_calendar(runtime, row)


def counted_again(kind: str) -> ApplicationCommand | None:
    """What has an application's limit of this kind counted again; a reminder goes with the limit it reminds of."""
    match kind:
        case "review-overdue":
            return RecomputeReviewDeadline()
        case "acceptance-overdue":
            return RecomputeLimit(limit="acceptance")
        case supplements.LAPSED:
            return RecomputeLimit(limit="supplement")
        case _ if kind.startswith(STEP_OVERDUE):
            return RecomputeLimit(limit="step", step=kind.removeprefix(STEP_OVERDUE))
    return None


def _key(row: DeadlineRow) -> str:
    return row.aggregate_id.partition("-")[2]


deadlines = Deadlines(deadlines_of, on_due, on_calendar)
