"""What happened to a ticket: received, dispatched, answered, late."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from services.hotline.classification.suggestion import Suggestion, Urgency
from services.hotline.events.rules import Terms
from shared.calendar import HoursClock, LimitClock
from shared.contracts.hotline import Nature
from shared.eventstore.events import Event

AnswerClock = LimitClock | HoursClock


class OfTicket(Event):
    """What every event of a ticket tells about it, so that each can be published on its own."""

    source: str
    number: str
    title: str
    nature: Nature
    enterprise: str | None


class TimedTicket(OfTicket):
    """A limit was set or moved: few days are left from `warn_at` on; unanswered at `supervise_at` it is supervised (督办)."""

    department: str
    clock: AnswerClock
    warn_at: datetime | None
    supervise_at: datetime | None


class TicketReceived(OfTicket):
    """A ticket has come in (article 8: 受理). The caller is sealed under a key of this ticket's own.

    `asker` tells an individual's tickets from others' without telling whose they are; `particulars` are the numbers that
    stood in the text, sealed, with marks in their place; by `handle_by` the desk answers, dispatches or sets apart;
    `suggestion` is what rules or a model say of it.
    """

    TOPIC: ClassVar[str] = "hotline.ticket-received"
    class_version: ClassVar[int] = 2

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """Tickets once had no asker of their own, and the desk no limit."""
        for name in ("asker", "item", "particulars", "handle_by", "suggestion"):
            data.setdefault(name, None)

    channel: str
    content: str
    received_at: datetime
    town: str | None
    suggested_department: str | None
    caller_name: str | None
    caller_phone: str | None
    asker: str | None
    item: str | None
    particulars: str | None
    handle_by: LimitClock | None
    suggestion: Suggestion | None


class TicketAboutApplication(OfTicket):
    """The asker has named an application of their own, as it was known then; `of_department` works on it, and does not
    have the ticket by that."""

    TOPIC: ClassVar[str] = "hotline.ticket-about-application"

    application: str
    item: str
    item_title: str
    of_department: str


class TicketDispatched(TimedTicket):
    """A department has to answer, within the limit of the clock (article 8: 派发企业诉求处置工单); others help."""

    TOPIC: ClassVar[str] = "hotline.ticket-dispatched"
    class_version: ClassVar[int] = 2

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """Before urgency and co-handlers."""
        data |= {"warn_at": None, "supervise_at": None, "co_handlers": (), "urgency": "normal"}
        data.setdefault("terms", Terms())
        data.setdefault("reviewed", False)

    co_handlers: tuple[str, ...]
    urgency: Urgency
    terms: Terms
    reviewed: bool


class TicketAnswered(OfTicket):
    """The asker has an answer: of the department, of the seat at once (no department), or from the ticket's history.

    `historic`: the source told of the answer; `unit` is who answered as the source writes it. `lead`: the ticket whose
    answer this is, for one that was merged; `joined` are those merged into this one. `put_right`: what was put right, when
    the ticket had been reopened. Without an objection it is closed at `close_at`.
    """

    TOPIC: ClassVar[str] = "hotline.ticket-answered"
    class_version: ClassVar[int] = 2

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """Before tickets were merged, reopened and closed."""
        data |= {"put_right": None, "lead": None, "joined": (), "close_at": None}

    department: str | None
    unit: str | None
    text: str
    answered_at: datetime
    answered_on: date
    in_time: bool
    historic: bool
    put_right: str | None
    lead: str | None
    joined: tuple[str, ...]
    close_at: datetime | None


class TicketDueSoon(OfTicket):
    """Few days are left (yellow); told to who handles it."""

    TOPIC: ClassVar[str] = "hotline.ticket-due-soon"

    department: str
    due_at: datetime


class TicketOverdue(OfTicket):
    """The limit passed without an answer (red); `limit_days` is 0 where it counts hours."""

    TOPIC: ClassVar[str] = "hotline.ticket-overdue"

    department: str
    due_on: date
    limit_days: int


class TicketSupervised(OfTicket):
    """On the data bureau's list (督办): late for long, or put there by a supervisor with a reason."""

    TOPIC: ClassVar[str] = "hotline.ticket-supervised"

    department: str
    reason: str
    by_itself: bool


class TicketUrged(OfTicket):
    """A supervisor has reminded the department (催办)."""

    TOPIC: ClassVar[str] = "hotline.ticket-urged"

    department: str
    text: str


class TicketUnhandled(OfTicket):
    """The desk neither answered nor dispatched it nor set it apart in time: nobody has it."""

    TOPIC: ClassVar[str] = "hotline.ticket-unhandled"

    handle_by: date


class TicketDeadlineRecomputed(TimedTicket):
    """A newer calendar counts another due day, or makes the same one certain; `notice` cites that calendar."""

    TOPIC: ClassVar[str] = "hotline.ticket-deadline-recomputed"
    class_version: ClassVar[int] = 2

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """Before warnings."""
        data |= {"warn_at": None, "supervise_at": None}

    previous_due_on: date
    notice: str
