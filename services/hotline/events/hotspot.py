"""What happened about hot spots: many like tickets in a town, or on an item."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from shared.eventstore.events import Event


class HotSpotsLooked(Event):
    """The tickets of a place were compared."""

    TOPIC: ClassVar[str] = "hotline.hot-spots-looked"

    place: str
    at: datetime


class HotSpotRaised(Event):
    """Many tickets are about the same matter; said again when they have doubled. `lead` is the first of them."""

    TOPIC: ClassVar[str] = "hotline.hot-spot-raised"

    lead: str
    title: str
    town: str | None
    item: str | None
    tickets: tuple[str, ...]
    days: int
    again: bool
