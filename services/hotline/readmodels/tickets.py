"""The tickets, one row each."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Index
from sqlmodel import Field, SQLModel

from services.hotline.decider.clocks import due_at, due_on, provisional
from services.hotline.events import handling as on
from services.hotline.events import ticket as core
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel, empty_list

_TICKET = "ticket-"


def _instant(**more: Any) -> Any:
    return Field(default=None, sa_column=Column(DateTime(timezone=True), **more))


class TicketRow(SQLModel, table=True):
    """A ticket. The caller's fields are sealed envelopes: doors open and mask them, and never show them as they are."""

    __tablename__ = "hotline_tickets"
    __table_args__ = (
        Index("hotline_tickets_newest", "received_at", "key"),
        Index("hotline_tickets_of_department", "department", "received_at", "key"),
        Index("hotline_tickets_due", "status", "due_at"),
        Index("hotline_tickets_asker", "asker", "received_at"),
        Index("hotline_tickets_enterprise", "enterprise", "received_at"),
    )

    key: str = Field(primary_key=True)
    source: str = Field(index=True)
    number: str
    channel: str
    nature: str
    title: str
    content: str
    received_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    town: str | None = None
    enterprise: str | None = None
    asker: str | None = None
    item: str | None = Field(default=None, index=True)
    application: str | None = Field(default=None, index=True)
    suggested_department: str | None = None
    caller_name: str | None = None
    caller_phone: str | None = None
    particulars: str | None = None
    status: str = "received"
    urgency: str = "normal"
    subject: str | None = None
    # What rules or a model say of it, a Suggestion; and where a person saw it otherwise.
    suggestion: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    disagrees: list[str] = Field(default_factory=empty_list, sa_column=Column(JSON))
    classified: bool = False  # by a person
    apart_reason: str | None = None
    apart_by_model: bool = False
    handle_by: date | None = None
    unhandled: bool = False
    department: str | None = None
    co_handlers: list[str] = Field(default_factory=empty_list, sa_column=Column(JSON))
    signed: bool = False
    returned: int = 0
    # The limit as it stands, an AnswerClock; the next three are taken from it, to filter and sort by.
    clock: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    due_at: datetime | None = _instant()
    due_on: date | None = None
    provisional: bool = False
    extension: str | None = None
    due_soon: bool = False
    overdue: bool = False  # the limit has passed without an answer; stays true when the answer comes
    supervised: bool = False
    urged: int = 0
    proposed: str | None = None
    answer: str | None = None
    answered_by_unit: str | None = None
    answered_on: date | None = None
    in_time: bool | None = None
    put_right: str | None = None
    reopened: int = 0
    merged_into: str | None = Field(default=None, index=True)
    joined: int = 0
    published: bool = False
    closed_on: date | None = None


class Tickets(RowModel[TicketRow]):
    """Fed by hotline's own log."""

    name = "tickets"
    version = 3
    table = TicketRow
    tables = (TicketRow,)

    def key(self, happened: Happened) -> str | None:
        """The ticket's, for a ticket's events."""
        return ticket_of(happened)

    def evolve(self, row: TicketRow | None, happened: Happened) -> TicketRow | None:
        """The row after the event."""
        event = happened.event
        if isinstance(event, core.TicketReceived):
            fields = event.model_dump(exclude={"handle_by"})
            handle_by = event.handle_by.due.day if event.handle_by else None
            return TicketRow(key=ticket_of(happened) or "", handle_by=handle_by, **fields)
        assert row is not None  # noqa: S101 - nothing happens to a ticket before it is received
        changes = _routed(row, event) or _worked_on(row, event) or _late(row, event) or _ended(row, event, happened)
        return TicketRow(**{**row.model_dump(), **changes}) if changes else row


def ticket_of(happened: Happened) -> str | None:
    """The key of the ticket that an event of the own log is about; None for other aggregates."""
    kind, _, key = happened.aggregate_id.partition("-")
    return key if f"{kind}-" == _TICKET else None


