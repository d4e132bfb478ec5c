"""Published by application: the track of every application (closed loop, article 21)."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from shared.contracts.base import Published


class _OfApplication(Published):
    application_id: str
    number: str
    item_id: str
    item_title: str
    department: str
    enterprise: str


class ApplicationSubmitted(_OfApplication):
    """An enterprise has applied for an item (article 20)."""

    TYPE: ClassVar[str] = "application.application-submitted"
    TITLE: ClassVar[str] = "申报已提交"

    submitted_on: date


class ApplicationAccepted(_OfApplication):
    """The department has accepted it; from the next working day its promised limit runs (article 19)."""

    TYPE: ClassVar[str] = "application.application-accepted"
    TITLE: ClassVar[str] = "申报已受理"

    accepted_on: date
    review_due_on: date
    provisional: bool
    limit_days: int


class ApplicationNotAccepted(_OfApplication):
    """The department has not accepted it, for reasons that were told once and all (article 19)."""

    TYPE: ClassVar[str] = "application.application-not-accepted"
    TITLE: ClassVar[str] = "申报不予受理"

    reasons: tuple[str, ...]


class SupplementRequested(_OfApplication):
    """One notice lists all that is to be supplemented; the clock stops (article 19)."""

    TYPE: ClassVar[str] = "application.supplement-requested"
    TITLE: ClassVar[str] = "申报需补正"

    requirements: tuple[str, ...]


class ApplicationSupplemented(_OfApplication):
    """The applicant has supplemented; the clock goes on."""

    TYPE: ClassVar[str] = "application.application-supplemented"
    TITLE: ClassVar[str] = "申报已补正"

    review_due_on: date | None
    provisional: bool


class ReviewCompleted(_OfApplication):
    """The department has reviewed it. `in_time` compares with the promised limit, clock stops left out."""

    TYPE: ClassVar[str] = "application.review-completed"
    TITLE: ClassVar[str] = "申报审核已完成"

    outcome: Literal["approved", "rejected"]
    opinion: str
    completed_on: date
    in_time: bool
    amount_fen: int | None = None


class ReviewOverdue(_OfApplication):
    """The promised limit has passed without a review; raised by the platform itself, once (article 21)."""

    TYPE: ClassVar[str] = "application.review-overdue"
    TITLE: ClassVar[str] = "申报审核已超期"

    due_on: date
    limit_days: int


class ReviewDeadlineRecomputed(_OfApplication):
    """A calendar notice has moved the due day of an open review."""

    TYPE: ClassVar[str] = "application.review-deadline-recomputed"
    TITLE: ClassVar[str] = "审核期限已重新计算"

    previous_due_on: date
    review_due_on: date
    provisional: bool
    notice: str
