"""Doors of rolls (匹配名册): whom an item's conditions fit at one moment, for its department and the platform (row A6)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.policy.api.asking import Editor
from services.policy.conditions.language import Eligibility
from services.policy.decider.rights import require_editor
from services.policy.decider.roll import KeepRoll, RollState, roll
from services.policy.matching.evidence import named_in
from services.policy.matching.knowledge import Knowledge
from services.policy.matching.pushing import knowledge_of
from services.policy.matching.rolls import MOST_ROWS, Basis, counted, standing_on
from services.policy.readmodels.catalogue import ItemRow
from shared.calendar import civil_date
from shared.contracts.rolls import Roll, RollPage, Standing
from shared.eventstore.decider import Because, FieldError, Refused
from shared.http.asking import POSITION_HEADER, Caught, Here, IdempotencyKey, found
from shared.runtime.service import Runtime
from shared.security.actor import Actor

router = APIRouter(tags=["匹配名册"])
_ROLLS = uuid5(NAMESPACE_URL, "urn:chengce:policy:roll")
Wanted = Annotated[Standing, Query(description="met 为符合，undecided 为信息不足、无法判定")]
Fact = Annotated[str | None, Query(max_length=60, description="同时给出这项事实在名册时刻的值")]
After = Annotated[str, Query(max_length=18, description="上一页答复中的 next")]
Rows = Annotated[int, Query(ge=1, le=MOST_ROWS, description="每页企业数")]


class RollForm(BaseModel):
    """What the roll is for; it stands in the record."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"purpose": "免申即享名单 MS2026-5A3B1C2D（样例）"}]}
    )

    purpose: str = Field(min_length=1, max_length=200)


@router.post("/items/{code}/rolls", status_code=201, dependencies=[Caught], summary="形成匹配名册并留存")
async def keep(
    code: str, form: RollForm, runtime: Here, actor: Editor, response: Response, key: IdempotencyKey = None
) -> Roll:
    """以此刻的企业画像逐户判定，连同条件、时刻和符合企业的摘要值一并留存，可以逐页读取，也可以重新计算。"""
    knowledge, basis = await _present(runtime, code, actor)
    counts = await _counted(runtime, basis, knowledge)
    kept = counts.model_dump(exclude={"id"}) | {"missing": counts.missing}
    command = KeepRoll(
        **kept, purpose=form.purpose, eligibility=basis.eligibility.model_dump(mode="json"), named=dict(basis.named)
    )
    receipt = await runtime.execute(roll, _id(actor, key), command, actor, idempotency_key=key)
    response.headers[POSITION_HEADER] = f"policy:{receipt.position}"
    return (await _kept(runtime, receipt.aggregate_id.partition("-")[2], actor))[0]


@router.get("/items/{code}/roll", dependencies=[Caught], summary="事项此刻的匹配名册，不留存")
async def look(
    code: str,
    runtime: Here,
    actor: Editor,
    at: Annotated[AwareDatetime | None, Query(description="企业画像的时刻，最晚为现在，省略即现在")] = None,
    revision: Annotated[int | None, Query(description="续页时给出第一页答复的事项版本")] = None,
    standing: Wanted = "met",
    fact: Fact = None,
    after: After = "",
    limit: Rows = 200,
) -> RollPage:
    """逐页查看时以第一页答复的 at 与 revision 续页，各页即以同一时刻的企业画像、同一版本的事项判定。"""
    knowledge, basis = await _present(runtime, code, actor, at)
    if revision is not None and revision != basis.revision:
        title = f"事项已修订为第{basis.revision}版，请从第一页重新查看。"
        raise Refused("policy.item-revised", title, because=Because.CONFLICT)
    counts = await _counted(runtime, basis, knowledge)
    return await _page(runtime, counts, basis, knowledge, (standing, fact, after, limit))


