"""Symposia and visits, one row each with their demands."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Column, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.hotline.events.meeting import Demand, DemandsAdded, DemandsBecameTickets, MeetingRecorded
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel, empty_list


class MeetingRow(SQLModel, table=True):
    """A meeting; each of its `demands` names its ticket once there is one. Whom to answer is not here."""

    __tablename__ = "hotline_meetings"
    __table_args__ = (Index("hotline_meetings_newest", "position"),)

    key: str = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger)
    kind: str
    title: str
    held_on: date
    place: str
    town: str | None
    department: str = Field(index=True)
    enterprises: list[str] = Field(default_factory=empty_list, sa_column=Column(ARRAY(Text), nullable=False))
    minutes: str
    demands: list[dict[str, Any]] = Field(default_factory=empty_list, sa_column=Column(JSONB, nullable=False))


class Meetings(RowModel[MeetingRow]):
    """Fed by hotline's own log."""

    name = "meetings"
    table = MeetingRow
    tables = (MeetingRow,)

    def key(self, happened: Happened) -> str | None:
        """The meeting's."""
        kind, _, key = happened.aggregate_id.partition("-")
        return key if kind == "meeting" else None

    def evolve(self, row: MeetingRow | None, happened: Happened) -> MeetingRow | None:
        """The meeting after the event."""
        event = happened.event
        if isinstance(event, MeetingRecorded):
            told = event.model_dump(exclude={"demands", "enterprises"})
            place: dict[str, Any] = {"key": self.key(happened), "position": happened.position}
            lists: dict[str, Any] = {"enterprises": list(event.enterprises), "demands": _shown(event.demands)}
            return MeetingRow(**told, **place, **lists)
        assert row is not None  # noqa: S101 - nothing happens to a meeting before it is recorded
        if isinstance(event, DemandsAdded):
            row.demands = [*row.demands, *_shown(event.demands)]
        elif isinstance(event, DemandsBecameTickets):
            tickets = event.tickets
            row.demands = [each | {"ticket": tickets.get(each["number"], each["ticket"])} for each in row.demands]
        return row


def _shown(demands: tuple[Demand, ...]) -> list[dict[str, Any]]:
    return [each.model_dump(exclude={"contact"}) | {"ticket": None} for each in demands]
