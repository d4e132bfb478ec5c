"""Live sessions, and what was said in them; who somebody is, is not here: a remark's asker is a keyed mark."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Column, DateTime, Index, Text
from sqlmodel import Field, SQLModel

from services.hotline.events import live as events
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel, empty_list


def _instant() -> Any:
    return Column(DateTime(timezone=True), nullable=False)


def _texts() -> Any:
    return Column(ARRAY(Text), nullable=False)


class LiveRow(SQLModel, table=True):
    """A session. `status` is announced, begun, ended or cancelled."""

    __tablename__ = "hotline_live"
    __table_args__ = (Index("hotline_live_starts", "starts_at", "key"),)

    key: str = Field(primary_key=True)
    title: str
    summary: str
    department: str = Field(index=True)
    co_departments: list[str] = Field(default_factory=empty_list, sa_column=_texts())
    speakers: list[str] = Field(default_factory=empty_list, sa_column=_texts())
    starts_at: datetime = Field(sa_column=_instant())
    ends_at: datetime = Field(sa_column=_instant())
    address: str | None = None
    items: list[str] = Field(default_factory=empty_list, sa_column=_texts())
    status: str = "announced"
    reason: str | None = None
    not_held: bool = False
    record_by: date | None = None
    record_late: bool = False
    record: str | None = None
    recording: str | None = None


class LiveSessions(RowModel[LiveRow]):
    """Fed by hotline's own log."""

    name = "live-sessions"
    table = LiveRow
    tables = (LiveRow,)

    def key(self, happened: Happened) -> str | None:
        """The session's."""
        kind, _, key = happened.aggregate_id.partition("-")
        return key if kind == "live" else None

    def evolve(self, row: LiveRow | None, happened: Happened) -> LiveRow | None:
        """The session after the event."""
        event = happened.event
        if isinstance(event, events.LiveAnnounced):
            return LiveRow(**event.model_dump(mode="python") | {"key": self.key(happened)} | _lists(event))
        assert row is not None  # noqa: S101 - nothing happens to a session before it is announced
        for name, value in _session_changes(event).items():
            setattr(row, name, value)
        return row


def _lists(event: events.LiveAnnounced) -> dict[str, list[str]]:
    return {name: list(getattr(event, name)) for name in ("co_departments", "speakers", "items")}


def _session_changes(event: Any) -> dict[str, Any]:
    match event:
        case events.LiveRescheduled():
            told = {"starts_at": event.starts_at, "ends_at": event.ends_at}
            return told | {"reason": event.reason, "not_held": False}
        case events.LiveCancelled(reason=reason):
            return {"status": "cancelled", "reason": reason}
        case events.LiveNotHeld():
            return {"not_held": True}
        case events.LiveBegun():
            return {"status": "begun"}
        case events.LiveEnded(clock=clock):
            return {"status": "ended", "record_by": clock.due.day}
        case events.LiveRecordDueMoved(clock=clock):
            return {"record_by": clock.due.day}
        case events.LiveRecordOverdue():
            return {"record_late": True}
        case events.LiveRecordPublished():
            return {"record": event.summary, "recording": event.recording}
    return {}


class RemarkRow(SQLModel, table=True):
    """A question or comment. `status` is made, shown or hidden; `open` while a question waits for an answer."""

    __tablename__ = "hotline_remarks"
    __table_args__ = (
        Index("hotline_remarks_of_session", "session", "position"),
        Index("hotline_remarks_of_asker", "asker", "session"),
    )

    key: str = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger)
    session: str
    kind: str
    text: str
    department: str
    asker: str | None
    enterprise: str | None = Field(index=True)
    aloud: bool
    made_at: datetime = Field(sa_column=_instant())
    status: str = "made"
    reason: str | None = None
    open: bool
    answer_by: date | None = None
    answer: str | None = None
    live: bool | None = None
    answered_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    overdue: bool = False
    ticket: str | None = None


class Remarks(RowModel[RemarkRow]):
    """Fed by hotline's own log."""

    name = "remarks"
    table = RemarkRow
    tables = (RemarkRow,)

    def key(self, happened: Happened) -> str | None:
        """The remark's."""
        kind, _, key = happened.aggregate_id.partition("-")
        return key if kind == "remark" else None

    def evolve(self, row: RemarkRow | None, happened: Happened) -> RemarkRow | None:
        """The remark after the event."""
        event = happened.event
        if isinstance(event, events.RemarkMade):
            told = event.model_dump(exclude={"clock", "warn_on", "title"})
            due = event.clock.due.day if event.clock else None
            more: dict[str, Any] = {"key": self.key(happened), "position": happened.position, "answer_by": due}
            return RemarkRow(**told, **more, open=event.kind == "question")
        assert row is not None  # noqa: S101 - nothing happens to a remark before it is made
        for name, value in _remark_changes(event, happened.at).items():
            setattr(row, name, value)
        return row


def _remark_changes(event: Any, at: datetime) -> dict[str, Any]:
    match event:
        case events.RemarkShown():
            return {"status": "shown", "reason": None}
        case events.RemarkHidden(reason=reason):
            return {"status": "hidden", "reason": reason, "open": False}
        case events.QuestionAnswered():
            return {"answer": event.text, "live": event.live, "answered_at": at, "open": False}
        case events.QuestionDueMoved(clock=clock):
            return {"answer_by": clock.due.day}
        case events.QuestionHandedOver(overdue=overdue):
            return {"overdue": overdue, "open": False}
        case events.QuestionBecameTicket(ticket=ticket):
            return {"ticket": ticket}
    return {}
