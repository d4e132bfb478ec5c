"""Tickets about applications: that they are, and how far; what they say stays in hotline."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Column, DateTime
from sqlmodel import Field, SQLModel

from shared.contracts import hotline
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel

STATUS: dict[type[object], str] = {
    hotline.TicketDispatched: "dispatched",
    hotline.TicketReturned: "received",
    hotline.TicketSetApart: "apart",
    hotline.InformationAsked: "asked",
    hotline.InformationGiven: "dispatched",
    hotline.TicketAnswered: "answered",
    hotline.TicketReopened: "dispatched",
    hotline.TicketClosed: "closed",
    hotline.TicketWithdrawn: "withdrawn",
    hotline.TicketMerged: "merged",
}


class AboutTicketRow(SQLModel, table=True):
    """A ticket that names an application."""

    __tablename__ = "application_about_tickets"

    ticket: str = Field(primary_key=True)
    application: str = Field(index=True)
    number: str
    status: str
    received_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class AboutTickets(RowModel[AboutTicketRow]):
    """Fed by hotline's stream."""

    name = "about-tickets"
    sources: ClassVar[tuple[str, ...]] = ("hotline",)
    table = AboutTicketRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (AboutTicketRow,)

    def key(self, happened: Happened) -> str | None:
        """The ticket's."""
        event = happened.event
        known = isinstance(event, hotline.TicketAboutApplication) or type(event) in STATUS
        return str(getattr(event, "ticket_id", "")) or None if known else None

    def evolve(self, row: AboutTicketRow | None, happened: Happened) -> AboutTicketRow | None:
        """The row after the event; most tickets are about no application, and have none."""
        event = happened.event
        if isinstance(event, hotline.TicketAboutApplication):
            named = {"ticket": event.ticket_id, "application": event.application, "number": event.number}
            return AboutTicketRow(**named, status="received", received_at=happened.at)
        if row is not None:
            row.status = STATUS[type(event)]
        return row
