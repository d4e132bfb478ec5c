"""Doors of the policy list (article 6(3))."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from services.policy.decider.policy_list import ReleaseList, policy_list
from services.policy.events.catalogue import ListEntry
from services.policy.readmodels.catalogue import ItemRow
from services.policy.readmodels.lists import PolicyListRow
from shared.calendar import civil_date
from shared.http.asking import Caught, Here, IdempotencyKey, Written, found, one_of, written
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
    row = found(await runtime.reads.one(PolicyListRow, number), "清单")
    codes = [entry["code"] for entry in row.entries]
    withheld = select(ItemRow).where(col(ItemRow.code).in_(codes), ItemRow.disclosure != "public")
    hidden = {each.code for each in await runtime.reads.all(ItemRow, withheld)}
    return PolicyListRow(
        **row.model_dump(exclude={"entries"}), entries=[each for each in row.entries if each["code"] not in hidden]
    )


def _entry(row: ItemRow) -> ListEntry:
    window = {"kind": row.window_kind, "opens_on": row.opens_on, "closes_on": row.closes_on}
    return ListEntry.model_validate(row.model_dump(include=set(ListEntry.model_fields)) | {"window": window})
