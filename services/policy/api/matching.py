"""Doors of precise matching: what fits an enterprise, whom an item reaches, and matches kept as evidence."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from services.policy.api.asking import Editor
from services.policy.conditions.evaluating import Held, match_one
from services.policy.conditions.explaining import RequirementAnswer, VerdictWord, explained
from services.policy.conditions.language import Eligibility
from services.policy.conditions.sentences import Words, sentence
from services.policy.conditions.validating import problems
from services.policy.decider.evidence import READERS, EvidenceState, evidence
from services.policy.decider.item import ItemState, item
from services.policy.events.matching import MatchRecorded
from services.policy.matching.answers import ItemMatch, MatchAnswer, item_match, match_answer
from services.policy.matching.audience import Audience, audience
from services.policy.matching.evidence import recomputed, record_match
from services.policy.matching.knowledge import Knowledge, KnownEnterprise, enterprises
from services.policy.matching.pushing import knowledge_of
from services.policy.readmodels.interests import PushRow
from shared.calendar import civil_date
from shared.contracts.facts import FactValue, known
from shared.contracts.identifiers import Uscc
from shared.eventstore.decider import Because, FieldError, Refused
from shared.http.asking import Caught, Here, IdempotencyKey, Somebody, Written, found, written
from shared.runtime.service import Runtime
from shared.security.actor import Actor

router = APIRouter(tags=["精准匹配"])
Explain = Annotated[bool, Query(description="同时给出每项条件的判定依据")]


class WhatIf(BaseModel):
    """Facts to suppose; nothing of them is kept. Null: suppose that it is not known."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"facts": {"rd_ratio": 500, "qualifications": ["high-tech"]}}]}
    )

    facts: dict[str, FactValue | None] = Field(max_length=200)


class AudienceForm(BaseModel):
    """An item by its code (a draft of one's own, too), or an eligibility that is not yet anywhere."""

    model_config = ConfigDict(extra="forbid")

    code: str | None = Field(None, max_length=60)
    eligibility: Eligibility | None = None
    amount_fen: int | None = Field(None, ge=0, le=2**53, description="每家最高金额（分）")
    at: datetime | None = Field(None, description="以过去某一时刻的企业画像测算，空为现在")


class EvidenceShown(BaseModel):
    """A match as it was kept, explained anew from what was kept with it; `same`: it comes out as it did then."""

    id: str
    recorded: MatchRecorded
    verdict_now: VerdictWord
    same: bool
    requirements: list[RequirementAnswer]


class EligibilityRead(BaseModel):
    """Conditions as people read them; null where a person checks. `errors`: everything that is wrong."""

    sentences: list[str | None]
    errors: list[FieldError]

    @classmethod
    def of(cls, eligibility: Eligibility, words: Words, errors: list[FieldError]) -> EligibilityRead:
        """One sentence for each requirement."""
        read = [None if r.rule is None else f"{sentence(r.rule, words)}。" for r in eligibility.requirements]
        return cls(sentences=read, errors=errors)


def _may_see(actor: Actor, uscc: str) -> None:
    if actor.enterprise != uscc and not actor.has(*READERS):
        title = "匹配结果只向企业本身和有关部门开放，请用该企业的账号登录查看。"
        raise Refused("policy.match-closed", title, because=Because.FORBIDDEN)


async def _known(runtime: Runtime, uscc: str) -> tuple[Knowledge, KnownEnterprise]:
    knowledge = await knowledge_of(runtime).get()
    async with runtime.reads.session() as session:
        return knowledge, (await enterprises(session, [uscc], knowledge.catalogue))[uscc]


@router.get("/match/{uscc}", dependencies=[Caught], summary="适合本企业的政策事项")
async def match(uscc: Uscc, runtime: Here, actor: Somebody, explain: Explain = False) -> MatchAnswer:
    """所有可以申报的事项，分为符合、待补充信息、不符合三组，并给出最值得补充的信息（第二、二十一条）。"""
    _may_see(actor, uscc)
    knowledge, enterprise = await _known(runtime, uscc)
    return match_answer(enterprise, knowledge, civil_date(runtime.clock.now()), explain=explain)


@router.get("/match/{uscc}/pushes", dependencies=[Caught], summary="已推送给本企业的事项，最近的在前")
async def pushes(uscc: Uscc, runtime: Here, actor: Somebody) -> list[PushRow]:
    _may_see(actor, uscc)
    query = select(PushRow).where(PushRow.uscc == uscc).order_by(col(PushRow.at).desc(), PushRow.code).limit(200)
    return await runtime.reads.all(PushRow, query)


@router.get("/match/{uscc}/items/{code}", dependencies=[Caught], summary="一个事项是否适合本企业，以及原因")
async def match_item(uscc: Uscc, code: str, runtime: Here, actor: Somebody) -> ItemMatch:
    _may_see(actor, uscc)
    knowledge, enterprise = await _known(runtime, uscc)
    wanted = found(knowledge.items.get(code), "有数据化条件的政策事项")
    today = civil_date(runtime.clock.now())
    matched = match_one(wanted.eligibility, knowledge.named, enterprise.profile, today)
    return item_match(wanted, matched, knowledge.words, today, explain=True)


