"""Doors of lists for grants without application (article 20(1)1): the department makes them, the data bureau takes them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel
from sqlmodel import col, select

from services.application.decider.grant import UnlistGrant, grant, key_of
from services.application.decider.grant_list import STAFF, ReturnGrantList, Status, Text, grant_list
from services.application.grants.commands import (
    Figures,
    GrantListForm,
    accept,
    confirm_support,
    figures,
    list_of,
    open_list,
    submit,
    take_rows,
)
from services.application.readmodels.grants import GrantListRow, GrantRow
from shared.contracts.identifiers import DepartmentCode, Uscc
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
from shared.http.batches import Batch, BatchAnswer
from shared.http.files import FILE_BODY, FileAnswer, Uploaded
from shared.security.actor import Actor, Role

router = APIRouter(tags=["免申即享名单"])
SEES_ALL = (Role.DATA_BUREAU, Role.FINANCE, Role.SUPERVISOR, Role.AUDITOR)
Staff = Annotated[Actor, Depends(one_of(*STAFF))]
Bureau = Annotated[Actor, Depends(one_of(Role.DATA_BUREAU))]


class GrantListShown(BaseModel):
    """A list as its department and the data bureau see it."""

    key: str
    item_code: str
    item_title: str
    department: str
    period: str
    term_days: int
    basis: str
    status: Status
    opened_on: date
    reason: str | None
    confirm_by: date | None
    provisional: bool
    figures: Figures | None = None


class GrantListed(BaseModel):
    """An enterprise on a list."""

    key: str
    enterprise: str
    name: str
    amount_fen: int
    basis: str
    status: str
    reason: str | None
    account_end: str | None


class RemovalForm(BaseModel):
    """Why an enterprise is taken off."""

    enterprise: Uscc
    reason: Text


@router.post("/grant-lists", status_code=201, summary="新建免申即享名单")
async def opened(
    form: GrantListForm, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None
) -> Written:
    """只能用于兑现方式为“免申即享”的已发布事项；同一事项同一期次的一家企业只能享受一次。"""
    return written(runtime, await open_list(runtime, form, actor, sent), response)


@router.post("/grant-lists/{key}/rows/batch", summary="批量导入企业")
async def rows_taken(key: str, batch: Batch, runtime: Here, actor: Staff) -> BatchAnswer:
    """逐行核对：统一社会信用代码、登记名称、金额（元）、本期是否已享受；有误的行连同全部原因退回，其余照收。"""
    return await take_rows(runtime, key, actor, batch.rows)


@router.post(
    "/grant-lists/{key}/rows/file",
    summary="以文件导入企业（xlsx、csv、json）",
    response_model=FileAnswer,
    openapi_extra=FILE_BODY,
)
async def file_taken(key: str, file: Uploaded, runtime: Here, actor: Staff) -> Any:
    """列：统一社会信用代码、企业名称、金额（元）、依据（可选）。选择 refused=xlsx 时，有误的行连同“原因”以电子表格返回。"""
    return await file.taken(lambda rows: take_rows(runtime, key, actor, rows), "未导入的企业.xlsx")


@router.post("/grant-lists/{key}/rows/remove", summary="移出企业")
async def removed(key: str, form: RemovalForm, runtime: Here, actor: Staff, response: Response) -> Written:
    state = await list_of(runtime, key)
    of = key_of(state.opened.item_code, state.opened.period, form.enterprise)
    command = UnlistGrant(list_open=state.status == "draft", reason=form.reason)
    return written(runtime, await runtime.execute(grant, of, command, actor), response)


@router.post("/grant-lists/{key}/submit", summary="提交名单")
async def submitted(key: str, runtime: Here, actor: Staff, response: Response) -> Written:
    return written(runtime, await submit(runtime, key, actor), response)


@router.post("/grant-lists/{key}/return", summary="退回名单")
async def returned(key: str, form: ReturnGrantList, runtime: Here, actor: Bureau, response: Response) -> Written:
    return written(runtime, await runtime.execute(grant_list, key, form, actor), response)


@router.post("/grant-lists/{key}/accept", summary="受理名单并推送")
async def accepted(key: str, runtime: Here, actor: Bureau, response: Response) -> Written:
    """受理后平台自动向名单上的企业逐一推送确认通知，确认期自次日起按工作日计算。"""
    return written(runtime, await accept(runtime, key, actor), response)


@router.post("/grant-lists/{key}/confirm", summary="确认扶持名单")
async def confirmed(key: str, runtime: Here, actor: Staff, response: Response) -> Written:
    """企业全部答复或确认期满后，由提交名单之外的另一人确认；已确认的企业列入扶持名单。"""
    return written(runtime, await confirm_support(runtime, key, actor), response)


@router.get("/grant-lists", dependencies=[Caught], summary="免申即享名单，最新的在前")
async def lists(
    runtime: Here,
    actor: Somebody,
    department: Annotated[DepartmentCode | None, Query(description="主管部门")] = None,
    status: Annotated[Status | None, Query(description="状态")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[GrantListShown]:
    query = select(GrantListRow).order_by(col(GrantListRow.position).desc()).limit(limit + 1)
    if not actor.has(*SEES_ALL):
        _require_department(actor)
        query = query.where(GrantListRow.department == actor.department)
    for column, wanted in ((GrantListRow.department, department), (GrantListRow.status, status)):
        if wanted is not None:
            query = query.where(col(column) == wanted)
    if start := after(cursor):
        query = query.where(col(GrantListRow.position) < after_position(start))
    rows = page(await runtime.reads.all(GrantListRow, query), limit, lambda row: str(row.position))
    return Page(items=[GrantListShown(**row.model_dump()) for row in rows.items], next=rows.next)


@router.get("/grant-lists/{key}", dependencies=[Caught], summary="一份名单及其家数与金额")
async def one_list(key: str, runtime: Here, actor: Somebody) -> GrantListShown:
    row = found(await runtime.reads.one(GrantListRow, key), "名单")
    _require_sight(row, actor)
    return GrantListShown(**row.model_dump(), figures=await figures(runtime, key))


@router.get("/grant-lists/{key}/rows", dependencies=[Caught], summary="名单上的企业")
async def rows_of(
    key: str,
    runtime: Here,
    actor: Somebody,
    status: Annotated[str | None, Query(max_length=20, description="状态")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[GrantListed]:
    row = found(await runtime.reads.one(GrantListRow, key), "名单")
    _require_sight(row, actor)
    query = select(GrantRow).where(GrantRow.grant_list == key).order_by(col(GrantRow.key)).limit(limit + 1)
    if status is not None:
        query = query.where(GrantRow.status == status)
    if start := after(cursor):
        query = query.where(col(GrantRow.key) > start)
    rows = page(await runtime.reads.all(GrantRow, query), limit, lambda each: each.key)
    return Page(items=[GrantListed(**each.model_dump()) for each in rows.items], next=rows.next)


def _require_sight(row: GrantListRow, actor: Actor) -> None:
    if not actor.has(*SEES_ALL):
        _require_department(actor)
        if row.department != actor.department:
            raise Refused("application.not-yours", "只有主管部门可以查看这份名单。", because=Because.FORBIDDEN)


def _require_department(actor: Actor) -> None:
    if not actor.has(*STAFF) or actor.department is None:
        raise Refused("application.not-yours", "名单由主管部门和市数据主管部门查看。", because=Because.FORBIDDEN)
