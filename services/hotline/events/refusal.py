"""What happened to a row that another system sent and that could not be taken."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from shared.calendar import LimitClock
from shared.eventstore.decider import FieldError
from shared.eventstore.events import Event

RowKind = Literal["tickets", "updates"]


class RowRefused(Event):
    """It is kept as it came, sealed (`original`), with everything that is wrong with it, until somebody has looked."""

    TOPIC: ClassVar[str] = "hotline.row-refused"

    kind: RowKind
    source: str | None
    number: str | None
    digest: str
    original: str
    errors: tuple[FieldError, ...]
    clock: LimitClock


class RowShown(Event):
    """Somebody has read it in the clear."""

    TOPIC: ClassVar[str] = "hotline.row-shown"


class RowWaiting(Event):
    """Nobody has looked in time."""

    TOPIC: ClassVar[str] = "hotline.row-waiting"

    kind: RowKind
    source: str | None
    due_on: date


class RowSettled(Event):
    """`taken`: corrected and taken, by the desk or by its sender; else it needs no ticket, for a `reason`."""

    TOPIC: ClassVar[str] = "hotline.row-settled"

    taken: bool
    reason: str = ""
