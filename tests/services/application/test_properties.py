"""Any history of commands keeps the promises: hypothesis walks through them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.application import events
from services.application.decider import (
    AcceptApplication,
    CompleteReview,
    DeclineApplication,
    RaiseAcceptanceOverdue,
    RaiseReviewDueSoon,
    RaiseReviewOverdue,
    RaiseSupplementDueSoon,
    RaiseSupplementLapsed,
    RequestSupplement,
    Supplement,
    WithdrawApplication,
    application,
)
from services.application.decider.state import ApplicationState
from shared.eventstore.decider import Context, Refused
from shared.eventstore.events import Event
from shared.security.actor import Actor, system
from tests.services.application.applications import CALENDAR, ENTERPRISE, OFFICER, morning, submit

COMMANDS: list[tuple[Any, Actor]] = [
    (AcceptApplication(), OFFICER),
    (DeclineApplication(reasons=("理由。",)), OFFICER),
    (RequestSupplement(requirements=("补齐。",), answer_days=3), OFFICER),
    (Supplement(answer="已补。"), ENTERPRISE),
    (CompleteReview(outcome="approved", opinion="同意。"), OFFICER),
    (RaiseReviewOverdue(), system("application")),
    (RaiseReviewDueSoon(), system("application")),
    (RaiseAcceptanceOverdue(), system("application")),
    (RaiseSupplementDueSoon(), system("application")),
    (RaiseSupplementLapsed(), system("application")),
    (WithdrawApplication(reason="不再需要。"), ENTERPRISE),
]


class ApplicationLife(RuleBasedStateMachine):
    """Days pass, people and the platform act, in any order."""

    @initialize(days=st.integers(1, 10), start=st.dates(date(2026, 1, 1), date(2026, 10, 1)))
    def begin(self, days: int, start: date) -> None:
        self.today = start
        self.state: ApplicationState | None = None
        self.happened: list[tuple[date, Event]] = []
        self.give(submit(promised_days=days), ENTERPRISE)

    @rule(days=st.integers(1, 12))
    def days_pass(self, days: int) -> None:
        self.today += timedelta(days)

    @rule(command=st.sampled_from(COMMANDS))
    def act(self, command: tuple[Any, Actor]) -> None:
        self.give(*command)

    def give(self, command: Any, actor: Actor) -> None:
        try:
            decided = application.decide(self.state, command, Context(morning(self.today), CALENDAR, actor))
        except Refused as refusal:
            assert refusal.title.endswith("。")
            return
        for event in decided:
            self.state = application.evolve(self.state, event)
            self.happened.append((self.today, event))

    def of(self, cls: type[Event]) -> list[tuple[date, Any]]:
        return [(day, event) for day, event in self.happened if isinstance(event, cls)]

    @invariant()
    def each_of_these_happens_once_at_most(self) -> None:
        for cls in (
            events.ReviewOverdue,
            events.SupplementRequested,
            events.SupplementDueSoon,
            events.SupplementLapsed,
            events.ApplicationSupplemented,
            events.ReviewCompleted,
            events.ApplicationAccepted,
            events.AcceptanceOverdue,
            events.ApplicationWithdrawn,
        ):
            assert len(self.of(cls)) <= 1

    @invariant()
    def nothing_is_reviewed_before_it_is_accepted(self) -> None:
        kinds = [type(event) for _, event in self.happened]
        if events.ReviewCompleted in kinds:
            assert kinds.index(events.ApplicationAccepted) < kinds.index(events.ReviewCompleted)
        assert not (events.ApplicationNotAccepted in kinds and events.ReviewCompleted in kinds)

    @invariant()
    def it_ends_once(self) -> None:
        ends = (events.ReviewCompleted, events.ApplicationNotAccepted, events.ApplicationWithdrawn)
        assert sum(len(self.of(cls)) for cls in ends) <= 1

    @invariant()
    def nobody_is_asked_to_accept_what_was_taken_or_is_not_late(self) -> None:
        for day, event in self.of(events.AcceptanceOverdue):
            assert day > event.due_on
            assert not any(accepted_on < day for accepted_on, _ in self.of(events.ApplicationAccepted))

    @invariant()
    def in_time_is_what_the_clock_says(self) -> None:
        for day, event in self.of(events.ReviewCompleted):
            assert self.state is not None
            assert self.state.clock is not None
            assert event.in_time == (day <= self.state.clock.due.day and not self.of(events.ReviewOverdue))

    @invariant()
    def overdue_is_never_raised_before_the_due_day_is_over(self) -> None:
        for day, event in self.of(events.ReviewOverdue):
            assert day > event.due_on


TestApplicationLife = ApplicationLife.TestCase
