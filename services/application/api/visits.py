"""Doors of visits at the counter (窗口办理, article 21): who is there, what the enterprise has agreed to, and the end."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, or_, select

from services.application.counter.consenting import CONSENT_TEXTS, CURRENT_TEXT
from services.application.counter.queueing import end_visit
from services.application.counter.visiting import (
    ConsentForm,
    Visitor,
    VisitorForm,
    give_consent,
    record_visitor,
    see_visitor,
    withdraw_consent,
)
from services.application.decider.visit import SCOPES
from services.application.events.counter import Scope
from services.application.readmodels.counter import VisitRow
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
    after_position,
    found,
    one_of,
    page,
    written,
)
from shared.security.actor import Actor, Role

router = APIRouter(tags=["惠企服务专窗"])
Clerk = Annotated[Actor, Depends(one_of(Role.COUNTER_CLERK))]
SEES_ALL = (Role.DATA_BUREAU, Role.SUPERVISOR, Role.AUDITOR)
Key = Annotated[str, Path(max_length=40, description="窗口办理编号")]


class ConsentText(BaseModel):
    """What is agreed to; `scope`: what can be chosen."""

    version: int
    text: str
    scope: dict[Scope, str]


class WithdrawForm(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "改由本企业自行申报。"}]})

    reason: str = Field(min_length=1, max_length=1000)


class VisitShown(BaseModel):
    """A visit. `rating`: where the number is by which the visitor rates it, once it has ended."""

    visit: str
    hall: str
    hall_name: str
    department: str
    number: str
    service_title: str
    day: date
    clerk: str
    begun_at: datetime
    enterprise: str | None
    capacity: str | None
    identity_end: str | None
    phone_end: str | None
    consent: dict[str, Any] | None
    withdrawn: str | None
    used: list[dict[str, Any]]
    ended_at: datetime | None
    why: str | None
    rating: str | None


@router.get("/consent-text", summary="企业同意书的内容")
async def text() -> ConsentText:
    """窗口打印后由企业签署，或由企业以本企业账号电子同意。"""
    return ConsentText(version=CURRENT_TEXT, text=CONSENT_TEXTS[CURRENT_TEXT], scope=SCOPES)


@router.get("/visits", dependencies=[Caught], summary="窗口办理记录（最新的在前）")
async def visits(
    runtime: Here,
    actor: Somebody,
    open_only: Annotated[bool, Query(alias="open", description="只看正在办理的")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[VisitShown]:
    """窗口人员看到本人经办的，企业看到为本企业办理的，窗口部门负责人看到本部门全部。"""
    query = select(VisitRow).order_by(col(VisitRow.position).desc()).limit(limit + 1)
    if not actor.has(*SEES_ALL):
        whose = [VisitRow.clerk == actor.subject]
        if actor.enterprise:
            whose.append(VisitRow.enterprise == actor.enterprise)
        if actor.has(Role.DEPARTMENT_HEAD):
            whose.append(VisitRow.department == (actor.department or ""))
        query = query.where(or_(*whose))
    if open_only:
        query = query.where(col(VisitRow.ended_at).is_(None))
    if (last := after_position(cursor)) is not None:
        query = query.where(col(VisitRow.position) < last)
    rows = page(await runtime.reads.all(VisitRow, query), limit, lambda row: str(row.position))
    return Page(items=[_shown(row) for row in rows.items], next=rows.next)


@router.get("/visits/{visit}", dependencies=[Caught], summary="一次窗口办理")
async def one_visit(visit: Key, runtime: Here, actor: Somebody) -> VisitShown:
    row = found(await runtime.reads.one(VisitRow, visit), "窗口办理")
    own = actor.subject == row.clerk or (row.enterprise is not None and actor.enterprise == row.enterprise)
    heads = actor.has(Role.DEPARTMENT_HEAD) and actor.department == row.department
    if not own and not heads and not actor.has(*SEES_ALL):
        title = "只有经办的窗口人员、窗口部门负责人和有关企业可以查看这次窗口办理。"
        raise Refused("application.not-your-visit", title, because=Because.FORBIDDEN)
    return _shown(row)


@router.post("/visits/{visit}/visitor", summary="登记办理人")
async def visitor(visit: Key, form: VisitorForm, runtime: Here, actor: Clerk, response: Response) -> Written:
    """姓名、身份证号码和联系电话加密保存，列表中只显示末四位。"""
    return written(runtime, await record_visitor(runtime, visit, form, actor), response)


@router.get("/visits/{visit}/visitor", summary="办理人（查看留痕）")
async def visitor_seen(visit: Key, runtime: Here, actor: Somebody) -> Visitor:
    """仅限办理期间的经办窗口人员、窗口部门负责人和市数政局。"""
    return await see_visitor(runtime, visit, actor)


@router.post("/visits/{visit}/consent", summary="登记或作出企业的同意")
async def consent(
    visit: Key, form: ConsentForm, runtime: Here, actor: Somebody, response: Response, key: IdempotencyKey = None
) -> Written:
    """纸质同意书由窗口人员扫描上传后登记；电子同意由企业以本企业账号作出。只在本次办理期间有效。"""
    return written(runtime, await give_consent(runtime, visit, form, actor, key), response)


@router.post("/visits/{visit}/consent/withdraw", summary="撤回企业的同意")
async def withdrawn(
    visit: Key, form: WithdrawForm, runtime: Here, actor: Somebody, response: Response, key: IdempotencyKey = None
) -> Written:
    """由企业或经办的窗口人员撤回；本次办理中尚未提交的草稿随即终止，已提交的申报不受影响。"""
    return written(runtime, await withdraw_consent(runtime, visit, form.reason, actor, key), response)


@router.post("/visits/{visit}/end", summary="结束窗口办理")
async def ended(visit: Key, runtime: Here, actor: Clerk, response: Response) -> Written:
    """随后可在评价服务查到评价编号，请办理人评价。未结束的由平台在当天结束时自动结束。"""
    return written(runtime, await end_visit(runtime, visit, actor), response)


def _shown(row: VisitRow) -> VisitShown:
    rating = f"/api/hotline/visits-at-counter/of/{row.visit}" if row.ended_at else None
    return VisitShown(**row.model_dump(), rating=rating)
