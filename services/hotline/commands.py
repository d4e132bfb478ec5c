"""What hotline does when asked: seal, look up, decide, append."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, get_args

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from services.hotline.decider import AnswerAtOnce, AnswerTicket, DispatchTicket, ReceiveTicket, TicketState, ticket
from services.hotline.decider.rights import handles, not_yours
from services.hotline.decider.ticket import Channel, History, Instant, LimitDays, Text, Title, Town, Unit
from services.hotline.intake import UnreadableRow, normalise
from services.hotline.keys import SourceName, TicketNumber, ticket_key
from shared.contracts.hotline import Nature
from shared.contracts.identifiers import DepartmentCode, Uscc
from shared.eventstore.decider import Because, Refused
from shared.eventstore.ledger import Receipt
from shared.http.batches import BatchAnswer, CommandFor, RefusedRow, take_batch
from shared.runtime.service import Runtime
from shared.security.actor import Actor, Role
from shared.security.personal import ErasedError

log = structlog.get_logger(__name__)
STANDARD_LIMIT_DAYS = 5  # working days, for a nature that the settings leave out
# The exchange shows extensions, short and foreign numbers too.
CallerPhone = Annotated[str, Field(pattern=r"^\+?[0-9][0-9-]{2,19}$", examples=["19900000001"])]


class _Form(BaseModel):
    """Empty texts are absent values: exports fill their columns with them."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, given: Any) -> Any:
        return {key: value for key, value in given.items() if value != ""} if isinstance(given, dict) else given


class Caller(_Form):
    """Who called, personal data, and the enterprise they called for."""

    name: str | None = Field(None, max_length=60, examples=["样例来电人"])
    phone: CallerPhone | None = None
    enterprise_uscc: Uscc | None = None


class TicketForm(_Form):
    """A ticket as it comes in, with its caller in the clear, and with its answer when it has one already."""

    source: SourceName = "12345"
    number: TicketNumber
    channel: Channel = Field(examples=["电话"])
    nature: Nature
    title: Title = Field(examples=["咨询技术改造奖励何时申报（样例）"])
    content: Text = Field(examples=["企业询问设备投入奖励的申报时间和材料。"])
    received_at: Instant
    town: Town | None = None
    caller: Caller = Caller()
    suggested_department: DepartmentCode | None = None
    reply: Text | None = None
    replied_at: Instant | None = Field(None, validate_default=True)
    reply_department: DepartmentCode | None = None
    reply_unit: Unit | None = Field(None, description="答复单位的原文，没有部门代码时填写")
    sample: bool = Field(False, description="样例标记，仅供演示数据使用")

    @field_validator("caller", mode="before")
    @classmethod
    def _nobody(cls, caller: Any) -> Any:
        return Caller() if caller is None else caller

    @field_validator("replied_at")
    @classmethod
    def _with_reply(cls, replied_at: Instant | None, fields: ValidationInfo) -> Instant | None:
        if "reply" in fields.data and (fields.data["reply"] is None) != (replied_at is None):
            raise ValueError("答复内容（reply）与答复时间（replied_at）须同时填写。")
        return replied_at


class DispatchForm(_Form):
    """Which department answers, and within how many working days when not within what its nature says."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"department": "gxj"}]})

    department: DepartmentCode
    limit_days: LimitDays | None = None


class AnswerForm(_Form):
    """The answer to the asker."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "申报自3月起受理，材料清单见申报指南。"}]})

    text: Text


def limit_days(runtime: Runtime, nature: Nature) -> int:
    """Working days within which a ticket of this nature is answered."""
    return runtime.settings.answer_limit_days.get(nature, STANDARD_LIMIT_DAYS)


async def receive_ticket(runtime: Runtime, form: TicketForm) -> CommandFor:
    """The command for a form: the caller is sealed under a key of this ticket's own (erasing it erases the person)."""
    key = ticket_key(form.source, form.number)
    history = None
    if form.reply and form.replied_at:
        history = History(
            text=form.reply,
            replied_at=form.replied_at,
            department=form.reply_department,
            unit=form.reply_unit,
            limit_days=limit_days(runtime, form.nature),
        )
    name, phone = await _sealed(runtime, f"caller:{key}", form.caller)
    fields = form.model_dump(exclude={"caller", "reply", "replied_at", "reply_department", "reply_unit", "sample"})
    command = ReceiveTicket(
        **fields, enterprise=form.caller.enterprise_uscc, caller_name=name, caller_phone=phone, history=history
    )
    return ticket, key, command