@router.get("/rolls/{id}", dependencies=[Caught], summary="留存的匹配名册，逐页")
async def read(
    id: str,
    runtime: Here,
    actor: Editor,
    standing: Wanted = "met",
    fact: Fact = None,
    after: After = "",
    limit: Rows = 200,
) -> RollPage:
    """以留存的条件和当时的企业画像给出，此后条件或画像有变化的也不影响。"""
    counts, basis = await _kept(runtime, id, actor)
    return await _page(runtime, counts, basis, await knowledge_of(runtime).get(), (standing, fact, after, limit))


@router.get("/rolls/{id}/recomputed", dependencies=[Caught], summary="重新计算留存的匹配名册")
async def recomputed(id: str, runtime: Here, actor: Editor) -> Roll:
    """家数与摘要值和留存的一致，即名册可以复核。"""
    _, basis = await _kept(runtime, id, actor)
    return (await _counted(runtime, basis, await knowledge_of(runtime).get())).model_copy(update={"id": id})


def _id(actor: Actor, key: str | None) -> str:
    """The same for the same key of somebody, so that a repeat is the same roll."""
    return uuid5(_ROLLS, f"{actor.subject}\0{key}").hex if key else uuid4().hex


async def _present(runtime: Runtime, code: str, actor: Actor, at: datetime | None = None) -> tuple[Knowledge, Basis]:
    """The item as it is published now."""
    row = await runtime.reads.one(ItemRow, code)
    item = found(row if row is not None and row.published else None, "已发布的政策事项")
    require_editor(actor, item.department, "匹配名册")
    eligibility = Eligibility.model_validate(item.eligibility) if item.eligibility else None
    if eligibility is None or not any(r.rule is not None and r.required for r in eligibility.requirements):
        message = "该事项没有数据化的申报条件，无法自动匹配；请先修订事项补充条件，或以文件导入名单。"
        errors = [FieldError(field="code", code="no-eligibility", message=message)]
        raise Refused("policy.no-eligibility", message, errors, Because.INVALID)
    knowledge = await knowledge_of(runtime).get()
    now = runtime.clock.now()
    when = now if at is None else min(at, now)
    about: dict[str, Any] = {
        "code": code,
        "title": item.title,
        "department": item.department,
        "revision": item.revision,
    }
    named = named_in(eligibility, knowledge)
    return knowledge, Basis(**about, eligibility=eligibility, named=named, day=civil_date(when), at=when)


async def _kept(runtime: Runtime, id: str, actor: Actor) -> tuple[Roll, Basis]:
    """A roll as it was kept, from the record itself."""
    state: RollState | None = await runtime.state(roll, id)
    kept = found(state, "匹配名册").kept
    require_editor(actor, kept.department, "匹配名册")
    fields = kept.model_dump(exclude={"purpose", "eligibility", "named"})
    about = {name: fields[name] for name in ("code", "title", "department", "revision", "day", "at")}
    basis = Basis(**about, eligibility=Eligibility.model_validate(kept.eligibility), named=kept.named)
    return Roll(id=id, **fields), basis


async def _counted(runtime: Runtime, basis: Basis, knowledge: Knowledge) -> Roll:
    async with runtime.reads.session() as session:
        return await counted(session, basis, knowledge)


async def _page(
    runtime: Runtime, counts: Roll, basis: Basis, knowledge: Knowledge, asked: tuple[Standing, str | None, str, int]
) -> RollPage:
    wanted, fact, after, limit = asked
    if fact is not None and fact not in knowledge.catalogue:
        message = "事实目录中没有这一项，请核对。"
        errors = [FieldError(field="fact", code="unknown-fact", message=message)]
        raise Refused("policy.facts-invalid", message, errors, Because.INVALID)
    async with runtime.reads.session() as session:
        some = await standing_on(session, basis, knowledge, wanted, fact, after, limit + 1)
    more = len(some) > limit
    shown = some[:limit]
    return RollPage(roll=counts, enterprises=shown, next=shown[-1].enterprise if more else None)
