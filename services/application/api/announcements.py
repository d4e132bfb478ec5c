"""Doors of announcements (结果公示), objections, and open data (articles 9, 21)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Iterator
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from services.application.announcing.commands import AnnouncementForm, announce, confirm, decide_objection
from services.application.announcing.objectors import Objector, objector_of
from services.application.announcing.opendata import COLUMNS, as_360giving, granted
from services.application.decider.announcement import (
    GROUNDS,
    DecideObjection,
    Entry,
    RaiseObjection,
    Text,
    announcement,
)
from services.application.decider.grant_list import STAFF
from services.application.readmodels.announcements import AnnouncementRow
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
    one_of,
    page,
    written,
)
from shared.security.actor import Actor, Role

router = APIRouter(tags=["结果公开"])
Staff = Annotated[Actor, Depends(one_of(*STAFF))]
Status = Literal["open", "ended", "confirmed"]
Key = Annotated[str, Path(max_length=120, description="公示编号：事项编号.期次.序号")]
SEES_ALL = (Role.DATA_BUREAU, Role.SUPERVISOR, Role.AUDITOR)


class ObjectionForm(BaseModel):
    """Against an entry, or, without `against`, the whole. `contact` is sealed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"against": "SB2026-0123456789AB", "grounds": "该单位未购置所列设备（样例）。"}]
        },
    )

    against: str | None = Field(None, max_length=40, description="申报编号")
    grounds: Text = Field(description="异议的事实和理由")
    contact: str | None = Field(None, min_length=1, max_length=200, description="联系方式，封存")