async def _sealed(runtime: Runtime, person: str, caller: Caller) -> tuple[str | None, str | None]:
    def sealed() -> tuple[str | None, str | None]:
        seal = runtime.vault.seal
        return caller.name and seal(person, caller.name), caller.phone and seal(person, caller.phone)

    if not (caller.name or caller.phone):  # most rows of an export have no caller, and need no thread and no key
        return None, None
    result: tuple[str | None, str | None] = await runtime.in_thread(sealed)
    return result


async def import_rows(runtime: Runtime, actor: Actor, source: str, rows: Sequence[dict[str, Any]]) -> BatchAnswer:
    """Takes rows as they stand in an export; what is no ticket comes back with reasons, the others are taken."""
    forms: list[tuple[int, dict[str, Any]]] = []
    unreadable: list[RefusedRow] = []
    for number, row in enumerate(rows):
        try:
            forms.append((number, normalise(row, source)))
        except UnreadableRow as error:
            unreadable.append(RefusedRow(row=number, errors=error.errors))
    answer = await take_batch(
        runtime, actor, [form for _, form in forms], TicketForm, lambda form: receive_ticket(runtime, form)
    )
    refused = [RefusedRow(row=forms[each.row][0], errors=each.errors) for each in answer.refused]
    answer.refused = sorted([*refused, *unreadable], key=lambda each: each.row)
    return answer


async def dispatch_ticket(runtime: Runtime, key: str, form: DispatchForm, actor: Actor, sent: str | None) -> Receipt:
    """Dispatches with the limits that the settings give. `sent` is the sender's idempotency key."""
    limits = {nature: limit_days(runtime, nature) for nature in get_args(Nature)}
    command = DispatchTicket(**form.model_dump(), answer_limit_days=limits)
    return await runtime.execute(ticket, key, command, actor, idempotency_key=sent)


async def answer_ticket(runtime: Runtime, key: str, form: AnswerForm, actor: Actor, sent: str | None) -> Receipt:
    """Who answers follows from where the ticket is: the department that has it, or else the seat at once."""
    state: TicketState | None = await runtime.state(ticket, key)
    dispatched = state is not None and state.department is not None
    command = AnswerTicket(text=form.text) if dispatched else AnswerAtOnce(text=form.text)
    return await runtime.execute(ticket, key, command, actor, idempotency_key=sent)


async def caller_of(runtime: Runtime, key: str, actor: Actor) -> Caller:
    """The caller in the clear, for the agents and the handling department; who has looked is in the log."""
    state: TicketState | None = await runtime.state(ticket, key)
    if state is None:
        raise Refused("hotline.ticket-unknown", "没有这张工单，请核对工单编号。", because=Because.NOT_FOUND)
    if not handles(actor, state.department) and not actor.has(Role.HOTLINE_AGENT, Role.SYSTEM):
        not_yours("来电人信息只向热线话务员和承办部门开放。")
    log.info("caller_shown", ticket=key, to=actor.subject, department=actor.department)
    received = state.received
    opened = await opened_caller(runtime, received.caller_name, received.caller_phone)
    if opened is None:
        raise Refused("hotline.caller-erased", "来电人的个人信息已按要求删除，无法再查看。", because=Because.NOT_FOUND)
    return Caller(name=opened[0], phone=opened[1], enterprise_uscc=received.enterprise)


async def opened_caller(runtime: Runtime, name: str | None, phone: str | None) -> tuple[str | None, str | None] | None:
    """A caller's name and number from their envelopes; None when the person was erased."""

    def opened() -> tuple[str | None, str | None]:
        return name and runtime.vault.open(name), phone and runtime.vault.open(phone)

    try:
        result: tuple[str | None, str | None] = await runtime.in_thread(opened)
    except ErasedError:
        return None
    return result
