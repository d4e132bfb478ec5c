"""The performance assessment of funds (绩效评价, article 7): goal, monitoring, self-assessment, conclusion; pure.

The department files and assesses itself, finance decides with another hand, the platform counts the days.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.application.decider.grant_list import STAFF
from services.application.decider.performance_commands import (
    MOST_ITEMS,
    STATUSES,
    ApproveGoal,
    ConcludePerformance,
    FileGoal,
    LookAtSelfAssessmentLimit,
    PerformanceCommand,
    PerformanceState,
    RaiseSelfAssessmentDueSoon,
    RaiseSelfAssessmentOverdue,
    ReportMonitoring,
    ReturnGoal,
    ReturnSelfAssessment,
    SelfAssess,
    about,
)
from services.application.decider.performance_results import assess, conclude
from services.application.decider.state import require_platform
from services.application.events import performance as events
from services.application.performance.goals import goal_of
from shared.calendar import LimitClock, WorkingCalendar
from shared.eventstore.decider import Because, Context, Decider, FieldError, Refused
from shared.eventstore.events import Event
from shared.security.actor import Role

REMIND_DAYS = 5  # working days before the due day
MEND_DAYS = 10  # working days for a self-assessment that was returned


def decide(state: PerformanceState | None, command: PerformanceCommand, context: Context) -> Sequence[Event]:
    """Every command but the first needs one that is there."""
    if isinstance(command, FileGoal):
        return _file(state, command, context)
    if state is None:
        raise Refused("application.performance-unknown", "没有这项绩效评价，请核对编号。", because=Because.NOT_FOUND)
    match command:
        case ReportMonitoring():
            _require_department(state.first.department, context)
            return _report(state, command, context)
        case SelfAssess():
            _require_department(state.first.department, context)
            return assess(state, command, context)
        case ReturnGoal() | ApproveGoal():
            _require_finance(context)
            return _decide_goal(state, command, context)
        case ReturnSelfAssessment():
            _require_finance(context)
            return _return_assessment(state, command, context)
        case ConcludePerformance():
            _require_finance(context)
            return conclude(state, command, context)
    require_platform(context)
    return _of_platform(state, command, context)


def _file(state: PerformanceState | None, command: FileGoal, context: Context) -> Sequence[Event]:
    _require_department(command.department, context)
    if state is not None and state.status not in ("filed", "returned", "approved"):
        raise Refused("application.performance-wrong-status", f"{STATUSES[state.status]}，不能再修改绩效目标。")
    goal, errors = goal_of(command.goal)
    errors = [*_of_frame(command, context), *command.item_errors, *errors]
    if errors or goal is None:
        title = f"绩效目标有{len(errors)}处需要改正。"
        raise Refused("application.performance-goal-invalid", title, errors, Because.INVALID)
    title = command.title.strip()
    if state is not None:
        latest = state.filed.goal if state.filed else state.goal
        if latest == goal and state.status != "returned":
            return []
        if state.filed is not None:
            raise Refused(
                "application.performance-goal-waits", "上一版绩效目标还在等待财政部门批复，请在批复或退回后再修改。"
            )
    version = state.versions + 1 if state else 1
    of: dict[str, Any] = about(state) if state else {**_frame(command), "title": title}
    return [events.PerformanceGoalFiled(**of, version=version, goal=goal, by=context.actor.subject)]


def _frame(command: FileGoal) -> dict[str, Any]:
    return command.model_dump(include={"department", "items", "from_on", "until_on"})


def _of_frame(command: FileGoal, context: Context) -> Sequence[FieldError]:
    errors: list[FieldError] = []

    def wrong(field: str, code: str, message: str) -> None:
        errors.append(FieldError(field=field, code=code, message=message))

    if not 0 < len(command.title.strip()) <= 100:
        wrong("title", "no-title", "请填写项目名称，最多100字。")
    if not 0 < len(command.items) <= MOST_ITEMS:
        wrong("items", "number", f"请填写1至{MOST_ITEMS}个事项编号。")
    if len(set(command.items)) < len(command.items):
        wrong("items", "twice", "事项编号有重复，请删除。")
    if command.until_on < command.from_on:
        wrong("until_on", "order", "评价期的结束日期不能早于开始日期。")
    elif (command.until_on - command.from_on).days >= 3 * 366:
        wrong("until_on", "too-long", "一个评价期最长三年，请缩短。")
    if command.until_on < context.today:
        wrong("until_on", "past", "评价期已经结束，绩效目标须在期内申报。")
    return errors


def _decide_goal(state: PerformanceState, command: ReturnGoal | ApproveGoal, context: Context) -> Sequence[Event]:
    filed = state.filed
    if filed is None or filed.version != command.version:
        if isinstance(command, ApproveGoal) and filed is None and command.version == state.version:
            return []
        title = "这一版绩效目标不在等待批复，请刷新后按最新一版办理。"
        raise Refused("application.performance-goal-changed", title)
    own: dict[str, Any] = {**about(state), "version": filed.version, "by": context.actor.subject}
    if isinstance(command, ReturnGoal):
        return [events.PerformanceGoalReturned(**own, reason=command.reason)]
    if filed.by == context.actor.subject:
        title = "绩效目标须由申报之外的另一人批复。"
        raise Refused("application.four-eyes", title, because=Because.FORBIDDEN)
    clock = LimitClock.start(context.calendar, command.assess_days, max(state.first.until_on, context.today))
    counted = {"budget_fen": filed.goal.budget_fen, "indicators": len(filed.goal.indicators)}
    remind_on = _remind_on(context.calendar, clock)
    return [events.PerformanceGoalApproved(**own, **counted, clock=clock, remind_on=remind_on)]


def _remind_on(calendar: WorkingCalendar, clock: LimitClock) -> date:
    return calendar.add_working_days(clock.started_on, max(clock.limit_days - REMIND_DAYS, 1)).day


def _report(state: PerformanceState, command: ReportMonitoring, context: Context) -> Sequence[Event]:
    if state.goal is None or state.status != "approved":
        title = f"{STATUSES[state.status]}，绩效监控在目标批复后、自评前办理。"
        raise Refused("application.performance-wrong-status", title)
    last = state.last_report
    if last is not None and (last.text, last.risks) == (command.text, command.risks):
        return []
    told = {"text": command.text, "risks": command.risks, "measured": command.measured}
    return [events.PerformanceMonitored(**about(state), **told, number=state.reports + 1, by=context.actor.subject)]


def _return_assessment(state: PerformanceState, command: ReturnSelfAssessment, context: Context) -> Sequence[Event]:
    if state.status == "assessment-returned":
        return []
    if state.status != "assessed":
        title = f"{STATUSES[state.status]}，现在没有可以退回的自评。"
        raise Refused("application.performance-wrong-status", title)
    clock = LimitClock.start(context.calendar, MEND_DAYS, context.today)
    remind_on = _remind_on(context.calendar, clock)
    told: dict[str, Any] = {"reason": command.reason, "by": context.actor.subject}
    return [events.SelfAssessmentReturned(**about(state), **told, clock=clock, remind_on=remind_on)]


def _of_platform(state: PerformanceState, command: PerformanceCommand, context: Context) -> Sequence[Event]:
    """Each does nothing where it was done already."""
    clock = state.clock
    if clock is None or not state.assessing or state.overdue:
        return []
    match command:
        case RaiseSelfAssessmentDueSoon() if (
            not state.reminded and state.remind_on and state.remind_on <= context.today
        ):
            return [events.SelfAssessmentDueSoon(**about(state), due_on=clock.due.day)]
        case RaiseSelfAssessmentOverdue() if clock.is_overdue(context.today):
            return [events.SelfAssessmentOverdue(**about(state), due_on=clock.due.day)]
        case LookAtSelfAssessmentLimit():
            anew = clock.recomputed(context.calendar)
            same = (anew.due.day, anew.due.provisional) == (clock.due.day, clock.due.provisional)
            remind_on = _remind_on(context.calendar, anew)
            return [] if same else [events.SelfAssessmentLimitMoved(**about(state), clock=anew, remind_on=remind_on)]
    return []


def _require_department(department: str, context: Context) -> None:
    if not context.actor.has(*STAFF) or context.actor.department != department:
        title = f"这项绩效评价由部门 {department} 办理，请由该部门的经办人员操作。"
        raise Refused("application.not-your-department", title, because=Because.FORBIDDEN)


def _require_finance(context: Context) -> None:
    if not context.actor.has(Role.FINANCE):
        title = "绩效目标和自评由市财政局批复和评价。"
        raise Refused("application.finance-only", title, because=Because.FORBIDDEN)


def evolve(state: PerformanceState | None, event: Event) -> PerformanceState:
    """The assessment after an event."""
    if state is None:
        assert isinstance(event, events.PerformanceGoalFiled)  # noqa: S101 - nothing happens before it is filed
        return PerformanceState(first=event, filed=event)
    return state.model_copy(update=_changes(state, event))


def _changes(state: PerformanceState, event: Event) -> dict[str, Any]:
    match event:
        case events.PerformanceGoalFiled(version=version):
            status = state.status if state.goal else "filed"
            return {"filed": event, "versions": version, "status": status}
        case events.PerformanceGoalReturned():
            return {"filed": None, "status": "approved" if state.goal else "returned"}
        case events.PerformanceGoalApproved(version=version):
            goal = state.filed.goal if state.filed else state.goal
            return {"filed": None, "goal": goal, "version": version, "status": "approved"} | _limit(event)
        case events.PerformanceMonitored(number=number):
            return {"reports": number, "last_report": event}
        case events.SelfAssessmentLimitMoved():
            return {"clock": event.clock, "remind_on": event.remind_on, "reminded": False}
        case events.SelfAssessmentDueSoon():
            return {"reminded": True}
        case events.SelfAssessmentOverdue():
            return {"overdue": True}
        case events.SelfAssessed():
            return {"assessed": event, "status": "assessed", "filed": None}
        case events.SelfAssessmentReturned():
            return {"status": "assessment-returned"} | _limit(event)
        case events.PerformanceConcluded():
            return {"concluded": event, "status": "concluded"}
    return {}


def _limit(event: events.PerformanceGoalApproved | events.SelfAssessmentReturned) -> dict[str, Any]:
    return {"clock": event.clock, "remind_on": event.remind_on, "reminded": False, "overdue": False}


performance: Decider[PerformanceState, PerformanceCommand] = Decider("performance", PerformanceState, decide, evolve)
"""The performance assessment of what a department spends on its items in a period."""
