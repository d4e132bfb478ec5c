"""What can be asked of an application."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.identifiers import Uscc
from shared.eventstore.decider import Command

Line = Annotated[str, Field(min_length=1, max_length=500)]
Lines = Annotated[tuple[Line, ...], Field(min_length=1, max_length=50)]


class SubmitApplication(Command):
    """Apply for an item; what concerns the item is what the catalogue says at this moment."""

    number: str
    item_id: str
    item_code: str
    item_title: str
    department: str
    procedure: Literal["no-application", "simple", "complex"]
    promised_days: int
    opens_on: date | None
    closes_on: date | None
    window: Literal["year-round", "fixed", "undetermined"]
    enterprise: Uscc
    statement: str
    requested_fen: int | None
    materials: tuple[str, ...]


class AcceptApplication(Command):
    """Complete and eligible: the department takes it (article 19)."""


class DeclineApplication(Command):
    """Not eligible: all reasons at once (article 19)."""

    reasons: Lines


class RequestSupplement(Command):
    """Something is missing: all of it in one notice (article 19: 一次性告知)."""

    requirements: Lines


class Supplement(Command):
    """The applicant hands in what was asked for."""

    answer: str = Field(min_length=1, max_length=5000)
    materials: tuple[str, ...] = Field((), max_length=100)


class CompleteReview(Command):
    """The department's opinion (articles 20, 21)."""

    outcome: Literal["approved", "rejected"]
    opinion: str = Field(min_length=1, max_length=5000)
    amount_fen: int | None = Field(None, ge=0, le=2**63 - 1)


class GivePayee(Command):
    """Say where the money shall go."""

    account: str
    account_end: str = Field(max_length=4)


class RaiseReviewOverdue(Command):
    """The platform's clock has passed the due day."""


class RecomputeReviewDeadline(Command):
    """The working calendar may know more by now."""


ApplicationCommand = (
    SubmitApplication
    | AcceptApplication
    | DeclineApplication
    | RequestSupplement
    | Supplement
    | CompleteReview
    | GivePayee
    | RaiseReviewOverdue
    | RecomputeReviewDeadline
)
