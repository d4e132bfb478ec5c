"""The written receipt of an application (收件回执、受理回执): what was handed in, until when something happens, and what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from services.application.decider import ApplicationState, application
from services.application.decider.state import STAGES
from services.application.departments import names_of
from services.application.readmodels.grants import KnownEnterpriseRow
from services.application.receipts import promised
from services.application.stamping.paper import Said
from shared.calendar import SHANGHAI, WorkingCalendar
from shared.eventstore.decider import Because, Refused
from shared.runtime.service import Runtime

ENDED = ("not-accepted", "reviewed", "withdrawn", "revoked")


@dataclass(frozen=True)
class ReceiptPaper:
    """What the receipt says; `link` leads to the page that confirms it."""

    title: str
    number: str
    rows: Sequence[tuple[str, str]]
    said: Sequence[Said]
    link: str
    at: datetime


class Named(NamedTuple):
    """What enterprise and department are called."""

    enterprise: str
    department: str


async def state_of(runtime: Runtime, number: str) -> ApplicationState:
    """An application from the record, so that the receipt is there the moment it is handed in. Raises `Refused`."""
    state: ApplicationState | None = await runtime.state(application, number)
    if state is None:
        raise Refused("application.unknown", "没有这件申报，请核对申报编号。", because=Because.NOT_FOUND)
    return state


async def receipt_pdf(runtime: Runtime, state: ApplicationState) -> bytes:
    """As things stand now; takes about a second, beside everything else."""
    submitted = state.submitted
    known = await runtime.reads.one(KnownEnterpriseRow, submitted.enterprise)
    names = await names_of(runtime, [submitted.department])
    named = Named(
        enterprise=f"{known.name}（{submitted.enterprise}）" if known else submitted.enterprise,
        department=names[submitted.department],
    )
    history = await runtime.aggregates.history(application.id_of(submitted.number))
    paper = paper_of(
        state,
        named,
        history[0].at,
        link=f"{runtime.settings.public_url.rstrip('/')}/api/application/receipts/{submitted.number}",
        now=runtime.clock.now(),
        calendar=runtime.calendar(),
    )
    return await runtime.in_thread(_typeset, paper)


def paper_of(
    state: ApplicationState,
    named: Named,
    handed_in: datetime,
    *,
    link: str,
    now: datetime,
    calendar: WorkingCalendar,
) -> ReceiptPaper:
    """What the paper says; pure."""
    submitted = state.submitted
    fen = submitted.requested_fen
    rows = [
        ("申报编号", submitted.number),
        ("事项", f"{submitted.item_title}（{submitted.item_code}）"),
        ("申报单位", named.enterprise),
        ("办理部门", named.department),
        ("收件时间", f"{handed_in.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"),
        *([("申请金额", f"{fen / 100:,.2f}元")] if fen is not None else []),
        ("材料", _materials(submitted.materials, [each["name"] for each in submitted.attachments])),
        ("目前状态", STAGES[state.stage]),
        ("承诺期限", _promised(state, calendar)),
    ]
    return ReceiptPaper(
        title="受理回执" if state.clock is not None else "收件回执",
        number=submitted.number,
        rows=rows,
        said=[Said("下一步", "", _next(state, calendar))],
        link=link,
        at=now,
    )


def _materials(named: Sequence[str], files: Sequence[str]) -> str:
    return "、".join([*named, *files]) or "见申报表单"


def _promised(state: ApplicationState, calendar: WorkingCalendar) -> str:
    if state.stage in ENDED:
        return "已办结"
    days = state.submitted.promised_days
    if state.clock is not None:
        due = state.clock.due
        return f"{_day(due.day)}前完成审核（受理后{days}个工作日）{_may_move(due.provisional)}"
    told = promised(state, calendar)
    accept_by, expected_by = told["accept_by"], told["expected_by"]
    if not isinstance(accept_by, date) or not isinstance(expected_by, date):
        return f"受理后{days}个工作日内完成审核"
    return (
        f"{_day(accept_by)}前告知是否受理；受理后{days}个工作日内完成审核，最迟{_day(expected_by)}"
        f"{_may_move(bool(told['provisional']))}"
    )


def _may_move(provisional: bool) -> str:
    return "（期间有年份的放假安排尚未公布，届时可能调整）" if provisional else ""


def _next(state: ApplicationState, calendar: WorkingCalendar) -> str:
    if state.stage in ENDED:
        return "本件已办结，结果可登录澄策之窗查看。"
    if state.waiting_for_applicant:
        return "请按补正通知一次补齐材料，可登录澄策之窗提交，或到惠企服务专窗办理；补正期间不计入办理期限。"
    if state.clock is not None:
        return "主管部门正在审核，办理进度和结果将以消息和短信告知，也可凭申报编号登录澄策之窗查询。"
    return str(promised(state, calendar)["next"])


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _typeset(paper: ReceiptPaper) -> bytes:
    from services.application.stamping.typesetting import code, head, paragraph, sheet

    pdf = sheet(f"{paper.title} {paper.number}", paper.at)
    head(pdf, paper.title, paper.rows)
    for said in paper.said:
        paragraph(pdf, said)
    printed = f"{paper.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    code(pdf, paper.link, f"扫码核对本回执：\n{paper.link}\n打印时间：{printed}")
    return bytes(pdf.output())
