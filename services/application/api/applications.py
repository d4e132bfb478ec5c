"""Application's HTTP doors."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel
from sqlmodel import col, or_, select

from services.application.api.asked import Asked
from services.application.commands import (
    ApplicationForm,
    SupplementForm,
    submit_application,
    supplementing,
    withdrawing,
)
from services.application.decider import WithdrawApplication
from services.application.departments import names_of
from services.application.progress import what_is_next
from services.application.readmodels.about_tickets import AboutTicketRow
from services.application.readmodels.offers import OfferRow
from services.application.readmodels.systems import HandlingRow
from services.application.readmodels.track import ApplicationRow
from services.application.receipts import SubmissionReceipt, receipt_of
from services.application.timeline import timeline
from shared.calendar import LimitClock, civil_date
from shared.eventstore.decider import Because, Refused
from shared.http.asking import (
    Caught,
    Cursor,
    Here,
    IdempotencyKey,
    Limit,
    Page,
    Somebody,
    Written,
    after,
    found,
    page,
    written,
)
from shared.runtime.service import Runtime
from shared.security.actor import Actor, Role

router = APIRouter()
SEES_ALL = (Role.DATA_BUREAU, Role.SUPERVISOR, Role.AUDITOR, Role.COUNTER_CLERK, Role.SYSTEM)


class ApplicationShown(BaseModel):
    """An application in a list; the account by its last four digits."""

    number: str
    item_code: str
    item_title: str
    department: str
    involved: list[str]
    working: list[str]
    enterprise: str
    status: str
    channel: str
    visit: str | None
    period: str | None
    overdue: bool
    unaccepted: bool
    waiting_for_applicant: bool
    supplement_by: date | None
    statement: str
    requested_fen: int | None
    granted_fen: int | None
    score: float | None
    submitted_on: date
    submitted_at: datetime
    accept_by: date | None
    accepted_on: date | None
    due_on: date | None
    provisional: bool
    completed_on: date | None
    in_time: bool | None
    clock: dict[str, Any] | None
    form: int | None
    differing: int
    announcement: str | None
    withheld: bool
    final: bool
    account_end: str | None
    payment: dict[str, Any] | None
    standing: dict[str, dict[str, Any]]
    documents: list[dict[str, Any]]
    steps: list[dict[str, Any]]


@router.get("/offers", dependencies=[Caught], tags=["申报"], summary="今天可以申报的事项")
async def offers(
    runtime: Here,
    q: Annotated[str | None, Query(max_length=60, description="事项名称中的文字")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[OfferRow]:
    today = civil_date(runtime.clock.now())
    query = select(OfferRow).where(
        col(OfferRow.offered), col(OfferRow.procedure) != "no-application", col(OfferRow.window) != "undetermined"
    )
    query = query.where(or_(col(OfferRow.opens_on).is_(None), col(OfferRow.opens_on) <= today))
    query = query.where(or_(col(OfferRow.closes_on).is_(None), col(OfferRow.closes_on) >= today))
    if q:
        query = query.where(col(OfferRow.item_title).contains(q, autoescape=True))
    if start := after(cursor):
        query = query.where(col(OfferRow.item_code) > start)
    rows = await runtime.reads.all(OfferRow, query.order_by(col(OfferRow.item_code)).limit(limit + 1))
    return page(rows, limit, lambda row: row.item_code)


@router.post("/applications", status_code=201, tags=["申报"], summary="提交申报", dependencies=[Caught])
async def submit(
    form: ApplicationForm, runtime: Here, actor: Somebody, response: Response, key: IdempotencyKey = None
) -> SubmissionReceipt:
    """回执：申报编号、受理和承诺完成的日期，以及接下来办理什么。"""
    return await receipt_of(runtime, written(runtime, await submit_application(runtime, actor, form, key), response))


@router.get("/applications", dependencies=[Caught], tags=["申报"], summary="申报列表")
async def applications(
    runtime: Here,
    actor: Somebody,
    department: str | None = None,
    enterprise: str | None = None,
    status: str | None = None,
    overdue: bool | None = None,
    to_do: Annotated[bool, Query(description="只看待我部门办理的")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ApplicationShown]:
    """企业看到本企业的申报，部门看到本部门主管和参与审核的申报，市数政局看到全部；最新的在前。"""
    query = select(ApplicationRow)
    own = actor.department or ""
    if not actor.has(*SEES_ALL):
        own_enterprise = col(ApplicationRow.enterprise) == (actor.enterprise or "")
        query = query.where(or_(own_enterprise, col(ApplicationRow.involved).contains([own])))
    if to_do:
        query = query.where(col(ApplicationRow.working).contains([own]))
    for column, value in (
        (ApplicationRow.department, department),
        (ApplicationRow.enterprise, enterprise),
        (ApplicationRow.status, status),
        (ApplicationRow.overdue, overdue),
    ):
        if value is not None:
            query = query.where(col(column) == value)
    if last := after(cursor):
        at, _, number = last.partition("|")
        since = _instant(at)
        older = col(ApplicationRow.submitted_at) < since
        same = (col(ApplicationRow.submitted_at) == since) & (col(ApplicationRow.number) < number)
        query = query.where(or_(older, same))
    query = query.order_by(col(ApplicationRow.submitted_at).desc(), col(ApplicationRow.number).desc()).limit(limit + 1)
    rows = await runtime.reads.all(ApplicationRow, query)
    some = page(rows, limit, lambda row: f"{row.submitted_at.isoformat()}|{row.number}")
    return Page(items=[ApplicationShown(**row.model_dump()) for row in some.items], next=some.next)


@router.get("/applications/{number}", dependencies=[Caught], tags=["申报"], summary="申报进度")
async def one_application(number: str, runtime: Here, actor: Somebody) -> dict[str, Any]:
    """办理轨迹（何时、哪一方、用了几个工作日）、承诺完成日期、剩余工作日与下一步（第二十一条“闭环管理”）。

    tickets 是有关这件申报的诉求工单，ask 是在哪里就这件申报咨询或投诉。
    """
    row = found(await runtime.reads.one(ApplicationRow, number), "申报")
    require_sight(row, actor)
    shown = row.model_dump(mode="json", exclude={"clock", "account", "answers", "attachments", "compared", "steps"})
    running = row.status == "accepted" and row.clock is not None
    today = civil_date(runtime.clock.now())
    clock = LimitClock.model_validate(row.clock) if running else None
    left = clock.days_left(runtime.calendar(), today) if clock else None
    steps = list(timeline(row.steps, await names_of(runtime, row.involved), runtime.calendar()))
    asking = {"tickets": await _tickets(runtime, number), "ask": ask_about(number)}
    return (
        shown
        | {"steps": steps, "days_left": left, "next": what_is_next(row)}
        | asking
        | await _handled(runtime, number)
    )


async def _tickets(runtime: Runtime, number: str) -> list[dict[str, Any]]:
    query = select(AboutTicketRow).where(AboutTicketRow.application == number)
    rows = await runtime.reads.all(AboutTicketRow, query.order_by(col(AboutTicketRow.received_at)))
    return [row.model_dump(mode="json", exclude={"application"}) for row in rows]


def ask_about(number: str) -> dict[str, Any]:
    """Where the applicant asks or complains about an application: the form of the interaction zone, with its number."""
    return {
        "title": "对这件申报有疑问或不满意的，可在政企互动区咨询或投诉。",
        "method": "POST",
        "href": "/api/hotline/questions",
        "form": {"application": number},
    }


async def _handled(runtime: Here, number: str) -> dict[str, Any]:
    """What departments' own systems have taken of it, how far they are, and their own numbers (外部办件编号)."""
    row = await runtime.reads.one(HandlingRow, number)
    return {"handled_by_systems": [*row.taken.values()] if row else [], "cases": row.cases if row else []}


