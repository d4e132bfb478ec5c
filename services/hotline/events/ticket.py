"""What happened to a ticket."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from shared.calendar import LimitClock
from shared.contracts.hotline import Nature
from shared.eventstore.events import Event


class _OfTicket(Event):
    """What every event of a ticket tells about it, so that each can be published on its own."""

    source: str
    number: str
    title: str
    nature: Nature
    enterprise: str | None


class TicketReceived(_OfTicket):
    """A ticket has come in (article 8: 受理). The caller is sealed under a key of this ticket's own."""

    TOPIC: ClassVar[str] = "hotline.ticket-received"

    channel: str
    content: str
    received_at: datetime
    town: str | None
    suggested_department: str | None
    caller_name: str | None
    caller_phone: str | None


class TicketDispatched(_OfTicket):
    """A department has to answer, within the limit of the clock (article 8: 派发企业诉求处置工单)."""

    TOPIC: ClassVar[str] = "hotline.ticket-dispatched"

    department: str
    clock: LimitClock


class TicketAnswered(_OfTicket):
    """The asker has an answer: of the department, of the seat at once (no department), or from the ticket's history.

    `historic`: the source sent ticket and answer together; `unit` is who answered as the source writes it.
    """

    TOPIC: ClassVar[str] = "hotline.ticket-answered"

    department: str | None
    unit: str | None
    text: str
    answered_at: datetime
    answered_on: date
    in_time: bool
    historic: bool


class TicketOverdue(_OfTicket):
    """The limit passed without an answer."""

    TOPIC: ClassVar[str] = "hotline.ticket-overdue"

    department: str
    due_on: date
    limit_days: int


class TicketDeadlineRecomputed(_OfTicket):
    """A newer calendar counts another due day, or makes the same one certain; `notice` cites that calendar."""

    TOPIC: ClassVar[str] = "hotline.ticket-deadline-recomputed"

    department: str
    previous_due_on: date
    clock: LimitClock
    notice: str
