"""Doors of documents."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter, Response
from pydantic import ConfigDict
from sqlalchemy import or_, tuple_
from sqlmodel import col, select

from services.policy.api.asking import Editor, OfDepartment, OfTheme, Words, may_see, visible
from services.policy.api.viewing import Viewed
from services.policy.commands import DocumentForm, publish_document
from services.policy.decider.document import (
    DocumentContent,
    DraftDocument,
    PublishDraft,
    RecordDecision,
    RepealDocument,
    ReviseDocument,
    document,
)
from services.policy.keys import document_key
from services.policy.limits import items_follow
from services.policy.readmodels.catalogue import DocumentRow
from shared.eventstore.ledger import Receipt
from shared.http.asking import (
    Anybody,
    Caught,
    Cursor,
    Here,
    IdempotencyKey,
    Limit,
    Page,
    Written,
    after,
    found,
    invalid_cursor,
    page,
    written,
)
from shared.http.batches import Batch, BatchAnswer, take_batch
from shared.runtime.service import Runtime

router = APIRouter(tags=["政策文件"])


@router.post("/documents", status_code=201, summary="发布政策文件")
async def publish_one(
    form: DocumentForm, runtime: Here, actor: Editor, response: Response, key: IdempotencyKey = None
) -> Written:
    """发布惠企政策文件（第九、十二条）；不公开的文件只存档，仅本部门与市数政局可见（第十八条）。"""
    decider, place, command = await publish_document(form)
    return written(runtime, await runtime.execute(decider, place, command, actor, idempotency_key=key), response)


@router.post("/documents/batch", summary="批量发布政策文件")
async def publish_many(batch: Batch, runtime: Here, actor: Editor) -> BatchAnswer:
    return await take_batch(runtime, actor, batch.rows, DocumentForm, publish_document)


class DraftForm(DocumentContent):
    """A document in the making."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"number": "澄工信发〔2026〕2号", "department": "gxj", "title": "扶持办法（样例）"}]
        },
    )


@router.post("/documents/drafts", status_code=201, summary="保存政策文件草稿")
async def save_draft(
    form: DraftForm, runtime: Here, actor: Editor, response: Response, key: IdempotencyKey = None
) -> Written:
    """草稿可以不完整，可以反复修改，只有本部门与市数政局可见；写明决定日期的，自该日起计算发布期限（第十二条）。"""
    place, command = document_key(form.department, form.number), DraftDocument(**form.model_dump())
    return written(runtime, await runtime.execute(document, place, command, actor, idempotency_key=key), response)


@router.post("/documents/decisions", status_code=201, summary="登记尚未公布的决定")
async def record_decision(
    form: RecordDecision, runtime: Here, actor: Editor, response: Response, key: IdempotencyKey = None
) -> Written:
    """自决定之日起三个工作日内须公布（第十二条）；最后一日提醒，逾期通报。"""
    place = document_key(form.department, form.number)
    return written(runtime, await runtime.execute(document, place, form, actor, idempotency_key=key), response)


@router.post("/documents/{place}/publish", summary="发布政策文件草稿")
async def publish_draft(
    place: str, runtime: Here, actor: Editor, response: Response, key: IdempotencyKey = None
) -> Written:
    receipt = await runtime.execute(document, place, PublishDraft(), actor, idempotency_key=key)
    return written(runtime, receipt, response)


@router.post("/documents/{place}/revisions", status_code=201, summary="修订政策文件")
async def revise(
    place: str, form: ReviseDocument, runtime: Here, actor: Editor, response: Response, key: IdempotencyKey = None
) -> Written:
    """提交修订后的全部内容、理由和修订决定的日期（第十二条）；公开范围的变更也在此办理，其事项随之变更（第十八条）。"""
    receipt = await runtime.execute(document, place, form, actor, idempotency_key=key)
    await _items_follow(runtime, place, receipt)
    return written(runtime, receipt, response)


@router.post("/documents/{place}/repeal", summary="废止政策文件及其事项")
async def repeal(
    place: str, form: RepealDocument, runtime: Here, actor: Editor, response: Response, key: IdempotencyKey = None
) -> Written:
    """文件仍可查阅并标明已废止；其事项一并废止，过渡期内仍可申报。"""
    receipt = await runtime.execute(document, place, form, actor, idempotency_key=key)
    await _items_follow(runtime, place, receipt)
    return written(runtime, receipt, response)


async def _items_follow(runtime: Runtime, place: str, receipt: Receipt) -> None:
    """At once where the catalogue is there already; else the deadline does it."""
    if await runtime.reads.caught_up({"policy": receipt.position}):
        await items_follow(runtime, place)


@router.get(
    "/documents",
    dependencies=[Caught],
    summary="政策文件目录，最新印发的在前",
    response_model_exclude={"items": {"__all__": {"body"}}},
)
async def documents(
    runtime: Here,
    actor: Anybody,
    q: Words = None,
    department: OfDepartment = None,
    theme: OfTheme = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[DocumentRow]:
    """目录不含正文，正文请查看单个文件。"""
    newest = tuple_(col(DocumentRow.issued_on), col(DocumentRow.id))
    query = select(DocumentRow).where(visible(DocumentRow, actor), DocumentRow.published).limit(limit + 1)
    query = query.order_by(col(DocumentRow.issued_on).desc(), col(DocumentRow.id).desc())
    if q:
        places = (DocumentRow.title, DocumentRow.number, DocumentRow.summary, DocumentRow.body)
        query = query.where(or_(*(col(place).icontains(q, autoescape=True) for place in places)))
    if department:
        query = query.where(DocumentRow.department == department)
    if theme:
        query = query.where(col(DocumentRow.themes).contains([theme]))
    if start := after(cursor):
        query = query.where(newest < tuple_(*_place(start)))
    rows = await runtime.reads.all(DocumentRow, query)
    return page(rows, limit, lambda row: f"{row.issued_on} {row.id}")


def _place(start: str) -> tuple[date, str]:
    day, _, key = start.partition(" ")
    try:
        return date.fromisoformat(day), key
    except ValueError as error:
        raise invalid_cursor() from error


@router.get("/documents/{key}", dependencies=[Caught], summary="政策文件")
async def one_document(key: str, runtime: Here, actor: Anybody, viewed: Viewed) -> DocumentRow:
    row = await runtime.reads.one(DocumentRow, key)
    row = found(row if row and may_see(row, actor) else None, "政策文件")
    viewed.seen("document", row.id, row.department)
    return row
