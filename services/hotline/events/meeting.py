"""What happened to a symposium or a visit to an enterprise (articles 22(6) and 23)."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from shared.contracts.hotline import Nature
from shared.eventstore.events import Event

MeetingKind = Literal["symposium", "visit"]


class Demand(BaseModel):
    """What an enterprise asked for there. `contact`: whom to answer, sealed, and erased once the ticket has it."""

    model_config = ConfigDict(frozen=True)

    number: int
    enterprise: str | None = None
    nature: Nature = "demand"
    title: str
    content: str
    item: str | None = None
    suggested_department: str | None = None
    contact: str | None = None


class MeetingRecorded(Event):
    """It was held; each demand becomes a ticket."""

    TOPIC: ClassVar[str] = "hotline.meeting-recorded"

    kind: MeetingKind
    title: str
    held_on: date
    place: str
    town: str | None
    department: str
    enterprises: tuple[str, ...]
    minutes: str
    demands: tuple[Demand, ...]


class DemandsAdded(Event):
    """Demands that were written down later."""

    TOPIC: ClassVar[str] = "hotline.demands-added"

    demands: tuple[Demand, ...]


class DemandsBecameTickets(Event):
    """The tickets of these demands are there, by the demands' numbers; `left` were added meanwhile and have none."""

    TOPIC: ClassVar[str] = "hotline.demands-became-tickets"

    tickets: dict[int, str]
    left: int = 0
