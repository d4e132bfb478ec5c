"""The ratings, one row each."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index
from sqlmodel import Field, SQLModel

from services.hotline.events.rating import (
    FollowUpBegun,
    FollowUpExtended,
    FollowUpOverdue,
    FollowUpRecomputed,
    FollowUpRecorded,
    RatingApproved,
    RatingGiven,
    RatingHidden,
    RatingReplied,
)
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel


class RatingRow(SQLModel, table=True):
    """A rating in every state; `enterprise` is shown to nobody else where the rater is `anonymous`."""

    __tablename__ = "hotline_ratings"
    __table_args__ = (
        Index("hotline_ratings_of_department", "department", "status", "position"),
        Index("hotline_ratings_of_item", "item", "status", "position"),
    )

    id: str = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger, index=True)
    kind: str
    key: str
    title: str
    department: str | None
    item: str | None
    enterprise: str | None = Field(index=True)
    grade: int
    tags: list[str] = Field(sa_column=Column(JSON))
    text: str
    channel: str
    anonymous: bool
    open: bool
    given_on: date
    status: str = "given"
    reason: str | None = None
    reply: str | None = None
    follow_up_due_on: date | None = None
    provisional: bool = False
    overdue: bool = False
    follow_up: str | None = None
    put_right: bool | None = None
    followed_up_on: date | None = None
    in_time: bool | None = None


class Ratings(RowModel[RatingRow]):
    """Fed by hotline's own log; `position` stays where the rating was given."""

    name = "ratings"
    table = RatingRow
    tables = (RatingRow,)

    def key(self, happened: Happened) -> str | None:
        kind, _, key = happened.aggregate_id.partition("-")
        return key if kind == "rating" else None

    def evolve(self, row: RatingRow | None, happened: Happened) -> RatingRow | None:
        event = happened.event
        if isinstance(event, RatingGiven):
            fields = event.matter.model_dump(exclude={"finished_on"}) | event.model_dump(exclude={"matter"})
            key = happened.aggregate_id.partition("-")[2]
            return RatingRow(**fields | {"id": key, "position": happened.position, "tags": list(event.tags)})
        assert row is not None  # noqa: S101 - nothing happens to a rating before it is given
        for name, value in _changes(event).items():
            setattr(row, name, value)
        return row


def _changes(event: Any) -> dict[str, Any]:
    match event:
        case RatingApproved():
            return {"status": "approved", "reason": None}
        case RatingHidden(reason=reason):
            return {"status": "hidden", "reason": reason}
        case RatingReplied(text=text):
            return {"reply": text}
        case FollowUpBegun() | FollowUpExtended() | FollowUpRecomputed():
            return {"follow_up_due_on": event.clock.due.day, "provisional": event.clock.due.provisional}
        case FollowUpOverdue():
            return {"overdue": True}
        case FollowUpRecorded():
            told = {"follow_up": event.text, "put_right": event.put_right}
            return told | {"followed_up_on": event.recorded_on, "in_time": event.in_time}
    return {}
