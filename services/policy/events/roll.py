"""What is kept of a roll (匹配名册): an item held against all enterprises at one moment."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from services.policy.conditions.language import Condition
from shared.contracts.rolls import MissingFact
from shared.eventstore.events import Event


class RollKept(Event):
    """An item was held against all enterprises, and whoever asked goes on with those who meet it (row A6).

    `eligibility` and `named` are what it rested on, `at` the moment of the profiles; with them every page of it can be read
    again. `digest`: SHA-256 of the codes of those who meet it, sorted and joined by commas.
    """

    TOPIC: ClassVar[str] = "policy.roll-kept"

    code: str
    title: str
    department: str
    revision: int
    purpose: str
    day: date
    at: datetime
    eligibility: dict[str, Any]
    named: dict[str, Condition]
    met: int
    undecided: int
    not_met: int
    digest: str
    missing: tuple[MissingFact, ...]
    by_person: tuple[str, ...]
