"""Self-assessment and conclusion of a performance assessment (自评、财政评价): everything wrong is said at once; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast, get_args

from services.application.decider.performance_commands import (
    STATUSES,
    ConcludePerformance,
    ExecutionForm,
    PerformanceState,
    ResultForm,
    ScoreForm,
    SelfAssess,
    about,
)
from services.application.events import performance as events
from services.application.performance.goals import EXECUTION, number
from services.application.performance.measures import MEASURES, TYPED, value_of
from services.application.performance.scoring import (
    HUNDRED,
    ZERO,
    deviation,
    executed,
    grade,
    needs_reason,
    rounded,
    score,
)
from shared.eventstore.decider import Because, Context, FieldError, Refused
from shared.eventstore.events import Event

NO_EVIDENCE = "请写明依据，或附上附件。"
MUST_EXPLAIN = "与目标的偏差超过30%，请说明原因及改进措施。"


def assess(state: PerformanceState, command: SelfAssess, context: Context) -> Sequence[Event]:
    """After the period; again only after it was returned. The same once more changes nothing."""
    if state.assessed is not None and not state.assessing:
        again = _assessed(state, command, context, state.assessed.measured)
        said = ("results", "execution", "summary")
        if all(getattr(again, name) == getattr(state.assessed, name) for name in said):
            return []
    if not state.assessing or state.goal is None:
        title = f"{STATUSES[state.status]}，现在不能提交自评，请刷新后查看。"
        raise Refused("application.performance-wrong-status", title)
    if context.today <= state.first.until_on:
        title = f"评价期到{state.first.until_on}为止，请在期满后提交自评。"
        raise Refused("application.performance-period-open", title)
    return [_assessed(state, command, context, command.measured)]


def _assessed(
    state: PerformanceState, command: SelfAssess, context: Context, measured: events.Measured
) -> events.SelfAssessed:
    goal = state.goal
    assert goal is not None  # noqa: S101 - it was approved
    work = _Reading(goal, measured)
    results = work.results(command.results)
    execution = work.execution(command.execution)
    errors = [*work.errors, *command.file_errors]
    if not command.summary.strip():
        errors.append(_error("summary", "missing", "请写明自评结论：目标完成情况、存在的问题和改进措施。"))
    if errors or execution is None:
        title = f"自评有{len(errors)}处需要改正。"
        raise Refused("application.self-assessment-invalid", title, errors, Because.INVALID)
    total = execution.score + sum((each.score for each in results), ZERO)
    return events.SelfAssessed(
        **about(state),
        version=state.version,
        results=tuple(results),
        execution=execution,
        summary=command.summary.strip(),
        total=total,
        grade=grade(total),
        measured=measured,
        late=state.clock is not None and state.clock.is_overdue(context.today),
        by=context.actor.subject,
    )


class _Reading:
    """What the department says, held against the goal and what was measured."""

    def __init__(self, goal: events.Goal, measured: events.Measured) -> None:
        self._goal = goal
        self._measured = measured
        self.errors: list[FieldError] = []

    def results(self, forms: Sequence[ResultForm]) -> list[events.Result]:
        times = Counter(form.key for form in forms)
        known = {indicator.key for indicator in self._goal.indicators}
        for place, form in enumerate(forms):
            if form.key not in known:
                self._wrong(f"results.{place}.key", "unknown", f"目标中没有序号为“{form.key[:20]}”的指标，请核对。")
            elif times[form.key] > 1:
                self._wrong(f"results.{place}.key", "twice", f"指标{form.key}填了{times[form.key]}次，请只保留一次。")
        by_key = {form.key: (place, form) for place, form in enumerate(forms)}
        found: list[events.Result] = []
        for indicator in self._goal.indicators:
            place, form = by_key.get(indicator.key, (-1, ResultForm(key=indicator.key)))
            if place < 0 and indicator.source == TYPED:
                self._wrong("results", "missing", f"缺少指标{indicator.key}“{indicator.name}”的实际值，请补充。")
                continue
            result = self._result(indicator, form, f"results.{place}" if place >= 0 else f"results.key-{indicator.key}")
            found += [result] if result else []
        return found

    def _result(self, indicator: events.Indicator, form: ResultForm, field: str) -> events.Result | None:
        value, source = self._value(indicator, form, field)
        if source == TYPED and not form.evidence.strip() and not form.attachments:
            self._wrong(f"{field}.evidence", "no-evidence", f"指标{indicator.key}“{indicator.name}”：{NO_EVIDENCE}")
        if value is None:
            return None
        off = deviation(indicator, value)
        if needs_reason(off) and not form.reason.strip():
            message = (
                f"指标{indicator.key}“{indicator.name}”（实际{value.normalize():f}{indicator.unit}）{MUST_EXPLAIN}"
            )
            self._wrong(f"{field}.reason", "no-reason", message)
        told: dict[str, Any] = {"evidence": form.evidence.strip(), "reason": form.reason.strip()}
        return events.Result(
            key=indicator.key,
            value=value,
            source=source,
            attachments=form.attachments,
            deviation=off,
            score=score(indicator, value),
            **told,
        )

    def _value(self, indicator: events.Indicator, form: ResultForm, field: str) -> tuple[Decimal | None, str]:
        measured = None if indicator.source == TYPED else value_of(self._measured, indicator.source)
        typed = number(form.value)
        if measured is not None:
            if form.value is not None:
                label = MEASURES[indicator.source].label
                self._wrong(f"{field}.value", "measured", f"“{label}”由平台计量，请不要填写实际值。")
            return measured, indicator.source
        if typed is None:
            message = f"指标{indicator.key}“{indicator.name}”的实际值应为数字，最多四位小数。"
            if indicator.source != TYPED:
                message = f"指标{indicator.key}“{indicator.name}”在平台上没有可计量的记录，请填写实际值并附依据。"
            self._wrong(f"{field}.value", "no-number", message)
        return typed, TYPED

    def execution(self, form: ExecutionForm) -> events.Execution | None:
        typed = self._goal.execution == TYPED
        fen = form.executed_fen if typed else self._measured.paid_fen
        if typed and fen is None:
            self._wrong("execution.executed_fen", "missing", "请填写预算执行数，以分为单位。")
        if typed and not form.evidence.strip():
            self._wrong("execution.evidence", "no-evidence", f"预算执行数：{NO_EVIDENCE}")
        if not typed and form.executed_fen is not None:
            self._wrong("execution.executed_fen", "measured", "预算执行数由平台按拨付记录计量，请不要填写。")
        if fen is None:
            return None
        rate, points = executed(self._goal.budget_fen, fen, self._goal.execution_weight)
        if needs_reason(abs(rate - HUNDRED)) and not form.reason.strip():
            self._wrong("execution.reason", "no-reason", f"预算执行率为{rate.normalize():f}%，{MUST_EXPLAIN}")
        return events.Execution(
            executed_fen=fen,
            source=TYPED if typed else "measured",
            evidence=form.evidence.strip(),
            reason=form.reason.strip(),
            rate=rate,
            score=points,
        )

    def _wrong(self, field: str, code: str, message: str) -> None:
        self.errors.append(_error(field, code, message))


def conclude(state: PerformanceState, command: ConcludePerformance, context: Context) -> Sequence[Event]:
    """By another hand than assessed it. The same once more changes nothing."""
    assessed = state.assessed
    if assessed is None or state.status not in ("assessed", "concluded"):
        title = f"{STATUSES[state.status]}，部门提交自评后才能评价。"
        raise Refused("application.performance-wrong-status", title)
    if context.actor.subject == assessed.by:
        title = "财政评价须由提交自评之外的另一人办理。"
        raise Refused("application.four-eyes", title, because=Because.FORBIDDEN)
    concluded = _concluded(state, assessed, command, context)
    if state.concluded is None:
        return [concluded]
    if concluded.model_dump(exclude={"concluded_on", "by"}) == state.concluded.model_dump(
        exclude={"concluded_on", "by"}
    ):
        return []
    raise Refused("application.performance-wrong-status", "评价已办结并公开，不能再更改。")


def _concluded(
    state: PerformanceState, assessed: events.SelfAssessed, command: ConcludePerformance, context: Context
) -> events.PerformanceConcluded:
    goal = state.goal
    assert goal is not None  # noqa: S101 - it was assessed by one
    scores, errors = _scores(goal, assessed, command.scores)
    if command.consequence not in get_args(events.Consequence):
        message = "结果应用应为 keep（保持）、adjust（调整）、reduce（削减）、stop（取消）之一。"
        errors.append(_error("consequence", "unknown", message))
    if not command.explanation.strip():
        errors.append(_error("explanation", "missing", "请写明评价意见，以及结果应用的理由。"))
    if errors:
        title = f"评价有{len(errors)}处需要改正。"
        raise Refused("application.performance-conclusion-invalid", title, errors, Because.INVALID)
    total = sum((each.score for each in scores), ZERO)
    return events.PerformanceConcluded(
        **about(state),
        budget_fen=goal.budget_fen,
        executed_fen=assessed.execution.executed_fen,
        own_total=assessed.total,
        scores=tuple(scores),
        total=total,
        grade=grade(total),
        consequence=cast(events.Consequence, command.consequence),
        explanation=command.explanation.strip(),
        concluded_on=context.today,
        by=context.actor.subject,
    )


def _scores(
    goal: events.Goal, assessed: events.SelfAssessed, forms: Sequence[ScoreForm]
) -> tuple[list[events.Score], list[FieldError]]:
    weights = {EXECUTION: goal.execution_weight} | {each.key: each.weight for each in goal.indicators}
    own = {EXECUTION: assessed.execution.score} | {each.key: each.score for each in assessed.results}
    given: dict[str, tuple[Decimal, str]] = {}
    errors: list[FieldError] = []
    for place, form in enumerate(forms):
        field, points = f"scores.{place}", number(form.score)
        if form.key not in weights:
            errors.append(_error(f"{field}.key", "unknown", f"没有序号为“{form.key[:20]}”的指标，请核对。"))
            continue
        if form.key in given:
            errors.append(_error(f"{field}.key", "twice", f"指标{form.key}给了两次得分，请只保留一次。"))
        if points is None or not 0 <= points <= weights[form.key] or points != round(points, 2):
            message = f"指标{form.key}的得分应在0与{weights[form.key].normalize():f}之间，最多两位小数。"
            errors.append(_error(f"{field}.score", "no-score", message))
            continue
        if points != own[form.key] and not form.reason.strip():
            message = f"指标{form.key}的得分与自评（{own[form.key].normalize():f}）不同，请说明理由。"
            errors.append(_error(f"{field}.reason", "no-reason", message))
        given[form.key] = rounded(points), form.reason.strip()
    scores = [
        events.Score(key=key, own=points, score=given.get(key, (points, ""))[0], reason=given.get(key, (points, ""))[1])
        for key, points in own.items()
    ]
    return scores, errors


def _error(field: str, code: str, message: str) -> FieldError:
    return FieldError(field=field, code=code, message=message)