def _routed(row: TicketRow, event: object) -> dict[str, Any]:
    match event:
        case core.TicketAboutApplication(application=number):
            return {"application": number}
        case on.TicketClassified():
            said = {"nature": event.nature, "subject": event.subject, "urgency": event.urgency}
            by_person = {"classified": True, "disagrees": list(event.disagrees)} if event.by_model is None else {}
            return said | by_person | {"suggested_department": event.department or row.suggested_department}
        case on.TicketSetApart():
            why = {"apart_reason": event.reason, "apart_by_model": event.by_model is not None}
            return {"status": "apart"} | why
        case on.TicketTakenBack():
            return {
                "status": "received",
                "apart_reason": None,
                "handle_by": event.handle_by.due.day,
                "unhandled": False,
            }
        case core.TicketDispatched():
            whose = {"department": event.department, "co_handlers": list(event.co_handlers), "urgency": event.urgency}
            fresh = {"signed": False, "extension": None, "due_soon": False, "overdue": False, "supervised": False}
            return {"status": "dispatched", "handle_by": None} | whose | fresh | _clock(event.clock)
        case on.TicketSigned():
            return {"signed": True}
        case on.TicketReturned():
            none: dict[str, Any] = {
                "department": None,
                "co_handlers": [],
                "clock": None,
                "due_at": None,
                "due_on": None,
            }
            back = {"status": "received", "handle_by": event.handle_by.due.day, "unhandled": False}
            better = {"suggested_department": event.better or row.suggested_department}
            return none | back | better | {"returned": row.returned + 1, "provisional": False, "proposed": None}
    return {}


def _worked_on(row: TicketRow, event: object) -> dict[str, Any]:
    match event:
        case on.InformationAsked(clock=clock):
            return {"status": "asked"} | _clock(clock)
        case on.InformationGiven(clock=clock):
            return {"status": "dispatched"} | _clock(clock)
        case on.ExtensionAsked():
            return {"extension": "asked"}
        case on.ExtensionGranted(clock=clock):
            again = {"due_soon": False, "overdue": False, "supervised": False}
            return {"extension": "granted"} | again | _clock(clock)
        case on.ExtensionRefused():
            return {"extension": "refused"}
        case core.TicketDeadlineRecomputed(clock=clock):
            return _clock(clock)
        case on.ReplyProposed(text=text):
            return {"proposed": text}
        case on.ReplyReturned():
            return {"proposed": None}
        case on.TicketJoined():
            return {"joined": row.joined + 1}
        case on.AnswerPublished():
            return {"published": True}
        case on.AnswerUnpublished():
            return {"published": False}
    return {}


def _late(row: TicketRow, event: object) -> dict[str, Any]:
    match event:
        case core.TicketDueSoon():
            return {"due_soon": True}
        case core.TicketOverdue():
            return {"overdue": True}
        case core.TicketSupervised():
            return {"supervised": True}
        case core.TicketUrged():
            return {"urged": row.urged + 1}
        case core.TicketUnhandled():
            return {"unhandled": True}
    return {}


def _ended(row: TicketRow, event: object, happened: Happened) -> dict[str, Any]:
    match event:
        case core.TicketAnswered():
            said = {"answer": event.text, "answered_by_unit": event.unit, "answered_on": event.answered_on}
            how = {"in_time": event.in_time, "put_right": event.put_right, "proposed": None, "handle_by": None}
            return {"status": "answered", "department": event.department or row.department} | said | how
        case on.TicketReopened():
            fresh = {"extension": None, "due_soon": False, "overdue": False, "supervised": False, "closed_on": None}
            again = {"status": "dispatched", "department": event.department, "reopened": row.reopened + 1}
            return again | fresh | _clock(event.clock)
        case on.TicketClosed():
            return {"status": "closed", "closed_on": happened.day, "handle_by": None}
        case on.TicketWithdrawn():
            return {"status": "withdrawn", "closed_on": happened.day, "handle_by": None}
        case on.TicketMerged():
            return {"status": "merged", "merged_into": event.into, "handle_by": None}
        case on.CallerErased():
            return {"caller_name": None, "caller_phone": None, "particulars": None}
    return {}


def _clock(clock: core.AnswerClock) -> dict[str, Any]:
    derived = {"due_at": due_at(clock), "due_on": due_on(clock), "provisional": provisional(clock)}
    return {"clock": clock.model_dump(mode="json")} | derived