@router.post("/match/{uscc}/what-if", dependencies=[Caught], summary="假设某些信息后的匹配结果，不留存")
async def what_if(uscc: Uscc, form: WhatIf, runtime: Here, actor: Somebody, explain: Explain = False) -> MatchAnswer:
    _may_see(actor, uscc)
    knowledge, enterprise = await _known(runtime, uscc)
    supposed = _supposed(form.facts, knowledge)
    profile = {**enterprise.profile, **{key: held for key, held in supposed.items() if held is not None}}
    for key in [key for key, held in supposed.items() if held is None]:
        profile.pop(key, None)
    changed = KnownEnterprise(uscc, enterprise.version, enterprise.facts, profile)
    return match_answer(changed, knowledge, civil_date(runtime.clock.now()), explain=explain)


def _supposed(facts: dict[str, FactValue | None], knowledge: Knowledge) -> dict[str, Held | None]:
    supposed: dict[str, Held | None] = {}
    errors: list[FieldError] = []
    for key, value in facts.items():
        definition = knowledge.catalogue.get(key)
        if definition is None:
            errors.append(
                FieldError(field=f"facts.{key}", code="unknown-fact", message="事实目录中没有这一项，请核对。")
            )
            continue
        try:
            supposed[key] = None if value is None else Held(known(definition, value), source="supposed")
        except ValueError as error:
            errors.append(FieldError(field=f"facts.{key}", code="no-value", message=str(error)))
    if errors:
        title = f"假设的信息有{len(errors)}处需要改正，请逐项改正后重试。"
        raise Refused("policy.facts-invalid", title, errors, Because.INVALID)
    return supposed


@router.post("/match/{uscc}/items/{code}/evidence", status_code=201, dependencies=[Caught], summary="留存匹配结果")
async def keep_evidence(
    uscc: Uscc, code: str, runtime: Here, actor: Somebody, response: Response, key: IdempotencyKey = None
) -> Written:
    """连同事项版本、所依据的事实与命名条件一并留存，以后可以重新计算。"""
    _may_see(actor, uscc)
    knowledge, enterprise = await _known(runtime, uscc)
    wanted = found(knowledge.items.get(code), "有数据化条件的政策事项")
    command = record_match(wanted, enterprise, knowledge, civil_date(runtime.clock.now()))
    receipt = await runtime.execute(evidence, uuid4().hex, command, actor, idempotency_key=key)
    return written(runtime, receipt, response)


@router.get("/evidence/{id}", summary="留存的匹配结果，并重新计算")
async def kept_evidence(id: str, runtime: Here, actor: Somebody) -> EvidenceShown:
    state: EvidenceState | None = await runtime.state(evidence, id)
    recorded = found(state, "留存的匹配结果").recorded
    _may_see(actor, recorded.uscc)
    knowledge = await knowledge_of(runtime).get()
    matched, verdict = recomputed(recorded, knowledge)
    return EvidenceShown(
        id=id,
        recorded=recorded,
        verdict_now=verdict,
        same=verdict == recorded.verdict,
        requirements=explained(matched, knowledge.words, recorded.day),
    )


@router.post("/audience", dependencies=[Caught], summary="发布前测算：事项覆盖多少企业、涉及多少资金")
async def measure(form: AudienceForm, runtime: Here, actor: Editor) -> Audience:
    """草稿、已发布的事项和尚未保存的条件都可以测算；只给出数量，不列企业。"""
    knowledge = await knowledge_of(runtime).get()
    eligibility, amount = await _asked(form, runtime, actor)
    if errors := problems(eligibility, knowledge.catalogue, knowledge.named):
        title = f"申报条件有{len(errors)}处需要改正，请逐项改正后重新测算。"
        raise Refused("policy.eligibility-invalid", title, errors, Because.INVALID)
    today = civil_date(form.at or runtime.clock.now())
    async with runtime.reads.session() as session:
        return await audience(session, eligibility, knowledge, today, amount_fen=amount, at=form.at)


async def _asked(form: AudienceForm, runtime: Runtime, actor: Actor) -> tuple[Eligibility, int | None]:
    if form.eligibility is not None:
        return form.eligibility, form.amount_fen
    state: ItemState | None = await runtime.state(item, form.code) if form.code else None
    draft: Any = state.draft if state and actor.of_department(state.draft.department) else None
    if draft is None or draft.eligibility is None:
        message = "请给出本部门事项的编码（须有数据化条件），或直接给出申报条件。"
        errors = [FieldError(field="code", code="no-eligibility", message=message)]
        raise Refused("policy.eligibility-missing", message, errors, Because.INVALID)
    return draft.eligibility, draft.amount_fen if form.amount_fen is None else form.amount_fen


@router.post("/conditions/sentence", summary="申报条件的中文表述与全部问题")
async def sentences(form: Eligibility, runtime: Here, _actor: Editor) -> EligibilityRead:
    """编写时使用：逐项给出中文表述，并一次列明全部问题。"""
    knowledge = await knowledge_of(runtime).get()
    words: Words = knowledge.words
    return EligibilityRead.of(form, words, problems(form, knowledge.catalogue, knowledge.named))
