"""Doors of named conditions."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import Field
from sqlmodel import select

from services.policy.decider.named_condition import DefineCondition, named_condition
from services.policy.matching.pushing import knowledge_of
from services.policy.readmodels.conditions import NamedConditionRow
from shared.http.asking import Caught, Here, IdempotencyKey, Somebody, Written, written
from shared.http.batches import Batch, BatchAnswer, CommandFor, take_batch
from shared.runtime.service import Runtime

router = APIRouter(prefix="/conditions/named", tags=["命名条件"])


class NamedConditionForm(DefineCondition):
    """A named condition as it comes in."""

    catalogue: None = None  # type: ignore[assignment]
    others: None = None  # type: ignore[assignment]
    sample: bool = Field(False, description="样例标记，仅供演示数据使用")


async def _command(runtime: Runtime, form: NamedConditionForm) -> CommandFor:
    knowledge = await knowledge_of(runtime).get()
    content = form.model_dump(include={"name", "title", "rule"})
    others = {name: rule for name, rule in knowledge.named.items() if name != form.name}
    return named_condition, form.name, DefineCondition(**content, catalogue=knowledge.catalogue, others=others)


@router.get("", dependencies=[Caught], summary="命名条件")
async def conditions(runtime: Here) -> list[NamedConditionRow]:
    return await runtime.reads.all(NamedConditionRow, select(NamedConditionRow).order_by(NamedConditionRow.name))


@router.post("", status_code=201, summary="定义或修改命名条件")
async def define(
    form: NamedConditionForm, runtime: Here, actor: Somebody, response: Response, key: IdempotencyKey = None
) -> Written:
    """由市数政局定义，各部门引用；修改后，引用它的事项都按新的含义重新匹配。"""
    decider, name, command = await _command(runtime, form)
    return written(runtime, await runtime.execute(decider, name, command, actor, idempotency_key=key), response)


@router.post("/batch", summary="批量定义命名条件")
async def define_many(batch: Batch, runtime: Here, actor: Somebody) -> BatchAnswer:
    async def command_of(form: NamedConditionForm) -> CommandFor:
        return await _command(runtime, form)

    return await take_batch(runtime, actor, batch.rows, NamedConditionForm, command_of)
