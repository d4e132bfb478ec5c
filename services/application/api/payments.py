"""Doors of payment plans and payments (articles 7, 20): the department plans, finance decides, the enterprise sees its own."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field
from sqlmodel import col, select

from services.application.decider.grant_list import STAFF
from services.application.decider.payment import STATUSES, ConfirmOutcome, ProposeOutcome, payment
from services.application.decider.payment import Status as PaymentStatus
from services.application.decider.payment_plan import ReturnPlan, Status, payment_plan
from services.application.payments.files import order_file, take_outcomes
from services.application.payments.making import Figures, PlanForm, approve, figures, open_plan, resubmit
from services.application.payments.mending import drop
from services.application.payments.payees import AccountForm, correct_payee, give_payee
from services.application.payments.reconciling import Reconciliation, reconcile
from services.application.readmodels.payments import PaymentPlanRow, PaymentRow
from services.application.readmodels.seeing import payments_of
from shared.contracts.identifiers import DepartmentCode
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
    after_position,
    found,
    one_of,
    page,
    written,
)
from shared.http.files import FILE_BODY, FileAnswer, Uploaded
from shared.http.spreadsheets import XLSX
from shared.security.actor import Actor, Role

router = APIRouter(tags=["资金拨付"])
SEES_ALL = (Role.DATA_BUREAU, Role.FINANCE, Role.SUPERVISOR, Role.AUDITOR)
Staff = Annotated[Actor, Depends(one_of(*STAFF))]
Finance = Annotated[Actor, Depends(one_of(Role.FINANCE))]
Either = Annotated[Actor, Depends(one_of(*STAFF, Role.FINANCE))]


class PlanShown(BaseModel):
    """A plan as its department, finance and the data bureau see it."""

    key: str
    item_code: str
    item_title: str
    department: str
    grant_list: str | None
    status: Status
    opened_on: date
    rows: int
    total_fen: int
    reason: str | None
    rounds: int
    trouble: str | None
    again_at: datetime | None
    figures: Figures | None = None


class PaymentShown(BaseModel):
    """A payment; the account by its last four digits."""

    key: str
    plan: str
    item_code: str
    item_title: str
    department: str
    enterprise: str
    name: str
    amount_fen: int
    account_end: str
    status: PaymentStatus
    status_text: str
    attempt: int
    order_number: str | None
    paid_on: date | None
    reference: str | None
    reason: str | None
    trouble: str | None = Field(description="需要财政部门核对的问题；企业看不到")
    proposed: dict[str, Any] | None = Field(description="财政部门登记、待另一人复核的拨付结果；企业看不到")


@router.post("/payment-plans", status_code=201, summary="编制拨付计划")
async def opened(
    form: PlanForm, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None
) -> Written:
    """由已形成的扶持名单，或事项已审核通过且已填写收款账户的申报生成；已在其他计划中的不会重复列入。生成后自动提交市财政局。"""
    return written(runtime, await open_plan(runtime, form, actor, sent), response)


@router.post("/payment-plans/{key}/return", summary="退回拨付计划")
async def returned(key: str, form: ReturnPlan, runtime: Here, actor: Finance, response: Response) -> Written:
    return written(runtime, await runtime.execute(payment_plan, key, form, actor), response)


@router.post("/payment-plans/{key}/submit", summary="重新提交拨付计划")
async def submitted(key: str, runtime: Here, actor: Staff, response: Response) -> Written:
    return written(runtime, await resubmit(runtime, key, actor), response)


@router.post("/payment-plans/{key}/approve", summary="批准拨付计划")
async def approved(key: str, runtime: Here, actor: Finance, response: Response) -> Written:
    """批准后平台按笔向资金平台发出拨付指令；同一指令号只付一次，结果未明前不会发出新的指令。"""
    return written(runtime, await approve(runtime, key, actor), response)


@router.get("/payment-plans", dependencies=[Caught], summary="拨付计划，最新的在前")
async def plans(
    runtime: Here,
    actor: Somebody,
    department: Annotated[DepartmentCode | None, Query(description="主管部门")] = None,
    status: Annotated[Status | None, Query(description="状态")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[PlanShown]:
    query = select(PaymentPlanRow).order_by(col(PaymentPlanRow.position).desc()).limit(limit + 1)
    if not actor.has(*SEES_ALL):
        query = query.where(PaymentPlanRow.department == _department(actor))
    for column, wanted in ((PaymentPlanRow.department, department), (PaymentPlanRow.status, status)):
        if wanted is not None:
            query = query.where(col(column) == wanted)
    if start := after(cursor):
        query = query.where(col(PaymentPlanRow.position) < after_position(start))
    rows = page(await runtime.reads.all(PaymentPlanRow, query), limit, lambda row: str(row.position))
    return Page(items=[PlanShown(**row.model_dump()) for row in rows.items], next=rows.next)


@router.get("/payment-plans/{key}", dependencies=[Caught], summary="一份拨付计划及其笔数与金额")
async def one_plan(key: str, runtime: Here, actor: Somebody) -> PlanShown:
    row = await _plan(runtime, key, actor)
    return PlanShown(**row.model_dump(), figures=await figures(runtime, key))


@router.get("/payment-plans/{key}/file", dependencies=[Caught], summary="下载拨付文件（xlsx）")
async def file(key: str, runtime: Here, actor: Finance) -> Response:
    """没有资金平台接口时使用：列出正在拨付的指令、收款人、开户行、账号和金额。"""
    await _plan(runtime, key, actor)
    return Response(await order_file(runtime, key), media_type=XLSX)


@router.post(
    "/payment-plans/{key}/outcomes/file",
    summary="以文件导入拨付结果（xlsx、csv、json）",
    response_model=FileAnswer,
    openapi_extra=FILE_BODY,
)
async def outcomes_taken(key: str, file: Uploaded, runtime: Here, actor: Finance) -> Any:
    """列：指令号、结果（已付、退回）、金额（元）、付款日期、凭证号、退回原因；与平台记录不符的行连同原因退回。"""
    await _plan(runtime, key, actor)
    return await file.taken(lambda rows: take_outcomes(runtime, key, actor, rows), "未导入的拨付结果.xlsx")


@router.get("/payment-plans/{key}/reconciliation", dependencies=[Caught], summary="与资金平台对账")
async def reconciled(key: str, runtime: Here, actor: Finance) -> Reconciliation:
    """逐笔比对双方的指令、金额和结果，列出全部差异。"""
    await _plan(runtime, key, actor)
    return await reconcile(runtime, key)


@router.get("/payments", dependencies=[Caught], summary="拨付明细（企业看到本企业的）")
async def payments(
    runtime: Here,
    actor: Somebody,
    plan: Annotated[str | None, Query(max_length=80, description="拨付计划")] = None,
    status: Annotated[PaymentStatus | None, Query(description="状态")] = None,
    troubled: Annotated[bool, Query(description="只看需要财政部门核对的")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[PaymentShown]:
    query = select(PaymentRow).order_by(col(PaymentRow.key)).limit(limit + 1)
    if not actor.has(*SEES_ALL):
        query = query.where(payments_of(actor))
    for column, wanted in ((PaymentRow.plan, plan), (PaymentRow.status, status)):
        if wanted is not None:
            query = query.where(col(column) == wanted)
    if troubled:
        query = query.where(col(PaymentRow.trouble).is_not(None))
    if start := after(cursor):
        query = query.where(col(PaymentRow.key) > start)
    rows = page(await runtime.reads.all(PaymentRow, query), limit, lambda row: row.key)
    return Page(items=[_shown(row, actor) for row in rows.items], next=rows.next)


@router.get("/payments/{key}", dependencies=[Caught], summary="一笔拨付")
async def one_payment(key: str, runtime: Here, actor: Somebody) -> PaymentShown:
    row = found(await runtime.reads.one(PaymentRow, key), "拨付")
    if actor.enterprise != row.enterprise and actor.department != row.department and not actor.has(*SEES_ALL):
        title = "只有本企业、主管部门、市财政局和市数据主管部门可以查看这笔拨付。"
        raise Refused("application.not-yours", title, because=Because.FORBIDDEN)
    return _shown(row, actor)


@router.post("/payments/{key}/drop", summary="移出拨付计划")
async def dropped(key: str, form: ReturnPlan, runtime: Here, actor: Either, response: Response) -> Written:
    """计划退回部门后可以移出；拨付被退回而无法更正的也可以移出。移出后可列入新的计划。"""
    return written(runtime, await drop(runtime, key, form.reason, actor), response)


@router.post("/payments/{key}/outcome", status_code=201, summary="登记拨付结果")
async def outcome_proposed(
    key: str, form: ProposeOutcome, runtime: Here, actor: Finance, response: Response, sent: IdempotencyKey = None
) -> Written:
    """资金平台的结果与平台记录不一致、或无法取得时，由市财政局核实后登记；另一人复核后生效，退回的由企业更正账户后重新拨付。"""
    return written(runtime, await runtime.execute(payment, key, form, actor, idempotency_key=sent), response)


@router.post("/payments/{key}/outcome/{proposal}/confirm", summary="复核拨付结果")
async def outcome_confirmed(key: str, proposal: int, runtime: Here, actor: Finance, response: Response) -> Written:
    """由登记人之外的另一人复核。"""
    command = ConfirmOutcome(proposal=proposal)
    return written(runtime, await runtime.execute(payment, key, command, actor), response)


@router.post("/payments/{key}/account", summary="更正收款账户")
async def corrected(
    key: str, form: AccountForm, runtime: Here, actor: Somebody, response: Response, sent: IdempotencyKey = None
) -> Written:
    """拨付被退回后由企业更正，平台随即重新拨付；尚未发出拨付指令的也可以变更。"""
    return written(runtime, await correct_payee(runtime, key, form, actor, sent), response)


@router.post("/applications/{number}/account", tags=["申报"], summary="填写收款账户")
async def payee_given(
    number: str, form: AccountForm, runtime: Here, actor: Somebody, response: Response, sent: IdempotencyKey = None
) -> Written:
    """已列入拨付计划而尚未发出拨付指令的，一并变更；已发出指令的不能变更。"""
    return written(runtime, await give_payee(runtime, number, form, actor, sent), response)


def _shown(row: PaymentRow, actor: Actor) -> PaymentShown:
    known = row.model_dump(exclude={"account", "item_id"})
    if actor.department != row.department and not actor.has(*SEES_ALL):
        known |= {"trouble": None, "proposed": None}
    status: PaymentStatus = known["status"]
    return PaymentShown(**known, status_text=STATUSES[status])


async def _plan(runtime: Here, key: str, actor: Actor) -> PaymentPlanRow:
    row = found(await runtime.reads.one(PaymentPlanRow, key), "拨付计划")
    if not actor.has(*SEES_ALL) and row.department != _department(actor):
        raise Refused("application.not-yours", "只有主管部门可以查看这份拨付计划。", because=Because.FORBIDDEN)
    return row


def _department(actor: Actor) -> str:
    if not actor.has(*STAFF) or actor.department is None:
        title = "拨付计划由主管部门、市财政局和市数据主管部门查看。"
        raise Refused("application.not-yours", title, because=Because.FORBIDDEN)
    return actor.department
