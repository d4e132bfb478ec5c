"""Doors of delegation during absence (委托代办)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, or_, select

from services.application.decider.delegation import Delegate, EndDelegation, delegation, key_of
from services.application.decider.stepping import OPINIONS
from services.application.readmodels.delegations import DelegationRow
from shared.calendar import civil_date
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
    one_of,
    page,
    written,
)
from shared.security.actor import Actor, Role

router = APIRouter(tags=["委托代办"])
Staff = Annotated[Actor, Depends(one_of(*OPINIONS))]
SEES_ALL = (Role.DATA_BUREAU, Role.SUPERVISOR, Role.AUDITOR)
Account = Annotated[str, Field(min_length=1, max_length=200)]


class DelegationForm(BaseModel):
    """Who acts for whom, from when until when, both days included."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "delegate": "officer-2",
                    "from_on": "2026-03-09",
                    "until_on": "2026-03-20",
                    "reason": "出差（样例）。",
                },
                {
                    "absent": "officer-1",
                    "delegate": "officer-2",
                    "from_on": "2026-03-09",
                    "until_on": "2026-03-20",
                    "reason": "病假（样例）。",
                },
            ]
        },
    )

    absent: Account | None = Field(None, description="被代办人的账号，由部门负责人填写；省略即为本人")
    delegate: Account = Field(description="代办人的账号，须为本部门人员")
    from_on: date
    until_on: date
    reason: str = Field(min_length=1, max_length=1000)


class DelegationShown(BaseModel):
    """A delegation; `in_force` today."""

    id: str
    absent: str
    delegate: str
    department: str
    from_on: date
    until_on: date
    reason: str
    by: str
    ended_on: date | None
    end_reason: str | None
    in_force: bool
    used: list[dict[str, Any]]


@router.post("/delegations", status_code=201, summary="设定委托代办")
async def delegated(
    form: DelegationForm, runtime: Here, actor: Staff, response: Response, key: IdempotencyKey = None
) -> Written:
    """外出期间由本部门同事代办本人的审核事项；代办的意见同时记录代办人和被代办人，换手要求对两人都适用。"""
    department, absent = actor.department or "", form.absent or actor.subject
    command = Delegate(department=department, absent=absent, **form.model_dump(exclude={"absent"}))
    receipt = await runtime.execute(delegation, key_of(department, absent), command, actor, idempotency_key=key)
    return written(runtime, receipt, response)


@router.post("/delegations/{id}/end", summary="提前结束委托代办")
async def ended(id: str, form: EndDelegation, runtime: Here, actor: Staff, response: Response) -> Written:
    """由被代办人本人或部门负责人结束；期满的由平台自动结束。"""
    return written(runtime, await runtime.execute(delegation, id, form, actor), response)


@router.get("/delegations", dependencies=[Caught], summary="委托代办列表")
async def delegations(
    runtime: Here,
    actor: Somebody,
    current: Annotated[bool, Query(description="只看尚未结束的")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[DelegationShown]:
    """本人委托的和委托本人的，最新的在前；部门负责人看到本部门全部。"""
    query = select(DelegationRow).order_by(col(DelegationRow.position).desc()).limit(limit + 1)
    if not actor.has(*SEES_ALL):
        query = query.where(DelegationRow.department == (actor.department or ""))
        if not actor.has(Role.DEPARTMENT_HEAD):
            own = or_(col(DelegationRow.absent) == actor.subject, col(DelegationRow.delegate) == actor.subject)
            query = query.where(own)
    if current:
        query = query.where(col(DelegationRow.ended_on).is_(None))
    if (last := after_position(cursor)) is not None:
        query = query.where(col(DelegationRow.position) < last)
    some = page(await runtime.reads.all(DelegationRow, query), limit, lambda row: str(row.position))
    today = civil_date(runtime.clock.now())
    return Page(items=[_shown(row, today) for row in some.items], next=some.next)


def _shown(row: DelegationRow, today: date) -> DelegationShown:
    in_force = row.ended_on is None and row.from_on <= today <= row.until_on
    return DelegationShown(**row.model_dump(), id=row.of_person, in_force=in_force)
