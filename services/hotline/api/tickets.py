"""Doors for tickets as they come in and as they are looked at."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import tuple_
from sqlmodel import col, or_, select

from services.hotline.api.concerned import concerned_shown
from services.hotline.api.shown import Status, Step, TicketDetail, TicketSummary, promise, summary
from services.hotline.classification.suggestion import Urgency
from services.hotline.commands import caller_of, erase_caller, import_rows, opened_caller, receive_ticket, update_ticket
from services.hotline.decider.rights import DESK, handles, not_yours
from services.hotline.forms import CallerShownInClear, ReasonForm, TicketForm, UpdateForm
from services.hotline.keys import SourceName
from services.hotline.readmodels.steps import StepRow
from services.hotline.readmodels.tickets import TicketRow
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
from shared.http.files import FILE_BODY, FileAnswer, Uploaded
from shared.runtime.service import Runtime
from shared.security.actor import Actor, Role
from shared.security.personal import mask_name, mask_phone

router = APIRouter(tags=["工单"])
Desk = Annotated[Actor, Depends(one_of(*DESK))]
Bureau = Annotated[Actor, Depends(one_of(Role.DATA_BUREAU))]


@router.post("/tickets", status_code=201, summary="接收工单")
async def receive(
    form: TicketForm, runtime: Here, actor: Desk, response: Response, key: IdempotencyKey = None
) -> Written:
    """同一来源、同一编号、同样内容的工单只接收一次，再次提交答复 `repeated`；内容不同则拒绝并列出不同之处。"""
    decider, ticket, command = await receive_ticket(runtime, form)
    return answered(runtime, await runtime.execute(decider, ticket, command, actor, idempotency_key=key), response)


@router.post("/tickets/batch", summary="批量接收工单")
async def receive_many(batch: Batch, runtime: Here, actor: Desk) -> BatchAnswer:
    return await take_batch(runtime, actor, batch.rows, TicketForm, lambda form: receive_ticket(runtime, form))


@router.post("/tickets/import", summary="导入其他系统导出的工单表")
async def import_tickets(
    batch: Batch, source: Annotated[SourceName, Query(max_length=60)], runtime: Here, actor: Desk
) -> BatchAnswer:
    """每行按文件原样提交，列名不限于一种；不能识别的行连同原因退回，其余照收。"""
    return await import_rows(runtime, actor, source, batch.rows)


@router.post(
    "/tickets/import/file",
    summary="以文件导入其他系统导出的工单（xlsx、csv、json）",
    response_model=FileAnswer,
    openapi_extra=FILE_BODY,
)
async def import_file(
    file: Uploaded, source: Annotated[SourceName, Query(max_length=60)], runtime: Here, actor: Desk
) -> Any:
    """请求体即文件本身，最大10MB，列名不限于一种。选择 refused=xlsx 时，被拒绝的行连同“原因”以电子表格返回，改正后可再次上传。"""
    return await file.taken(lambda rows: import_rows(runtime, actor, source, rows), "被拒绝的工单.xlsx")


@router.post("/tickets/updates", summary="来源系统告知的后续情况")
async def update(
    form: UpdateForm, runtime: Here, actor: Desk, response: Response, sent: IdempotencyKey = None
) -> Written:
    """来源系统已答复、已撤回、已并单或有补充的，告知后记入工单；重复告知不重复记录。"""
    decider, key, command = await update_ticket(runtime, form)
    return answered(runtime, await runtime.execute(decider, key, command, actor, idempotency_key=sent), response)


@router.post("/tickets/updates/batch", summary="批量告知后续情况")
async def update_many(batch: Batch, runtime: Here, actor: Desk) -> BatchAnswer:
    return await take_batch(runtime, actor, batch.rows, UpdateForm, lambda form: update_ticket(runtime, form))


@router.get("/tickets", dependencies=[Caught], summary="工单列表（最新的在前）")
async def tickets(
    runtime: Here,
    actor: Somebody,
    department: Annotated[DepartmentCode | None, Query(description="承办部门")] = None,
    status: Annotated[Status | None, Query(description="状态")] = None,
    nature: Annotated[Nature | None, Query(description="性质")] = None,
    urgency: Annotated[Urgency | None, Query(description="紧急程度")] = None,
    source: Annotated[str | None, Query(max_length=60, description="来源")] = None,
    item: Annotated[str | None, Query(max_length=80, description="有关的政策事项编码")] = None,
    merged_into: Annotated[str | None, Query(max_length=160, description="并入的工单键")] = None,
    overdue: Annotated[bool | None, Query(description="是否曾超期")] = None,
    unhandled: Annotated[bool | None, Query(description="热线是否逾期未处理")] = None,
    q: Annotated[str | None, Query(max_length=60, description="编号、标题或内容中的文字")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[TicketSummary]:
    """部门工作人员只看到派发给本部门的工单；热线、城运中心和市数政局看到全部。"""
    newest = (col(TicketRow.received_at), col(TicketRow.key))
    query = select(TicketRow).order_by(newest[0].desc(), newest[1].desc()).limit(limit + 1)
    wanted = {"department": _department(actor, department), "status": status, "nature": nature, "source": source}
    more = {"urgency": urgency, "item": item, "merged_into": merged_into, "overdue": overdue, "unhandled": unhandled}
    for name, value in (wanted | more).items():
        if value is not None:
            query = query.where(getattr(TicketRow, name) == value)
    if q:
        searched = (TicketRow.number, TicketRow.title, TicketRow.content)
        query = query.where(or_(*(col(column).contains(q, autoescape=True) for column in searched)))
    if start := after(cursor):
        query = query.where(tuple_(*newest) < newest_after(start))
    rows = await runtime.reads.all(TicketRow, query)
    shown = page(rows, limit, lambda row: f"{row.received_at.isoformat()} {row.key}")
    return Page(items=[summary(runtime, row) for row in shown.items], next=shown.next)


@router.get("/tickets/{key}", dependencies=[Caught], summary="工单")
async def one_ticket(key: str, runtime: Here, actor: Somebody) -> TicketDetail:
    row = await runtime.reads.one(TicketRow, key)
    row = found(row if row and _may_see(actor, row) else None, "工单")
    opened = await opened_caller(runtime, row.caller_name, row.caller_phone)
    name, phone = opened or (None, None)
    shown = {
        "caller_name": mask_name(name) if name else None,
        "caller_phone": mask_phone(phone) if phone else None,
        "steps": await steps_of(runtime, key),
        "application": await concerned_shown(runtime, row.application),
    }
    return TicketDetail(**row.model_dump() | promise(runtime, row).model_dump() | shown)


@router.get("/tickets/{key}/caller", summary="来电人（仅限热线话务员和承办部门，查看留痕）")
async def caller(key: str, runtime: Here, actor: Somebody) -> CallerShownInClear:
    return await caller_of(runtime, key, actor)


@router.delete("/tickets/{key}/caller", summary="删除来电人信息（不可恢复）")
async def erase(
    key: str, form: ReasonForm, runtime: Here, actor: Bureau, response: Response, sent: IdempotencyKey = None
) -> Written:
    return answered(runtime, await erase_caller(runtime, key, form.reason, actor, sent), response)


async def steps_of(runtime: Runtime, key: str, *, to_asker: bool = False) -> list[Step]:
    """The steps of a ticket in their order; those alone that the asker sees, if so asked."""
    query = select(StepRow).where(StepRow.ticket == key).order_by(col(StepRow.position))
    if to_asker:
        query = query.where(col(StepRow.to_asker))
    rows = await runtime.reads.all(StepRow, query)
    return [Step(**row.model_dump(include=set(Step.model_fields))) for row in rows]


def answered(runtime: Runtime, receipt: Receipt, response: Response) -> Written:
    """The answer to a command; `repeated` when nothing was new."""
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


def _may_see(actor: Actor, row: TicketRow) -> bool:
    """Whose ticket it is not, does not exist for them; who helps sees it too."""
    helps = actor.department in row.co_handlers and handles(actor, actor.department)
    return actor.has(*DESK) or handles(actor, row.department) or helps


def newest_after(cursor: str) -> tuple[datetime, str]:
    """The place in a list by day of receipt that a cursor stands for. Refuses what is no place."""
    text, _, key = cursor.partition(" ")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Refused("platform.invalid-cursor", "翻页标记无效，请从第一页重新查询。", because=Because.INVALID)
    return at, key
