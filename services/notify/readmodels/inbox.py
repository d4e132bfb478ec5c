"""Everybody's inbox, with what became of each message's text."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, Column, DateTime, Index
from sqlmodel import Field, SQLModel

from services.notify.events import MessageWritten, SmsAccepted, SmsDelivered, SmsFailed, SmsRejected
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel


class InboxRow(SQLModel, table=True):
    """A message. `sms` is none, pending, accepted, delivered or failed; `position`, its place in the log, sorts."""

    __tablename__ = "notify_messages"
    __table_args__ = (Index("notify_messages_by_recipient", "recipient", "position"),)

    message_id: str = Field(primary_key=True)
    position: int = Field(sa_column=Column(BigInteger, nullable=False, unique=True))
    recipient: str
    department: str | None
    template: str
    about: str
    title: str
    text: str
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    sms: str = Field(index=True)
    sms_attempts: int = 0
    sms_reason: str | None = None
    sms_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class Inbox(RowModel[InboxRow]):
    """Fed by notify's own log."""

    name = "inbox"
    table = InboxRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (InboxRow,)

    def key(self, happened: Happened) -> str | None:
        match happened.event:
            case MessageWritten() | SmsAccepted() | SmsRejected() | SmsDelivered() | SmsFailed() as event:
                return event.message_id
        return None

    def evolve(self, row: InboxRow | None, happened: Happened) -> InboxRow | None:
        if isinstance(happened.event, MessageWritten):
            content = happened.event.model_dump(exclude={"wants_sms"})
            sms = "pending" if happened.event.wants_sms else "none"
            return InboxRow(**content, position=happened.position, at=happened.at, sms=sms)
        if row is None:
            return None
        reason: str | None = None
        match happened.event:
            case SmsAccepted():
                row.sms = "accepted"
            case SmsRejected() as event:
                reason = event.reason  # still pending
            case SmsDelivered():
                row.sms = "delivered"
            case SmsFailed() as event:
                row.sms, reason = "failed", event.reason
        row.sms_attempts = getattr(happened.event, "attempts", row.sms_attempts)
        row.sms_reason, row.sms_at = reason, happened.at
        return row
