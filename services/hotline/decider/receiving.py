"""Taking a ticket in, once, with or without the answer it brings; what is suggested and applied at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from services.hotline.classification.suggestion import Suggestion
from services.hotline.decider.commands import History, ReceiveTicket
from services.hotline.decider.rights import require_desk
from services.hotline.decider.routing import dispatched
from services.hotline.decider.ticket import TicketState, evolve
from services.hotline.events.handling import TicketClassified, TicketSetApart
from services.hotline.events.rules import HandlingRules
from services.hotline.events.ticket import TicketAboutApplication, TicketAnswered, TicketReceived
from shared.calendar import LimitClock, civil_date
from shared.eventstore.decider import Because, Context, FieldError, Refused
from shared.eventstore.events import Event
from shared.security.actor import Role

CLOCKS_DIFFER = timedelta(minutes=10)  # how far the source's clock may be ahead of the platform's
_SEALED = ("caller_name", "caller_phone", "particulars")
_ABOUT = ("source", "number", "title", "nature", "enterprise")
# Not what the source sent, but what the platform made of it then.
_OWN = (*_SEALED, "handle_by", "suggestion")


def receive(state: TicketState | None, command: ReceiveTicket, context: Context) -> Sequence[Event]:
    """The same ticket twice is one; the same number with another content is refused, naming what differs.

    By the desk, or by the asker, whose own it is then.
    """
    if not (context.actor.has(Role.APPLICANT) and (command.asker or command.enterprise == context.actor.enterprise)):
        require_desk(context, "接收工单")
    if state is not None:
        differing = _differences(state, command)
        if not differing:
            return []
        raise Refused(
            "hotline.ticket-differs",
            f"来源 {command.source} 的工单 {command.number} 已接收过，但内容不同，请核对是否编号重复；已接收的内容未改动。",
            differing,
        )
    errors = [*_errors_in_time("received_at", command, context), *history_errors(command.history, command, context)]
    if errors:
        title = f"工单有{len(errors)}处需要改正，请改正后重新提交。"
        raise Refused("hotline.invalid-ticket", title, errors, Because.INVALID)
    received = _received(command, context)
    if command.history:
        return [received, told_answer(received, command.history, context)]
    taken = [received, *_about_application(received, command), *_suggested(received, command)]
    return [*taken, *_routed(taken, command, context)]


def _about_application(received: TicketReceived, command: ReceiveTicket) -> list[Event]:
    concerned = command.concerns
    if concerned is None:
        return []
    told = concerned.model_dump(exclude={"department"})
    return [TicketAboutApplication(**_about(received), **told, of_department=concerned.department)]


def _routed(taken: Sequence[Event], command: ReceiveTicket, context: Context) -> Sequence[Event]:
    """What is asked of an application goes to its department at once; a complaint stays with the desk and the data bureau,
    so that nobody is judge in their own matter, and so does what the rules set no limit for."""
    concerned = command.concerns
    if concerned is None or command.nature == "complaint":
        return []
    state: TicketState | None = None
    for event in taken:
        state = evolve(state, event)
    limit = command.rules.limit(command.nature, state.urgency) if state and state.phase == "received" else None
    if state is None or limit is None:
        return []
    return [dispatched(state, concerned.department, (), state.urgency, limit, command.rules, context)]


def told_answer(received: TicketReceived, sent: History, context: Context) -> TicketAnswered:
    """The answer as the source tells of it."""
    replied_on = civil_date(sent.replied_at)
    clock = LimitClock.start(context.calendar, sent.limit_days, civil_date(received.received_at))
    return TicketAnswered(
        **_about(received),
        department=sent.department,
        unit=sent.unit,
        text=sent.text,
        answered_at=sent.replied_at,
        answered_on=replied_on,
        in_time=not clock.is_overdue(replied_on),
        historic=True,
        put_right=None,
        lead=None,
        joined=(),
        close_at=None,
    )


def _received(command: ReceiveTicket, context: Context) -> TicketReceived:
    fields = command.model_dump(exclude={"history", "rules", "suggestion", "concerns"})
    days = command.rules.desk_within
    handle_by = None if command.history else LimitClock.start(context.calendar, days, context.today)
    return TicketReceived(
        **fields,
        **{name: getattr(command, name) for name in _SEALED},
        handle_by=handle_by,
        suggestion=command.suggestion,
    )


def _suggested(received: TicketReceived, command: ReceiveTicket) -> list[Event]:
    """What follows from the suggestion by itself: never below the confidence that the rules ask for."""
    suggestion = command.suggestion
    if suggestion is None:
        return []
    matter = suggestion.enterprise_matter
    unknown = received.enterprise is None and received.asker is None and received.item is None
    if unknown and matter and matter.value == "no" and matter.confidence >= command.rules.confidence_else:
        reason = "内容不像企业诉求" + (f"（依据：{'、'.join(matter.grounds[:5])}）" if matter.grounds else "") + "。"
        return [TicketSetApart(**_about(received), reason=reason, by_model=suggestion.model)]
    applied = _applied(suggestion, command.rules)
    if not applied:
        return []
    told = {"subject": None, "urgency": "normal", "department": None} | applied
    before = {"by_model": suggestion.model, "disagrees": (), "nature_before": received.nature}
    return [TicketClassified(**_about(received), **told, **before)]


def _applied(suggestion: Suggestion, rules: HandlingRules) -> dict[str, Any]:
    threshold = rules.applies(suggestion.department.value if suggestion.department else None)
    guesses = {"subject": suggestion.subject, "urgency": suggestion.urgency, "department": suggestion.department}
    sure = {name: guess.value for name, guess in guesses.items() if guess and guess.confidence >= threshold}
    # An ordinary ticket needs no word that it is one.
    return {} if sure == {"urgency": "normal"} else sure


def _about(received: TicketReceived) -> dict[str, Any]:
    return {name: getattr(received, name) for name in _ABOUT}


def _differences(state: TicketState, command: ReceiveTicket) -> list[FieldError]:
    # Sealed fields differ at every sealing; they say nothing about the content.
    received = state.received
    compared = [f for f in TicketReceived.model_fields if f not in _OWN]
    differing = [f for f in compared if getattr(received, f) != getattr(command, f)]
    known = state.answered if state.answered and state.answered.historic else None
    sent = command.history
    # A source that sends a ticket again without its answer says nothing about the answer.
    if sent and (known is None or _reply(known) != (sent.text, sent.replied_at, sent.department, sent.unit)):
        differing.append("reply")
    return [FieldError(field=f, code="differs", message="与已接收的工单不同，请核对。") for f in differing]


def _reply(known: TicketAnswered) -> tuple[object, ...]:
    return known.text, known.answered_at, known.department, known.unit


def _errors_in_time(field: str, command: ReceiveTicket, context: Context) -> list[FieldError]:
    if command.received_at <= context.now + CLOCKS_DIFFER:
        return []
    return [FieldError(field=field, code="future", message="接收时间不能晚于现在，请核对时间与时区。")]


def history_errors(
    sent: History | None, received: ReceiveTicket | TicketReceived, context: Context
) -> list[FieldError]:
    """What is wrong with the time of an answer that the source tells of."""
    errors = []
    if sent and sent.replied_at > context.now + CLOCKS_DIFFER:
        errors.append(FieldError(field="replied_at", code="future", message="答复时间不能晚于现在，请核对时间与时区。"))
    # By the day: many sources give the day only.
    if sent and civil_date(sent.replied_at) < civil_date(received.received_at):
        message = "答复日期不能早于接收日期，请核对。"
        errors.append(FieldError(field="replied_at", code="before-received", message=message))
    return errors
