"""Doors to the revisions of documents and items, and to what differs between two of them (article 12)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlmodel import col, select

from services.policy.conditions.sentences import Words
from services.policy.differences import Change, differences
from services.policy.matching.pushing import knowledge_of
from services.policy.readmodels.catalogue import DocumentRow, ItemRow
from services.policy.readmodels.versions import VersionRow
from shared.http.asking import Anybody, Caught, Here, found
from shared.runtime.service import Runtime
from shared.security.actor import Actor

router = APIRouter(tags=["修订历史"])
From = Annotated[int, Query(alias="from", ge=1, description="较早的版次")]
To = Annotated[int, Query(ge=1, description="较晚的版次")]


@router.get("/items/{code}/revisions", dependencies=[Caught], summary="事项的历次内容")
async def of_item(code: str, runtime: Here, actor: Anybody) -> list[VersionRow]:
    return await _revisions(runtime, actor, ItemRow, code)


@router.get("/documents/{place}/revisions", dependencies=[Caught], summary="政策文件的历次内容")
async def of_document(place: str, runtime: Here, actor: Anybody) -> list[VersionRow]:
    return await _revisions(runtime, actor, DocumentRow, place)


@router.get("/items/{code}/difference", dependencies=[Caught], summary="事项两次内容的差异")
async def between_items(code: str, runtime: Here, actor: Anybody, start: From, to: To) -> list[Change]:
    return _difference(await _revisions(runtime, actor, ItemRow, code), start, to, await _words(runtime))


@router.get("/documents/{place}/difference", dependencies=[Caught], summary="政策文件两次内容的差异")
async def between_documents(place: str, runtime: Here, actor: Anybody, start: From, to: To) -> list[Change]:
    return _difference(await _revisions(runtime, actor, DocumentRow, place), start, to, await _words(runtime))


async def _revisions(
    runtime: Runtime, actor: Actor | None, model: type[DocumentRow | ItemRow], key: str
) -> list[VersionRow]:
    """What the actor may see: nothing of what is withheld now, and no revision that was withheld then (article 18)."""
    row = await runtime.reads.one(model, key)
    own = row is not None and actor is not None and actor.of_department(row.department)
    found(row if row and row.published and (row.disclosure == "public" or own) else None, "政策文件或事项")
    subject = f"{'item' if model is ItemRow else 'document'}-{key}"
    query = select(VersionRow).where(VersionRow.subject == subject).order_by(col(VersionRow.revision))
    return [each for each in await runtime.reads.all(VersionRow, query) if own or each.disclosure == "public"]


async def _words(runtime: Runtime) -> Words:
    return (await knowledge_of(runtime).get()).words


def _difference(rows: list[VersionRow], start: int, to: int, words: Words) -> list[Change]:
    by_revision = {row.revision: row for row in rows}
    before, after = (found(by_revision.get(revision), "版次").content for revision in (start, to))
    return differences(before, after, words)
