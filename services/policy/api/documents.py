"""Doors of documents."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter, Response
from sqlalchemy import or_, tuple_
from sqlmodel import col, select

from services.policy.api.asking import Editor, OfDepartment, OfTheme, Words, invalid_cursor, may_see, visible
from services.policy.commands import DocumentForm, publish_document
from services.policy.readmodels.catalogue import DocumentRow
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
    page,
    written,
)
from shared.http.batches import Batch, BatchAnswer, take_batch

router = APIRouter(tags=["政策文件"])


@router.post("/documents", status_code=201, summary="发布政策文件")
async def publish_one(
    form: DocumentForm, runtime: Here, actor: Editor, response: Response, key: IdempotencyKey = None
) -> Written:
    """发布惠企政策文件（第九、十二条）；不公开的文件只存档，仅本部门与市数政局可见（第十八条）。"""
    decider, document, command = await publish_document(form)
    return written(runtime, await runtime.execute(decider, document, command, actor, idempotency_key=key), response)


@router.post("/documents/batch", summary="批量发布政策文件")
async def publish_many(batch: Batch, runtime: Here, actor: Editor) -> BatchAnswer:
    return await take_batch(runtime, actor, batch.rows, DocumentForm, publish_document)


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
    query = select(DocumentRow).where(visible(DocumentRow, actor)).limit(limit + 1)
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
    return page(rows, limit, lambda row: f"{row.issued_on.isoformat()} {row.id}")


def _place(start: str) -> tuple[date, str]:
    day, _, key = start.partition(" ")
    try:
        return date.fromisoformat(day), key
    except ValueError as error:
        raise invalid_cursor() from error


@router.get("/documents/{key}", dependencies=[Caught], summary="政策文件")
async def one_document(key: str, runtime: Here, actor: Anybody) -> DocumentRow:
    row = await runtime.reads.one(DocumentRow, key)
    return found(row if row and may_see(row, actor) else None, "政策文件")
