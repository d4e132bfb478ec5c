"""Doors of symposia and visits (articles 22(6) and 23): recorded by who held them, with a ticket for each demand."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel
from sqlmodel import col, select

from services.hotline.api.shown import Status, status_of
from services.hotline.decider.rights import DEPARTMENT_STAFF, DESK
from services.hotline.meetings.commands import DemandsForm, MeetingForm, add, record
from services.hotline.readmodels.meetings import MeetingRow
from shared.contracts.hotline import Nature
from shared.contracts.identifiers import DepartmentCode
from shared.http.asking import (
    Caught,
    Cursor,
    Here,
    IdempotencyKey,
    Limit,
    Page,
    Written,
    after_position,
    found,
    one_of,
    page,
    written,
)
from shared.runtime.service import Runtime
from shared.security.actor import Actor

router = APIRouter(tags=["座谈走访"])
Staff = Annotated[Actor, Depends(one_of(*DEPARTMENT_STAFF, *DESK))]


class DemandShown(BaseModel):
    """A demand, its ticket, and how far that is."""

    number: int
    enterprise: str | None
    nature: Nature
    title: str
    content: str
    item: str | None
    suggested_department: str | None
    ticket: str | None
    ticket_status: Status | None = None


class MeetingShown(BaseModel):
    """A meeting with what became of each demand."""

    key: str
    kind: Literal["symposium", "visit"]
    title: str
    held_on: date
    place: str
    town: str | None
    department: str
    enterprises: list[str]
    minutes: str
    demands: list[DemandShown]


@router.post("/meetings", status_code=201, summary="登记座谈会或走访")
async def recorded(
    form: MeetingForm, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None
) -> Written:
    """会上提出的每项诉求自动转为工单，按工单的期限办理。"""
    return written(runtime, await record(runtime, form, actor, sent), response)


@router.post("/meetings/{key}/demands", summary="补记诉求")
async def added(
    key: str, form: DemandsForm, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None
) -> Written:
    return written(runtime, await add(runtime, key, form, actor, sent), response)


@router.get("/meetings", dependencies=[Caught], summary="座谈会和走访，最新登记的在前")
async def meetings(
    runtime: Here,
    actor: Staff,
    department: Annotated[DepartmentCode | None, Query(description="组织部门")] = None,
    kind: Annotated[Literal["symposium", "visit"] | None, Query(description="座谈会或走访")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[MeetingShown]:
    """部门看本部门组织的，热线、城运中心和市数政局看全部。"""
    wanted = department if actor.has(*DESK) else (actor.department or "")
    query = select(MeetingRow).order_by(col(MeetingRow.position).desc()).limit(limit + 1)
    for column, value in ((MeetingRow.department, wanted), (MeetingRow.kind, kind)):
        if value is not None:
            query = query.where(col(column) == value)
    if (start := after_position(cursor)) is not None:
        query = query.where(col(MeetingRow.position) < start)
    rows = page(await runtime.reads.all(MeetingRow, query), limit, lambda row: str(row.position))
    return Page(items=await _shown(runtime, rows.items), next=rows.next)


@router.get("/meetings/{key}", dependencies=[Caught], summary="一次座谈会或走访，及各项诉求的办理情况")
async def one_meeting(key: str, runtime: Here, actor: Staff) -> MeetingShown:
    row = await runtime.reads.one(MeetingRow, key)
    sees = row is not None and (actor.has(*DESK) or actor.department == row.department)
    (shown,) = await _shown(runtime, [found(row if sees else None, "座谈或走访")])
    return shown


async def _shown(runtime: Runtime, rows: list[MeetingRow]) -> list[MeetingShown]:
    status = await status_of(runtime, [each["ticket"] for row in rows for each in row.demands if each["ticket"]])
    return [
        MeetingShown(
            **row.model_dump(exclude={"demands"}),
            demands=[DemandShown(**each, ticket_status=status.get(each["ticket"])) for each in row.demands],
        )
        for row in rows
    ]
