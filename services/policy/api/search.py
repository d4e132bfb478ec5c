"""The door of search; public, and therefore about public things only (article 18)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from services.policy.search.asking import MOST_FOUND, Answer, Question
from services.policy.search.searching import search, suggestions
from shared.calendar import civil_date
from shared.http.asking import Caught, Here, invalid_cursor

router = APIRouter(prefix="/search", tags=["政策检索"])


class Asked(Question):
    """A question as it comes in, with its page."""

    limit: int = 20
    cursor: str | None = None


@router.get("", dependencies=[Caught], summary="检索政策事项与文件")
async def find(asked: Annotated[Asked, Query()], runtime: Here) -> Answer:
    """支持简称（高企）、拼音首字母（gxjsqy）和发文字号；结果按相关度、发布时间、截止时间或金额排序。"""
    if asked.cursor is not None and not (asked.cursor.isdecimal() and int(asked.cursor) < MOST_FOUND):
        raise invalid_cursor()
    question = Question(**asked.model_dump(exclude={"limit", "cursor"}))
    limit, offset = max(1, min(asked.limit, 100)), int(asked.cursor or 0)
    async with runtime.reads.session() as session:
        return await search(session, question, civil_date(runtime.clock.now()), limit=limit, offset=offset)


@router.get("/suggestions", dependencies=[Caught], summary="输入时的建议")
async def suggest(
    runtime: Here, q: Annotated[str, Query(max_length=60)] = "", limit: Annotated[int, Query(ge=1, le=20)] = 8
) -> list[str]:
    async with runtime.reads.session() as session:
        return await suggestions(session, q, limit)
