"""Analytics' HTTP doors."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Annotated, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlmodel import col, select

from services.analytics.commands import publish_bulletin
from services.analytics.readmodels.bulletins import BulletinRow
from services.analytics.readmodels.daily import METRICS, DailyRow
from services.analytics.readmodels.visits import VisitRow
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

router = APIRouter()
From = Annotated[date | None, Query(alias="from", description="起始日期（含）")]
To = Annotated[date | None, Query(alias="to", description="截止日期（含）")]
Department = Annotated[str | None, Query(description="部门代码；none 表示未归口")]


class Figures(BaseModel):
    """What happened on a day in a department; metrics that did not occur are 0."""

    day: date | None = None
    department: str
    figures: dict[str, int]


@router.get("/metrics-names", tags=["指标"], summary="指标名称")
async def metric_names() -> dict[str, str]:
    return METRICS


@router.get("/daily", dependencies=[Caught], tags=["指标"], summary="按日、按部门的运行数据")
async def daily(runtime: Here, start: From = None, end: To = None, department: Department = None) -> list[Figures]:
    """文件、事项、申报、按时与超期审核、诉求接收、答复与超期，按发生日期和部门统计（第二十四、二十五条）。"""
    summed: defaultdict[tuple[date, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(METRICS, 0))
    for row in await _rows(runtime, start, end, department):
        summed[(row.day, row.department)][row.metric] += row.n
    return [Figures(day=day, department=dept, figures=f) for (day, dept), f in sorted(summed.items())]


@router.get("/departments", dependencies=[Caught], tags=["指标"], summary="按部门合计的运行数据")
async def by_department(
    runtime: Here, start: From = None, end: To = None, department: Department = None
) -> list[Figures]:
    summed: defaultdict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(METRICS, 0))
    for row in await _rows(runtime, start, end, department):
        summed[row.department][row.metric] += row.n
    return [Figures(department=dept, figures=f) for dept, f in sorted(summed.items())]


async def _rows(runtime: Here, start: date | None, end: date | None, department: str | None) -> list[DailyRow]:
    query = select(DailyRow).order_by(col(DailyRow.day), col(DailyRow.department))
    if start:
        query = query.where(col(DailyRow.day) >= start)
    if end:
        query = query.where(col(DailyRow.day) <= end)
    if department:
        query = query.where(DailyRow.department == department)
    return await runtime.reads.all(DailyRow, query)


class Visits(BaseModel):
    """How often the public looked at one document, item or article in a period: a day, or a month."""

    period: str = Field(examples=["2026-03-02", "2026-03"])
    kind: str
    key: str
    department: str
    views: int


_FORMS = {"day": "YYYY-MM-DD", "month": "YYYY-MM"}


@router.get("/visits", dependencies=[Caught], tags=["指标"], summary="按日或按月的访问次数")
async def visits(
    runtime: Here,
    start: From = None,
    end: To = None,
    department: Department = None,
    by: Literal["day", "month"] = "day",
    kind: Annotated[Literal["document", "item", "article"] | None, Query(description="文件、事项或文章")] = None,
    key: Annotated[str | None, Query(max_length=60, description="文件编号、事项编码或文章编码")] = None,
    limit: Limit = 100,
) -> list[Visits]:
    """文件、事项和文章被公众查看的次数（第二十四条），最近的时段在前，次数多的在前；各部门和市数政局的查看不计，不记录访问者。"""
    period = sa.func.to_char(VisitRow.day, _FORMS[by])
    views = sa.func.sum(VisitRow.views)
    columns = (col(VisitRow.kind), col(VisitRow.key), col(VisitRow.department))
    query = sa.select(period, *columns, views).group_by(period, *columns)
    for chosen, column in ((department, VisitRow.department), (kind, VisitRow.kind), (key, VisitRow.key)):
        if chosen:
            query = query.where(col(column) == chosen)
    if start:
        query = query.where(col(VisitRow.day) >= start)
    if end:
        query = query.where(col(VisitRow.day) <= end)
    query = query.order_by(period.desc(), views.desc(), *columns).limit(limit)
    async with runtime.reads.session() as session:
        rows = (await session.execute(query)).all()
    return [Visits(period=p, kind=k, key=item, department=d, views=int(n)) for p, k, item, d, n in rows]


class BulletinForm(BaseModel):
    """The period of a bulletin."""

    number: str = Field(examples=["2026-01"])
    first_day: date = Field(examples=["2026-01-01"])
    last_day: date = Field(examples=["2026-01-31"])


# What a bulletin freezes is frozen for good: its publisher can wait for what was just done, as readers can.
@router.post("/bulletins", status_code=201, dependencies=[Caught], tags=["通报"], summary="发布运行数据通报")
async def new_bulletin(
    form: BulletinForm, runtime: Here, actor: Somebody, response: Response, key: IdempotencyKey = None
) -> Written:
    receipt = await publish_bulletin(runtime, actor, form.number, form.first_day, form.last_day, key)
    return written(runtime, receipt, response, form.number)


@router.get("/bulletins", dependencies=[Caught], tags=["通报"], summary="通报列表")
async def bulletins(runtime: Here, limit: Limit = 20, cursor: Cursor = None) -> Page[BulletinRow]:
    query = select(BulletinRow).order_by(col(BulletinRow.number).desc()).limit(limit + 1)
    if last := after(cursor):
        query = query.where(col(BulletinRow.number) < last)
    return page(await runtime.reads.all(BulletinRow, query), limit, lambda row: row.number)


@router.get("/bulletins/{number}", dependencies=[Caught], tags=["通报"], summary="通报")
async def one_bulletin(number: str, runtime: Here) -> BulletinRow:
    return found(await runtime.reads.one(BulletinRow, number), "通报")
