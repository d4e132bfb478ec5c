"""Public doors of concluded assessments of funds (绩效评价结果公开, article 7)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlmodel import col, select

from services.application.api.performance import OfDepartment
from services.application.readmodels.performance import PerformanceRow
from shared.http.asking import Caught, Cursor, Here, Limit, Page, after_position, found, page

router = APIRouter(tags=["结果公开"])


class PublicIndicator(BaseModel):
    """What was to be reached, and what was."""

    name: str
    kind: str
    direction: str
    target: str
    most: str | None
    unit: str
    weight: str
    value: str
    own_score: str
    score: str


class PublicPerformance(BaseModel):
    """A concluded assessment, as everybody reads it."""

    key: str
    department: str
    title: str
    items: list[str]
    from_on: date
    until_on: date
    goal: str
    budget_fen: int
    executed_fen: int
    own_total: str
    total: str
    grade: str
    consequence: str
    explanation: str
    concluded_on: date
    indicators: list[PublicIndicator]


@router.get("/performance-results", dependencies=[Caught], summary="已办结的绩效评价")
async def results(
    runtime: Here,
    department: OfDepartment = None,
    item_code: Annotated[str | None, Query(max_length=80, description="事项编号")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[PublicPerformance]:
    """向社会公开，无需登录。"""
    query = select(PerformanceRow).where(PerformanceRow.status == "concluded")
    query = query.order_by(col(PerformanceRow.position).desc()).limit(limit + 1)
    if department is not None:
        query = query.where(PerformanceRow.department == department)
    if item_code is not None:
        query = query.where(col(PerformanceRow.items).op("@>")([item_code]))
    if (last := after_position(cursor)) is not None:
        query = query.where(col(PerformanceRow.position) < last)
    rows = page(await runtime.reads.all(PerformanceRow, query), limit, lambda row: str(row.position))
    return Page(items=[_public(row) for row in rows.items], next=rows.next)


@router.get("/performance-results/{key}", dependencies=[Caught], summary="一项已办结的绩效评价")
async def result(key: str, runtime: Here) -> PublicPerformance:
    row = await runtime.reads.one(PerformanceRow, key)
    return _public(found(row if row is not None and row.status == "concluded" else None, "已办结的绩效评价"))


def _public(row: PerformanceRow) -> PublicPerformance:
    goal, assessed, conclusion = row.goal or {}, row.assessed or {}, row.conclusion or {}
    reached = {each["key"]: each for each in assessed["results"]}
    given = {each["key"]: each["score"] for each in conclusion["scores"]}
    indicators = [
        PublicIndicator(
            **{name: each[name] for name in ("name", "kind", "direction", "target", "most", "unit", "weight")},
            value=reached[each["key"]]["value"],
            own_score=reached[each["key"]]["score"],
            score=given[each["key"]],
        )
        for each in goal["indicators"]
    ]
    about = row.model_dump(include={"key", "department", "title", "items", "from_on", "until_on", "concluded_on"})
    told = {name: value for name, value in conclusion.items() if name != "scores"}
    return PublicPerformance(**about, **told, goal=goal["text"], indicators=indicators)
