"""A consultation and one opinion on it, whoever does whatever on whichever day: what always holds of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from services.policy.decider.consultation import (
    CloseConsultation,
    ExtendConsultation,
    PublishResults,
    RaiseAnsweringDueSoon,
    RaiseAnsweringOverdue,
    RecomputeAnswering,
    WithdrawConsultation,
    consultation,
)
from services.policy.decider.opinion import AnswerOpinion, SubmitOpinion, opinion
from services.policy.events import consultation as events
from shared.calendar import civil_date
from shared.eventstore.decider import Refused
from shared.security.actor import Actor, system
from tests.services.policy.catalogue import OF_ANOTHER, OFFICER
from tests.services.policy.consultation.examples import CLOSED, ENTERPRISE, OPENED, OPINION, opening
from tests.support.deciding import given
from tests.support.living import WALKS, Life

ITSELF = system("policy")
officers = st.sampled_from([OFFICER, OFFICER, OF_ANOTHER])


class ConsultationLife(Life):
    """One consultation; days pass, and the scheduler asks too early and too often."""

    decider = consultation

    @initialize()
    def it_is_opened(self) -> None:
        assert not isinstance(self.give(opening(), OFFICER), Refused)

    @rule(days=st.integers(1, 25))
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days)

    @rule(
        command=st.sampled_from(
            [CloseConsultation(), RaiseAnsweringDueSoon(), RaiseAnsweringOverdue(), RecomputeAnswering()]
        )
    )
    def the_scheduler_asks(self, command: Any) -> None:
        assert not isinstance(self.give(command, ITSELF), Refused)
        assert self.give(command, ITSELF) == (), "it is said once"

    @rule(actor=officers, days=st.integers(-3, 40), reason=st.sampled_from(["", "应要求延长。"]))
    def somebody_extends(self, actor: Actor, days: int, reason: str) -> None:
        self.give(ExtendConsultation(closes_on=self.state.closes_on + timedelta(days), reason=reason), actor)

    @rule(actor=officers, opinions=st.integers(0, 1))
    def somebody_withdraws(self, actor: Actor, opinions: int) -> None:
        self.give(WithdrawConsultation(reason="稿件有误。", opinions=opinions), actor)

    @rule(actor=officers, unanswered=st.sampled_from([(), ("one",)]))
    def somebody_publishes(self, actor: Actor, unanswered: tuple[str, ...]) -> None:
        self.give(PublishResults(summary="说明。", unanswered=unanswered), actor)

    @invariant()
    def each_thing_happens_once(self) -> None:
        kinds = [kind for kind in self.kinds if kind is not events.ConsultationClosed]
        assert len(kinds) == len(set(kinds)) or events.RepresentativesInvited in kinds

    @invariant()
    def it_closes_only_after_its_last_day_and_never_once_withdrawn(self) -> None:
        for closed in self.of(events.ConsultationClosed):
            assert closed.context.today > self.state.closes_on
            assert not self.state.withdrawn
            between = closed.context.calendar.working_days_between(self.state.closes_on, closed.event.answer_due_on)
            assert between == 15

    @invariant()
    def overdue_is_after_the_day_and_before_the_results(self) -> None:
        for overdue in self.of(events.AnsweringOverdue):
            assert overdue.context.today > overdue.event.answer_due_on
        if events.ResultsPublished in self.kinds:
            assert self.kinds[-1] is events.ResultsPublished
            assert events.ConsultationClosed in self.kinds

    @invariant()
    def only_its_department_acts(self) -> None:
        assert all(each.context.actor in (OFFICER, ITSELF) for each in self.happened)


class OpinionLife(Life):
    """One enterprise's opinion: said, said otherwise, answered, answered otherwise."""

    decider = opinion

    def __init__(self) -> None:
        super().__init__()
        self.asked = given(consultation, OPENED).state

    @rule(days=st.integers(1, 10))
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days)
        if civil_date(self.now) > OPENED.closes_on and self.asked.closed is None:
            self.asked = consultation.evolve(self.asked, CLOSED)

    @rule(text=st.sampled_from(["提高比例。", "降低门槛。"]), rate=st.sampled_from(["合适", "偏低", "别的"]))
    def it_is_said(self, text: str, rate: str) -> None:
        command = SubmitOpinion(asked=self.asked, opinion=OPINION, answers={"rate": rate}, text=text)
        outcome = self.give(command, ENTERPRISE)
        assert isinstance(outcome, Refused) == (rate == "别的" or not self.asked.open_on(civil_date(self.now)))

    @rule(outcome=st.sampled_from(["adopted", "partly", "not-adopted"]), reason=st.sampled_from(["", "理由。"]))
    def it_is_answered(self, outcome: Any, reason: str) -> None:
        command = AnswerOpinion(asked=self.asked, opinion=OPINION, outcome=outcome, reason=reason)
        refused = isinstance(self.give(command, OFFICER), Refused)
        complete = outcome == "adopted" or bool(reason)
        assert refused == (self.state is None or self.asked.closed is None or not complete)

    @invariant()
    def answers_come_after_the_last_word(self) -> None:
        answered = [n for n, kind in enumerate(self.kinds) if kind is events.OpinionAnswered]
        said = [n for n, kind in enumerate(self.kinds) if kind is events.OpinionSubmitted]
        assert not answered or min(answered) > max(said)
        assert all(each.event.reason or each.event.outcome == "adopted" for each in self.of(events.OpinionAnswered))


TestConsultation = ConsultationLife.TestCase
TestOpinion = OpinionLife.TestCase
for walk in (TestConsultation, TestOpinion):
    walk.settings = WALKS