class DecisionForm(BaseModel):
    """What came of an objection."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"outcome": "rejected", "reason": "经核查，设备发票与实物相符（样例）。"},
                {"outcome": "upheld", "reason": "经核查，发票重复使用（样例）。", "removed": ["SB2026-0123456789AB"]},
            ]
        },
    )

    outcome: Literal["upheld", "rejected"] = Field(description="成立（upheld）或不成立（rejected）")
    reason: Text
    removed: tuple[str, ...] = Field((), max_length=500, description="异议成立时移除的申报编号")


class PublicEntry(BaseModel):
    """A result as everybody may read it."""

    number: str
    enterprise: str
    name: str
    amount_fen: int


class AnnouncementShown(BaseModel):
    """An announcement as everybody may read it. `withheld`: how many are kept from the public, by ground."""

    key: str
    item_code: str
    item_title: str
    department: str
    period: str
    status: Status
    opened_on: date
    closes_on: date
    provisional: bool
    entries: list[PublicEntry]
    withheld: dict[str, int]
    removed: int
    objections: int


class ObjectionShown(BaseModel):
    """An objection, for the department, the data bureau, and whoever raised it."""

    objection: int
    against: str | None
    grounds: str
    enterprise: str | None
    due_on: date
    outcome: str | None
    reason: str
    overdue: bool


@router.post("/announcements", status_code=201, summary="公示审核结果", dependencies=[Caught])
async def announced(
    form: AnnouncementForm, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None
) -> Written:
    """公示期至少五个工作日；涉密等不予公开的逐项写明理由。公示中的申报在结果确认前不列入拨付计划。"""
    return written(runtime, await announce(runtime, form, actor, sent), response)


@router.get("/announcements", dependencies=[Caught], summary="结果公示（公开）")
async def announcements(
    runtime: Here,
    item_code: Annotated[str | None, Query(max_length=80, description="事项编号")] = None,
    status: Annotated[Status | None, Query(description="公示中、期满或已确认")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[AnnouncementShown]:
    query = select(AnnouncementRow).order_by(col(AnnouncementRow.key)).limit(limit + 1)
    for column, wanted in ((AnnouncementRow.item_code, item_code), (AnnouncementRow.status, status)):
        if wanted is not None:
            query = query.where(col(column) == wanted)
    if start := after(cursor):
        query = query.where(col(AnnouncementRow.key) > start)
    rows = page(await runtime.reads.all(AnnouncementRow, query), limit, lambda row: row.key)
    return Page(items=[_shown(row) for row in rows.items], next=rows.next)


@router.get("/announcements/{key}", dependencies=[Caught], summary="一份公示（公开）")
async def one_announcement(key: Key, runtime: Here) -> AnnouncementShown:
    return _shown(found(await runtime.reads.one(AnnouncementRow, key), "公示"))


@router.get("/announcements/{key}/entries", dependencies=[Caught], summary="公示的全部结果（含不予公开的）")
async def all_entries(key: Key, runtime: Here, actor: Somebody) -> list[Entry]:
    """部门看到本部门的，市数据主管部门看到全部；其他人只看到公开的。"""
    row = found(await runtime.reads.one(AnnouncementRow, key), "公示")
    entries = [Entry.model_validate(entry) for entry in row.entries]
    return entries if _is_insider(row, actor) else [entry for entry in entries if entry.withheld is None]


@router.post("/announcements/{key}/objections", status_code=201, summary="提出异议")
async def objected(
    key: Key, form: ObjectionForm, runtime: Here, actor: Somebody, response: Response, sent: IdempotencyKey = None
) -> Written:
    """公示期内，企业和群众都可以提出；主管部门十五个工作日内核查并告知结果。"""
    contact = form.contact and await runtime.in_thread(runtime.vault.seal, f"objector:{actor.subject}", form.contact)
    command = RaiseObjection(against=form.against, grounds=form.grounds, contact=contact)
    return written(runtime, await runtime.execute(announcement, key, command, actor, idempotency_key=sent), response)


@router.get("/announcements/{key}/objections", dependencies=[Caught], summary="公示收到的异议")
async def objections(key: Key, runtime: Here, actor: Somebody) -> list[ObjectionShown]:
    """主管部门和市数据主管部门看到全部，其他人看到自己提出的。"""
    row = found(await runtime.reads.one(AnnouncementRow, key), "公示")
    own = [
        each
        for each in row.objections
        if each["by"] == actor.subject or (each["enterprise"] and each["enterprise"] == actor.enterprise)
    ]
    return [ObjectionShown.model_validate(each) for each in (row.objections if _is_insider(row, actor) else own)]


@router.get("/announcements/{key}/objections/{number}/objector", summary="异议人的联系方式（仅限主管部门，查看留痕）")
async def objector(key: Key, number: int, runtime: Here, actor: Somebody) -> Objector:
    return await objector_of(runtime, key, number, actor)


@router.post("/announcements/{key}/objections/{number}/decide", summary="处理异议")
async def decided(
    key: Key, number: int, form: DecisionForm, runtime: Here, actor: Staff, response: Response
) -> Written:
    """成立的，所列申报的通过决定随即撤销，名额和预算释放。"""
    command = DecideObjection(objection=number, **form.model_dump())
    return written(runtime, await decide_objection(runtime, key, command, actor), response)


@router.post("/announcements/{key}/confirm", summary="确认公示结果")
async def confirmed(key: Key, runtime: Here, actor: Staff, response: Response) -> Written:
    """公示期满、异议处理完后，由发布人以外的另一人确认。"""
    return written(runtime, await confirm(runtime, key, actor), response)


@router.get("/open-data/grants.csv", summary="开放数据：扶持结果（CSV）", response_class=StreamingResponse)
async def as_csv(runtime: Here) -> StreamingResponse:
    """已确认的公示结果和免申即享扶持名单；不予公开的不在其中。UTF-8，首行为列名。"""

    async def lines() -> AsyncIterator[str]:
        yield "\ufeff" + _line([title for title, _ in COLUMNS])
        async for each in granted(runtime):
            yield _line([of(each) for _, of in COLUMNS])

    headers = {"Content-Disposition": 'attachment; filename="grants.csv"'}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/open-data/grants.json", summary="开放数据：扶持结果（JSON）", response_class=StreamingResponse)
async def as_json(runtime: Here) -> StreamingResponse:
    return _streamed(each.model_dump(mode="json") async for each in granted(runtime))


@router.get("/open-data/360giving.json", summary="开放数据：扶持结果（360Giving）", response_class=StreamingResponse)
async def as_giving(runtime: Here) -> StreamingResponse:
    """360Giving 数据标准，金额以元为单位。"""
    return _streamed(as_360giving(each) async for each in granted(runtime))


def _streamed(grants: AsyncIterator[dict[str, Any]]) -> StreamingResponse:
    async def parts() -> AsyncIterator[str]:
        before = '{"grants": [\n'
        async for each in grants:
            yield before + json.dumps(each, ensure_ascii=False)
            before = ",\n"
        yield (before if before.startswith("{") else "\n") + "]}\n"

    return StreamingResponse(parts(), media_type="application/json")


def _line(values: list[Any]) -> str:
    made = io.StringIO()
    csv.writer(made).writerow(values)
    return made.getvalue()


def _is_insider(row: AnnouncementRow, actor: Actor) -> bool:
    return actor.department == row.department or actor.has(*SEES_ALL)


def _shown(row: AnnouncementRow) -> AnnouncementShown:
    standing = [entry for entry in row.entries if entry["number"] not in row.removed]
    withheld: dict[str, int] = {}
    for ground in _grounds(standing):
        withheld[ground] = withheld.get(ground, 0) + 1
    known = row.model_dump(exclude={"entries", "removed", "objections"})
    return AnnouncementShown(
        **known,
        entries=[PublicEntry.model_validate(entry) for entry in standing if entry["withheld"] is None],
        withheld=withheld,
        removed=len(row.removed),
        objections=len(row.objections),
    )


def _grounds(entries: list[dict[str, Any]]) -> Iterator[str]:
    return (GROUNDS[entry["withheld"]] for entry in entries if entry["withheld"] is not None)
