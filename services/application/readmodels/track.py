"""Where every application stands, and the track of its steps (closed loop, article 21)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Column, DateTime
from sqlmodel import Field, SQLModel

from services.application import events
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel, empty_list


class ApplicationRow(SQLModel, table=True):
    """An application. `clock` is the promised limit as the last event left it (shared.calendar.LimitClock)."""

    __tablename__ = "application_applications"

    number: str = Field(primary_key=True)
    item_code: str = Field(index=True)
    item_title: str
    department: str = Field(index=True)
    enterprise: str = Field(index=True)
    status: str = Field(index=True)
    overdue: bool = False
    waiting_for_applicant: bool = False
    statement: str = ""
    requested_fen: int | None = Field(default=None, sa_type=BigInteger)
    granted_fen: int | None = Field(default=None, sa_type=BigInteger)
    submitted_on: date
    submitted_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, index=True))
    accepted_on: date | None = None
    due_on: date | None = None
    provisional: bool = False
    completed_on: date | None = None
    in_time: bool | None = None
    clock: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    account: str | None = None  # sealed
    account_end: str | None = None
    steps: list[dict[str, Any]] = Field(default_factory=empty_list, sa_column=Column(JSON, nullable=False))


class Track(RowModel[ApplicationRow]):
    """Fed by application's own log."""

    name = "track"
    version = 2
    table = ApplicationRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (ApplicationRow,)

    def key(self, happened: Happened) -> str | None:
        return getattr(happened.event, "number", None)

    def evolve(self, row: ApplicationRow | None, happened: Happened) -> ApplicationRow | None:
        event = happened.event
        if isinstance(event, events.ApplicationSubmitted):
            row = _submitted(event, happened)
        if row is None:
            raise ValueError(f"{happened.type} of an application that was never submitted")
        after = row.model_dump() | _changes(event) | {"steps": [*row.steps, _step(happened)]}
        return ApplicationRow(**after)


def _submitted(event: events.ApplicationSubmitted, happened: Happened) -> ApplicationRow:
    return ApplicationRow(
        number=event.number,
        item_code=event.item_code,
        item_title=event.item_title,
        department=event.department,
        enterprise=event.enterprise,
        status="submitted",
        statement=event.statement,
        requested_fen=event.requested_fen,
        submitted_on=event.submitted_on,
        submitted_at=happened.at,
    )


def _changes(event: object) -> dict[str, Any]:
    match event:
        case events.ApplicationAccepted():
            return {"status": "accepted", "accepted_on": event.accepted_on} | _clock(event)
        case events.ApplicationNotAccepted():
            return {"status": "not-accepted", "waiting_for_applicant": False}
        case events.SupplementRequested():
            return {"waiting_for_applicant": True} | _clock(event)
        case events.ApplicationSupplemented():
            return {"waiting_for_applicant": False} | _clock(event)
        case events.ReviewCompleted():
            done = {"completed_on": event.completed_on, "in_time": event.in_time, "granted_fen": event.amount_fen}
            return {"status": "reviewed"} | done
        case events.PayeeGiven():
            return {"account": event.account, "account_end": event.account_end}
        case events.ReviewOverdue():
            return {"overdue": True}
        case events.ReviewDeadlineRecomputed():
            return _clock(event)
    return {}


def _clock(
    event: events.ApplicationAccepted
    | events.SupplementRequested
    | events.ApplicationSupplemented
    | events.ReviewDeadlineRecomputed,
) -> dict[str, Any]:
    if event.clock is None:
        return {}
    due = event.clock.due
    return {"clock": event.clock.model_dump(mode="json"), "due_on": due.day, "provisional": due.provisional}


def _step(happened: Happened) -> dict[str, Any]:
    event = happened.event
    told = {
        name: getattr(event, name)
        for name in ("reasons", "requirements", "outcome", "opinion", "due_on", "in_time", "notice")
        if getattr(event, name, None) is not None
    }
    return {"at": happened.at.isoformat(), "step": happened.type.partition(".")[2], **told}
