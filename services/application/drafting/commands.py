"""What the room does when asked: look up, seal, load, decide, append."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4, uuid5

from pydantic import BaseModel, ConfigDict, Field

from services.application.answering import facts_of, form_of, opened, sealed
from services.application.attachments.commands import described, naming, releasing
from services.application.commands import ApplicationForm, OfDraft, submit_application
from services.application.counter.visiting import Acting, asked_for, is_clerk, standing_for, using
from services.application.decider.draft import (
    BeginDraft,
    DraftState,
    DropDraft,
    LapseDraft,
    RenewDraft,
    SaveDraft,
    SubmitDraft,
    draft,
    undecided,
)
from services.application.decider.form import FormState
from services.application.definition.comparing import prefill
from services.application.definition.form import every_field
from services.application.readmodels.offers import OfferRow
from shared.eventstore.decider import Because, FieldError, Refused
from shared.eventstore.ledger import Receipt
from shared.runtime.service import Runtime
from shared.security.actor import Actor

_KEYS = UUID("3a0e36a5-2cf7-4a0f-8a70-5f4f8e2c6d11")


class SaveForm(BaseModel):
    """Answers by field, as they are entered; null takes one out."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"base": 3, "answers": {"equipment": "数控机床（样例）", "phone": None}}]},
    )

    base: int = Field(ge=0, description="所依据的草稿版次")
    answers: dict[str, Any] = Field(min_length=1, max_length=300)


async def begin_draft(
    runtime: Runtime, actor: Actor, item_code: str, sent: str | None, visit: str | None = None
) -> Receipt:
    """With what is known of the enterprise, where the sender stands for one; at the counter (`visit`) where the enterprise
    has agreed to that. Raises `Refused`."""
    offer = await runtime.reads.one(OfferRow, item_code)
    state = await form_of(runtime, item_code)
    if offer is None or not offer.offered or state is None:
        error = FieldError(field="item_code", code="unknown", message="没有这个事项，或该事项没有表单。")
        title = "没有找到可以填写的表单，请核对事项编号。"
        raise Refused("application.form-unknown", title, [error], Because.NOT_FOUND)
    key = (uuid5(_KEYS, f"{actor.subject}:{sent}") if sent else uuid4()).hex[:16].upper()
    whose, prefilled = await asked_for(runtime, visit)
    actor = await standing_for(runtime, actor, visit, Acting("draft", key, whose or ""))
    filled = prefill(
        state.of(None), await facts_of(runtime, actor.enterprise) if actor.enterprise and prefilled else {}
    )
    origins = {name: fact.model_dump(mode="json") for name, fact in filled.origins.items()}
    command = BeginDraft(
        item_code=item_code,
        item_title=offer.item_title,
        form=state.version,
        answers=filled.answers,
        origins=origins,
        visit=visit,
    )
    commands = [(draft, key, command), *using(visit, "draft", key, whose or "")]
    return (await runtime.execute_together(commands, actor, idempotency_key=sent))[0]


async def save_draft(runtime: Runtime, actor: Actor, key: str, form: SaveForm, sent: str | None) -> Receipt:
    """Raises `Refused`."""
    state, forms = await _found(runtime, key)
    definition = forms.of(state.form)
    known = frozenset(every_field(definition.answers))
    errors, attachments = await described(runtime, actor, definition, form.answers, draft.id_of(key))
    if unknown := [error for error in errors if error.code == "unknown-file"]:
        title = "有附件没有找到，其余内容请连同更正后的附件一起重新保存。"
        raise Refused("application.draft-invalid", title, unknown, Because.INVALID)
    values = await sealed(runtime, f"draft:{key}", definition, form.answers)
    clear = await opened(runtime, state.answers)
    unchanged = {name for name in values if name in clear and clear[name] == form.answers[name]}
    command = SaveDraft(
        base=form.base,
        said=form.answers,
        values={name: state.answers[name] if name in unchanged else value for name, value in values.items()},
        attachments=attachments,
        known=known,
    )
    commands = [(draft, key, command), *naming(draft.id_of(key), attachments)]
    return (await runtime.execute_together(commands, actor, idempotency_key=sent))[0]


async def renew_draft(runtime: Runtime, actor: Actor, key: str) -> Receipt:
    """Goes on with the form in force. Raises `Refused`."""
    _, forms = await _found(runtime, key)
    command = RenewDraft(form=forms.version, known=frozenset(every_field(forms.of(None).answers)))
    return await runtime.execute(draft, key, command, actor)


async def drop_draft(runtime: Runtime, actor: Actor, key: str) -> Receipt:
    """Throws it away, and lets its files go. Raises `Refused`."""
    return await end_draft(runtime, key, DropDraft(), actor)


async def end_draft(runtime: Runtime, key: str, command: DropDraft | LapseDraft, actor: Actor) -> Receipt:
    """Ends it together with its hold on files. Raises `Refused`."""
    state: DraftState | None = await runtime.state(draft, key)
    files = releasing(draft.id_of(key), state.attachments if state else ())
    return (await runtime.execute_together([(draft, key, command), *files], actor))[0]


async def submit_draft(runtime: Runtime, actor: Actor, key: str, sent: str | None, visit: str | None = None) -> Receipt:
    """Makes it an application, or leaves it as it is. Raises `Refused`."""
    state, _ = await _found(runtime, key)
    whose = state.enterprise or actor.enterprise
    if whose is None or (actor.enterprise is None and not is_clerk(actor)):
        title = "提交申报前请先完成企业认证，草稿已保留。"
        raise Refused("application.not-verified", title, because=Because.FORBIDDEN)
    entered = await opened(runtime, state.answers)
    form = ApplicationForm(item_code=state.item_code, enterprise=whose, answers=entered, visit=visit)
    of_draft = OfDraft(
        draft.id_of(key),
        state.form,
        undecided(state),
        state.attachments,
        lambda number: _submitting(key, state, number),
    )
    return await submit_application(runtime, actor, form, sent, of_draft)


def _submitting(key: str, state: DraftState, number: str) -> tuple[Any, str, SubmitDraft]:
    return draft, key, SubmitDraft(number=number, revision=state.revision)


async def _found(runtime: Runtime, key: str) -> tuple[DraftState, FormState]:
    state: DraftState | None = await runtime.state(draft, key)
    forms = await form_of(runtime, state.item_code) if state else None
    if state is None or forms is None:
        raise Refused("application.draft-unknown", "没有这份草稿，请核对。", because=Because.NOT_FOUND)
    return state, forms
