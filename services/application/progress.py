"""Where an application is, in words: what comes next, and until when (article 21: 闭环管理)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.application.definition.picture import Standing
from services.application.definition.process import Process
from services.application.readmodels.track import ApplicationRow


def what_is_next(row: ApplicationRow) -> str:
    """One sentence for the applicant."""
    if row.waiting_for_applicant:
        until = f"在{_day(row.supplement_by)}前" if row.supplement_by else ""
        return f"请{until}按补正通知补齐材料，补正后继续办理。"
    if row.supplement_by and row.status in ("submitted", "accepted"):
        return f"补正期限（{_day(row.supplement_by)}）已过，部门依据现有材料继续办理；作出决定前仍可以补正。"
    match row.status:
        case "submitted":
            until = f"，最迟{_day(row.accept_by)}" if row.accept_by else ""
            return f"等待主管部门受理{until}。"
        case "accepted":
            until = f"，承诺{_day(row.due_on)}前完成审核" if row.due_on else ""
            return f"正在{_open_steps(row)}{until}。"
        case "scored":
            return "已完成评分，等待申报截止后排序。"
        case "reviewed" if row.announcement and not row.final:
            if row.withheld:
                return "审核通过，结果按规定不向社会公开，同批结果公示期满后确认。"
            return "审核通过，结果正在公示，公示后确认。"
        case "revoked":
            return "公示期间的异议成立，通过决定已撤销。"
        case "reviewed" if row.payment:
            return _of_payment(row.payment)
        case "reviewed" if row.granted_fen:
            return "审核通过，等待拨付。" if row.account_end else "审核通过，请填写收款账户，以便拨付。"
    return "已办结。"


def _of_payment(payment: Mapping[str, Any]) -> str:
    match payment["status"]:
        case "paid":
            paid_on = _day(date.fromisoformat(payment["paid_on"]))
            return f"{payment['amount_fen'] / 100:,.2f}元已于{paid_on}拨付，申报已办结，欢迎评价。"
        case "sent-back":
            return "资金被退回，请更正收款账户，以便重新拨付。"
        case "planned":
            return "已列入资金拨付计划，等待拨付。"
    return "已发出拨付指令，等待到账。"


def _open_steps(row: ApplicationRow) -> str:
    if row.process is None:
        return "审核"
    process = Process.model_validate(row.process)
    titles = [step.title for step in process.steps if row.standing.get(step.key, {}).get("status") == "open"]
    return f"办理：{'、'.join(titles)}" if titles else "审核"


def standing_of(row: ApplicationRow) -> dict[str, Standing]:
    """For the picture."""
    standing: dict[str, Standing] = {}
    for key, each in row.standing.items():
        status = each["status"]
        if status == "open":
            standing[key] = "late" if each["overdue"] else "open"
        elif status in ("done", "failed"):
            standing[key] = "done" if status == "done" else "failed"
    return standing


def _day(day: date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else ""
