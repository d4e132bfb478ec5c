"""Whoever does what in whatever order: one conclusion, by rules and another hand, and no day passes unsaid."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.application.decider.performance import performance
from services.application.decider.performance_commands import (
    ApproveGoal,
    ExecutionForm,
    PerformanceState,
    RaiseSelfAssessmentDueSoon,
    RaiseSelfAssessmentOverdue,
    ReportMonitoring,
    ResultForm,
    ReturnGoal,
    ReturnSelfAssessment,
    ScoreForm,
)
from services.application.events import performance as events
from services.application.performance.owing import DUE_SOON, OVERDUE, deadlines_of
from services.application.performance.scoring import grade
from shared.deadlines.book import Owed
from shared.eventstore.decider import Context, Refused
from shared.eventstore.events import Event
from shared.readmodels.happened import Happened
from shared.security.actor import Actor, Role
from tests.services.application.applications import CALENDAR, morning
from tests.services.application.performance.examples import ITSELF, conclude, file, goal, measured, self_assess

PEOPLE = {
    "ann": Actor(subject="ann", roles=(Role.OFFICER,), department="gxj"),
    "bob": Actor(subject="bob", roles=(Role.OFFICER, Role.FINANCE), department="gxj"),
    "cai": Actor(subject="cai", roles=(Role.FINANCE,), department="czj"),
}
WHO = st.sampled_from(sorted(PEOPLE))
RAISED = {DUE_SOON: RaiseSelfAssessmentDueSoon(), OVERDUE: RaiseSelfAssessmentOverdue()}


class PerformanceLife(RuleBasedStateMachine):
    """One assessment, its people, and the platform's clock."""

    @initialize(come_to=st.sampled_from(["filed", "approved", "over", "assessed"]))
    def begin(self, come_to: str) -> None:
        self.day = date(2026, 3, 2)
        self.state: PerformanceState | None = None
        self.happened: list[tuple[date, Event]] = []
        self.owed: dict[str, Owed] = {}
        self.give(PEOPLE["ann"], file())
        if come_to != "filed":
            self.give(PEOPLE["cai"], ApproveGoal(version=1, assess_days=20))
        if come_to in ("over", "assessed"):
            self.day = date(2026, 4, 1)
        if come_to == "assessed":
            self.give(PEOPLE["bob"], self_assess())

    def give(self, actor: Actor, command: Any) -> None:
        try:
            context = Context(morning(self.day), CALENDAR, actor)
            decided = performance.decide(self.state, command, context)
        except Refused as refusal:
            assert refusal.title.endswith("。")
            assert all(error.message.endswith("。") for error in refusal.errors)
            return
        for event in decided:
            self.state = performance.evolve(self.state, event)
            self.happened.append((self.day, event))
            at = morning(self.day).astimezone(UTC)
            for change in deadlines_of(Happened("log", len(self.happened), None, "performance-x", at, event)):
                self.owed.pop(change.kind, None)
                if isinstance(change, Owed):
                    self.owed[change.kind] = change

    @rule(days=st.integers(1, 25))
    def days_pass(self, days: int) -> None:
        for _ in range(days):
            self.day += timedelta(1)
            for kind, owed in sorted(self.owed.items()):
                if owed.at <= morning(self.day) and kind in self.owed:
                    self.give(ITSELF, RAISED[kind])
                    assert kind not in self.owed, "what came due is settled"

    @rule(who=WHO, budget=st.sampled_from([1_000_000, 900_000]), whole=st.booleans())
    def file(self, who: str, budget: int, whole: bool) -> None:
        self.give(PEOPLE[who], file(goal=goal(budget_fen=budget, **({} if whole else {"text": ""}))))

    @rule(who=WHO, version=st.integers(1, 3), approves=st.booleans())
    def decide_goal(self, who: str, version: int, approves: bool) -> None:
        command = (
            ApproveGoal(version=version, assess_days=20) if approves else ReturnGoal(version=version, reason="样例。")
        )
        self.give(PEOPLE[who], command)

    @rule(who=WHO, text=st.sampled_from(["正常。", "滞后。"]))
    def report(self, who: str, text: str) -> None:
        self.give(PEOPLE[who], ReportMonitoring(text=text, measured=measured()))

    @rule(
        who=WHO,
        cost=st.sampled_from(["2.5", "3", "8", None]),
        reason=st.sampled_from(["样例。", ""]),
        satisfied=st.integers(0, 20),
        paid=st.integers(0, 1_500_000),
    )
    def assess(self, who: str, cost: str | None, reason: str, satisfied: int, paid: int) -> None:
        results = (
            ResultForm(key="1", reason=reason),
            ResultForm(key="2", value=cost, evidence="台账。", reason=reason),
            ResultForm(key="3", value=150, evidence="台账。"),
            ResultForm(key="4", reason=reason),
        )
        found = measured(satisfied=satisfied, paid_fen=paid)
        self.give(PEOPLE[who], self_assess(results=results, execution=ExecutionForm(reason=reason), measured=found))

    @rule(who=WHO)
    def return_assessment(self, who: str) -> None:
        self.give(PEOPLE[who], ReturnSelfAssessment(reason="样例。"))

    @rule(who=WHO, points=st.integers(0, 22), reason=st.sampled_from(["样例。", ""]))
    def conclude(self, who: str, points: int, reason: str) -> None:
        self.give(PEOPLE[who], conclude(scores=(ScoreForm(key="2", score=points, reason=reason),)))

    @invariant()
    def every_decision_is_another_hands(self) -> None:
        filed: dict[int, str] = {}
        assessed = ""
        for _, event in self.happened:
            match event:
                case events.PerformanceGoalFiled(version=version, by=by):
                    filed[version] = by
                case events.PerformanceGoalApproved(version=version, by=by):
                    assert filed[version] != by
                case events.SelfAssessed(by=by):
                    assessed = by
                case events.PerformanceConcluded(by=by):
                    assert assessed and assessed != by

    @invariant()
    def an_assessment_is_by_the_goal_in_force_and_its_points_add_up(self) -> None:
        version = 0
        for day, event in self.happened:
            match event:
                case events.PerformanceGoalApproved():
                    version = event.version
                case events.SelfAssessed():
                    assert event.version == version and day > event.until_on
                    assert event.total == event.execution.score + sum(each.score for each in event.results)
                    assert Decimal(0) <= event.total <= 100 and event.grade == grade(event.total)
                    assert all(each.reason for each in event.results if each.deviation is None or each.deviation > 30)
                case events.PerformanceConcluded():
                    assert event.total == sum(each.score for each in event.scores)
                    assert event.grade == grade(event.total)
                    assert all(each.reason for each in event.scores if each.own != each.score)

    @invariant()
    def after_the_conclusion_nothing_happens(self) -> None:
        kinds = [type(event) for _, event in self.happened]
        if events.PerformanceConcluded in kinds:
            assert kinds.index(events.PerformanceConcluded) == len(kinds) - 1
            assert not self.owed

    @invariant()
    def each_limit_is_passed_once_and_only_while_nothing_was_handed_in(self) -> None:
        limits = Counter[type[Event]]()
        owing = False
        for day, event in self.happened:
            match event:
                case events.PerformanceGoalApproved() | events.SelfAssessmentReturned():
                    limits.clear()
                    owing = True
                case events.SelfAssessed():
                    owing = False
                case events.SelfAssessmentOverdue() | events.SelfAssessmentDueSoon():
                    limits[type(event)] += 1
                    assert owing and limits[type(event)] == 1
                    assert isinstance(event, events.SelfAssessmentDueSoon) or day > event.due_on
        state = self.state
        assert (OVERDUE in self.owed) == (state is not None and state.assessing and not state.overdue)


TestPerformanceLife = PerformanceLife.TestCase
TestPerformanceLife.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