@router.post("/applications/{number}/supplement", tags=["申报"], summary="补正")
async def supplement(number: str, form: SupplementForm, asked: Asked) -> Written:
    """表单中要改的项写在 answers 中，与其余各项一起重新核对；有错时一次列出，补正期间的计时仍停止。"""
    receipt = await supplementing(asked.runtime, asked.actor, number, form, asked.key, asked.version)
    return written(asked.runtime, receipt, asked.response)


@router.post("/applications/{number}/withdraw", tags=["申报"], summary="撤回申报")
async def withdraw(number: str, form: WithdrawApplication, asked: Asked) -> Written:
    """审核结束前可以撤回；占用的名额随即释放。"""
    receipt = await withdrawing(asked.runtime, asked.actor, number, form, asked.key, asked.version)
    return written(asked.runtime, receipt, asked.response)


def require_sight(row: ApplicationRow, actor: Actor) -> None:
    """By the applicant, and by each department that takes part. Raises `Refused`."""
    own = row.enterprise == actor.enterprise or actor.department in row.involved
    if not own and not actor.has(*SEES_ALL):
        title = "只有申报企业和办理部门可以查看这件申报。"
        raise Refused("application.not-yours", title, because=Because.FORBIDDEN)


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(
            "platform.invalid-cursor", "翻页标记无效，请从第一页重新查询。", because=Because.INVALID
        ) from error
