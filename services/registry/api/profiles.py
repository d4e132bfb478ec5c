"""An enterprise's profile (企业画像): what is known of it and from whom, declaring, disputing, settling (articles 8, 20)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from services.registry.api.shown import ProfileShown, shown
from services.registry.commands.facts import FactForm, all_stated, definitions_of, read_or_refuse, today_of
from services.registry.decider import (
    DisputeFact,
    EnterpriseState,
    SettleDispute,
    StateFacts,
    WithdrawFact,
    enterprise,
)
from services.registry.events import ENTERPRISE
from services.registry.limits import DISPUTE_LIMIT_DAYS
from services.registry.readmodels.facts import FactRow
from services.registry.readmodels.profiles import ProfileRow
from shared.contracts.facts import BASE_CATALOGUE, FactDefinition, FactKey
from shared.contracts.identifiers import Uscc
from shared.eventstore.decider import Because, Refused
from shared.http.asking import Caught, Here, IdempotencyKey, Somebody, Written, written
from shared.security.actor import Role

router = APIRouter(prefix="/enterprises/{uscc}/profile", tags=["企业画像"])
log = structlog.get_logger(__name__)
SEES_ALL = (Role.OFFICER, Role.REVIEWER, Role.DEPARTMENT_HEAD, Role.DATA_BUREAU, Role.SYSTEM)


class Declaration(BaseModel):
    """What an enterprise says of itself."""

    model_config = ConfigDict(extra="forbid")

    facts: list[FactForm] = Field(min_length=1, max_length=100)


class DisputeForm(BaseModel):
    """What is wrong; `source` only where several state the fact, `value` what is right by the enterprise's own account."""

    model_config = ConfigDict(extra="forbid")

    key: FactKey
    source: str | None = Field(None, max_length=20)
    reason: str = Field(min_length=1, max_length=1000, examples=["研发费用应以年度审计报告为准。"])
    value: Any = None


class SettlementForm(BaseModel):
    """`confirmed`: what was stated stands. `corrected`: `value` takes its place."""

    model_config = ConfigDict(extra="forbid")

    outcome: Literal["confirmed", "corrected"]
    reason: str = Field(min_length=1, max_length=1000)
    value: Any = None
    as_of: date | None = None
    valid_until: date | None = None


@router.get("", dependencies=[Caught], summary="企业画像（企业本身、部门与市数政局）")
async def profile(uscc: Uscc, runtime: Here, actor: Somebody) -> ProfileShown:
    """每项事实的各来源数据、采用的一项、是否有异议；部门查看会留下记录。"""
    if actor.enterprise != uscc and not actor.has(*SEES_ALL):
        raise Refused(
            "registry.profile-closed",
            "企业画像只向企业本身和有关部门开放，请用该企业的账号登录查看。",
            because=Because.FORBIDDEN,
        )
    if actor.enterprise != uscc:
        log.info("profile_seen", uscc=uscc, subject=actor.subject, department=actor.department)
    row = await runtime.reads.one(ProfileRow, uscc)
    if row is None:
        return ProfileShown(uscc=uscc, version=0, facts=[], disputes=[])
    known = select(FactRow).where(col(FactRow.key).in_(list(row.statements)))
    own = {
        found.key: FactDefinition.model_validate(found.definition) for found in await runtime.reads.all(FactRow, known)
    }
    return shown(row, dict(BASE_CATALOGUE) | own, today_of(runtime))


@router.post("/facts", status_code=201, summary="企业申报本企业的事实")
async def declare(
    uscc: Uscc, form: Declaration, runtime: Here, actor: Somebody, response: Response, key: IdempotencyKey = None
) -> Written:
    """标注为企业申报；部门提供的数据优先采用。"""
    definitions = await definitions_of(runtime, {each.key for each in form.facts})
    facts = all_stated(form.facts, definitions, today_of(runtime))
    command = StateFacts(uscc=uscc, source=ENTERPRISE, facts=facts, definitions=definitions)
    return written(runtime, await runtime.execute(enterprise, uscc, command, actor, idempotency_key=key), response)


@router.delete("/facts/{key}", summary="撤回一项事实")
async def withdraw(
    uscc: Uscc,
    key: FactKey,
    runtime: Here,
    actor: Somebody,
    response: Response,
    reason: Annotated[str, Query(min_length=1, max_length=500, description="撤回的原因")],
    source: Annotated[str | None, Query(max_length=20, description="来源，不填则为本企业或本部门")] = None,
    idempotency_key: IdempotencyKey = None,
) -> Written:
    named = source or (ENTERPRISE if actor.enterprise == uscc else actor.department)
    if not named:
        raise Refused("registry.source-missing", "请注明要撤回哪个来源的数据。", because=Because.INVALID)
    command = WithdrawFact(uscc=uscc, key=key, source=named, reason=reason)
    receipt = await runtime.execute(enterprise, uscc, command, actor, idempotency_key=idempotency_key)
    return written(runtime, receipt, response)


@router.post("/disputes", status_code=201, summary="企业对画像提出异议")
async def dispute(
    uscc: Uscc, form: DisputeForm, runtime: Here, actor: Somebody, response: Response, key: IdempotencyKey = None
) -> Written:
    """来源部门须在限期内核实并答复；处理前该项数据标注为有异议。"""
    definitions = await definitions_of(runtime, {form.key})
    value = read_or_refuse(form.key, form.value, definitions)
    content = form.model_dump(exclude={"value"})
    command = DisputeFact(uscc=uscc, **content, value=value, limit_days=DISPUTE_LIMIT_DAYS, definitions=definitions)
    return written(runtime, await runtime.execute(enterprise, uscc, command, actor, idempotency_key=key), response)


@router.post("/disputes/{number}/settle", summary="来源部门处理异议")
async def settle(
    uscc: Uscc,
    number: int,
    form: SettlementForm,
    runtime: Here,
    actor: Somebody,
    response: Response,
    key: IdempotencyKey = None,
) -> Written:
    """维持原数据，或更正为新的值；无论哪种结果都会告知企业。"""
    state: EnterpriseState | None = await runtime.state(enterprise, uscc)
    disputed = next((each.key for each in state.disputes if each.number == number), None) if state else None
    definitions = await definitions_of(runtime, [disputed] if disputed else [])
    value = read_or_refuse(disputed, form.value, definitions) if disputed else None
    content = form.model_dump(exclude={"value"})
    command = SettleDispute(uscc=uscc, number=number, **content, value=value, definitions=definitions)
    return written(runtime, await runtime.execute(enterprise, uscc, command, actor, idempotency_key=key), response)
