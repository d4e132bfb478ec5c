"""Doors of items."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from sqlalchemy import or_
from sqlmodel import col, select

from services.policy.api.asking import Editor, OfDepartment, OfTheme, Words, may_see, own, visible
from services.policy.api.viewing import Viewed
from services.policy.commands import (
    AmendForm,
    ItemForm,
    ItemRowForm,
    NewItemForm,
    amend_item,
    draft_item,
    publish_item,
)
from services.policy.decider.item import AttachForm, DecideWindow, PutWindowOnline, RepealItem, item
from services.policy.events import WindowKind
from services.policy.readmodels.catalogue import ItemRow
from shared.http.asking import (
    Anybody,
    Caught,
    Cursor,
    Here,
    IdempotencyKey,
    Limit,
    Page,
    SignInRequired,
    Written,
    after_position,
    found,
    page,
    written,
)
from shared.http.batches import Batch, BatchAnswer, CommandFor, take_batch

router = APIRouter(tags=["政策事项"])


@router.post("/items", status_code=201, summary="编写并发布事项")
async def publish_new(
    form: NewItemForm, runtime: Here, actor: Editor, response: Response, key: IdempotencyKey = None
) -> Written:
    """申报指南须写明条件、材料、流程、承诺时限、责任科室和咨询电话（第十条）；有缺项的不予发布，并一次列明全部缺项。"""
    decider, code, command = await draft_item(runtime, form, publish=form.publish)
    return written(runtime, await runtime.execute(decider, code, command, actor, idempotency_key=key), response)


@router.post("/items/drafts", status_code=201, summary="保存事项草稿")
async def save_draft(
    form: ItemForm, runtime: Here, actor: Editor, response: Response, key: IdempotencyKey = None
) -> Written:
    """草稿可以不完整，可以反复修改，只有本部门与市数政局可见。"""
    decider, code, command = await draft_item(runtime, form, publish=False)
    return written(runtime, await runtime.execute(decider, code, command, actor, idempotency_key=key), response)


@router.post("/items/batch", summary="批量编写并发布事项")
async def publish_many(batch: Batch, runtime: Here, actor: Editor) -> BatchAnswer:
    """标明 draft 的行保存为草稿，其余的行须完整才能发布。"""

    async def command_of(form: ItemRowForm) -> CommandFor:
        return await draft_item(runtime, form, publish=not form.draft)

    return await take_batch(runtime, actor, batch.rows, ItemRowForm, command_of)


@router.post("/items/{code}/publish", summary="发布事项草稿")
async def publish_draft(
    code: str, runtime: Here, actor: Editor, response: Response, key: IdempotencyKey = None
) -> Written:
    decider, code, command = await publish_item(runtime, code)
    return written(runtime, await runtime.execute(decider, code, command, actor, idempotency_key=key), response)


@router.post("/items/{code}/revisions", status_code=201, summary="修订已发布的事项")
async def amend(
    code: str, form: AmendForm, runtime: Here, actor: Editor, response: Response, key: IdempotencyKey = None
) -> Written:
    """提交修订后的全部内容、理由和决定日期（第十二条）；过渡期内仍可按原条件申报（第二十二条）。"""
    decider, _, command = await amend_item(runtime, form)
    return written(runtime, await runtime.execute(decider, code, command, actor, idempotency_key=key), response)


@router.post("/items/{code}/repeal", summary="废止事项")
async def repeal(
    code: str, form: RepealItem, runtime: Here, actor: Editor, response: Response, key: IdempotencyKey = None
) -> Written:
    """事项仍可查阅并标明已废止，过渡期内仍可申报。"""
    return written(runtime, await runtime.execute(item, code, form, actor, idempotency_key=key), response)


@router.post("/items/{code}/window", status_code=201, summary="确定待定的申报时间")
async def decide_window(
    code: str, form: DecideWindow, runtime: Here, actor: Editor, response: Response, key: IdempotencyKey = None
) -> Written:
    """自决定之日起三个工作日内须上线公布，并告知市数政局（第十一条）。"""
    return written(runtime, await runtime.execute(item, code, form, actor, idempotency_key=key), response)


@router.post("/items/{code}/window/online", summary="公布已确定的申报时间")
async def put_window_online(
    code: str, runtime: Here, actor: Editor, response: Response, key: IdempotencyKey = None
) -> Written:
    receipt = await runtime.execute(item, code, PutWindowOnline(), actor, idempotency_key=key)
    return written(runtime, receipt, response)


@router.post("/items/{code}/forms", status_code=201, summary="补充申报表格")
async def attach_form(
    code: str, form: AttachForm, runtime: Here, actor: Editor, response: Response, key: IdempotencyKey = None
) -> Written:
    """同名的表格以新的为准。"""
    return written(runtime, await runtime.execute(item, code, form, actor, idempotency_key=key), response)


@router.get("/items", dependencies=[Caught], summary="政策事项目录，最新发布的在前")
async def items(
    runtime: Here,
    actor: Anybody,
    q: Words = None,
    department: OfDepartment = None,
    theme: OfTheme = None,
    window: Annotated[WindowKind | None, Query(description="申报时间：常年、固定期限或待定")] = None,
    support_type: Annotated[str | None, Query(max_length=40, description="扶持方式，如 资金奖补")] = None,
    drafts: Annotated[bool, Query(description="同时列出本部门的草稿，须登录")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ItemRow]:
    if drafts and actor is None:
        raise SignInRequired("草稿只有本部门可见，请先登录。")
    shown = or_(col(ItemRow.published), own(ItemRow, actor)) if drafts else col(ItemRow.published)
    query = select(ItemRow).where(visible(ItemRow, actor), shown).limit(limit + 1)
    query = query.order_by(col(ItemRow.position).desc())
    if q:
        places = (ItemRow.title, ItemRow.document_number, ItemRow.content)
        query = query.where(or_(*(col(place).icontains(q, autoescape=True) for place in places)))
    if theme:
        query = query.where(col(ItemRow.themes).contains([theme]))
    for column, wanted in (
        (ItemRow.department, department),
        (ItemRow.window_kind, window),
        (ItemRow.support_type, support_type),
    ):
        if wanted:
            query = query.where(col(column) == wanted)
    if (start := after_position(cursor)) is not None:
        query = query.where(col(ItemRow.position) < start)
    return page(await runtime.reads.all(ItemRow, query), limit, lambda row: str(row.position))


@router.get("/items/{code}", dependencies=[Caught], summary="政策事项与申报指南")
async def one_item(code: str, runtime: Here, actor: Anybody, viewed: Viewed) -> ItemRow:
    row = await runtime.reads.one(ItemRow, code)
    row = found(row if row and may_see(row, actor) else None, "政策事项")
    viewed.seen("item", row.code, row.department)
    return row
