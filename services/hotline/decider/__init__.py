"""What hotline decides about a ticket; pure."""

from __future__ import annotations

from collections.abc import Sequence

from services.hotline.decider.handling import answer, answer_at_once, dispatch, raise_overdue, recompute
from services.hotline.decider.receiving import receive
from services.hotline.decider.ticket import (
    AnswerAtOnce,
    AnswerTicket,
    DispatchTicket,
    RaiseTicketOverdue,
    ReceiveTicket,
    RecomputeTicketDeadline,
    TicketCommand,
    TicketState,
    evolve,
)
from shared.eventstore.decider import Because, Context, Decider, Refused
from shared.eventstore.events import Event

__all__ = [
    "AnswerAtOnce",
    "AnswerTicket",
    "DispatchTicket",
    "RaiseTicketOverdue",
    "ReceiveTicket",
    "RecomputeTicketDeadline",
    "TicketCommand",
    "TicketState",
    "decide",
    "evolve",
    "ticket",
]


def decide(state: TicketState | None, command: TicketCommand, context: Context) -> Sequence[Event]:
    """A ticket is received once, dispatched at most once, answered once, overdue at most once."""
    if isinstance(command, ReceiveTicket):
        return receive(state, command, context)
    if state is None:
        raise Refused("hotline.ticket-unknown", "没有这张工单，请核对工单编号。", because=Because.NOT_FOUND)
    match command:
        case DispatchTicket():
            return dispatch(state, command, context)
        case AnswerAtOnce():
            return answer_at_once(state, command, context)
        case AnswerTicket():
            return answer(state, command, context)
        case RaiseTicketOverdue():
            return raise_overdue(state, context)
        case RecomputeTicketDeadline():
            return recompute(state, context)


ticket = Decider("ticket", TicketState, decide, evolve)
