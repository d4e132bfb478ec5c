"""An application's track as its reader sees it: what happened, on whose side, and how long it took (article 21: 闭环管理); pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.calendar import WorkingCalendar, civil_date
from shared.security.actor import Actor, Role

APPLICANT, COUNTER, FINANCE, PLATFORM = "applicant", "counter", "finance", "platform"
SIDES = {APPLICANT: "申报企业", COUNTER: "惠企服务专窗", FINANCE: "财政部门", PLATFORM: "平台"}
TITLES = {
    "application-submitted": "提交申报",
    "answers-compared": "申报内容与已知数据比对",
    "application-accepted": "受理",
    "application-not-accepted": "不予受理",
    "acceptance-overdue": "超期未受理",
    "supplement-requested": "一次性告知补正",
    "application-supplemented": "补正",
    "supplement-lapsed": "逾期未补正",
    "application-withdrawn": "撤回申报",
    "acted-at-counter": "由惠企服务专窗代办",
    "step-started": "审核步骤开始",
    "opinion-given": "出具审核意见",
    "step-concluded": "审核步骤结束",
    "step-overdue": "审核步骤超期",
    "returned-to-step": "退回之前的步骤",
    "step-reassigned": "审核步骤改由其他部门办理",
    "opinion-stamped": "意见加盖电子印章",
    "application-scored": "完成评分",
    "review-completed": "审核完成",
    "review-overdue": "审核超期",
    "review-deadline-recomputed": "审核期限重新计算",
    "limit-recomputed": "期限重新计算",
    "result-announced": "结果公示",
    "result-confirmed": "结果确认",
    "approval-revoked": "撤销通过决定",
    "payee-given": "填写收款账户",
    "payment-planned": "列入拨付计划",
    "payment-dropped": "移出拨付计划",
    "payment-ordered": "发出拨付指令",
    "payment-paid": "资金到账",
    "payment-sent-back": "资金被退回",
    "payee-corrected": "更正收款账户",
    "handling-taken": "部门业务系统接办",
    "progress-reported": "部门业务系统报告进度",
    "handling-released": "部门业务系统交回",
}


def side_of(actor: Actor | None) -> str:
    """On whose side somebody acts: never who it is. A department by its code."""
    if actor is None or actor.has(Role.SYSTEM):
        return PLATFORM
    if actor.has(Role.COUNTER_CLERK):
        return COUNTER
    if actor.has(Role.FINANCE):
        return FINANCE
    return actor.department or APPLICANT


def timeline(
    steps: Sequence[Mapping[str, Any]], departments: Mapping[str, str], calendar: WorkingCalendar
) -> Iterator[dict[str, Any]]:
    """Each step with its `title`, `who` (names of `departments` by code), and `working_days` since the one before."""
    before = None
    for step in steps:
        day = civil_date(datetime.fromisoformat(step["at"]))
        side = step["side"]
        yield {
            **step,
            "title": TITLES[step["step"]],
            "who": SIDES.get(side) or departments.get(side, side),
            "working_days": calendar.working_days_between(before or day, day),
        }
        before = day
