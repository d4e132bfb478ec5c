"""Doors of consultations (公开征求意见): departments ask and answer, users say what they think (article 22(1)(2))."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func
from sqlmodel import col, select

from services.policy.api.asking import Editor, OfDepartment
from services.policy.decider.consultation import (
    MOST_INVITED,
    ConsultationState,
    ExtendConsultation,
    InviteRepresentatives,
    OpenConsultation,
    WithdrawConsultation,
    consultation,
)
from services.policy.decider.opinion import MOST_CHARACTERS, AnswerOpinion, OpinionState, SubmitOpinion, opinion
from services.policy.decider.rights import require_editor
from services.policy.events.consultation import Outcome, Question, Reply
from services.policy.keys import SubjectKey
from services.policy.matching.pushing import at_present
from services.policy.participation.consultations import Coverage, coverage, opinion_id, results
from services.policy.readmodels.consultations import ConsultationRow, OpinionRow
from shared.calendar import civil_date
from shared.contracts.identifiers import Uscc
from shared.eventstore.decider import Refused
from shared.http.asking import (
    Anybody,
    Caught,
    Cursor,
    Here,
    IdempotencyKey,
    Limit,
    Page,
    Somebody,
    Written,
    after,
    after_position,
    found,
    invalid_cursor,
    page,
    written,
)
from shared.runtime.service import Runtime
from shared.security.actor import Actor
from shared.security.personal import ErasedError

router = APIRouter(prefix="/consultations", tags=["公开征求意见"])
USUAL_DAYS = 30
Status = Literal["open", "closed", "published", "withdrawn"]
_EXAMPLE: dict[str, Any] = {
    "consultation": "gxj-zqyj-2026-01",
    "title": "关于征求《技术改造扶持办法（样例）》意见的公告",
    "department": "gxj",
    "text": "第一条　对设备投资给予补助。",
    "explanation": "为降低企业技术改造成本，起草本办法。",
    "questions": [
        {"key": "rate", "title": "补助比例是否合适？", "kind": "single", "options": ["合适", "偏低"], "required": True}
    ],
}


class ConsultationForm(BaseModel):
    """A draft to be talked about. From today for thirty days, unless it says otherwise."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    consultation: SubjectKey
    title: str = Field("", max_length=200)
    department: str = Field(max_length=20)
    text: str = Field("", max_length=200_000, description="征求意见稿正文")
    explanation: str = Field("", max_length=20_000, description="起草说明")
    questions: tuple[Question, ...] = Field((), max_length=50)
    opens_on: date | None = Field(None, description="空为今天")
    closes_on: date | None = Field(None, description=f"空为{USUAL_DAYS}日后")


class ExtendForm(BaseModel):
    """Until when, and why."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"closes_on": "2026-12-31", "reason": "应企业要求延长。"}]}
    )

    closes_on: date
    reason: str = Field("", max_length=1000)


class WithdrawForm(BaseModel):
    """Why it is taken back."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "征求意见稿有误。"}]})

    reason: str = Field("", max_length=1000)


class InviteForm(BaseModel):
    """Enterprises that are asked as representatives of entrepreneurs."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"enterprises": ["91320281MA0Y00016Q"]}]})

    enterprises: tuple[Uscc, ...] = Field(min_length=1, max_length=MOST_INVITED)


class OpinionForm(BaseModel):
    """What somebody thinks. `phone` is for questions of the department alone."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"answers": {"rate": "偏低"}, "text": "建议提高到15%。"}]}
    )

    answers: dict[str, Reply] = Field(default_factory=dict, max_length=50)
    text: str = Field("", max_length=MOST_CHARACTERS)
    phone: str | None = Field(None, pattern=r"^[0-9+\- ]{5,20}$", description="仅主办部门可见，加密保存")


class AnswerForm(BaseModel):
    """One answer for opinions that ask the same."""

    model_config = ConfigDict(extra="forbid")

    opinions: tuple[str, ...] = Field(min_length=1, max_length=500)
    outcome: Outcome
    reason: str = Field("", max_length=5000)


