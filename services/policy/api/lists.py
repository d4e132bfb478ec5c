"""Doors of the policy list (article 6(3))."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from services.policy.decider.policy_list import ReleaseList, policy_list
from services.policy.events.catalogue import ListEntry
from services.policy.listing import ListDifference, between, table
from services.policy.readmodels.catalogue import ItemRow
from services.policy.readmodels.lists import PolicyListRow
from shared.calendar import civil_date
from shared.http.asking import Caught, Here, IdempotencyKey, Written, found, one_of, written
from shared.runtime.service import Runtime
from shared.security.actor import Actor, Role

router = APIRouter(prefix="/lists", tags=["惠企政策清单"])
Bureau = Annotated[Actor, Depends(one_of(Role.DATA_BUREAU))]


class ListForm(BaseModel):
    """A list is numbered by year when it is released."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"title": "惠企政策清单（样例）"}]})

    title: str = Field(min_length=2, max_length=200)


@router.post("", status_code=201, summary="发布惠企政策清单")
async def release(
    form: ListForm, runtime: Here, actor: Bureau, response: Response, key: IdempotencyKey = None
) -> Written:
    """收入此刻已发布、公开且未废止的全部事项，按年编号，发布后不再改动。"""
    shown = select(ItemRow).where(ItemRow.published, ItemRow.disclosure == "public", ~col(ItemRow.repealed))
    rows = await runtime.reads.all(ItemRow, shown.order_by(ItemRow.department, ItemRow.support_type, ItemRow.code))
    year = civil_date(runtime.clock.now()).year
    numbers = select(PolicyListRow).where(col(PolicyListRow.number).startswith(f"{year}-"))
    number = f"{year}-{len(await runtime.reads.all(PolicyListRow, numbers)) + 1:02d}"
    command = ReleaseList(number=number, title=form.title, entries=tuple(_entry(row) for row in rows))
    return written(runtime, await runtime.execute(policy_list, number, command, actor, idempotency_key=key), response)


@router.get("", dependencies=[Caught], summary="历次惠企政策清单", response_model_exclude={"__all__": {"entries"}})
async def released(runtime: Here) -> list[PolicyListRow]:
    return await runtime.reads.all(PolicyListRow, select(PolicyListRow).order_by(col(PolicyListRow.number).desc()))


@router.get("/{number}", dependencies=[Caught], summary="惠企政策清单")
async def one_list(number: str, runtime: Here) -> PolicyListRow:
    """发布后转为不公开的事项不再列出（第十八条）。"""
    (row,) = await _shown(runtime, number)
    return row


@router.get(
    "/{number}/csv",
    dependencies=[Caught],
    summary="惠企政策清单（CSV 文件）",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}},
)
async def as_table(number: str, runtime: Here) -> Response:
    """UTF-8 带签名，可用电子表格软件直接打开；金额以元为单位。"""
    (row,) = await _shown(runtime, number)
    named = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'惠企政策清单{number}.csv')}"}
    return Response(table(row.entries), media_type="text/csv; charset=utf-8", headers=named)


@router.get("/{number}/difference", dependencies=[Caught], summary="与另一份清单的差异")
async def difference(
    number: str, runtime: Here, since: Annotated[str, Query(description="较早的清单编号", examples=["2026-01"])]
) -> ListDifference:
    """新增、移出和内容有变化的事项；发布后转为不公开的事项两边都不列出。"""
    later, earlier = await _shown(runtime, number, since)
    return between(earlier.entries, later.entries)


async def _shown(runtime: Runtime, *numbers: str) -> list[PolicyListRow]:
    """The lists without what has become withheld since. Raises `Refused` (404) for one that there is not."""
    rows = [found(await runtime.reads.one(PolicyListRow, number), f"清单“{number}”") for number in numbers]
    codes = {entry["code"] for row in rows for entry in row.entries}
    withheld = select(ItemRow).where(col(ItemRow.code).in_(codes), ItemRow.disclosure != "public")
    hidden = {each.code for each in await runtime.reads.all(ItemRow, withheld)}
    return [
        PolicyListRow(
            **row.model_dump(exclude={"entries"}), entries=[each for each in row.entries if each["code"] not in hidden]
        )
        for row in rows
    ]


def _entry(row: ItemRow) -> ListEntry:
    window = {"kind": row.window_kind, "opens_on": row.opens_on, "closes_on": row.closes_on}
    return ListEntry.model_validate(row.model_dump(include=set(ListEntry.model_fields)) | {"window": window})
