"""Hotline's HTTP doors."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel
from sqlalchemy import tuple_
from sqlmodel import col, or_, select

from services.hotline.commands import (
    AnswerForm,
    Caller,
    DispatchForm,
    TicketForm,
    answer_ticket,
    caller_of,
    dispatch_ticket,
    import_rows,
    opened_caller,
    receive_ticket,
)
from services.hotline.decider.rights import DESK, handles, not_yours
from services.hotline.keys import SourceName
from services.hotline.readmodels.tickets import TicketRow
from shared.calendar import LimitClock, civil_date
from shared.contracts.hotline import Nature
from shared.contracts.identifiers import DepartmentCode
from shared.eventstore.decider import Because, Refused
from shared.eventstore.ledger import Receipt
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
    one_of,
    page,
    written,
)
from shared.http.batches import Batch, BatchAnswer, take_batch
from shared.runtime.service import Runtime
from shared.security.actor import Actor
from shared.security.personal import mask_name, mask_phone

router = APIRouter(tags=["工单"])
Desk = Annotated[Actor, Depends(one_of(*DESK))]
Status = Literal["received", "dispatched", "answered"]


class TicketSummary(BaseModel):
    """A ticket in a list."""

    key: str
    source: str
    number: str
    channel: str
    nature: Nature
    title: str
    received_at: datetime
    town: str | None
    enterprise: str | None
    suggested_department: str | None
    status: Status
    department: str | None
    due_on: date | None
    provisional: bool
    overdue: bool
    answered_on: date | None
    in_time: bool | None


class TicketDetail(TicketSummary):
    """A ticket with its texts. Name and number of the caller are masked.

    `days_left`: working days up to the due day, by the platform's clock; negative when overdue, None when nothing runs.
    """

    content: str
    answer: str | None
    answered_by_unit: str | None
    limit_days: int | None
    days_left: int | None
    caller_name: str | None
    caller_phone: str | None


@router.post("/tickets", status_code=201, summary="接收工单")
async def receive(
    form: TicketForm, runtime: Here, actor: Desk, response: Response, key: IdempotencyKey = None
) -> Written:
    """同一来源、同一编号、同样内容的工单只接收一次，再次提交答复 `repeated`；内容不同则拒绝并列出不同之处。"""
    decider, ticket, command = await receive_ticket(runtime, form)
    return _written(runtime, await runtime.execute(decider, ticket, command, actor, idempotency_key=key), response)


@router.post("/tickets/batch", summary="批量接收工单")
async def receive_many(batch: Batch, runtime: Here, actor: Desk) -> BatchAnswer:
    return await take_batch(runtime, actor, batch.rows, TicketForm, lambda form: receive_ticket(runtime, form))


@router.post("/tickets/import", summary="导入其他系统导出的工单表")
async def import_tickets(
    batch: Batch, source: Annotated[SourceName, Query(max_length=60)], runtime: Here, actor: Desk
) -> BatchAnswer:
    """每行按文件原样提交，列名不限于一种；不能识别的行连同原因退回，其余照收。"""
    return await import_rows(runtime, actor, source, batch.rows)


@router.get("/tickets", dependencies=[Caught], summary="工单列表（最新的在前）")
async def tickets(
    runtime: Here,
    actor: Somebody,
    department: Annotated[DepartmentCode | None, Query(description="承办部门")] = None,
    status: Annotated[Status | None, Query(description="状态")] = None,
    nature: Annotated[Nature | None, Query(description="性质")] = None,
    source: Annotated[str | None, Query(max_length=60, description="来源")] = None,
    overdue: Annotated[bool | None, Query(description="是否曾超期")] = None,
    q: Annotated[str | None, Query(max_length=60, description="编号、标题或内容中的文字")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[TicketSummary]:
    """部门工作人员只看到派发给本部门的工单；热线、城运中心和市数政局看到全部。"""
    newest = (col(TicketRow.received_at), col(TicketRow.key))
    query = select(TicketRow).order_by(newest[0].desc(), newest[1].desc()).limit(limit + 1)
    wanted = {"department": _department(actor, department), "status": status, "nature": nature, "source": source}
    for name, value in {**wanted, "overdue": overdue}.items():
        if value is not None:
            query = query.where(getattr(TicketRow, name) == value)
    if q:
        searched = (TicketRow.number, TicketRow.title, TicketRow.content)
        query = query.where(or_(*(col(column).contains(q, autoescape=True) for column in searched)))
    if start := after(cursor):
        query = query.where(tuple_(*newest) < _place(start))
    rows = await runtime.reads.all(TicketRow, query)
    shown = page(rows, limit, lambda row: f"{row.received_at.isoformat()} {row.key}")
    return Page(items=[TicketSummary(**row.model_dump()) for row in shown.items], next=shown.next)


@router.get("/tickets/{key}", dependencies=[Caught], summary="工单")
async def one_ticket(key: str, runtime: Here, actor: Somebody) -> TicketDetail:
    row = await runtime.reads.one(TicketRow, key)
    row = found(row if row and _may_see(actor, row.department) else None, "工单")
    clock = LimitClock.model_validate(row.clock) if row.clock else None
    opened = await opened_caller(runtime, row.caller_name, row.caller_phone)
    name, phone = opened or (None, None)
    running = clock is not None and row.status == "dispatched"
    shown = {
        "limit_days": clock.limit_days if clock else None,
        "days_left": clock.days_left(runtime.calendar(), civil_date(runtime.clock.now()))
        if clock and running
        else None,
        "caller_name": mask_name(name) if name else None,
        "caller_phone": mask_phone(phone) if phone else None,
    }
    return TicketDetail(**row.model_dump() | shown)


@router.get("/tickets/{key}/caller", summary="来电人（仅限热线话务员和承办部门）")
async def caller(key: str, runtime: Here, actor: Somebody) -> Caller:
    return await caller_of(runtime, key, actor)


@router.post("/tickets/{key}/dispatch", summary="派发工单")
async def dispatch(
    key: str, form: DispatchForm, runtime: Here, actor: Desk, response: Response, sent: IdempotencyKey = None
) -> Written:
    """答复时限自派发次日起按工作日计算；未填时限的，按诉求性质确定。"""
    return _written(runtime, await dispatch_ticket(runtime, key, form, actor, sent), response)


@router.post("/tickets/{key}/answer", summary="答复工单")
async def answer(
    key: str, form: AnswerForm, runtime: Here, actor: Somebody, response: Response, sent: IdempotencyKey = None
) -> Written:
    """未派发的工单由热线话务员直接答复；已派发的由承办部门答复。"""
    return _written(runtime, await answer_ticket(runtime, key, form, actor, sent), response)


def _written(runtime: Runtime, receipt: Receipt, response: Response) -> Written:
    answer = written(runtime, receipt, response)
    return answer.model_copy(update={"repeated": not receipt.events})


def _department(actor: Actor, asked: str | None) -> str | None:
    """The department whose tickets are listed: the desk chooses, everybody else has their own."""
    if actor.has(*DESK):
        return asked
    own = asked or actor.department
    if not handles(actor, own):
        not_yours("只能查看派发给本部门的工单，请用部门账号登录，且不要选择其他部门。")
    return own


def _may_see(actor: Actor, department: str | None) -> bool:
    """Whose ticket it is not, does not exist for them."""
    return actor.has(*DESK) or handles(actor, department)


def _place(cursor: str) -> tuple[datetime, str]:
    text, _, key = cursor.partition(" ")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Refused("platform.invalid-cursor", "翻页标记无效，请从第一页重新查询。", because=Because.INVALID)
    return at, key