class ResultsForm(BaseModel):
    """What became of all of it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"summary": "共收到意见3条，采纳2条。"}]})

    summary: str = Field("", max_length=20_000)


class PublicOpinion(BaseModel):
    """An opinion as everybody may read it, once the results are published; nothing of whose it is."""

    id: str
    representative: bool = Field(description="由受邀的企业家代表提出")
    text: str
    answers: dict[str, Reply]
    outcome: Outcome | None
    reason: str | None


class WholeOpinion(PublicOpinion):
    """As its author and the department see it."""

    enterprise: str | None
    submitted_at: datetime


class AnswersTaken(BaseModel):
    """Which opinions now have the answer, and which were refused, with the reason."""

    answered: list[str]
    refused: dict[str, str]
    position: int


@router.post("", status_code=201, summary="发起公开征求意见")
async def open_one(
    form: ConsultationForm, runtime: Here, actor: Editor, response: Response, key: IdempotencyKey = None
) -> Written:
    """至少7日；到期自动截止，截止后15个工作日内答复全部意见并公布结果。"""
    opens_on = form.opens_on or civil_date(runtime.clock.now())
    closes_on = form.closes_on or opens_on + timedelta(days=USUAL_DAYS - 1)
    command = OpenConsultation(
        **form.model_dump(exclude={"opens_on", "closes_on"}), opens_on=opens_on, closes_on=closes_on
    )
    receipt = await runtime.execute(consultation, form.consultation, command, actor, idempotency_key=key)
    return written(runtime, receipt, response)


@router.get(
    "",
    dependencies=[Caught],
    summary="征求意见目录，最新的在前",
    response_model_exclude={"items": {"__all__": {"invited", "text"}}},
)
async def consultations(
    runtime: Here,
    status: Status | None = None,
    department: OfDepartment = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[ConsultationRow]:
    query = select(ConsultationRow).order_by(col(ConsultationRow.opens_on).desc(), col(ConsultationRow.id))
    if status:
        query = query.where(ConsultationRow.status == status)
    if department:
        query = query.where(ConsultationRow.department == department)
    if start := after(cursor):
        day, _, key = start.partition(" ")
        try:
            opens_on = date.fromisoformat(day)
        except ValueError:
            raise invalid_cursor() from None
        later = (col(ConsultationRow.opens_on) == opens_on) & (col(ConsultationRow.id) > key)
        query = query.where((col(ConsultationRow.opens_on) < opens_on) | later)
    rows = await runtime.reads.all(ConsultationRow, query.limit(limit + 1))
    return page(rows, limit, lambda row: f"{row.opens_on} {row.id}")


@router.get("/{key}", dependencies=[Caught], summary="一次征求意见", response_model_exclude={"invited"})
async def one(key: str, runtime: Here) -> ConsultationRow:
    """征求意见稿、问卷和时间；公布后含采纳情况。"""
    return await _row(runtime, key)


@router.post("/{key}/extend", summary="延长征求意见")
async def extend(key: str, form: ExtendForm, runtime: Here, actor: Editor, response: Response) -> Written:
    """只能延长一次，须写明理由。"""
    command = ExtendConsultation(**form.model_dump())
    return written(runtime, await runtime.execute(consultation, key, command, actor), response)


@router.post("/{key}/withdraw", summary="撤回征求意见")
async def withdraw(key: str, form: WithdrawForm, runtime: Here, actor: Editor, response: Response) -> Written:
    """已有意见的不能撤回。"""
    await at_present(runtime)
    async with runtime.reads.session() as session:
        counted = select(func.count()).select_from(OpinionRow).where(OpinionRow.consultation == key)
        opinions = int((await session.execute(counted)).scalar_one())
    command = WithdrawConsultation(reason=form.reason, opinions=opinions)
    return written(runtime, await runtime.execute(consultation, key, command, actor), response)


@router.post("/{key}/representatives", summary="邀请企业家代表")
async def invite(key: str, form: InviteForm, runtime: Here, actor: Editor, response: Response) -> Written:
    """受邀企业会收到通知；已邀请的不重复邀请。"""
    command = InviteRepresentatives(enterprises=form.enterprises)
    return written(runtime, await runtime.execute(consultation, key, command, actor), response)


@router.get("/{key}/coverage", dependencies=[Caught], summary="企业家代表的覆盖情况")
async def covered(key: str, runtime: Here, actor: Editor) -> Coverage:
    """与全市企业相比，按镇街、规模和行业门类列出尚无代表的类别。"""
    row = await _own(runtime, key, actor)
    return await coverage(runtime, row.invited)


@router.post("/{key}/opinions", status_code=201, summary="提出意见")
async def submit(key: str, form: OpinionForm, runtime: Here, actor: Somebody, response: Response) -> Written:
    """截止前可以修改，以最后一次为准；意见会与答复一起公开，请勿在正文中填写个人信息。"""
    asked = await _state(runtime, key)
    name = opinion_id(runtime.settings.require_secret(), key, actor)
    sealed = await _sealed(runtime, name, form.phone)
    command = SubmitOpinion(asked=asked, opinion=name, answers=form.answers, text=form.text, contact=sealed)
    return written(runtime, await runtime.execute(opinion, name, command, actor), response)


async def _sealed(runtime: Runtime, name: str, phone: str | None) -> str | None:
    """The envelope of a telephone number; the one that is there where it holds the same, or none is given now."""
    state: OpinionState | None = await runtime.state(opinion, name)
    present = state.submitted.contact if state else None
    if phone is None or (present is not None and await _opened(runtime, present) == phone):
        return present
    return await runtime.in_thread(runtime.vault.seal, f"opinion:{name}", phone)


async def _opened(runtime: Runtime, envelope: str) -> str | None:
    """What is in it; None once its person's key is erased."""
    try:
        return await runtime.in_thread(runtime.vault.open, envelope)
    except ErasedError:
        return None


