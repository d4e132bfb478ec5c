"""Taking a ticket in, once, with or without the answer it brings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from services.hotline.decider.rights import DESK, not_yours
from services.hotline.decider.ticket import History, ReceiveTicket, TicketState, about
from services.hotline.events import TicketAnswered, TicketReceived
from shared.calendar import LimitClock, civil_date
from shared.eventstore.decider import Because, Context, FieldError, Refused
from shared.eventstore.events import Event

CLOCKS_DIFFER = timedelta(minutes=10)  # how far the source's clock may be ahead of the platform's


def receive(state: TicketState | None, command: ReceiveTicket, context: Context) -> Sequence[Event]:
    """The same ticket twice is one; the same number with another content is refused, naming what differs."""
    if not context.actor.has(*DESK):
        not_yours("接收工单由城运中心（12345热线）办理，请联系12345热线。")
    if state is not None:
        differing = _differences(state, command)
        if not differing:
            return []
        raise Refused(
            "hotline.ticket-differs",
            f"来源 {command.source} 的工单 {command.number} 已接收过，但内容不同，请核对是否编号重复；已接收的内容未改动。",
            differing,
        )
    errors = _errors_in_time(command, context)
    if errors:
        title = f"工单有{len(errors)}处需要改正，请改正后重新提交。"
        raise Refused("hotline.invalid-ticket", title, errors, Because.INVALID)
    sealed = {"caller_name": command.caller_name, "caller_phone": command.caller_phone}
    received = TicketReceived(**command.model_dump(exclude={"history"}), **sealed)
    return [received, _historic(received, command.history, context)] if command.history else [received]


def _differences(state: TicketState, command: ReceiveTicket) -> list[FieldError]:
    # Sealed fields differ at every sealing; they say nothing about the content.
    received = state.received
    compared = [f for f in TicketReceived.model_fields if f not in ("caller_name", "caller_phone")]
    differing = [f for f in compared if getattr(received, f) != getattr(command, f)]
    known = state.answered if state.answered and state.answered.historic else None
    sent = command.history
    # A source that sends a ticket again without its answer says nothing about the answer.
    if sent and (known is None or _reply(known) != (sent.text, sent.replied_at, sent.department, sent.unit)):
        differing.append("reply")
    return [FieldError(field=f, code="differs", message="与已接收的工单不同，请核对。") for f in differing]


def _reply(known: TicketAnswered) -> tuple[object, ...]:
    return known.text, known.answered_at, known.department, known.unit


def _errors_in_time(command: ReceiveTicket, context: Context) -> list[FieldError]:
    latest = context.now + CLOCKS_DIFFER
    errors = []
    if command.received_at > latest:
        errors.append(
            FieldError(field="received_at", code="future", message="接收时间不能晚于现在，请核对时间与时区。")
        )
    sent = command.history
    if sent and sent.replied_at > latest:
        errors.append(FieldError(field="replied_at", code="future", message="答复时间不能晚于现在，请核对时间与时区。"))
    # By the day: many sources give the day only.
    if sent and civil_date(sent.replied_at) < civil_date(command.received_at):
        errors.append(
            FieldError(field="replied_at", code="before-received", message="答复日期不能早于接收日期，请核对。")
        )
    return errors


def _historic(received: TicketReceived, sent: History, context: Context) -> TicketAnswered:
    replied_on = civil_date(sent.replied_at)
    clock = LimitClock.start(context.calendar, sent.limit_days, civil_date(received.received_at))
    return TicketAnswered(
        **about(received),
        department=sent.department,
        unit=sent.unit,
        text=sent.text,
        answered_at=sent.replied_at,
        answered_on=replied_on,
        in_time=not clock.is_overdue(replied_on),
        historic=True,
    )
