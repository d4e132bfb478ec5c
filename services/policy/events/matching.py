"""What happened while enterprises and items were brought together: pushes, interests, evidence, named conditions."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from services.policy.conditions.language import Condition
from shared.contracts.facts import FactValue
from shared.eventstore.events import Event

Level = Literal["nearly", "met"]
Delivery = Literal["at-once", "digest"]


class MatchesFound(Event):
    """These enterprises now meet the item, or nearly (few facts are missing), and have not been told so before (row P8).

    `digest` are those of them who want to hear once a day; `enterprises` are told at once.
    """

    TOPIC: ClassVar[str] = "policy.matches-found"

    code: str
    title: str
    department: str
    revision: int
    level: Level
    enterprises: tuple[str, ...]
    digest: tuple[str, ...]
    amount_text: str
    closes_on: date | None


class ClosingSoon(Event):
    """The window closes on `closes_on`; these enterprises meet the item, have not applied, and want to be reminded."""

    TOPIC: ClassVar[str] = "policy.closing-soon"

    code: str
    title: str
    department: str
    closes_on: date
    enterprises: tuple[str, ...]


class ItemMatched(Event):
    """An item has been held against all enterprises, for the revision that was then in force; `told` are those it was news to."""

    TOPIC: ClassVar[str] = "policy.item-matched"

    code: str
    revision: int
    met: int
    nearly: int


class DayMatched(Event):
    """Items whose conditions move with the calendar have been held against all enterprises once more."""

    TOPIC: ClassVar[str] = "policy.day-matched"

    day: date
    items: int


class ClosingReminded(Event):
    """All who were to be reminded of the closing have been."""

    TOPIC: ClassVar[str] = "policy.closing-reminded"

    code: str
    closes_on: date


class ItemMuted(Event):
    """The enterprise wants to hear nothing of this item."""

    TOPIC: ClassVar[str] = "policy.item-muted"

    uscc: str
    code: str


class ItemUnmuted(Event):
    """The enterprise wants to hear of this item again."""

    TOPIC: ClassVar[str] = "policy.item-unmuted"

    uscc: str
    code: str


class ThemeMuted(Event):
    """The enterprise wants to hear nothing of items with this theme."""

    TOPIC: ClassVar[str] = "policy.theme-muted"

    uscc: str
    theme: str


class ThemeUnmuted(Event):
    """The enterprise wants to hear of this theme again."""

    TOPIC: ClassVar[str] = "policy.theme-unmuted"

    uscc: str
    theme: str


class DeliveryChosen(Event):
    """How matches are told: at once, or once a day together; and whether windows that close soon are."""

    TOPIC: ClassVar[str] = "policy.delivery-chosen"

    uscc: str
    delivery: Delivery
    reminders: bool


class DigestEntry(BaseModel):
    """One item of a digest."""

    model_config = ConfigDict(frozen=True)

    code: str
    title: str
    level: Level


class DigestDue(Event):
    """The day's matches of an enterprise that wants them together."""

    TOPIC: ClassVar[str] = "policy.digest-due"

    uscc: str
    entries: tuple[DigestEntry, ...]


class FactConsidered(BaseModel):
    """A fact as it stood when a match was recorded."""

    model_config = ConfigDict(frozen=True)

    key: str
    value: FactValue
    source: str
    standing: str
    as_of: date | None
    valid_until: date | None


class MatchRecorded(Event):
    """A match is kept as evidence: the item's revision, the facts and named conditions it rested on, and the verdict.

    With what stands here it can be computed again at any time, whatever has changed since.
    """

    TOPIC: ClassVar[str] = "policy.match-recorded"

    uscc: str
    code: str
    title: str
    revision: int
    day: date
    profile_version: int
    verdict: Literal["met", "not-met", "unknown"]
    eligibility: dict[str, Any]
    named: dict[str, Condition]
    facts: tuple[FactConsidered, ...]


class NamedConditionDefined(Event):
    """A reusable condition has a meaning, or another one than before: `version` counts them."""

    TOPIC: ClassVar[str] = "policy.named-condition-defined"

    name: str
    title: str
    rule: Condition
    version: int
