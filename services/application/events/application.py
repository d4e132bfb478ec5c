"""What happened to an application."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from shared.calendar import LimitClock
from shared.eventstore.events import Event


class _OfApplication(Event):
    """Whose application, for which item, at which department; carried by every event so that it can be told by itself."""

    number: str
    item_id: str
    item_code: str
    item_title: str
    department: str
    enterprise: str


class ApplicationSubmitted(_OfApplication):
    """An enterprise has applied (article 20)."""

    TOPIC: ClassVar[str] = "application.application-submitted"

    promised_days: int
    statement: str
    requested_fen: int | None
    materials: tuple[str, ...]
    submitted_on: date


class ApplicationAccepted(_OfApplication):
    """The department has accepted; the promised limit runs from the next working day (article 19)."""

    TOPIC: ClassVar[str] = "application.application-accepted"

    accepted_on: date
    clock: LimitClock


class ApplicationNotAccepted(_OfApplication):
    """The department has not accepted, and told all reasons at once (article 19)."""

    TOPIC: ClassVar[str] = "application.application-not-accepted"

    reasons: tuple[str, ...]


class SupplementRequested(_OfApplication):
    """The one notice that lists all that is to be supplemented; a running clock stops (article 19)."""

    TOPIC: ClassVar[str] = "application.supplement-requested"

    requirements: tuple[str, ...]
    clock: LimitClock | None


class ApplicationSupplemented(_OfApplication):
    """The applicant has supplemented; a stopped clock goes on."""

    TOPIC: ClassVar[str] = "application.application-supplemented"

    answer: str
    materials: tuple[str, ...]
    clock: LimitClock | None


class ReviewCompleted(_OfApplication):
    """The department has reviewed, in time or late (article 20)."""

    TOPIC: ClassVar[str] = "application.review-completed"

    outcome: Literal["approved", "rejected"]
    opinion: str
    amount_fen: int | None
    completed_on: date
    in_time: bool


class ReviewOverdue(_OfApplication):
    """The promised limit is over and no review there (article 21: 网上督查，限时办结)."""

    TOPIC: ClassVar[str] = "application.review-overdue"

    due_on: date
    limit_days: int


class ReviewDeadlineRecomputed(_OfApplication):
    """The calendar knows more than when the limit was set, and the due day has moved or become certain."""

    TOPIC: ClassVar[str] = "application.review-deadline-recomputed"

    previous_due_on: date
    clock: LimitClock
    notice: str


class PayeeGiven(_OfApplication):
    """Where the money shall go, should it be granted. Sealed; `account_end` are the account's last four digits."""

    TOPIC: ClassVar[str] = "application.payee-given"

    account: str
    account_end: str
