"""Results put before the public (公示): for how long, what was objected, and what came of it."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Literal

from shared.calendar import LimitClock
from shared.eventstore.events import Event


class _OfAnnouncement(Event):
    """Of which item and period."""

    item_id: str
    item_code: str
    item_title: str
    department: str
    period: str


class ResultsAnnounced(_OfAnnouncement):
    """A department puts results before the public (articles 9, 21). `entries`: as `decider.announcement.Entry`."""

    TOPIC: ClassVar[str] = "application.results-announced"

    entries: tuple[dict[str, Any], ...]
    clock: LimitClock
    by: str


class ObjectionRaised(_OfAnnouncement):
    """Somebody objects, to one entry or to the whole (`against` None). `contact` is sealed."""

    TOPIC: ClassVar[str] = "application.objection-raised"

    objection: int
    against: str | None
    grounds: str
    contact: str | None
    enterprise: str | None
    by: str
    clock: LimitClock


class ObjectorShown(_OfAnnouncement):
    """Somebody of the department has looked up how to reach whoever raised an objection."""

    TOPIC: ClassVar[str] = "application.objector-shown"

    objection: int
    by: str


class ObjectionDecided(_OfAnnouncement):
    """The department has looked into it; `removed`: the entries that do not stand."""

    TOPIC: ClassVar[str] = "application.objection-decided"

    objection: int
    outcome: Literal["upheld", "rejected"]
    reason: str
    removed: tuple[str, ...]
    enterprise: str | None
    in_time: bool
    by: str


class ObjectionOverdue(_OfAnnouncement):
    """The time to look into it is over."""

    TOPIC: ClassVar[str] = "application.objection-overdue"

    objection: int
    due_on: date
    limit_days: int


class AnnouncementLimitRecomputed(_OfAnnouncement):
    """The calendar knows more than when the announcement's days, or those of an objection, were counted."""

    TOPIC: ClassVar[str] = "application.announcement-limit-recomputed"

    objection: int | None
    previous_due_on: date
    clock: LimitClock
    notice: str


class AnnouncementEnded(_OfAnnouncement):
    """The days of the announcement are over."""

    TOPIC: ClassVar[str] = "application.announcement-ended"


class ResultsConfirmed(_OfAnnouncement):
    """Final: what stands is granted."""

    TOPIC: ClassVar[str] = "application.results-confirmed"

    confirmed: int
    removed: int
    by: str
