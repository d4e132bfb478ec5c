"""What hotline does when asked: seal, look up, decide, append."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

from services.hotline.decider import TicketState, ticket
from services.hotline.decider import commands as asked
from services.hotline.events.rules import HandlingRules
from services.hotline.forms import (
    AnswerForm,
    Caller,
    CallerShownInClear,
    DispatchForm,
    QuestionForm,
    TicketForm,
    UpdateForm,
)
from services.hotline.intake import UnreadableRow, normalise
from services.hotline.keys import ticket_key
from services.hotline.particulars import without_particulars
from services.hotline.readmodels.applications import ApplicationRow
from services.hotline.resources import Resources
from shared.contracts.hotline import Nature
from shared.eventstore.decider import Because, Command, FieldError, Refused
from shared.eventstore.ledger import Receipt
from shared.http.batches import BatchAnswer, CommandFor, RefusedRow, take_batch
from shared.runtime.service import Runtime
from shared.security.actor import Actor, Role
from shared.security.personal import ErasedError

PORTAL = "portal"
STANDARD_LIMIT_DAYS = 5  # working days by which an answer from elsewhere is measured where the rules count hours


def asker_of(runtime: Runtime, actor: Actor) -> str:
    """A mark that tells a person's tickets from others' without telling whose they are."""
    whose = f"asker\0{actor.subject}"
    return hmac.new(runtime.settings.require_secret().encode(), whose.encode(), hashlib.sha256).hexdigest()[:24]


async def receive_ticket(
    runtime: Runtime, form: TicketForm, asker: str | None = None, concerns: asked.Concerned | None = None
) -> CommandFor:
    """The command for a form: the caller is sealed under a key of this ticket's own (erasing it erases the person).

    `concerns`: the asker's own application that it is about.
    """
    resources: Resources = runtime.resources
    rules = await resources.rules.now()
    key = ticket_key(form.source, form.number)
    title, in_title = without_particulars(form.title)
    content, in_content = without_particulars(form.content)
    name, phone, particulars = await _sealed(runtime, f"caller:{key}", form.caller, [*in_title, *in_content])
    history = None
    if form.reply and form.replied_at:
        history = asked.History(
            text=form.reply,
            replied_at=form.replied_at,
            department=form.reply_department,
            unit=form.reply_unit,
            limit_days=limit_days(rules, form.nature),
        )
    own = {"caller", "reply", "replied_at", "reply_department", "reply_unit", "sample", "title", "content"}
    command = asked.ReceiveTicket(
        **form.model_dump(exclude=own),
        title=title,
        content=content,
        enterprise=form.caller.enterprise_uscc,
        caller_name=name,
        caller_phone=phone,
        particulars=particulars,
        asker=asker,
        concerns=concerns,
        history=history,
        rules=rules,
        suggestion=None if history else await resources.classifier.suggest(title, content),
    )
    return ticket, key, command


def limit_days(rules: HandlingRules, nature: Nature) -> int:
    """Working days by which the answer of another system is measured."""
    limit = rules.limit(nature, "normal")
    return limit.amount if limit and limit.unit == "working-days" else STANDARD_LIMIT_DAYS


async def _sealed(
    runtime: Runtime, person: str, caller: Caller, numbers: Sequence[str]
) -> tuple[str | None, str | None, str | None]:
    def sealed() -> tuple[str | None, str | None, str | None]:
        seal = runtime.vault.seal
        listed = seal(person, json.dumps(numbers, ensure_ascii=False)) if numbers else None
        return caller.name and seal(person, caller.name), caller.phone and seal(person, caller.phone), listed

    if not (caller.name or caller.phone or numbers):  # most rows of an export have none, and need no thread and no key
        return None, None, None
    result: tuple[str | None, str | None, str | None] = await runtime.in_thread(sealed)
    return result


async def ask_question(runtime: Runtime, form: QuestionForm, actor: Actor, sent: str | None) -> Receipt:
    """A ticket of the interaction zone, with a number of its own; the same sending again (`sent`) is the same ticket."""
    asker = asker_of(runtime, actor)
    concerns = await concerned(runtime, form.application, actor)
    now = runtime.clock.now()
    once = sent or form.model_dump_json()
    number = f"{now:%Y%m%d}-" + hashlib.sha256(f"{actor.subject}\0{once}".encode()).hexdigest()[:10]
    whole = TicketForm(
        source=PORTAL,
        number=number,
        channel="政企互动区",
        received_at=now,
        caller=Caller(name=form.name, phone=form.phone, enterprise_uscc=actor.enterprise),
        suggested_department=concerns.department if concerns and form.nature != "complaint" else None,
        **form.model_dump(exclude={"name", "phone", "application"}),
    )
    key = ticket_key(PORTAL, number)
    state: TicketState | None = await runtime.state(ticket, key)
    if state is not None:  # sent once more: the instant is another, the question is the same
        whole = whole.model_copy(update={"received_at": state.received.received_at})
    decider, key, command = await receive_ticket(runtime, whole, asker, concerns)
    return await runtime.execute(decider, key, command, actor, idempotency_key=sent)


async def concerned(runtime: Runtime, number: str | None, actor: Actor) -> asked.Concerned | None:
    """The application with that number, as it was told; whose it is not, does not exist for them. Raises `Refused`."""
    if number is None:
        return None
    row = await runtime.reads.one(ApplicationRow, number)
    if row is None or actor.enterprise is None or row.enterprise != actor.enterprise:
        message = (
            f"没有查到贵单位编号为“{number}”的申报，请核对申报编号，并以申报企业的账号登录；刚刚提交的请稍候再试。"
        )
        error = FieldError(field="application", code="unknown", message=message)
        raise Refused("hotline.application-unknown", message, [error], Because.INVALID)
    return asked.Concerned(application=row.number, item=row.item, item_title=row.item_title, department=row.department)


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


async def update_ticket(runtime: Runtime, form: UpdateForm) -> CommandFor:
    """What the source tells later, as a command to the ticket."""
    return ticket, ticket_key(form.source, form.number), await _told(runtime, form)


async def _told(runtime: Runtime, form: UpdateForm) -> Command:
    key = ticket_key(form.source, form.number)
    if form.what == "merged":
        into = ticket_key(form.source, form.into or "")
        await join_first(runtime, key, into, runtime.itself)
        return asked.MergeTicket(into=into, by_source=True)
    text = form.text or ""
    if form.what == "withdrawn":
        return asked.WithdrawTicket(reason=text[:2000], by_source=True)
    if form.what == "supplemented":
        return asked.GiveInformation(text=text)
    state: TicketState | None = await runtime.state(ticket, key)
    if state is None:
        raise unknown_ticket()
    rules = await runtime.resources.rules.now()
    fields = {"text": text, "department": form.reply_department, "unit": form.reply_unit}
    days = limit_days(rules, state.received.nature)
    history = asked.History.model_validate({"replied_at": form.replied_at, "limit_days": days, **fields})
    return asked.HearAnswer(history=history)


async def join_first(runtime: Runtime, key: str, into: str, actor: Actor) -> None:
    """Has the ticket that will lead remember the other, before the other is merged. Refuses where either is unknown."""
    if await runtime.state(ticket, key) is None:
        raise unknown_ticket()
    if into != key:
        await runtime.execute(ticket, into, asked.JoinTicket(joined=key), actor)


async def dispatch_ticket(runtime: Runtime, key: str, form: DispatchForm, actor: Actor, sent: str | None) -> Receipt:
    """Dispatches by the rules in force. `sent` is the sender's idempotency key."""
    command = asked.DispatchTicket(
        department=form.department,
        co_handlers=form.co_handlers,
        urgency=form.urgency,
        limit=form.limit(),
        rules=await runtime.resources.rules.now(),
    )
    return await runtime.execute(ticket, key, command, actor, idempotency_key=sent)


