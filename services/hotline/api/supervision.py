"""Doors for who watches: a department's queue, the data bureau's list, handling by department (article 22(5))."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from sqlalchemy import ColumnElement, and_, case, func
from sqlmodel import col, or_, select

from services.hotline.api.shown import TicketSummary, summary
from services.hotline.api.tickets import newest_after
from services.hotline.decider.rights import DESK, handles, not_yours
from services.hotline.readmodels.tickets import TicketRow
from shared.calendar import civil_date, end_of, start_of
from shared.contracts.identifiers import DepartmentCode
from shared.http.asking import Caught, Cursor, Here, Limit, Page, Somebody, after, one_of, page
from shared.security.actor import Actor, Role

router = APIRouter(tags=["督办"])
Watching = Annotated[Actor, Depends(one_of(Role.SUPERVISOR, Role.DATA_BUREAU, Role.OPERATOR, Role.AUDITOR))]
_WITH_DEPARTMENT = ("dispatched", "asked")


class DepartmentFigures(BaseModel):
    """How a department handles what it is given. `rate_in_time` is of those answered, from 0 to 1; None before the first."""

    department: str
    open: int
    at_risk: int
    overdue: int
    supervised: int
    answered: int
    in_time: int
    returned: int
    reopened: int
    rate_in_time: float | None


@router.get("/queue", dependencies=[Caught], summary="本部门待办工单（先到期的在前）")
async def queue(
    runtime: Here,
    actor: Somebody,
    department: Annotated[DepartmentCode | None, Query(description="部门，缺省为本部门")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[TicketSummary]:
    """每张工单注明承诺期限和剩余时间；等待补充信息的停止计时。"""
    asked = department or actor.department
    if not handles(actor, asked) and not actor.has(*DESK):
        not_yours("只能查看本部门的待办工单，请用部门账号登录。")
    open_here = (col(TicketRow.department) == asked, col(TicketRow.status).in_(_WITH_DEPARTMENT))
    return await _by_due(runtime, open_here, limit, cursor)


@router.get("/supervision", dependencies=[Caught], summary="督办清单：超期、将到期和无人处理的工单")
async def supervision(
    runtime: Here,
    actor: Watching,
    what: Annotated[
        Literal["late", "supervised", "at-risk", "unhandled", "extension"], Query(description="哪一类")
    ] = "late",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[TicketSummary]:
    """late 已超期未答复，supervised 已督办，at-risk 一个工作日内到期，unhandled 热线逾期未处理，extension 待审批延期。"""
    now = runtime.clock.now()
    soon = end_of(runtime.calendar().add_working_days(civil_date(now), 1).day)
    with_department = col(TicketRow.status).in_(_WITH_DEPARTMENT)
    running = col(TicketRow.status) == "dispatched"
    which: dict[str, tuple[Any, ...]] = {
        "late": (running, col(TicketRow.due_at) < now),
        "supervised": (with_department, col(TicketRow.supervised)),
        "at-risk": (running, col(TicketRow.due_at) >= now, col(TicketRow.due_at) <= soon),
        "unhandled": (col(TicketRow.status).in_(("received", "apart")), col(TicketRow.unhandled)),
        "extension": (with_department, col(TicketRow.extension) == "asked"),
    }
    return await _by_due(runtime, which[what], limit, cursor)


@router.get("/statistics/departments", dependencies=[Caught], summary="各部门办理情况")
async def statistics(
    runtime: Here,
    actor: Watching,
    start: Annotated[date | None, Query(description="接收日期起")] = None,
    end: Annotated[date | None, Query(description="接收日期止（含）")] = None,
) -> list[DepartmentFigures]:
    """按接收日期统计；按时率只计已答复的，未答复的不计为按时。"""
    now = runtime.clock.now()
    soon = now + timedelta(days=1)
    running = col(TicketRow.status) == "dispatched"
    answered = col(TicketRow.answered_on).is_not(None)
    figures = {
        "open": col(TicketRow.status).in_(_WITH_DEPARTMENT),
        "at_risk": running & (col(TicketRow.due_at) >= now) & (col(TicketRow.due_at) <= soon),
        "overdue": running & (col(TicketRow.due_at) < now),
        "supervised": col(TicketRow.supervised),
        "answered": answered,
        "in_time": answered & col(TicketRow.in_time),
        "returned": col(TicketRow.returned) > 0,
        "reopened": col(TicketRow.reopened) > 0,
    }
    counted = [func.sum(case((condition, 1), else_=0)).label(name) for name, condition in figures.items()]
    query = select(col(TicketRow.department), *counted).where(col(TicketRow.department).is_not(None))
    if start:
        query = query.where(col(TicketRow.received_at) >= start_of(start))
    if end:
        query = query.where(col(TicketRow.received_at) < end_of(end))
    query = query.group_by(col(TicketRow.department)).order_by(col(TicketRow.department))
    async with runtime.reads.session() as session:
        rows = [dict(row) for row in (await session.execute(query)).mappings()]
    return [DepartmentFigures(**row, rate_in_time=_rate(row)) for row in rows]


def _rate(row: dict[str, Any]) -> float | None:
    return round(row["in_time"] / row["answered"], 4) if row["answered"] else None


async def _by_due(
    runtime: Here, conditions: tuple[ColumnElement[bool], ...], limit: int, cursor: str | None
) -> Page[TicketSummary]:
    order = (col(TicketRow.due_at), col(TicketRow.key))
    query = select(TicketRow).where(*conditions)
    if place := after(cursor):
        query = query.where(_later(order, place))
    query = query.order_by(order[0].asc().nulls_last(), order[1]).limit(limit + 1)
    rows = await runtime.reads.all(TicketRow, query)
    shown = page(rows, limit, lambda row: f"{row.due_at.isoformat() if row.due_at else '-'} {row.key}")
    return Page(items=[summary(runtime, row) for row in shown.items], next=shown.next)


def _later(order: tuple[Any, Any], place: str) -> ColumnElement[bool]:
    """What comes after a place; where nobody has the ticket, no limit runs and the key alone says where."""
    at, _, key = place.partition(" ")
    if at == "-":
        return and_(order[0].is_(None), order[1] > key)
    due, key = newest_after(place)
    return or_(order[0] > due, and_(order[0] == due, order[1] > key), order[0].is_(None))
