"""The catalogue of facts, and supplying facts of many enterprises."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from sqlmodel import select

from services.registry.commands.supply import take_supply
from services.registry.decider import DefineFact, fact
from services.registry.readmodels.facts import FactRow
from shared.contracts.facts import BASE_CATALOGUE, FactDefinition
from shared.http.asking import Caught, Here, IdempotencyKey, Somebody, Written, one_of, written
from shared.http.batches import Batch, BatchAnswer, CommandFor, take_batch
from shared.security.actor import Actor, Role

router = APIRouter(tags=["企业画像"])
Supplier = Annotated[
    Actor, Depends(one_of(Role.OFFICER, Role.DEPARTMENT_HEAD, Role.DATA_BUREAU, Role.OPERATOR, Role.SYSTEM))
]


class FactDefinitionForm(DefineFact):
    """A definition as files carry it."""

    sample: bool = False


@router.get("/facts", dependencies=[Caught], summary="画像事实目录")
async def facts(runtime: Here) -> list[FactDefinition]:
    """平台自带的事实在前，市数政局定义的在后；自带事实增补选项后按增补后的内容显示。"""
    rows = await runtime.reads.all(FactRow, select(FactRow).order_by(FactRow.key))
    own = {row.key: FactDefinition.model_validate(row.definition) for row in rows}
    return list((dict(BASE_CATALOGUE) | own).values())


@router.post("/facts", status_code=201, summary="定义画像事实")
async def define_fact(
    form: DefineFact, runtime: Here, actor: Somebody, response: Response, key: IdempotencyKey = None
) -> Written:
    receipt = await runtime.execute(fact, form.key, form, actor, idempotency_key=key)
    return written(runtime, receipt, response)


@router.post("/facts/batch", summary="批量定义画像事实")
async def define_facts(batch: Batch, runtime: Here, actor: Somebody) -> BatchAnswer:
    async def command_of(form: FactDefinitionForm) -> CommandFor:
        return fact, form.key, DefineFact(**dict(form.model_dump(exclude={"sample"})))

    return await take_batch(runtime, actor, batch.rows, FactDefinitionForm, command_of)


@router.post("/facts/supply/batch", summary="部门批量提供企业数据")
async def supply_facts(batch: Batch, runtime: Here, actor: Supplier) -> BatchAnswer:
    """每行一家企业的一项事实：uscc、key、value、as_of、valid_until，可注明 department（仅市数政局可为其他部门提供）。"""
    return await take_supply(runtime, actor, batch.rows)
