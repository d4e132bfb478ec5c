"""What the events of a ticket amount to."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from services.hotline.classification.suggestion import Urgency
from services.hotline.events import handling as on
from services.hotline.events import ticket as core
from services.hotline.events.rules import Terms
from shared.calendar import LimitClock
from shared.contracts.hotline import Nature
from shared.eventstore.decider import State
from shared.eventstore.events import Event

Phase = Literal["received", "apart", "dispatched", "asked", "answered", "closed", "withdrawn", "merged"]


class TicketState(State):
    """A ticket: what it is, who has it, by when, what was said, and what was tried once already."""

    state_version: int = 2

    received: core.TicketReceived
    nature: Nature
    phase: Phase = "received"
    urgency: Urgency = "normal"
    subject: str | None = None
    apart_by_model: bool = False
    handle_by: LimitClock | None = None
    unhandled: bool = False
    department: str | None = None
    co_handlers: tuple[str, ...] = ()
    reviewed: bool = False
    terms: Terms = Terms()
    clock: core.AnswerClock | None = None
    supervise_at: datetime | None = None
    signed: bool = False
    wait_until: datetime | None = None
    rounds: int = 0
    extension: Literal["asked", "granted", "refused"] | None = None
    extension_asked: int = 0
    proposed: on.ReplyProposed | None = None
    answered: core.TicketAnswered | None = None
    due_soon: bool = False
    overdue: bool = False
    supervised: bool = False
    revisited: bool = False
    reopened: bool = False  # what is worked on now was answered before
    merged_into: str | None = None
    joined: tuple[str, ...] = ()
    published: bool = False
    erased: bool = False

    @property
    def ended(self) -> bool:
        """True when nothing can be done with it but to reopen it."""
        return self.phase in ("answered", "closed", "withdrawn", "merged")


def evolve(state: TicketState | None, event: Event) -> TicketState:
    """The ticket after an event."""
    if isinstance(event, core.TicketReceived):
        return TicketState(received=event, nature=event.nature, handle_by=event.handle_by)
    assert state is not None  # noqa: S101 - nothing happens to a ticket before it is received
    return state.model_copy(update=_changes(state, event))


def _changes(state: TicketState, event: Event) -> dict[str, Any]:
    match event:
        case core.TicketDispatched():
            return _dispatched(event)
        case core.TicketAnswered():
            return _answered(event)
        case on.TicketReopened():
            again: dict[str, Any] = {"phase": "dispatched", "clock": event.clock, "supervise_at": event.supervise_at}
            fresh = {
                "terms": event.terms,
                "reopened": True,
                "answered": None,
                "joined": (),
                "department": event.department,
            }
            once = {"revisited": state.revisited or event.why == "revisit"}
            return again | fresh | once | _new_limit()
        case core.TicketDeadlineRecomputed() | on.ExtensionGranted() | on.InformationGiven():
            return _timed(event)
        case on.InformationAsked():
            stopped = {"phase": "asked", "clock": event.clock, "wait_until": event.wait_until}
            return stopped | {"rounds": state.rounds + 1}
        case on.TicketClassified():
            return {"nature": event.nature, "subject": event.subject, "urgency": event.urgency}
        case on.TicketReturned():
            back = {"phase": "received", "department": None, "clock": None, "signed": False, "co_handlers": ()}
            return back | {"handle_by": event.handle_by, "unhandled": False, "proposed": None} | _new_limit()
    return _small_changes(state, event)


def _small_changes(state: TicketState, event: Event) -> dict[str, Any]:
    match event:
        case on.TicketSetApart():
            return {"phase": "apart", "apart_by_model": event.by_model is not None}
        case on.TicketTakenBack():
            return {"phase": "received", "apart_by_model": False, "handle_by": event.handle_by, "unhandled": False}
        case on.TicketSigned():
            return {"signed": True}
        case on.ExtensionAsked():
            return {"extension": "asked", "extension_asked": event.amount}
        case on.ExtensionRefused():
            return {"extension": "refused"}
        case on.ReplyProposed():
            return {"proposed": event}
        case on.ReplyReturned():
            return {"proposed": None}
        case on.TicketMerged():
            return {"phase": "merged", "merged_into": event.into}
        case on.TicketJoined():
            return {"joined": (*state.joined, event.joined)}
    return _said_once(event)


def _said_once(event: Event) -> dict[str, Any]:
    """What is only remembered, so that it is not said twice."""
    match event:
        case core.TicketDueSoon():
            return {"due_soon": True}
        case core.TicketOverdue():
            return {"overdue": True}
        case core.TicketSupervised():
            return {"supervised": True}
        case core.TicketUnhandled():
            return {"unhandled": True}
        case on.TicketClosed():
            return {"phase": "closed"}
        case on.TicketWithdrawn():
            return {"phase": "withdrawn"}
        case on.AnswerPublished():
            return {"published": True}
        case on.AnswerUnpublished():
            return {"published": False}
        case on.CallerErased():
            return {"erased": True}
    return {}


def _dispatched(event: core.TicketDispatched) -> dict[str, Any]:
    whose = {"department": event.department, "co_handlers": event.co_handlers, "urgency": event.urgency}
    limit = {"clock": event.clock, "supervise_at": event.supervise_at, "terms": event.terms, "reviewed": event.reviewed}
    return {"phase": "dispatched", "nature": event.nature} | whose | limit | _new_limit()


def _answered(event: core.TicketAnswered) -> dict[str, Any]:
    changes: dict[str, Any] = {"phase": "answered", "answered": event, "proposed": None, "extension": None}
    return changes | ({"department": event.department} if event.department else {})


def _timed(event: core.TimedTicket) -> dict[str, Any]:
    changes: dict[str, Any] = {"clock": event.clock, "supervise_at": event.supervise_at}
    if isinstance(event, on.InformationGiven):
        changes |= {"phase": "dispatched", "wait_until": None}
    if isinstance(event, on.ExtensionGranted):
        changes |= {"extension": "granted", "due_soon": False, "overdue": False, "supervised": False}
    return changes


def _new_limit() -> dict[str, Any]:
    """What is forgotten when a limit begins anew."""
    return {"due_soon": False, "overdue": False, "supervised": False, "extension": None, "rounds": 0, "proposed": None}


def about(state: TicketState) -> dict[str, Any]:
    """What every event tells about its ticket."""
    of = state.received
    return {
        "source": of.source,
        "number": of.number,
        "title": of.title,
        "nature": state.nature,
        "enterprise": of.enterprise,
    }
