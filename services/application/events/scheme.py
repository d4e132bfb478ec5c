"""What a department lays down for an item (办理方案), and what is left of its places and money."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from shared.eventstore.events import Event


class SchemeSet(Event):
    """The next version of an item's scheme; applications keep the version they began with."""

    TOPIC: ClassVar[str] = "application.scheme-set"

    item_code: str
    department: str
    version: int
    rules: dict[str, Any]
    process: dict[str, Any] | None
    set_on: date
    by: str


class _OfAllotment(Event):
    """Of which item and period."""

    item_code: str
    period: str


class AllotmentSet(_OfAllotment):
    """How much there is: `places` enterprises, `budget_fen` in all; None where nothing bounds it."""

    TOPIC: ClassVar[str] = "application.allotment-set"

    places: int | None
    budget_fen: int | None


class PlaceClaimed(_OfAllotment):
    """An application has a place, and so much of the money is kept for it."""

    TOPIC: ClassVar[str] = "application.place-claimed"

    number: str
    amount_fen: int


class ClaimAdjusted(_OfAllotment):
    """It gets another amount than it asked for."""

    TOPIC: ClassVar[str] = "application.claim-adjusted"

    number: str
    amount_fen: int


class PlaceReleased(_OfAllotment):
    """The place is free again, and the money."""

    TOPIC: ClassVar[str] = "application.place-released"

    number: str


class TurnTaken(Event):
    """An enterprise has its one application of a period, for an item or a group of items that exclude each other."""

    TOPIC: ClassVar[str] = "application.turn-taken"

    group: str
    period: str
    enterprise: str
    number: str
    item_title: str


class TurnReleased(Event):
    """It may apply again."""

    TOPIC: ClassVar[str] = "application.turn-released"

    group: str
    period: str
    enterprise: str
    number: str
