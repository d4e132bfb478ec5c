"""What an assessment allows and refuses; pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.application.decider.performance import performance
from services.application.decider.performance_commands import (
    ApproveGoal,
    ExecutionForm,
    LookAtSelfAssessmentLimit,
    RaiseSelfAssessmentDueSoon,
    RaiseSelfAssessmentOverdue,
    ReportMonitoring,
    ResultForm,
    ReturnGoal,
    ReturnSelfAssessment,
    ScoreForm,
)
from services.application.events import performance as events
from shared.calendar import SHANGHAI, AnnouncedYear, WorkingCalendar
from shared.eventstore.decider import FieldError
from shared.security.actor import Actor
from tests.services.application.performance.examples import (
    APPROVE,
    BOTH,
    FINANCE,
    ITSELF,
    MAKER,
    OTHER,
    RESULTS,
    UNTIL_ON,
    conclude,
    file,
    goal,
    measured,
    self_assess,
)
from tests.support.deciding import WORKING_MORNING, Outcome, given

AFTER = datetime(2026, 4, 1, 9, tzinfo=SHANGHAI)  # the day after the period
RETURN_IT = ReturnSelfAssessment(reason="补充台账。")
Step = tuple[Any, Actor, datetime]
FILED: tuple[Step, ...] = ((file(), MAKER, WORKING_MORNING),)
APPROVED = (*FILED, (APPROVE, FINANCE, WORKING_MORNING))
ASSESSED = (*APPROVED, (self_assess(), MAKER, AFTER))
RETURNED = (*ASSESSED, (RETURN_IT, FINANCE, AFTER))
CONCLUDED = (*ASSESSED, (conclude(), FINANCE, AFTER))


def past(steps: tuple[Step, ...]) -> list[Any]:
    happened: list[Any] = []
    for command, actor, at in steps:
        outcome = given(performance, *happened).when(command, at, actor)
        assert outcome.refusal is None, outcome.refusal
        happened += outcome.events
    return happened


def after(steps: tuple[Step, ...], command: Any, actor: Actor, at: datetime = AFTER) -> Outcome:
    return given(performance, *past(steps)).when(command, at, actor)


def refused(outcome: Outcome, code: str) -> dict[str, str]:
    found = outcome.refused(code)
    assert found.title.endswith("。")
    return {error.field: error.code for error in found.errors}


def test_the_goal_is_filed_approved_and_the_day_of_the_assessment_counted() -> None:
    approved = past(APPROVED)[-1]
    assert isinstance(approved, events.PerformanceGoalApproved)
    # 20 working days after 31 March 2026: 6 April is off (Qingming).
    assert approved.clock.due.day == date(2026, 4, 29)
    assert approved.remind_on == date(2026, 4, 22)
    assert (approved.budget_fen, approved.indicators) == (1_000_000, 4)


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"title": " "}, "title", "no-title"),
        ({"items": ()}, "items", "number"),
        ({"items": ("a", "a")}, "items", "twice"),
        ({"from_on": date(2026, 5, 1)}, "until_on", "order"),
        ({"from_on": date(2022, 1, 1)}, "until_on", "too-long"),
        ({"from_on": date(2025, 1, 1), "until_on": date(2026, 3, 1)}, "until_on", "past"),
        ({"item_errors": (FieldError(field="items.0", code="unknown", message="没有。"),)}, "items.0", "unknown"),
        ({"goal": goal(text="")}, "goal.text", "missing"),
    ],
)
def test_a_goal_needs_a_frame(changes: dict[str, Any], field: str, code: str) -> None:
    outcome = given(performance).when(file(**changes), WORKING_MORNING, MAKER)
    assert refused(outcome, "application.performance-goal-invalid") == {field: code}


def test_the_same_again_changes_nothing() -> None:
    after(FILED, file(), MAKER, WORKING_MORNING).then()
    after(APPROVED, file(), MAKER, WORKING_MORNING).then()
    after(APPROVED, APPROVE, FINANCE).then()
    after(ASSESSED, self_assess(measured=measured(payments=99)), MAKER).then()
    after(RETURNED, RETURN_IT, FINANCE).then()
    after(CONCLUDED, conclude(), FINANCE, AFTER + timedelta(days=9)).then()


def test_only_another_hand_of_finance_decides() -> None:
    after(FILED, APPROVE, BOTH, WORKING_MORNING).refused("application.four-eyes")
    after(ASSESSED, conclude(), BOTH).refused("application.four-eyes")
    for command in (APPROVE, ReturnGoal(version=1, reason="否。")):
        after(FILED, command, MAKER).refused("application.finance-only")
    for command in (RETURN_IT, conclude()):
        after(ASSESSED, command, MAKER).refused("application.finance-only")
    for command in (file(), ReportMonitoring(text="好。", measured=measured()), self_assess()):
        after(APPROVED, command, OTHER).refused("application.not-your-department")
    after(APPROVED, RaiseSelfAssessmentOverdue(), FINANCE).refused("application.platform-only")


def test_a_returned_goal_is_mended_and_an_adjusted_one_leaves_the_approved_in_force() -> None:
    returned = (*FILED, (ReturnGoal(version=1, reason="补充。"), FINANCE, WORKING_MORNING))
    (again,) = after(returned, file(), MAKER, WORKING_MORNING).events
    assert again.version == 2  # type: ignore[attr-defined]
    more = file(goal=goal(budget_fen=2_000_000))
    adjusting = (*APPROVED, (more, MAKER, WORKING_MORNING))
    after(adjusting, file(goal=goal(budget_fen=3)), MAKER, WORKING_MORNING).refused(
        "application.performance-goal-waits"
    )
    after(adjusting, APPROVE, FINANCE).refused("application.performance-goal-changed")
    declined = (*adjusting, (ReturnGoal(version=2, reason="否。"), FINANCE, WORKING_MORNING))
    (assessed,) = after(declined, self_assess(), MAKER).events
    assert (assessed.version, assessed.execution.rate) == (1, Decimal("90.00"))  # type: ignore[attr-defined]
    adjusted = (*adjusting, (ApproveGoal(version=2, assess_days=20), FINANCE, WORKING_MORNING))
    reason = ExecutionForm(reason="样例。")
    (assessed,) = after(adjusted, self_assess(execution=reason), MAKER).events
    assert (assessed.version, assessed.execution.rate) == (2, Decimal("45.00"))  # type: ignore[attr-defined]


def test_the_scores_follow_from_the_rules_and_what_was_measured() -> None:
    assessed = past(ASSESSED)[-1]
    assert isinstance(assessed, events.SelfAssessed)
    assert [(each.key, str(each.value), each.source, str(each.score)) for each in assessed.results] == [
        ("1", "9", "enterprises-paid", "27.00"),
        ("2", "2.5", "typed", "20.00"),
        ("3", "150", "typed", "20.00"),
        ("4", "95.00", "satisfied-share", "20.00"),
    ]
    assert (assessed.execution.executed_fen, assessed.execution.score) == (900_000, Decimal("9.00"))
    assert (assessed.total, assessed.grade, assessed.late) == (Decimal("96.00"), "excellent", False)
    assert assessed.measured == measured()


def test_all_that_is_wrong_with_a_self_assessment_is_said_at_once() -> None:
    wrong = self_assess(
        results=(
            ResultForm(key="1", value=9),
            ResultForm(key="2", value="x"),
            ResultForm(key="3", value=300, evidence="台账。"),
            ResultForm(key="9", value=1),
        ),
        execution=ExecutionForm(executed_fen=5),
        summary=" ",
        measured=measured(ratings=0, satisfied=0, paid_fen=600_000),
        file_errors=(FieldError(field="results.2.attachments.0", code="unknown-file", message="没有。"),),
    )
    assert refused(after(APPROVED, wrong, MAKER), "application.self-assessment-invalid") == {
        "results.0.value": "measured",
        "results.1.value": "no-number",
        "results.1.evidence": "no-evidence",
        "results.2.reason": "no-reason",
        "results.3.key": "unknown",
        "results.key-4.value": "no-number",
        "results.key-4.evidence": "no-evidence",
        "execution.executed_fen": "measured",
        "execution.reason": "no-reason",
        "summary": "missing",
        "results.2.attachments.0": "unknown-file",
    }
    twice = self_assess(results=(*RESULTS, RESULTS[0]))
    assert set(refused(after(APPROVED, twice, MAKER), "application.self-assessment-invalid").values()) == {"twice"}
    missing = self_assess(results=RESULTS[:1])
    assert refused(after(APPROVED, missing, MAKER), "application.self-assessment-invalid") == {"results": "missing"}


def test_an_executed_sum_that_is_typed_has_its_evidence() -> None:
    typed = ((file(goal=goal(execution="typed")), MAKER, WORKING_MORNING), (APPROVE, FINANCE, WORKING_MORNING))
    assert refused(after(typed, self_assess(), MAKER), "application.self-assessment-invalid") == {
        "execution.executed_fen": "missing",
        "execution.evidence": "no-evidence",
    }
    told = self_assess(execution=ExecutionForm(executed_fen=1_000_000, evidence="支付凭证。"))
    (assessed,) = after(typed, told, MAKER).events
    assert assessed.execution.score == 10  # type: ignore[attr-defined]


def test_a_period_is_over_before_it_is_assessed_and_once_only() -> None:
    last = datetime.combine(UNTIL_ON, AFTER.timetz())
    after(APPROVED, self_assess(), MAKER, last).refused("application.performance-period-open")
    after(FILED, self_assess(), MAKER).refused("application.performance-wrong-status")
    other = self_assess(summary="另一结论。")
    after(ASSESSED, other, MAKER).refused("application.performance-wrong-status")
    assert len(after(RETURNED, other, MAKER).events) == 1
    after(CONCLUDED, file(), MAKER, WORKING_MORNING).refused("application.performance-wrong-status")
    after(CONCLUDED, RETURN_IT, FINANCE).refused("application.performance-wrong-status")


def test_finance_scores_otherwise_only_with_a_reason() -> None:
    wrong = conclude(
        scores=(
            ScoreForm(key="1", score=31),
            ScoreForm(key="2", score=10),
            ScoreForm(key="8", score=1),
            ScoreForm(key="execution", score="1.001", reason="有误。"),
        ),
        consequence="praise",
        explanation="",
    )
    assert refused(after(ASSESSED, wrong, FINANCE), "application.performance-conclusion-invalid") == {
        "scores.0.score": "no-score",
        "scores.1.reason": "no-reason",
        "scores.2.key": "unknown",
        "scores.3.score": "no-score",
        "consequence": "unknown",
        "explanation": "missing",
    }
    scores = (ScoreForm(key="2", score="12.5", reason="台账不全。"), ScoreForm(key="execution", score=9))
    (concluded,) = after(ASSESSED, conclude(scores=scores), FINANCE).events
    assert isinstance(concluded, events.PerformanceConcluded)
    assert (concluded.own_total, concluded.total, concluded.grade) == (Decimal("96.00"), Decimal("88.50"), "good")
    assert {each.key: (each.own, each.score) for each in concluded.scores}["2"] == (Decimal("20.00"), Decimal("12.50"))
    after(CONCLUDED, conclude(scores=scores), FINANCE).refused("application.performance-wrong-status")
    after(RETURNED, conclude(), FINANCE).refused("application.performance-wrong-status")


def test_the_platform_reminds_and_says_once_that_the_day_has_passed() -> None:
    soon, overdue = RaiseSelfAssessmentDueSoon(), RaiseSelfAssessmentOverdue()
    on = datetime(2026, 4, 22, 0, 0, tzinfo=SHANGHAI)
    after(APPROVED, soon, ITSELF, on - timedelta(seconds=1)).then()
    (reminded,) = after(APPROVED, soon, ITSELF, on).events
    assert isinstance(reminded, events.SelfAssessmentDueSoon)
    late = datetime(2026, 4, 30, 0, 0, tzinfo=SHANGHAI)
    after(APPROVED, overdue, ITSELF, late - timedelta(seconds=1)).then()
    (raised,) = after(APPROVED, overdue, ITSELF, late).events
    assert raised.due_on == date(2026, 4, 29)  # type: ignore[attr-defined]
    passed = (*APPROVED, (overdue, ITSELF, late))
    after(passed, overdue, ITSELF, late).then()
    after(passed, soon, ITSELF, late).then()
    (assessed,) = after(passed, self_assess(), MAKER, late).events
    assert assessed.late is True  # type: ignore[attr-defined]
    after(ASSESSED, overdue, ITSELF, late).then()
    after(RETURNED, LookAtSelfAssessmentLimit(), ITSELF, late).then()


def test_monitoring_stands_beside_what_is_measured_and_says_nothing_twice() -> None:
    report = ReportMonitoring(text="进度正常。", risks=("申报不足。",), measured=measured())
    after(FILED, report, MAKER).refused("application.performance-wrong-status")
    (monitored,) = after(APPROVED, report, MAKER, WORKING_MORNING).events
    assert monitored.number == 1  # type: ignore[attr-defined]
    reported = (*APPROVED, (report, MAKER, WORKING_MORNING))
    after(reported, report, MAKER, WORKING_MORNING).then()
    (second,) = after(reported, report.model_copy(update={"text": "滞后。"}), MAKER, WORKING_MORNING).events
    assert second.number == 2  # type: ignore[attr-defined]


def test_a_newer_calendar_moves_the_limit_and_the_reminder_with_it() -> None:
    year: dict[str, Any] = {"from_on": date(2026, 1, 1), "until_on": date(2026, 12, 31)}
    steps = ((file(**year), MAKER, WORKING_MORNING), (APPROVE, FINANCE, WORKING_MORNING))
    approved = past(steps)[-1]
    assert (approved.clock.due.day, approved.clock.due.provisional) == (date(2027, 1, 28), True)
    notice = AnnouncedYear(year=2027, notice="样例通知", days_off=frozenset({date(2027, 1, 1), date(2027, 1, 4)}))
    newer = WorkingCalendar.announced().revised(notice)
    look = LookAtSelfAssessmentLimit()
    given(performance, *past(steps)).when(look, WORKING_MORNING, ITSELF).then()
    (moved,) = given(performance, *past(steps)).when(look, WORKING_MORNING, ITSELF, newer).events
    assert isinstance(moved, events.SelfAssessmentLimitMoved)
    assert (moved.clock.due.day, moved.clock.due.provisional) == (date(2027, 2, 1), False)
    assert moved.remind_on == date(2027, 1, 25)
