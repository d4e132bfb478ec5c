"""Doors of an enterprise's own grants (免申即享), and the public support list (article 21: 结果公开)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel
from sqlalchemy import ColumnElement, and_, false, not_, or_
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from services.application.decider.grant import DeclineGrant, Status, grant
from services.application.payments.payees import AccountForm, confirm_grant
from services.application.readmodels.grants import GrantRow
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


@router.get("/grants", dependencies=[Caught], summary="免申即享（企业看到本企业的）")
async def grants(
    runtime: Here,
    actor: Somebody,
    status: Annotated[Status | None, Query(description="状态")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[GrantShown]:
    """名单受理前的不向企业显示。"""
    query = grants_seen_by(actor).limit(limit + 1)
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
    key: str, form: AccountForm, runtime: Here, actor: Somebody, response: Response, sent: IdempotencyKey = None
) -> Written:
    """列入拨付计划、发出拨付指令之前，可以再次确认以变更收款账户。"""
    return written(runtime, await confirm_grant(runtime, key, form, actor, sent), response)


@router.post("/grants/{key}/decline", summary="放弃享受")
async def decline(
    key: str, form: DeclineGrant, runtime: Here, actor: Somebody, response: Response, sent: IdempotencyKey = None
) -> Written:
    return written(runtime, await runtime.execute(grant, key, form, actor, idempotency_key=sent), response)


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


def grants_seen_by(actor: Actor) -> SelectOfScalar[GrantRow]:
    """Those that somebody may see, by key: the enterprise's from its offer on, the department's, or all."""
    query = select(GrantRow).order_by(col(GrantRow.key))
    if actor.has(*SEES_ALL):
        return query
    whose: list[ColumnElement[bool]] = []
    if actor.enterprise:
        hidden = col(GrantRow.status).in_(HIDDEN)
        whose.append(and_(col(GrantRow.enterprise) == actor.enterprise, not_(hidden)))
    if actor.department:
        whose.append(col(GrantRow.department) == actor.department)
    return query.where(or_(false(), *whose))


def _require_sight(row: GrantRow, actor: Actor) -> None:
    hidden = row.status in HIDDEN
    own = (row.enterprise == actor.enterprise and not hidden) or row.department == actor.department
    if not own and not actor.has(*SEES_ALL):
        title = "只有本企业、主管部门和市数据主管部门可以查看这笔免申即享。"
        raise Refused("application.not-yours", title, because=Because.FORBIDDEN)
