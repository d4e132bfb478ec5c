"""Doors of an enterprise's own grants (免申即享), and the public support list (article 21: 结果公开)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlmodel import col, select

from services.application.decider.grant import DeclineGrant, Status, grant
from services.application.grants.answering import answer_grant
from services.application.payments.payees import AccountForm, confirm_grant
from services.application.readmodels.grants import GrantRow
from services.application.readmodels.seeing import grants_of
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
from shared.security.actor import Actor, Role

router = APIRouter(tags=["免申即享"])
SEES_ALL = (Role.DATA_BUREAU, Role.FINANCE, Role.SUPERVISOR, Role.AUDITOR)
HIDDEN = ("listed", "unlisted")  # from the enterprise, until its list is accepted


class GrantShown(BaseModel):
    """A grant as the enterprise and the administration see it."""

    key: str
    grant_list: str
    item_code: str
    item_title: str
    department: str
    period: str
    enterprise: str
    name: str
    amount_fen: int
    basis: str
    status: Status
    confirm_by: date | None
    reason: str | None
    account_end: str | None
    supported_on: date | None


class PublicGrant(BaseModel):
    """What everybody reads of a support list."""

    item_code: str
    item_title: str
    department: str
    period: str
    enterprise: str
    name: str
    amount_fen: int
    supported_on: date


class ConfirmForm(AccountForm):
    """The same, at the counter in a visit."""

    visit: str | None = Field(None, max_length=40, description="窗口人员代办时填写窗口办理编号")


class DeclineForm(DeclineGrant):
    """Why; at the counter in a visit."""

    visit: str | None = Field(None, max_length=40, description="窗口人员代办时填写窗口办理编号")


@router.get("/grants", dependencies=[Caught], summary="免申即享（企业看到本企业的）")
async def grants(
    runtime: Here,
    actor: Somebody,
    status: Annotated[Status | None, Query(description="状态")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[GrantShown]:
    """名单受理前的不向企业显示。"""
    query = select(GrantRow).order_by(col(GrantRow.key)).limit(limit + 1)
    if not actor.has(*SEES_ALL):
        query = query.where(grants_of(actor))
    if status is not None:
        query = query.where(GrantRow.status == status)
    if start := after(cursor):
        query = query.where(col(GrantRow.key) > start)
    rows = page(await runtime.reads.all(GrantRow, query), limit, lambda row: row.key)
    return Page(items=[GrantShown(**row.model_dump()) for row in rows.items], next=rows.next)


@router.get("/grants/{key}", dependencies=[Caught], summary="一笔免申即享")
async def one_grant(key: str, runtime: Here, actor: Somebody) -> GrantShown:
    row = found(await runtime.reads.one(GrantRow, key), "免申即享")
    _require_sight(row, actor)
    return GrantShown(**row.model_dump())


@router.post("/grants/{key}/confirm", summary="确认享受")
async def confirm(
    key: str, form: ConfirmForm, runtime: Here, actor: Somebody, response: Response, sent: IdempotencyKey = None
) -> Written:
    """列入拨付计划、发出拨付指令之前，可以再次确认以变更收款账户。"""
    account = AccountForm(**form.model_dump(exclude={"visit"}))
    return written(runtime, await confirm_grant(runtime, key, account, actor, sent, form.visit), response)


@router.post("/grants/{key}/decline", summary="放弃享受")
async def decline(
    key: str, form: DeclineForm, runtime: Here, actor: Somebody, response: Response, sent: IdempotencyKey = None
) -> Written:
    declined = [(grant, key, DeclineGrant(reason=form.reason))]
    return written(runtime, await answer_grant(runtime, key, declined, actor, sent, form.visit), response)


@router.get("/support-lists", dependencies=[Caught], tags=["结果公开"], summary="公开的扶持名单")
async def supported(
    runtime: Here,
    item_code: Annotated[str | None, Query(max_length=80, description="事项编号")] = None,
    period: Annotated[str | None, Query(max_length=10, description="期次")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[PublicGrant]:
    query = select(GrantRow).where(GrantRow.status == "supported").order_by(col(GrantRow.key)).limit(limit + 1)
    for column, wanted in ((GrantRow.item_code, item_code), (GrantRow.period, period)):
        if wanted is not None:
            query = query.where(col(column) == wanted)
    if start := after(cursor):
        query = query.where(col(GrantRow.key) > start)
    rows = page(await runtime.reads.all(GrantRow, query), limit, lambda row: row.key)
    return Page(items=[PublicGrant(**row.model_dump()) for row in rows.items], next=rows.next)


def _require_sight(row: GrantRow, actor: Actor) -> None:
    hidden = row.status in HIDDEN
    own = (row.enterprise == actor.enterprise and not hidden) or row.department == actor.department
    if not own and not actor.has(*SEES_ALL):
        title = "只有本企业、主管部门和市数据主管部门可以查看这笔免申即享。"
        raise Refused("application.not-yours", title, because=Because.FORBIDDEN)
