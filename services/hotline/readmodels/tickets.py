"""The tickets, one row each."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Index
from sqlmodel import Field, SQLModel

from services.hotline.events import (
    TicketAnswered,
    TicketDeadlineRecomputed,
    TicketDispatched,
    TicketOverdue,
    TicketReceived,
)
from shared.calendar import LimitClock
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel


class TicketRow(SQLModel, table=True):
    """A ticket. The caller's fields are sealed envelopes: doors open and mask them, and never show them as they are."""

    __tablename__ = "hotline_tickets"
    __table_args__ = (
        Index("hotline_tickets_newest", "received_at", "key"),
        Index("hotline_tickets_of_department", "department", "received_at", "key"),
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
    suggested_department: str | None = None
    caller_name: str | None = None
    caller_phone: str | None = None
    status: str = "received"
    department: str | None = None
    # The limit as it stands, a LimitClock; the next two are taken from it, to filter and sort by.
    clock: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    due_on: date | None = Field(default=None, index=True)
    provisional: bool = False
    overdue: bool = False  # the limit has passed without an answer; stays true when the answer comes
    answer: str | None = None
    answered_by_unit: str | None = None
    answered_on: date | None = None
    in_time: bool | None = None


class Tickets(RowModel[TicketRow]):
    """Fed by hotline's own log."""

    name = "tickets"
    table = TicketRow
    tables = (TicketRow,)

    def key(self, happened: Happened) -> str | None:
        return _key(happened) if happened.aggregate_id.startswith("ticket-") else None

    def evolve(self, row: TicketRow | None, happened: Happened) -> TicketRow | None:
        event = happened.event
        if isinstance(event, TicketReceived):
            return TicketRow(key=_key(happened), **event.model_dump())
        assert row is not None  # noqa: S101 - nothing happens to a ticket before it is received
        match event:
            case TicketDispatched():
                return _with(row, status="dispatched", department=event.department, **_clock(event.clock))
            case TicketAnswered():
                return _with(
                    row,
                    status="answered",
                    department=event.department,
                    answer=event.text,
                    answered_by_unit=event.unit,
                    answered_on=event.answered_on,
                    in_time=event.in_time,
                )
            case TicketOverdue():
                return _with(row, overdue=True)
            case TicketDeadlineRecomputed():
                return _with(row, **_clock(event.clock))
        return row


def _key(happened: Happened) -> str:
    return happened.aggregate_id.partition("-")[2]


def _clock(clock: LimitClock) -> dict[str, Any]:
    return {"clock": clock.model_dump(mode="json"), "due_on": clock.due.day, "provisional": clock.due.provisional}


def _with(row: TicketRow, **changes: Any) -> TicketRow:
    return TicketRow(**{**row.model_dump(), **changes})
