"""Visits at the counter: who is there, what was agreed, and a clerk who acts for the enterprise."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from services.application.admission import Given
from services.application.answering import ERASED
from services.application.attachments.commands import naming, releasing
from services.application.counter.consenting import CURRENT_TEXT
from services.application.decider.attachment import AttachmentState, attachment
from services.application.decider.draft import DraftState, DropDraft, draft
from services.application.decider.visit import (
    NEEDS,
    GiveConsent,
    RecordVisitor,
    SeeVisitor,
    UseVisit,
    VisitState,
    WithdrawConsent,
    refuse_unfit,
    unfit,
    visit,
    visit_required,
)
from services.application.definition.formats import FORMATS
from services.application.events.counter import Capacity, Scope
from shared.contracts.identifiers import Uscc
from shared.eventstore.decider import Because, FieldError, Refused
from shared.eventstore.ledger import Receipt
from shared.runtime.service import Runtime
from shared.security.actor import Actor, Role
from shared.security.personal import ErasedError


class VisitorForm(BaseModel):
    """Who is there; identity number and phone, at least one of them, are kept sealed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "样例办理人",
                    "phone": "19900000001",
                    "enterprise": "91320281MA0Y00016Q",
                    "capacity": "employee",
                },
                {"name": "样例办理人", "identity": "11010519491231002X"},
            ]
        },
    )

    name: str = Field(min_length=1, max_length=60, description="办理人姓名，加密保存")
    identity: str | None = Field(None, max_length=40, description="公民身份号码，加密保存")
    phone: str | None = Field(None, max_length=40, description="联系电话，加密保存")
    enterprise: Uscc | None = Field(None, description="所代表的企业；个人咨询可不填")
    capacity: Capacity | None = Field(
        None, description="legal-representative 法定代表人、employee 经办人员、agent 受托代理人"
    )


