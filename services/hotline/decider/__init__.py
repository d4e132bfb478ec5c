"""What hotline decides about a ticket; pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from services.hotline.decider import commands as asked
from services.hotline.decider import ending, handling, receiving, routing, watching
from services.hotline.decider.commands import (
    AnswerAtOnce,
    AnswerTicket,
    DispatchTicket,
    RaiseTicket,
    ReceiveTicket,
    RecomputeTicketDeadline,
    TicketCommand,
)
from services.hotline.decider.ticket import TicketState, evolve
from shared.eventstore.decider import Because, Context, Decider, Refused
from shared.eventstore.events import Event

__all__ = [
    "AnswerAtOnce",
    "AnswerTicket",
    "DispatchTicket",
    "RaiseTicket",
    "ReceiveTicket",
    "RecomputeTicketDeadline",
    "TicketCommand",
    "TicketState",
    "decide",
    "evolve",
    "ticket",
]

_DECISIONS: dict[type[Any], Callable[[TicketState, Any, Context], Sequence[Event]]] = {
    asked.ClassifyTicket: routing.classify,
    asked.SetTicketApart: routing.set_apart,
    asked.TakeTicketBack: routing.take_back,
    asked.DispatchTicket: routing.dispatch,
    asked.SignTicket: routing.sign,
    asked.ReturnTicket: routing.give_back,
    asked.ReportToHandler: routing.report,
    asked.AskInformation: handling.ask_information,
    asked.GiveInformation: handling.give_information,
    asked.AskExtension: handling.ask_extension,
    asked.DecideExtension: handling.decide_extension,
    asked.AnswerAtOnce: handling.answer_at_once,
    asked.AnswerTicket: handling.answer,
    asked.ReviewReply: handling.review,
    asked.AnswerJoined: handling.answer_joined,
    asked.CloseTicket: ending.close,
    asked.ReopenTicket: ending.reopen,
    asked.RevisitTicket: ending.revisit,
    asked.WithdrawTicket: ending.withdraw,
    asked.MergeTicket: ending.merge,
    asked.JoinTicket: ending.join,
    asked.SettleMerge: ending.settle_merge,
    asked.RecordJoinedAnswered: ending.record_joined,
    asked.HearAnswer: ending.hear_answer,
    asked.PublishAnswer: ending.publish,
    asked.UnpublishAnswer: ending.unpublish,
    asked.ShowCaller: ending.show_caller,
    asked.EraseCaller: ending.erase_caller,
    asked.UrgeTicket: watching.urge,
    asked.SuperviseTicket: watching.supervise,
    asked.RaiseTicket: watching.watch,
}


def decide(state: TicketState | None, command: TicketCommand, context: Context) -> Sequence[Event]:
    """A ticket is received once; one department has it at a time; everything time makes of it is said once."""
    if isinstance(command, ReceiveTicket):
        return receiving.receive(state, command, context)
    if state is None:
        raise Refused("hotline.ticket-unknown", "没有这张工单，请核对工单编号。", because=Because.NOT_FOUND)
    if isinstance(command, RecomputeTicketDeadline):
        return watching.recompute(state, context)
    return _DECISIONS[type(command)](state, command, context)


ticket = Decider("ticket", TicketState, decide, evolve)
