"""What application does when asked: look the item up, make a number, load, decide, append."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from uuid import UUID, uuid4, uuid5

from pydantic import BaseModel, ConfigDict, Field

from services.application.admission import Given, admit
from services.application.answering import Whose, amended, answer, form_of
from services.application.attachments.commands import naming, releasing
from services.application.counter.visiting import Acting, standing_for, using
from services.application.decider import (
    ApplicationState,
    SubmitApplication,
    Supplement,
    WithdrawApplication,
    application,
)
from services.application.readmodels.offers import OfferRow
from shared.calendar import civil_date
from shared.contracts.identifiers import Uscc
from shared.eventstore.decider import Because, FieldError, Refused
from shared.eventstore.ledger import Receipt
from shared.runtime.service import Runtime
from shared.security.actor import Actor

_NUMBERS = UUID("6f1d8a52-5d5e-4a52-9c0e-1f6d0a7b7c11")


class ApplicationForm(BaseModel):
    """What an enterprise hands in: answers to the item's form, or, where it has none, a statement."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "item_code": "gxj-2026-001",
                    "enterprise": "91320281MA0Y00016Q",
                    "statement": "2026年一季度购置数控设备两台，申请设备补助。",
                    "requested_fen": 4000000,
                    "materials": ["设备发票（样例）"],
                },
                {
                    "item_code": "gxj-2026-001",
                    "enterprise": "91320281MA0Y00016Q",
                    "answers": {"equipment": "数控机床（样例）", "amount": "40000.00"},
                },
            ]
        },
    )

    item_code: str = Field(min_length=1, max_length=80)
    enterprise: Uscc
    statement: str = Field("", max_length=5000)
    requested_fen: int | None = Field(None, le=2**63 - 1)
    materials: tuple[str, ...] = Field((), max_length=100)
    answers: dict[str, Any] | None = Field(None, max_length=300, description="按表单填写的内容，金额以元为单位")
    visit: str | None = Field(None, max_length=40, description="窗口人员代办时填写窗口办理编号")


class OfDraft(NamedTuple):
    """The draft that becomes an application: its version of the form, what has to be chosen first, the files that it has had,
    and its own command."""

    id: str
    form: int
    errors: Sequence[FieldError]
    attachments: Sequence[dict[str, Any]]
    submitting: Callable[[str], Given]


async def submit_application(
    runtime: Runtime,
    actor: Actor,
    form: ApplicationForm,
    key: str | None,
    of_draft: OfDraft | None = None,
) -> Receipt:
    """Applies for an item that policy has published. Raises `Refused`.

    `of_draft`: the draft it was, which is handed in with it, or stays as it is. A clerk stands for the enterprise that a
    visit is for.
    """
    offer = await runtime.reads.one(OfferRow, form.item_code)
    if offer is None:
        error = FieldError(field="item_code", code="unknown", message="没有这个事项，或事项尚未发布。")
        raise Refused("application.item-unknown", "没有找到要申报的事项，请核对事项编号。", [error], Because.NOT_FOUND)
    number = _number(
        runtime, f"draft:{of_draft.id.partition('-')[2]}" if of_draft else key and f"{actor.subject}:{key}"
    )
    actor = await standing_for(runtime, actor, form.visit, Acting("submit", number, form.enterprise))
    state = await form_of(runtime, form.item_code)
    answered = None
    if state is not None:
        whose = Whose(of_draft.form, form.enterprise, of_draft.id) if of_draft else Whose(None, form.enterprise)
        answered = await answer(runtime, actor, number, state, whose, form.answers or {})
        if of_draft:
            answered = answered.model_copy(update={"errors": (*of_draft.errors, *answered.errors)})
    command = SubmitApplication(
        number=number,
        accept_days=runtime.settings.accept_days,
        answered=answered,
        **offer.model_dump(),
        **form.model_dump(exclude={"item_code"}),
    )
    through = of_draft.id if of_draft else None
    also = naming(application.id_of(number), answered.attachments if answered else (), through)
    also += releasing(of_draft.id, of_draft.attachments) if of_draft else []  # what was replaced goes in time
    also += using(form.visit, "submit", number, form.enterprise)
    return await admit(runtime, command, actor, key, [*([of_draft.submitting(number)] if of_draft else []), *also])


class SupplementForm(BaseModel):
    """What was asked for: in words, as materials, and as answers of the form that change (null takes one out)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"answer": "发票已补。", "materials": ["设备发票（样例）"]},
                {"answer": "金额已更正。", "answers": {"amount": "39000.00"}},
            ]
        },
    )

    answer: str = Field(min_length=1, max_length=5000)
    materials: tuple[str, ...] = Field((), max_length=100)
    answers: dict[str, Any] | None = Field(None, max_length=300)
    visit: str | None = Field(None, max_length=40, description="窗口人员代办时填写窗口办理编号")


async def supplementing(
    runtime: Runtime, actor: Actor, number: str, form: SupplementForm, key: str | None, version: int | None
) -> Receipt:
    """Answers that change are judged with all the others. Raises `Refused`."""
    state: ApplicationState | None = await runtime.state(application, number)
    whose = state.submitted.enterprise if state else ""
    actor = await _standing(runtime, actor, form.visit, Acting("supplement", number, whose))
    answered = None
    if form.answers is not None and state is not None:
        answered = await amended(runtime, actor, state.submitted, state.answers, form.answers)
    command = Supplement(**form.model_dump(), answered=answered)
    commands = [
        (application, number, command),
        *naming(application.id_of(number), answered.attachments if answered else ()),
        *using(form.visit, "supplement", number, whose),
    ]
    receipts = await runtime.execute_together(commands, actor, idempotency_key=key, expected_version=version)
    return receipts[0]


async def withdrawing(
    runtime: Runtime, actor: Actor, number: str, form: WithdrawApplication, key: str | None, version: int | None
) -> Receipt:
    """By the enterprise, or by a clerk in a visit. Raises `Refused`."""
    state: ApplicationState | None = await runtime.state(application, number)
    whose = state.submitted.enterprise if state else ""
    actor = await _standing(runtime, actor, form.visit, Acting("withdraw", number, whose))
    commands = [(application, number, form), *using(form.visit, "withdraw", number, whose)]
    receipts = await runtime.execute_together(commands, actor, idempotency_key=key, expected_version=version)
    return receipts[0]


async def _standing(runtime: Runtime, actor: Actor, visit: str | None, acting: Acting) -> Actor:
    """That there is no such application, or no visit, is said by the application itself."""
    if visit is None or not acting.enterprise:
        return actor
    return await standing_for(runtime, actor, visit, acting)


def _number(runtime: Runtime, key: str | None) -> str:
    """`SB-` and 12 hexadecimal digits; the same for the same key, so that a repeat is the same application."""
    made = uuid5(_NUMBERS, key) if key else uuid4()
    return f"SB{civil_date(runtime.clock.now()):%Y}-{made.hex[:12].upper()}"
