"""Enterprises and how to reach them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from sqlmodel import col, select

from services.registry.commands.enterprises import Contact, EnterpriseForm, contact_of, register_enterprise
from services.registry.readmodels.directory import EnterpriseRow
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
from shared.http.batches import Batch, BatchAnswer, take_batch
from shared.security.actor import Role

router = APIRouter()


@router.post("/enterprises", status_code=201, tags=["企业"], summary="登记企业")
async def register_one_enterprise(
    form: EnterpriseForm, runtime: Here, actor: Somebody, response: Response, key: IdempotencyKey = None
) -> Written:
    decider, uscc, command = await register_enterprise(runtime, form)
    receipt = await runtime.execute(decider, uscc, command, actor, idempotency_key=key)
    return written(runtime, receipt, response)


@router.post("/enterprises/batch", tags=["企业"], summary="批量登记企业")
async def register_enterprises(batch: Batch, runtime: Here, actor: Somebody) -> BatchAnswer:
    return await take_batch(runtime, actor, batch.rows, EnterpriseForm, lambda form: register_enterprise(runtime, form))


@router.get("/enterprises", dependencies=[Caught], tags=["企业"], summary="企业名录")
async def enterprises(
    runtime: Here,
    q: Annotated[str | None, Query(max_length=60, description="名称中的文字")] = None,
    division: Annotated[str | None, Query(description="区划代码前缀")] = None,
    industry: Annotated[str | None, Query(description="行业代码前缀（GB/T 4754）")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[EnterpriseRow]:
    query = select(EnterpriseRow).order_by(EnterpriseRow.uscc).limit(limit + 1)
    if q:
        query = query.where(col(EnterpriseRow.name).contains(q, autoescape=True))
    if division:
        query = query.where(col(EnterpriseRow.division).startswith(division, autoescape=True))
    if industry:
        query = query.where(col(EnterpriseRow.industry).startswith(industry, autoescape=True))
    if start := after(cursor):
        query = query.where(col(EnterpriseRow.uscc) > start)
    return page(await runtime.reads.all(EnterpriseRow, query), limit, lambda row: row.uscc)


@router.get("/enterprises/{uscc}", dependencies=[Caught], tags=["企业"], summary="企业")
async def one_enterprise(uscc: str, runtime: Here) -> EnterpriseRow:
    return found(await runtime.reads.one(EnterpriseRow, uscc), "企业")


@router.get("/enterprises/{uscc}/contact", tags=["企业"], summary="企业联系方式（仅限平台内部与企业本身）")
async def contact(uscc: str, runtime: Here, actor: Somebody) -> Contact:
    if not actor.has(Role.SYSTEM) and actor.enterprise != uscc:
        raise Refused("registry.contact-closed", "联系方式只向企业本身开放。", because=Because.FORBIDDEN)
    return await contact_of(runtime, uscc)
