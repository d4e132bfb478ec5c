"""Published by hotline: what enterprises ask and demand, and what becomes of it (articles 8, 22)."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal

from shared.contracts.base import Published

Nature = Literal["consultation", "suggestion", "complaint", "demand", "praise"]


class _OfTicket(Published):
    ticket_id: str
    source: str
    number: str
    title: str
    nature: Nature
    enterprise: str | None = None


class TicketReceived(_OfTicket):
    """A ticket has come in from 12345, the seat, the interaction zone or a visit; the caller stays in hotline."""

    TYPE: ClassVar[str] = "hotline.ticket-received"
    TITLE: ClassVar[str] = "诉求工单已接收"

    channel: str
    received_at: datetime
    town: str | None = None


class TicketDispatched(_OfTicket):
    """A department is responsible now; its limit runs from the next working day (article 8: 企业诉求处置工单)."""

    TYPE: ClassVar[str] = "hotline.ticket-dispatched"
    TITLE: ClassVar[str] = "诉求工单已派发"

    department: str
    answer_due_on: date
    provisional: bool
    limit_days: int


class TicketAnswered(_OfTicket):
    """The department, or the seat at once, has answered the asker. The answer's text stays in hotline."""

    TYPE: ClassVar[str] = "hotline.ticket-answered"
    TITLE: ClassVar[str] = "诉求工单已答复"

    department: str | None
    answered_on: date
    in_time: bool


class TicketOverdue(_OfTicket):
    """The limit has passed without an answer; raised by the platform itself, once."""

    TYPE: ClassVar[str] = "hotline.ticket-overdue"
    TITLE: ClassVar[str] = "诉求工单已超期"

    department: str
    due_on: date
    limit_days: int


class TicketDeadlineRecomputed(_OfTicket):
    """A calendar notice has moved the due day of an open ticket."""

    TYPE: ClassVar[str] = "hotline.ticket-deadline-recomputed"
    TITLE: ClassVar[str] = "工单期限已重新计算"

    department: str
    previous_due_on: date
    answer_due_on: date
    provisional: bool
    notice: str
