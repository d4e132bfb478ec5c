"""What happened to an enterprise's profile (企业画像): statements, disputes, and what holds after each (articles 8, 20)."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from shared.calendar import LimitClock
from shared.contracts.facts import FactKey, FactValue, Standing
from shared.eventstore.events import Event

# Sources beside the departments, which stand under their codes.
ENTERPRISE, REGISTRATION, COMPUTED = "enterprise", "registration", "computed"
Outcome = Literal["confirmed", "corrected", "withdrawn"]


class StatedFact(BaseModel):
    """A value as a source states it: how it stood on `as_of`; from the day after `valid_until` it says nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: FactKey
    value: FactValue
    as_of: date
    valid_until: date | None = None


class ComputedFact(StatedFact):
    """A value that follows from others; `inputs` are their keys. It is as old as the oldest of them."""

    inputs: tuple[str, ...]


class EffectiveFact(BaseModel):
    """What holds for a fact, of all that its sources state; `value` None: nothing is known any more."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: FactKey
    value: FactValue | None
    source: str = ""
    standing: Standing = "verified"
    as_of: date | None = None
    valid_until: date | None = None
    disputed: bool = False


class FactsStated(Event):
    """One source has stated facts; each replaces what the same source said of it before."""

    TOPIC: ClassVar[str] = "registry.facts-stated"

    uscc: str
    source: str
    standing: Standing
    recorded_at: datetime
    facts: tuple[StatedFact, ...]


class FactWithdrawn(Event):
    """A source has taken a statement back: it says nothing of that fact any more."""

    TOPIC: ClassVar[str] = "registry.fact-withdrawn"

    uscc: str
    key: FactKey
    source: str
    reason: str


class ProfileChanged(Event):
    """What holds after the sources have spoken, a dispute has changed, or a day has passed.

    `facts` are those that now hold otherwise, `computed` what was computed anew, `no_longer_computed` the keys that
    cannot be computed any more. `next_expiry` is the last day of the first of all holding values to run out.
    """

    TOPIC: ClassVar[str] = "registry.profile-changed"

    uscc: str
    version: int
    recorded_at: datetime
    facts: tuple[EffectiveFact, ...]
    computed: tuple[ComputedFact, ...] = ()
    no_longer_computed: tuple[FactKey, ...] = ()
    next_expiry: date | None = None


class FactDisputed(Event):
    """The enterprise says that a source's statement is wrong. `department` has to settle it; None: the data bureau."""

    TOPIC: ClassVar[str] = "registry.fact-disputed"

    uscc: str
    number: int
    key: FactKey
    label: str
    source: str
    department: str | None
    reason: str
    clock: LimitClock


class DisputeSettled(Event):
    """The source has confirmed its statement, corrected it, or taken it back."""

    TOPIC: ClassVar[str] = "registry.dispute-settled"

    uscc: str
    number: int
    key: FactKey
    label: str
    source: str
    department: str | None
    outcome: Outcome
    reason: str
    settled_on: date
    in_time: bool


class DisputeOverdue(Event):
    """Nobody has settled a dispute by the end of its due day."""

    TOPIC: ClassVar[str] = "registry.dispute-overdue"

    uscc: str
    number: int
    key: FactKey
    label: str
    department: str | None
    due_on: date
    limit_days: int


class DisputeDeadlineRecomputed(Event):
    """A newer working calendar moves the due day of a dispute, or makes a provisional one certain."""

    TOPIC: ClassVar[str] = "registry.dispute-deadline-recomputed"

    uscc: str
    number: int
    previous_due_on: date
    clock: LimitClock
    notice: str
