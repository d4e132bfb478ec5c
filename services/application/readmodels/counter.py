"""Halls, and visits at their counters."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Column, DateTime
from sqlmodel import Field, SQLModel

from services.application.events import counter as events
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel, empty_list


class HallRow(SQLModel, table=True):
    """A hall as it is laid down."""

    __tablename__ = "application_halls"

    hall: str = Field(primary_key=True)
    name: str
    department: str
    counters: list[str] = Field(default_factory=empty_list, sa_column=Column(JSON, nullable=False))
    services: list[dict[str, Any]] = Field(default_factory=empty_list, sa_column=Column(JSON, nullable=False))


class Halls(RowModel[HallRow]):
    """Fed by application's own log."""

    name = "halls"
    table = HallRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (HallRow,)

    def key(self, happened: Happened) -> str | None:
        """The hall's."""
        return happened.event.hall if isinstance(happened.event, events.HallSet) else None

    def evolve(self, _row: HallRow | None, happened: Happened) -> HallRow | None:
        """As it was set last."""
        event = happened.event
        assert isinstance(event, events.HallSet)  # noqa: S101 - `key` has asked
        return HallRow(**event.model_dump(mode="json", exclude={"by"}))


class VisitRow(SQLModel, table=True):
    """A visit; of the visitor only whom they stand for, and the last characters of what identifies them.

    `consent`: what holds now; `used`: what was done in it.
    """

    __tablename__ = "application_visits"

    visit: str = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger, index=True)
    hall: str
    hall_name: str
    department: str = Field(index=True)
    number: str
    service_title: str
    day: date
    clerk: str = Field(index=True)
    begun_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    enterprise: str | None = Field(default=None, index=True)
    capacity: str | None = None
    identity_end: str | None = None
    phone_end: str | None = None
    consent: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    withdrawn: str | None = None
    used: list[dict[str, Any]] = Field(default_factory=empty_list, sa_column=Column(JSON, nullable=False))
    ended_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    why: str | None = None


class Visits(RowModel[VisitRow]):
    """Fed by application's own log."""

    name = "counter-visits"
    table = VisitRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (VisitRow,)

    def key(self, happened: Happened) -> str | None:
        """The visit's."""
        return happened.event.visit if isinstance(happened.event, events.OfVisit) else None

    def evolve(self, row: VisitRow | None, happened: Happened) -> VisitRow | None:
        """The row after the event."""
        event = happened.event
        if isinstance(event, events.VisitBegun):
            return VisitRow(**event.model_dump(), position=happened.position, begun_at=happened.at)
        assert row is not None  # noqa: S101 - nothing happens to a visit before it begins
        return VisitRow(**(row.model_dump() | _changes(row, event, happened.at)))


def _changes(row: VisitRow, event: object, at: datetime) -> dict[str, Any]:
    match event:
        case events.VisitorRecorded():
            return event.model_dump(include={"enterprise", "capacity", "identity_end", "phone_end"})
        case events.ConsentGiven():
            said = event.model_dump(
                mode="json", include={"enterprise", "scope", "how", "text_version", "attachment", "clerk", "by"}
            )
            return {"consent": said | {"at": at.isoformat()}, "withdrawn": None}
        case events.ConsentWithdrawn(reason=reason):
            return {"consent": None, "withdrawn": reason}
        case events.VisitUsed(act=act, of=of):
            return {"used": [*row.used, {"act": act, "of": of, "at": at.isoformat()}]}
        case events.VisitEnded(why=why):
            return {"ended_at": at, "why": why}
    return {}