class ConsentForm(BaseModel):
    """What is agreed to, by which version of the text, and how."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "scope": ["apply", "prefill"],
                    "how": "paper",
                    "text_version": 1,
                    "attachment": "0A1B2C3D4E5F6A7B8C9D",
                },
                {"scope": ["apply"], "how": "electronic", "text_version": 1},
            ]
        },
    )

    scope: tuple[Scope, ...] = Field(
        min_length=1,
        max_length=3,
        description="apply 代为提交、补正、撤回；prefill 用企业画像预填；grant 代为确认或放弃免申即享",
    )
    how: str = Field(pattern="^(paper|electronic)$", description="paper 纸质签署后扫描；electronic 企业账号电子同意")
    text_version: int = Field(ge=1)
    attachment: str | None = Field(None, max_length=40, description="签署的同意书扫描件的附件编号")


class Visitor(BaseModel):
    """The visitor in the clear."""

    name: str
    identity: str | None
    phone: str | None


async def visit_of(runtime: Runtime, key: str) -> VisitState:
    """A visit, from the record. Raises `Refused`."""
    state: VisitState | None = await runtime.state(visit, key)
    if state is None:
        raise Refused("application.visit-unknown", "没有这次窗口办理，请核对编号。", because=Because.NOT_FOUND)
    return state


def is_clerk(actor: Actor) -> bool:
    """Whether somebody acts at a counter, and not for an enterprise of their own."""
    return actor.has(Role.COUNTER_CLERK) and not (actor.has(Role.APPLICANT) and actor.enterprise)


class Acting(NamedTuple):
    """What a clerk is about to do: which act, on what (a number, or a draft's key), for which enterprise."""

    act: str
    of: str
    enterprise: str


async def standing_for(runtime: Runtime, actor: Actor, key: str | None, acting: Acting) -> Actor:
    """The actor as whom a clerk goes on: the same person, for the enterprise of the visit. Others stay who they are.

    Raises `Refused` with everything for which the clerk cannot: no visit, not the clerk's, ended, another enterprise, no
    consent. What is then written is written together with `using`, which decides it once more.
    """
    if key is None:
        if is_clerk(actor):
            raise visit_required()
        return actor
    state: VisitState | None = await runtime.state(visit, key)
    if state is None or not state.has_used(acting.act, acting.of, actor):
        refuse_unfit(unfit(state, actor, acting.enterprise, NEEDS[acting.act]))
    return as_enterprise(actor, acting.enterprise)


async def within(runtime: Runtime, actor: Actor, key: str | None, scope: Scope | None) -> Actor:
    """The same for what is only prepared: files (`scope` None: before there is consent), answers of a draft, a look at what
    is known. Raises `Refused`."""
    if key is None:
        return actor
    state: VisitState | None = await runtime.state(visit, key)
    refuse_unfit(unfit(state, actor, None, scope))
    return as_enterprise(actor, state.enterprise if state else None)


async def asked_for(runtime: Runtime, key: str | None) -> tuple[str | None, bool]:
    """Whom a visit is for, and whether what is known of it may fill forms in; without a visit nobody, and yes."""
    if key is None:
        return None, True
    state: VisitState | None = await runtime.state(visit, key)
    return (state.enterprise, state.permits("prefill")) if state else (None, False)


def as_enterprise(actor: Actor, enterprise: str | None) -> Actor:
    """Somebody at the counter, on behalf of an enterprise."""
    return actor.model_copy(update={"enterprise": enterprise, "on_behalf_of": enterprise})


def using(key: str | None, act: str, of: str, enterprise: str) -> list[Given]:
    """The visit's own part of what is done in it; none where nobody stands at a counter."""
    if key is None:
        return []
    return [(visit, key, UseVisit.model_validate({"act": act, "of": of, "enterprise": enterprise}))]


async def record_visitor(runtime: Runtime, key: str, form: VisitorForm, actor: Actor) -> Receipt:
    """Seals what identifies a person under a key of the visit's own. Raises `Refused`."""
    wrong: list[FieldError] = []
    name = form.name.strip()
    if not name:
        wrong.append(FieldError(field="name", code="missing", message="请填写办理人姓名。"))
    identity = _normal("identity-number", "identity", "身份证号码", form.identity, wrong)
    phone = _normal("phone", "phone", "联系电话", form.phone, wrong)
    said = "\0".join((key, name, identity or "", phone or "", form.enterprise or "", form.capacity or ""))
    mark = hmac.new(runtime.settings.require_secret().encode(), said.encode(), hashlib.sha256).hexdigest()[:24]

    def sealed(text: str | None) -> str | None:
        return runtime.vault.seal(_person(key), text) if text else None

    envelopes = await runtime.in_thread(lambda: [sealed(each) for each in (name or "-", identity, phone)])
    command = RecordVisitor(
        enterprise=form.enterprise,
        capacity=form.capacity,
        name=envelopes[0] or "",
        identity=envelopes[1],
        identity_end=identity[-4:] if identity else None,
        phone=envelopes[2],
        phone_end=phone[-4:] if phone else None,
        mark=mark,
        wrong=tuple(wrong),
    )
    return await runtime.execute(visit, key, command, actor)


def _normal(kind: str, field: str, called: str, text: str | None, wrong: list[FieldError]) -> str | None:
    if text is None or not text.strip():
        return None
    form = FORMATS[kind]
    entered = form.normal(unicodedata.normalize("NFKC", text).strip())
    if not form.right(entered):
        wrong.append(FieldError(field=field, code="format", message=f"{called}{form.wrong}，请核对。"))
    return entered


def _person(key: str) -> str:
    return f"counter-visit:{key}"


async def see_visitor(runtime: Runtime, key: str, actor: Actor) -> Visitor:
    """Who was there, in the clear; that somebody has looked is recorded first. Raises `Refused`."""
    await runtime.execute(visit, key, SeeVisitor(), actor)
    known = (await visit_of(runtime, key)).visitor
    if known is None:
        raise Refused("application.no-visitor", "这次窗口办理尚未登记办理人。", because=Because.NOT_FOUND)

    def opened() -> list[str | None]:
        return [_opened(runtime, each) for each in (known.name, known.identity, known.phone)]

    name, identity, phone = await runtime.in_thread(opened)
    return Visitor(name=name or "", identity=identity, phone=phone)


def _opened(runtime: Runtime, envelope: str | None) -> str | None:
    try:
        return runtime.vault.open(envelope) if envelope else None
    except ErasedError:
        return ERASED


async def give_consent(runtime: Runtime, key: str, form: ConsentForm, actor: Actor, sent: str | None) -> Receipt:
    """Written together with keeping the signed paper. Raises `Refused`."""
    wrong: list[FieldError] = []
    keeping: list[Given] = []
    if form.attachment is not None:
        scan: AttachmentState | None = await runtime.state(attachment, form.attachment)
        whose = (await visit_of(runtime, key)).enterprise
        if scan is None or scan.discarded or scan.uploaded.enterprise != whose:
            message = "没有这个附件，或不是在本次办理中为该企业上传的，请重新上传同意书扫描件。"
            wrong.append(FieldError(field="attachment", code="unknown-file", message=message))
        else:
            keeping = naming(visit.id_of(key), [{"file": form.attachment}])
    command = GiveConsent.model_validate(form.model_dump() | {"current": CURRENT_TEXT, "wrong": tuple(wrong)})
    commands = [(visit, key, command), *keeping]
    return (await runtime.execute_together(commands, actor, idempotency_key=sent))[0]


async def withdraw_consent(runtime: Runtime, key: str, reason: str, actor: Actor, sent: str | None) -> Receipt:
    """Ends it together with the drafts of the visit that were not handed in. Raises `Refused`."""
    state = await visit_of(runtime, key)
    ending: list[Given] = []
    open_drafts: list[str] = []
    for name in state.drafts:
        begun: DraftState | None = await runtime.state(draft, name)
        if begun is not None and begun.status == "open":
            open_drafts.append(name)
            ending += [(draft, name, DropDraft()), *releasing(draft.id_of(name), begun.attachments)]
    command = WithdrawConsent(reason=reason, drafts=tuple(open_drafts), seen=state.drafts)
    whose = state.enterprise
    acting = as_enterprise(actor, whose) if is_clerk(actor) else actor
    commands = [(visit, key, command), *ending]
    return (await runtime.execute_together(commands, acting, idempotency_key=sent))[0]
