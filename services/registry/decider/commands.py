"""What can be asked of an enterprise and its profile."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from services.registry.events import StatedFact
from shared.contracts.facts import FactDefinition, FactKey, FactValue
from shared.contracts.identifiers import Uscc
from shared.eventstore.decider import Command


class RegisterEnterprise(Command):
    """Make an enterprise known. Contact fields are sealed before they come here."""

    uscc: Uscc
    name: str = Field(min_length=2, max_length=120)
    industry: str | None = Field(None, pattern=r"^[A-T](\d{2,4})?$")
    division: str | None = Field(None, pattern=r"^\d{6}(\d{3})?$")
    established_on: date | None = None
    employees: int | None = Field(None, ge=0, le=2**31 - 1)
    revenue_fen: int | None = Field(None, ge=0, le=2**63 - 1)
    assets_fen: int | None = Field(None, ge=0, le=2**63 - 1)
    tags: tuple[str, ...] = ()
    # Sealed anew each time, so they are no part of what an idempotency key stands for.
    contact_name: str | None = Field(None, exclude=True)
    contact_phone: str | None = Field(None, exclude=True)


class StateFacts(Command):
    """A source says what it knows of an enterprise: a department's code, or `enterprise` for what it declares itself.

    `definitions` are those of the catalogue at this moment, and no part of what was asked.
    """

    uscc: Uscc
    source: str
    facts: tuple[StatedFact, ...] = Field(min_length=1)
    definitions: dict[str, FactDefinition] = Field(exclude=True)


class WithdrawFact(Command):
    """A source takes back what it said of a fact."""

    uscc: Uscc
    key: FactKey
    source: str
    reason: str = Field(min_length=1, max_length=500)


class DisputeFact(Command):
    """The enterprise says that a statement is wrong; of several sources the one that holds, unless it names another.

    `value`: what it says instead, which stands as declared beside the disputed one.
    """

    uscc: Uscc
    key: FactKey
    source: str | None = None
    reason: str = Field(min_length=1, max_length=1000)
    value: FactValue | None = None
    limit_days: int = Field(ge=1)
    definitions: dict[str, FactDefinition] = Field(exclude=True)


class SettleDispute(Command):
    """The source's department looks again: what it said stands, or `value` takes its place. Reasons are told."""

    uscc: Uscc
    number: int
    outcome: Literal["confirmed", "corrected"]
    reason: str = Field(min_length=1, max_length=1000)
    value: FactValue | None = None
    as_of: date | None = None
    valid_until: date | None = None
    definitions: dict[str, FactDefinition] = Field(exclude=True)


class RaiseDisputeOverdue(Command):
    """The platform's clock has passed the due day of a dispute."""

    number: int


class RecomputeDisputeDeadline(Command):
    """The working calendar may know more by now."""

    number: int


class ExpireFacts(Command):
    """The platform's clock has passed the last day of a value that held."""


EnterpriseCommand = (
    RegisterEnterprise
    | StateFacts
    | WithdrawFact
    | DisputeFact
    | SettleDispute
    | RaiseDisputeOverdue
    | RecomputeDisputeDeadline
    | ExpireFacts
)