@router.get("/{key}/opinions/mine", dependencies=[Caught], summary="我的意见及答复")
async def mine(key: str, runtime: Here, actor: Somebody) -> WholeOpinion:
    name = opinion_id(runtime.settings.require_secret(), key, actor)
    asked = await _row(runtime, key)
    return _whole(found(await runtime.reads.one(OpinionRow, name), "意见"), asked)


@router.get("/{key}/opinions", dependencies=[Caught], summary="意见与答复")
async def opinions(
    key: str, runtime: Here, actor: Anybody, limit: Limit = 50, cursor: Cursor = None
) -> Page[WholeOpinion] | Page[PublicOpinion]:
    """结果公布前只有主办部门和市数政局可以查看；公开时不显示由谁提出。"""
    row = await _row(runtime, key)
    own = actor is not None and actor.of_department(row.department)
    if not own and row.status != "published":
        raise Refused("policy.results-not-published", "意见与答复在结果公布后公开，请届时查看。")
    query = select(OpinionRow).where(OpinionRow.consultation == key).order_by(col(OpinionRow.position))
    if (start := after_position(cursor)) is not None:
        query = query.where(col(OpinionRow.position) > start)
    rows = await runtime.reads.all(OpinionRow, query.limit(limit + 1))
    found_rows = page(rows, limit, lambda row: str(row.position))
    if own:
        return Page[WholeOpinion](items=[_whole(each, row) for each in found_rows.items], next=found_rows.next)
    return Page[PublicOpinion](items=[_public(each, row) for each in found_rows.items], next=found_rows.next)


@router.get("/{key}/opinions/{name}/contact", dependencies=[Caught], summary="意见提出人的联系电话（仅主办部门）")
async def contact(key: str, name: str, runtime: Here, actor: Editor) -> dict[str, str | None]:
    await _own(runtime, key, actor)
    state: OpinionState | None = await runtime.state(opinion, name)
    known = found(state if state and state.submitted.consultation == key else None, "意见")
    sealed = known.submitted.contact
    return {"phone": await _opened(runtime, sealed) if sealed else None}


@router.post("/{key}/answers", summary="答复意见")
async def answer(key: str, form: AnswerForm, runtime: Here, actor: Editor, response: Response) -> AnswersTaken:
    """内容相同的意见可以一并答复；部分采纳和不采纳的须写明理由。"""
    asked = await _state(runtime, key)
    require_editor(actor, asked.opened.department, "意见答复")
    names = list(dict.fromkeys(form.opinions))
    commands = [
        (opinion, name, AnswerOpinion(asked=asked, opinion=name, outcome=form.outcome, reason=form.reason))
        for name in names
    ]
    verdicts = dict(zip(names, await runtime.execute_all(commands, actor), strict=True))
    refused = {name: verdict for name, verdict in verdicts.items() if isinstance(verdict, Refused)}
    taken = {name: verdict for name, verdict in verdicts.items() if not isinstance(verdict, Refused)}
    if not taken:
        raise next(iter(refused.values()))
    last = max(taken.values(), key=lambda receipt: receipt.position)
    written(runtime, last, response)
    return AnswersTaken(
        answered=list(taken), refused={name: why.title for name, why in refused.items()}, position=last.position
    )


@router.post("/{key}/results", summary="公布征求意见结果")
async def publish(key: str, form: ResultsForm, runtime: Here, actor: Editor, response: Response) -> Written:
    """每条意见都已答复才能公布；未答复的一次全部列出。"""
    asked = await _state(runtime, key)
    command = await results(runtime, key, asked.opened.questions, form.summary)
    return written(runtime, await runtime.execute(consultation, key, command, actor), response)


async def _state(runtime: Runtime, key: str) -> ConsultationState:
    state: ConsultationState | None = await runtime.state(consultation, key)
    return found(state, "征求意见")


async def _row(runtime: Runtime, key: str) -> ConsultationRow:
    return found(await runtime.reads.one(ConsultationRow, key), "征求意见")


async def _own(runtime: Runtime, key: str, actor: Actor) -> ConsultationRow:
    row = await _row(runtime, key)
    require_editor(actor, row.department, "征求意见")
    return row


def _public(row: OpinionRow, asked: ConsultationRow) -> PublicOpinion:
    return PublicOpinion.model_validate(_shown(row, asked, PublicOpinion))


def _whole(row: OpinionRow, asked: ConsultationRow) -> WholeOpinion:
    return WholeOpinion.model_validate(_shown(row, asked, WholeOpinion))


def _shown(row: OpinionRow, asked: ConsultationRow, form: type[PublicOpinion]) -> dict[str, Any]:
    """Who was invited after they had spoken is a representative, too."""
    invited = row.enterprise is not None and row.enterprise in asked.invited
    return row.model_dump(include=set(form.model_fields)) | {"representative": row.representative or invited}
