"""Numbers and calls at a hall: look the hall up, decide, append."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date

from services.application.admission import Given
from services.application.decider.hall import HallState, hall
from services.application.decider.queue import (
    BeginServing,
    CallNext,
    EndServing,
    Place,
    QueueCommand,
    QueueState,
    Recall,
    TakeNumber,
    key_of,
    queue,
)
from services.application.decider.visit import BeginVisit, EndVisit, VisitState, visit
from services.application.events.counter import NumberTaken
from shared.calendar import civil_date
from shared.eventstore.decider import Because, FieldError, Refused
from shared.eventstore.ledger import Receipt
from shared.runtime.service import Runtime
from shared.security.actor import Actor


async def hall_of(runtime: Runtime, code: str) -> HallState:
    """The hall in force. Raises `Refused`."""
    state: HallState | None = await runtime.state(hall, code)
    if state is None:
        raise Refused("application.hall-unknown", "没有这个办事大厅，请核对大厅代码。", because=Because.NOT_FOUND)
    return state


def today(runtime: Runtime) -> date:
    """The civil date by the platform's clock."""
    return civil_date(runtime.clock.now())


async def queue_of(runtime: Runtime, code: str, day: date | None = None) -> QueueState | None:
    """The queue of a hall's day, from the record; None while nobody has taken a number."""
    state: QueueState | None = await runtime.state(queue, key_of(code, day or today(runtime)))
    return state


async def take_number(
    runtime: Runtime, code: str, service: str, actor: Actor, sent: str | None
) -> tuple[Receipt, str, Place, int]:
    """A number for a service; how many wait before it. Raises `Refused`."""
    known = await hall_of(runtime, code)
    wanted = next((each for each in known.services if each.service == service), None)
    if wanted is None:
        offered = "、".join(f"{each.title}（{each.service}）" for each in known.services)
        error = FieldError(field="service", code="unknown", message=f"该大厅的窗口服务有：{offered}。")
        raise Refused("application.service-unknown", "没有这项窗口服务，请重新选择。", [error], Because.INVALID)
    day = today(runtime)
    command = TakeNumber(
        hall=code,
        day=day,
        service=service,
        letter=wanted.letter,
        service_title=wanted.title,
        hall_name=known.name,
        department=known.department,
    )
    receipt = await runtime.execute(queue, key_of(code, day), command, actor, idempotency_key=sent)
    number = await _taken(runtime, receipt, actor, service)
    state: QueueState = await runtime.state(queue, key_of(code, day))
    waiting = state.waiting([service])
    return receipt, number, state.places[number], waiting.index(number) if number in waiting else 0


async def _taken(runtime: Runtime, receipt: Receipt, actor: Actor, service: str) -> str:
    """What was taken now, under the same key before, or what is held already."""
    for recorded in receipt.events:
        if isinstance(recorded.event, NumberTaken):
            return recorded.event.number
    if receipt.repeated:
        history = await runtime.aggregates.history(receipt.aggregate_id)
        before = [each.event for each in history if each.originator_version <= receipt.version]
        return next(event.number for event in reversed(before) if isinstance(event, NumberTaken))
    state: QueueState = await runtime.state(queue, receipt.aggregate_id.partition("-")[2])
    return state.own(actor.subject, service) or ""


async def call(
    runtime: Runtime, code: str, command: CallNext | Recall, actor: Actor, sent: str | None
) -> tuple[Receipt, str]:
    """Calls, to one of the hall's counters; the number that the clerk has now. Raises `Refused`."""
    known = await hall_of(runtime, code)
    errors: list[FieldError] = []
    if command.counter not in known.counters:
        message = f"该大厅的窗口有：{'、'.join(known.counters)}。"
        errors.append(FieldError(field="counter", code="unknown", message=message))
    if isinstance(command, CallNext):
        offered = {each.service for each in known.services}
        errors += (
            FieldError(field="services", code="unknown", message=f"该大厅没有窗口服务“{each}”，请重新选择。")
            for each in command.services
            if each not in offered
        )
    if errors:
        title = f"叫号有{len(errors)}处需要改正，请改正后重新叫号。"
        raise Refused("application.call-invalid", title, errors, Because.INVALID)
    key = key_of(code, today(runtime))
    receipt = await runtime.execute(queue, key, command, actor, idempotency_key=sent)
    state: QueueState = await runtime.state(queue, key)
    return receipt, (state.held_by(actor.subject) or "")


async def step(runtime: Runtime, code: str, command: QueueCommand, actor: Actor) -> Receipt:
    """One step of a number of today. Raises `Refused`."""
    return await runtime.execute(queue, key_of(code, today(runtime)), command, actor)


def visit_key(runtime: Runtime, code: str, day: date, number: str) -> str:
    """The same for the same number, and nobody guesses it: whoever knows it may rate the visit."""
    text = f"counter visit\0{code}\0{day}\0{number}"
    secret = runtime.settings.require_secret().encode()
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()[:24].upper()


async def serve(runtime: Runtime, code: str, number: str, actor: Actor) -> tuple[Receipt, str]:
    """Begins to serve, and the visit with it, or neither; done twice it is the same visit. Raises `Refused`."""
    known, day = await hall_of(runtime, code), today(runtime)
    state = await queue_of(runtime, code, day)
    key = visit_key(runtime, code, day, number)
    place = state.places.get(number) if state else None
    title = next((each.title for each in known.services if place and each.service == place.service), "窗口服务")
    begun = BeginVisit(
        visit=key,
        hall=code,
        hall_name=known.name,
        department=state.department if state else known.department,
        number=number,
        service_title=title,
        day=day,
    )
    serving = (queue, key_of(code, day), BeginServing(number=number, visit=key))
    receipts = await runtime.execute_together([serving, (visit, key, begun)], actor)
    return receipts[0], key


async def end_visit(runtime: Runtime, key: str, actor: Actor) -> Receipt:
    """Ends a visit, and its number's turn with it. Raises `Refused`."""
    state: VisitState | None = await runtime.state(visit, key)
    if state is None:
        raise Refused("application.visit-unknown", "没有这次窗口办理，请核对编号。", because=Because.NOT_FOUND)
    begun = state.begun
    ended: list[Given] = [(visit, key, EndVisit())]
    if begun.day == today(runtime):  # else the platform has closed the queue, or is about to
        ended.append((queue, key_of(begun.hall, begun.day), EndServing(number=begun.number)))
    return (await runtime.execute_together(ended, actor))[0]
