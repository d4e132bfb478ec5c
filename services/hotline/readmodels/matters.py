"""The finished matters, rated or not: never is a matter without a rating counted as satisfied."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from services.hotline.events import TicketAnswered
from services.hotline.events.rating import RatingGiven, VisitRecorded
from shared.contracts.application import ApplicationNotAccepted, ReviewCompleted
from shared.readmodels.happened import OWN_LOG, Happened
from shared.readmodels.model import RowModel


class MatterRow(SQLModel, table=True):
    """A finished ticket, application or counter visit."""

    __tablename__ = "hotline_matters"
    __table_args__ = (Index("hotline_matters_of_department", "department", "rated"),)

    id: str = Field(primary_key=True)
    kind: str
    key: str
    title: str
    department: str | None
    enterprise: str | None = Field(default=None, index=True)
    item: str | None = None
    finished_on: date
    rated: bool = False


class Matters(RowModel[MatterRow]):
    """Fed by hotline's own log and application's stream, in whatever order the two come."""

    name = "matters"
    sources: ClassVar[tuple[str, ...]] = (OWN_LOG, "application")
    table = MatterRow
    tables = (MatterRow,)

    def key(self, happened: Happened) -> str | None:
        return f"{matter['kind']}-{matter['key']}" if (matter := _matter(happened)) else None

    def evolve(self, row: MatterRow | None, happened: Happened) -> MatterRow | None:
        matter = _matter(happened)
        assert matter is not None  # noqa: S101 - key() has looked
        rated = isinstance(happened.event, RatingGiven) or (row is not None and row.rated)
        return MatterRow(id=f"{matter['kind']}-{matter['key']}", **matter, rated=rated)


def _matter(happened: Happened) -> dict[str, Any] | None:
    match happened.event:
        case TicketAnswered() as event:
            return {
                "kind": "ticket",
                "key": happened.aggregate_id.partition("-")[2],
                "title": event.title,
                "department": event.department,
                "enterprise": event.enterprise,
                "finished_on": event.answered_on,
            }
        case VisitRecorded() as event:
            named = {"title": event.about, "department": event.department, "finished_on": event.day}
            return {"kind": "counter", "key": event.number, **named}
        case ReviewCompleted() | ApplicationNotAccepted() as event:
            return {
                "kind": "application",
                "key": event.application_id,
                "title": event.item_title,
                "department": event.department,
                "enterprise": event.enterprise,
                "item": event.item_id,
                "finished_on": event.completed_on if isinstance(event, ReviewCompleted) else happened.day,
            }
        case RatingGiven(matter=matter):
            return matter.model_dump()
    return None
