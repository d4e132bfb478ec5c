"""Doors for rows that other systems sent over NATS and that could not be taken."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from services.hotline.decider.refusal import RefusalState, refusal
from services.hotline.decider.rights import DESK
from services.hotline.events.refusal import RowKind
from services.hotline.forms import ReasonForm
from services.hotline.inbox.refusing import content_of, dismiss, original_of, settle, shown
from services.hotline.inbox.taking import KINDS
from services.hotline.readmodels.refusals import RefusalRow
from shared.eventstore.decider import Because, FieldError, Refused
from shared.http.asking import (
    Caught,
    Cursor,
    Here,
    IdempotencyKey,
    Limit,
    Page,
    Written,
    after_position,
    one_of,
    page,
    written,
)
from shared.http.batches import take_batch
from shared.security.actor import Actor

router = APIRouter(tags=["未接收的数据"])
Desk = Annotated[Actor, Depends(one_of(*DESK))]


class RefusedShown(BaseModel):
    """A row in the list: what is wrong with it, not what it says."""

    key: str
    kind: RowKind
    source: str | None
    number: str | None
    refused_at: datetime
    errors: list[FieldError]
    look_by: date = Field(description="最迟处理日期")
    late: bool
    open: bool
    taken: bool | None
    reason: str | None


class RefusedOriginal(BaseModel):
    """What was sent, in the clear."""

    original: str
    errors: list[FieldError]


class CorrectedForm(BaseModel):
    """The whole corrected row; without it the row as it came is tried once more."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"row": {"number": "JY-1"}}]})

    row: dict[str, Any] | None = Field(None, description="改正后的全部内容；不填则按原文再试一次")


@router.get("/refusals", dependencies=[Caught], summary="未接收的数据，最早的在前")
async def refusals(
    runtime: Here,
    actor: Desk,
    open: Annotated[bool | None, Query(description="是否待处理")] = True,
    source: Annotated[str | None, Query(max_length=60, description="来源")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[RefusedShown]:
    """其他系统经 NATS 推送、因内容有误未能接收的数据，连同全部错误；须在一个工作日内改正接收或说明理由。"""
    query = select(RefusalRow).order_by(col(RefusalRow.position)).limit(limit + 1)
    if open is not None:
        query = query.where(col(RefusalRow.open).is_(open))
    if source is not None:
        query = query.where(RefusalRow.source == source)
    if (start := after_position(cursor)) is not None:
        query = query.where(col(RefusalRow.position) > start)
    rows = page(await runtime.reads.all(RefusalRow, query), limit, lambda row: str(row.position))
    return Page(items=[RefusedShown(**row.model_dump()) for row in rows.items], next=rows.next)


@router.get("/refusals/{key}/original", summary="查看原文（可能含个人信息，查看留痕）")
async def original(key: str, runtime: Here, actor: Desk) -> RefusedOriginal:
    state, text = await shown(runtime, key, actor)
    return RefusedOriginal(original=text, errors=list(state.refused.errors))


@router.post("/refusals/{key}/take", summary="改正后接收，或按原文再试一次")
async def take_corrected(
    key: str, form: CorrectedForm, runtime: Here, actor: Desk, response: Response, sent: IdempotencyKey = None
) -> Written:
    """仍有错误的，一次列出全部错误，数据仍保留待处理。"""
    state: RefusalState | None = await runtime.state(refusal, key)
    if state is None:
        raise Refused("hotline.row-unknown", "没有这条未接收的数据，请核对编号。", because=Because.NOT_FOUND)
    if not (state.settled and state.settled.taken):
        row = form.row if form.row is not None else content_of(await original_of(runtime, state))
        model, command_of = KINDS[state.refused.kind]
        answer = await take_batch(runtime, actor, [row], model, lambda each: command_of(runtime, each))
        if answer.refused:
            errors = answer.refused[0].errors
            title = f"有{len(errors)}处需要改正，请改正后重新提交。"
            raise Refused("hotline.row-invalid", title, errors, Because.INVALID)
    return written(runtime, await settle(runtime, key, actor, sent), response)


@router.post("/refusals/{key}/dismiss", summary="不予接收")
async def dismissed(
    key: str, form: ReasonForm, runtime: Here, actor: Desk, response: Response, sent: IdempotencyKey = None
) -> Written:
    """须写明理由，例如与已有工单重复、测试数据。"""
    return written(runtime, await dismiss(runtime, key, form.reason, actor, sent), response)
