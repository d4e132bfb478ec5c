"""Code lists."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlmodel import col, select

from services.registry.commands.codes import take_codes
from services.registry.readmodels.directory import CodeRow
from shared.http.asking import Caught, Cursor, Here, Limit, Page, after, one_of, page
from shared.http.batches import Batch, BatchAnswer
from shared.security.actor import Actor, Role

router = APIRouter()


@router.post("/codes/{list_name}/batch", tags=["代码表"], summary="导入代码表")
async def import_codes(
    list_name: str,
    batch: Batch,
    edition: Annotated[str, Query(min_length=1, max_length=60, description="版本，如 2023")],
    runtime: Here,
    actor: Annotated[Actor, Depends(one_of(Role.DATA_BUREAU, Role.OPERATOR))],
) -> BatchAnswer:
    return await take_codes(runtime, actor, list_name, edition, batch.rows)


@router.get("/codes/{list_name}", dependencies=[Caught], tags=["代码表"], summary="代码表")
async def codes(
    list_name: str,
    runtime: Here,
    parent: Annotated[str | None, Query(description="上级代码")] = None,
    prefix: Annotated[str | None, Query(description="代码前缀")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[CodeRow]:
    query = select(CodeRow).where(CodeRow.list_name == list_name).order_by(CodeRow.code).limit(limit + 1)
    if parent:
        query = query.where(CodeRow.parent_code == parent)
    if prefix:
        query = query.where(col(CodeRow.code).startswith(prefix, autoescape=True))
    if start := after(cursor):
        query = query.where(col(CodeRow.code) > start)
    return page(await runtime.reads.all(CodeRow, query), limit, lambda row: row.code)
