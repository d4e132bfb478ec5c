"""Departments' own systems as the data bureau has them on its books, and what they have taken over."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Column
from sqlmodel import Field, SQLModel

from services.application.decider.taken import Taken, taken_after
from services.application.events import handling, system
from shared.eventstore.events import Event
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel, empty_dict, empty_list


class SystemRow(SQLModel, table=True):
    """A system. `history`: what happened to its connection, oldest first; never its secrets."""

    __tablename__ = "application_systems"

    id: str = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger, index=True)
    name: str
    department: str = Field(index=True)
    items: list[str] = Field(default_factory=empty_list, sa_column=Column(JSON, nullable=False))
    office: str
    phone: str
    status: str = Field(index=True)
    history: list[dict[str, Any]] = Field(default_factory=empty_list, sa_column=Column(JSON, nullable=False))


_STATUS: dict[type[system.OfSystem], str] = {
    system.SystemApproved: "connected",
    system.SystemDeclined: "declined",
    system.SystemSuspended: "suspended",
    system.SystemResumed: "connected",
    system.SystemEnded: "ended",
}


class Systems(RowModel[SystemRow]):
    """Fed by application's own log."""

    name = "systems"
    table = SystemRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (SystemRow,)

    def key(self, happened: Happened) -> str | None:
        """The system's."""
        return happened.event.system if isinstance(happened.event, system.OfSystem) else None

    def evolve(self, row: SystemRow | None, happened: Happened) -> SystemRow | None:
        """The row after the event."""
        event = happened.event
        if isinstance(event, system.SystemRequested):
            known = event.model_dump(include={"department", "items", "office", "phone"})
            named: dict[str, Any] = {"id": event.system, "name": event.system_name, "position": happened.position}
            row = SystemRow(**known, **named, status="requested")
        assert row is not None and isinstance(event, system.OfSystem)  # noqa: S101 - nothing happens to it before
        told = event.model_dump(mode="json", include={"reason", "by", "earlier_until"})
        row.history = [*row.history, {"at": happened.at.isoformat(), "what": happened.type.partition(".")[2], **told}]
        row.status = _STATUS.get(type(event), row.status)
        return row


class HandlingRow(SQLModel, table=True):
    """An application of which a system has taken something at some time. `taken`: what is taken now, with how far it is;
    `cases`: the numbers under which systems have it (外部办件编号)."""

    __tablename__ = "application_handlings"

    number: str = Field(primary_key=True)
    taken: dict[str, dict[str, Any]] = Field(default_factory=empty_dict, sa_column=Column(JSON, nullable=False))
    cases: list[dict[str, str]] = Field(default_factory=empty_list, sa_column=Column(JSON, nullable=False))


class Handlings(RowModel[HandlingRow]):
    """Fed by application's own log."""

    name = "handlings"
    table = HandlingRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (HandlingRow,)

    def key(self, happened: Happened) -> str | None:
        """The application's."""
        kind, _, key = happened.aggregate_id.partition("-")
        return key if kind == "application" else None

    def evolve(self, row: HandlingRow | None, happened: Happened) -> HandlingRow | None:
        """The row after the event; there is none before a system has taken something."""
        event = happened.event
        assert isinstance(event, Event)  # noqa: S101 - the own log has stored events alone
        if row is None and not isinstance(event, handling.HandlingTaken):
            return None
        known, cases = (dict(row.taken), list(row.cases)) if row else ({}, [])
        if isinstance(event, handling.HandlingTaken | handling.ProgressReported) and event.case_number:
            case = {"system": event.system, "system_name": event.system_name, "case_number": event.case_number}
            cases = [*(each for each in cases if each != case), case]
        before = {key: Taken(**{name: each[name] for name in Taken.model_fields}) for key, each in known.items()}
        after = taken_after(before, event)
        taken = {key: self._shown(known.get(key), each, happened) for key, each in after.items()}
        return HandlingRow(number=happened.aggregate_id.partition("-")[2], taken=taken, cases=cases)

    @staticmethod
    def _shown(before: dict[str, Any] | None, taken: Taken, happened: Happened) -> dict[str, Any]:
        event = happened.event
        shown = (before or {"since": happened.at.isoformat()}) | taken.model_dump()
        mine = (taken.department, taken.part)
        if isinstance(event, handling.ProgressReported) and (event.of_department, event.part) == mine:
            told = event.model_dump(include={"text", "stage_name"})
            shown |= told | {"reported_at": happened.at.isoformat()}
            shown["case_number"] = event.case_number or taken.case_number
        return shown
