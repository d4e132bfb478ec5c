"""Announcements with their objections, and what was granted in the end, as everybody may read it."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Column
from sqlmodel import Field, SQLModel

from services.application.events import ResultConfirmed
from services.application.events import announcement as events
from services.application.events import grant as grants
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel, empty_list


class AnnouncementRow(SQLModel, table=True):
    """An announcement; `removed`: entries that do not stand."""

    __tablename__ = "application_announcements"

    key: str = Field(primary_key=True)
    item_code: str = Field(index=True)
    item_title: str
    department: str = Field(index=True)
    period: str
    status: str = Field(index=True)
    opened_on: date
    closes_on: date
    provisional: bool
    entries: list[dict[str, Any]] = Field(default_factory=empty_list, sa_column=Column(JSON, nullable=False))
    removed: list[str] = Field(default_factory=empty_list, sa_column=Column(JSON, nullable=False))
    objections: list[dict[str, Any]] = Field(default_factory=empty_list, sa_column=Column(JSON, nullable=False))


class Announcements(RowModel[AnnouncementRow]):
    """Fed by application's own log."""

    name = "announcements"
    version = 2
    table = AnnouncementRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (AnnouncementRow,)

    def key(self, happened: Happened) -> str | None:
        """The announcement's."""
        kind, _, key = happened.aggregate_id.partition("-")
        return key if kind == "announcement" else None

    def evolve(self, row: AnnouncementRow | None, happened: Happened) -> AnnouncementRow | None:
        """The row after the event."""
        event = happened.event
        if isinstance(event, events.ResultsAnnounced):
            known = event.model_dump(include={"item_code", "item_title", "department", "period", "entries"})
            due, key = event.clock.due, happened.aggregate_id.partition("-")[2]
            days: dict[str, Any] = {
                "opened_on": event.clock.started_on,
                "closes_on": due.day,
                "provisional": due.provisional,
            }
            return AnnouncementRow(**known, **days, key=key, status="open")
        assert row is not None  # noqa: S101 - nothing happens to it before it is announced
        return AnnouncementRow(**(row.model_dump() | _changes(row, event)))


def _changes(row: AnnouncementRow, event: object) -> dict[str, Any]:
    match event:
        case events.ObjectionRaised():
            known = event.model_dump(mode="json", include={"objection", "against", "grounds", "enterprise", "by"})
            state = {"due_on": event.clock.due.day.isoformat(), "outcome": None, "reason": "", "overdue": False}
            return {"objections": [*row.objections, known | state]}
        case events.ObjectionDecided():
            decided = {"outcome": event.outcome, "reason": event.reason}
            return {"objections": _with(row, event.objection, decided), "removed": [*row.removed, *event.removed]}
        case events.AnnouncementLimitRecomputed(objection=None, clock=clock):
            return {"closes_on": clock.due.day, "provisional": clock.due.provisional}
        case events.AnnouncementLimitRecomputed(objection=int() as number, clock=clock):
            return {"objections": _with(row, number, {"due_on": clock.due.day.isoformat()})}
        case events.ObjectionOverdue():
            return {"objections": _with(row, event.objection, {"overdue": True})}
        case events.AnnouncementEnded():
            return {"status": "ended"}
        case events.ResultsConfirmed():
            return {"status": "confirmed"}
    return {}


def _with(row: AnnouncementRow, number: int, change: dict[str, Any]) -> list[dict[str, Any]]:
    return [each | change if each["objection"] == number else each for each in row.objections]


class ResultRow(SQLModel, table=True):
    """A grant; public from `awarded_on`. Key: the application's number, or the key of a grant without application."""

    __tablename__ = "application_results"

    key: str = Field(primary_key=True)
    item_code: str
    item_title: str
    department: str
    period: str
    enterprise: str
    name: str
    amount_fen: int = Field(sa_type=BigInteger)
    awarded_on: date | None = Field(default=None, index=True)


class Results(RowModel[ResultRow]):
    """Fed by application's own log: final results that are not withheld, and support lists."""

    name = "results"
    table = ResultRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (ResultRow,)

    def key(self, happened: Happened) -> str | None:
        """The application's or the grant's."""
        event = happened.event
        if isinstance(event, ResultConfirmed):
            return None if event.withheld else event.number
        of_grant = isinstance(event, grants.GrantListed | grants.GrantSupported)
        return happened.aggregate_id.partition("-")[2] if of_grant else None

    def evolve(self, _row: ResultRow | None, happened: Happened) -> ResultRow | None:
        """As granted."""
        event = happened.event
        assert isinstance(event, ResultConfirmed | grants.GrantListed | grants.GrantSupported)  # noqa: S101 - `key`
        names = {"item_code", "item_title", "department", "period", "enterprise", "name", "amount_fen"}
        awarded: dict[str, Any] = {
            "awarded_on": getattr(event, "confirmed_on", None) or getattr(event, "supported_on", None)
        }
        return ResultRow(**event.model_dump(include=names), **awarded, key=happened.aggregate_id.partition("-")[2])