async def answer_ticket(runtime: Runtime, key: str, form: AnswerForm, actor: Actor, sent: str | None) -> Receipt:
    """Who answers follows from where the ticket is: the department that has it, or else the seat at once."""
    state: TicketState | None = await runtime.state(ticket, key)
    command: Command
    if state is not None and state.department is not None:
        command = asked.AnswerTicket(text=form.text, put_right=form.put_right)
    else:
        rules = await runtime.resources.rules.now()
        command = asked.AnswerAtOnce(text=form.text, terms=rules.terms)
    return await runtime.execute(ticket, key, command, actor, idempotency_key=sent)


async def caller_of(runtime: Runtime, key: str, actor: Actor) -> CallerShownInClear:
    """The caller in the clear, for the agents and the handling department; who has looked is recorded first.

    The platform itself, which sends the caller a text, leaves its own record there.
    """
    if not actor.has(Role.SYSTEM):
        await runtime.execute(ticket, key, asked.ShowCaller(), actor)
    state: TicketState | None = await runtime.state(ticket, key)
    if state is None:
        raise unknown_ticket()
    received = state.received
    opened = await opened_caller(runtime, received.caller_name, received.caller_phone, received.particulars)
    if opened is None:
        raise Refused("hotline.caller-erased", "来电人的个人信息已按要求删除，无法再查看。", because=Because.NOT_FOUND)
    name, phone, listed = opened
    numbers = json.loads(listed) if listed else []
    return CallerShownInClear(name=name, phone=phone, enterprise_uscc=received.enterprise, particulars=numbers)


async def opened_caller(runtime: Runtime, *envelopes: str | None) -> tuple[str | None, ...] | None:
    """What is in a caller's envelopes; None when the person was erased."""

    def opened() -> tuple[str | None, ...]:
        return tuple(envelope and runtime.vault.open(envelope) for envelope in envelopes)

    if not any(envelopes):
        return envelopes
    try:
        result: tuple[str | None, ...] = await runtime.in_thread(opened)
    except ErasedError:
        return None
    return result


async def erase_caller(runtime: Runtime, key: str, reason: str, actor: Actor, sent: str | None) -> Receipt:
    """The caller's key goes first: a record of an erasure that did not happen would be a lie, the other way round is told
    by the next try."""
    if await runtime.state(ticket, key) is None:
        raise unknown_ticket()
    await runtime.in_thread(runtime.vault.erase, f"caller:{key}")
    return await runtime.execute(ticket, key, asked.EraseCaller(reason=reason), actor, idempotency_key=sent)


def unknown_ticket() -> Refused:
    """There is no such ticket."""
    return Refused("hotline.ticket-unknown", "没有这张工单，请核对工单编号。", because=Because.NOT_FOUND)
