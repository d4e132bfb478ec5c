"""Comments in every state; who wrote them is not here."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import BigInteger, DateTime, Index
from sqlmodel import Field, SQLModel

from services.policy.events.participation import CommentApproved, CommentRejected, CommentReplied, CommentSubmitted
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel

_EVENTS = (CommentSubmitted, CommentApproved, CommentRejected, CommentReplied)


class CommentRow(SQLModel, table=True):
    """A comment. `place` is the key of its author's day, by which the author finds it again; it is shown to nobody."""

    __tablename__ = "policy_comments"
    __table_args__ = (
        Index("policy_comments_about", "about_kind", "about_key", "status"),
        Index("policy_comments_of_department", "department", "status"),
    )

    id: str = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger, index=True)
    place: str = Field(index=True)
    about_kind: str
    about_key: str
    about_title: str
    department: str
    author: str
    text: str
    day: date
    status: str
    reason: str | None = None
    reply: str | None = None
    replied_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class Comments(RowModel[CommentRow]):
    """Fed by policy's own log; `position` stays where the comment was submitted."""

    name = "comments"
    table = CommentRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (CommentRow,)

    def key(self, happened: Happened) -> str | None:
        return happened.event.comment if isinstance(happened.event, _EVENTS) else None

    def evolve(self, row: CommentRow | None, happened: Happened) -> CommentRow | None:
        match happened.event:
            case CommentSubmitted() as event:
                return CommentRow(
                    id=event.comment,
                    position=happened.position,
                    place=happened.aggregate_id.partition("-")[2],
                    about_kind=event.about.kind,
                    about_key=event.about.key,
                    about_title=event.about.title,
                    department=event.about.department,
                    author=event.author,
                    text=event.text,
                    day=event.day,
                    status="submitted",
                )
            case CommentApproved() if row:
                row.status, row.reason = "approved", None
            case CommentRejected(reason=reason) if row:
                row.status, row.reason = "rejected", reason
            case CommentReplied(reply=reply) if row:
                row.reply, row.replied_at = reply, happened.at
        return row
