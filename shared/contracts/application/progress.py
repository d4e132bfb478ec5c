"""Published by application: an application from submission to the word on it (articles 19, 21)."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from shared.contracts.application.base import OfApplication


class ApplicationSubmitted(OfApplication):
    """An enterprise has applied for an item (article 20)."""

    TYPE: ClassVar[str] = "application.application-submitted"
    TITLE: ClassVar[str] = "申报已提交"

    submitted_on: date


class ApplicationAccepted(OfApplication):
    """The department has accepted it; from the next working day its promised limit runs (article 19)."""

    TYPE: ClassVar[str] = "application.application-accepted"
    TITLE: ClassVar[str] = "申报已受理"

    accepted_on: date
    review_due_on: date
    provisional: bool
    limit_days: int


class ApplicationNotAccepted(OfApplication):
    """The department has not accepted it, for reasons that were told once and all (article 19)."""

    TYPE: ClassVar[str] = "application.application-not-accepted"
    TITLE: ClassVar[str] = "申报不予受理"

    reasons: tuple[str, ...]


class SupplementRequested(OfApplication):
    """One notice lists all that is to be supplemented; the clock stops (article 19)."""

    TYPE: ClassVar[str] = "application.supplement-requested"
    TITLE: ClassVar[str] = "申报需补正"

    requirements: tuple[str, ...]
    supplement_by: date | None = None
    provisional: bool = False


class SupplementDueSoon(OfApplication):
    """The term to supplement ends in a few days, and nothing came."""

    TYPE: ClassVar[str] = "application.supplement-due-soon"
    TITLE: ClassVar[str] = "补正期限将至"
    INTERNAL: ClassVar[bool] = True

    due_on: date


class SupplementLapsed(OfApplication):
    """The term to supplement is over and nothing came; the clock goes on, and `departments` may decide on what is there."""

    TYPE: ClassVar[str] = "application.supplement-lapsed"
    TITLE: ClassVar[str] = "逾期未补正"

    due_on: date
    departments: tuple[str, ...]
    review_due_on: date | None
    provisional: bool


class ApplicationSupplemented(OfApplication):
    """The applicant has supplemented; the clock goes on. `departments`: those that an open step waits for."""

    TYPE: ClassVar[str] = "application.application-supplemented"
    TITLE: ClassVar[str] = "申报已补正"

    review_due_on: date | None
    provisional: bool
    departments: tuple[str, ...] = ()


class ReviewCompleted(OfApplication):
    """The department has reviewed it. `in_time` compares with the promised limit, clock stops left out."""

    TYPE: ClassVar[str] = "application.review-completed"
    TITLE: ClassVar[str] = "申报审核已完成"

    outcome: Literal["approved", "rejected"]
    opinion: str
    completed_on: date
    in_time: bool
    amount_fen: int | None = None


class ReviewOverdue(OfApplication):
    """The promised limit has passed without a review; raised by the platform itself, once (article 21)."""

    TYPE: ClassVar[str] = "application.review-overdue"
    TITLE: ClassVar[str] = "申报审核已超期"

    due_on: date
    limit_days: int


class ReviewDeadlineRecomputed(OfApplication):
    """A calendar notice has moved the due day of an open review."""

    TYPE: ClassVar[str] = "application.review-deadline-recomputed"
    TITLE: ClassVar[str] = "审核期限已重新计算"

    previous_due_on: date
    review_due_on: date
    provisional: bool
    notice: str


class LimitRecomputed(OfApplication):
    """A calendar notice has moved another open limit, or made it certain: the time to accept, the applicant's term to supplement,
    or a step's, of these `departments`."""

    TYPE: ClassVar[str] = "application.limit-recomputed"
    TITLE: ClassVar[str] = "期限已重新计算"

    limit: Literal["acceptance", "supplement", "step"]
    step: str | None = None
    step_title: str | None = None
    departments: tuple[str, ...] = ()
    previous_due_on: date
    due_on: date
    provisional: bool
    notice: str


class AcceptanceOverdue(OfApplication):
    """Nobody has taken it, or said why not, in the time for it; raised by the platform itself, once (article 19)."""

    TYPE: ClassVar[str] = "application.acceptance-overdue"
    TITLE: ClassVar[str] = "申报超期未受理"

    due_on: date
    limit_days: int


class ApplicationWithdrawn(OfApplication):
    """The applicant does not want it any more. `departments`: those that an open step waited for."""

    TYPE: ClassVar[str] = "application.application-withdrawn"
    TITLE: ClassVar[str] = "申报已撤回"

    departments: tuple[str, ...] = ()


class ReviewDueSoon(OfApplication):
    """It is the last day of the promised limit (article 21)."""

    TYPE: ClassVar[str] = "application.review-due-soon"
    TITLE: ClassVar[str] = "申报审核即将到期"

    due_on: date
