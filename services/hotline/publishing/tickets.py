"""What others hear of tickets: to the department that handles them. Content, answers and callers stay in hotline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.hotline import events
from services.hotline.decider.clocks import due_at, due_on, provisional
from services.hotline.events.ticket import AnswerClock
from shared.calendar import HoursClock
from shared.contracts import hotline as published
from shared.contracts.base import Outgoing, Published
from shared.eventstore.events import Recorded

_ABOUT = ("source", "number", "title", "nature", "enterprise")


def publish(recorded: Recorded) -> Outgoing | None:
    """What is told of an event; suggestions, proposals and looks at callers are nobody else's business."""
    event: Any = recorded.event
    told = _TOLD.get(type(event))
    if told is None:
        return None
    contract, more = told
    ticket = {"ticket_id": recorded.originator_id.partition("-")[2]} | {name: getattr(event, name) for name in _ABOUT}
    department = getattr(event, "department", None)
    fields = {"department": department} if "department" in contract.model_fields else {}
    return Outgoing(contract(**ticket, **fields, **more(event)), department)


def _dispatched(event: events.TicketDispatched) -> dict[str, Any]:
    fields = {"urgency": event.urgency, "co_handlers": event.co_handlers}
    return fields | _due(event.clock) | {"provisional": provisional(event.clock)} | _limit(event.clock)


def _limit(clock: AnswerClock) -> dict[str, Any]:
    if isinstance(clock, HoursClock):
        return {"limit_days": 0, "limit_hours": clock.limit_hours, "answer_due_at": due_at(clock)}
    return {"limit_days": clock.limit_days}


def _due(clock: AnswerClock) -> dict[str, Any]:
    return {"answer_due_on": due_on(clock)}


def _recomputed(event: events.TicketDeadlineRecomputed) -> dict[str, Any]:
    clock = {"provisional": provisional(event.clock)} | _due(event.clock)
    return clock | _same("previous_due_on", "notice")(event)


def _same(*names: str) -> Callable[[Any], dict[str, Any]]:
    return lambda event: {name: getattr(event, name) for name in names}


def _of_clock(**more: Callable[[Any], Any]) -> Callable[[Any], dict[str, Any]]:
    return lambda event: _due(event.clock) | {name: value(event) for name, value in more.items()}


_TOLD: dict[type[Any], tuple[type[Published], Callable[[Any], dict[str, Any]]]] = {
    events.TicketReceived: (published.TicketReceived, _same("channel", "received_at", "town", "item")),
    events.TicketAboutApplication: (published.TicketAboutApplication, _same("application", "item", "of_department")),
    events.TicketClassified: (published.TicketClassified, _same("subject", "urgency")),
    events.TicketSetApart: (published.TicketSetApart, _same("reason", "by_model")),
    events.TicketUnhandled: (published.TicketUnhandled, _same("handle_by")),
    events.TicketDispatched: (published.TicketDispatched, _dispatched),
    events.TicketReturned: (published.TicketReturned, _same("better")),
    events.InformationAsked: (published.InformationAsked, _same("wait_until")),
    events.InformationGiven: (published.InformationGiven, _of_clock(given=lambda event: event.text is not None)),
    events.TicketSupplemented: (published.TicketSupplemented, _same()),
    events.ExtensionAsked: (published.ExtensionAsked, _same("amount")),
    events.ExtensionGranted: (published.ExtensionDecided, _of_clock(granted=lambda _event: True)),
    events.ExtensionRefused: (published.ExtensionDecided, lambda _event: {"granted": False}),
    events.TicketAnswered: (
        published.TicketAnswered,
        lambda event: _same("answered_on", "in_time")(event) | {"put_right": event.put_right is not None},
    ),
    events.TicketDueSoon: (published.TicketDueSoon, _same("due_at")),
    events.TicketOverdue: (published.TicketOverdue, _same("due_on", "limit_days")),
    events.TicketSupervised: (published.TicketSupervised, _same("reason")),
    events.TicketUrged: (published.TicketUrged, _same("text")),
    events.TicketReopened: (published.TicketReopened, _of_clock(why=lambda event: event.why)),
    events.TicketClosed: (published.TicketClosed, _same()),
    events.TicketWithdrawn: (published.TicketWithdrawn, _same()),
    events.TicketMerged: (published.TicketMerged, _same("into")),
    events.TicketDeadlineRecomputed: (published.TicketDeadlineRecomputed, _recomputed),
}
