"""What happened to a rating (好差评), to the counter visit it may be of, and how many somebody gave on a day."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from shared.calendar import LimitClock
from shared.contracts.hotline import Grade, RatedKind, RatingChannel
from shared.eventstore.events import Event


class Matter(BaseModel):
    """A finished matter that can be rated; `enterprise` is the asker or applicant, None for an individual or a visitor."""

    model_config = ConfigDict(frozen=True)

    kind: RatedKind
    key: str
    title: str
    department: str | None
    enterprise: str | None = None
    item: str | None = None
    finished_on: date


class VisitRecorded(Event):
    """Somebody was served at a counter; whoever holds the number may rate it."""

    TOPIC: ClassVar[str] = "hotline.visit-recorded"

    number: str
    department: str
    about: str
    day: date


class RatingCounted(Event):
    """A person or enterprise rates a matter on this day; only for the limit of a day."""

    TOPIC: ClassVar[str] = "hotline.rating-counted"

    rating: str


class _OfRating(Event):
    """What every event of a rating tells about it, so that each can be published on its own."""

    matter: Matter
    grade: Grade
    anonymous: bool


class RatingGiven(_OfRating):
    """The matter is rated, once. `open`: its text and the reply may be shown to everybody once approved."""

    TOPIC: ClassVar[str] = "hotline.rating-given"

    tags: tuple[str, ...]
    text: str
    channel: RatingChannel
    open: bool
    given_on: date


class RatingPassedOn(_OfRating):
    """The ticket that was rated badly is worked on again: what was put right is said there."""

    TOPIC: ClassVar[str] = "hotline.rating-passed-on"


class RatingApproved(_OfRating):
    """Everybody may read it, if the rater agreed."""

    TOPIC: ClassVar[str] = "hotline.rating-approved"


class RatingHidden(_OfRating):
    """It is not shown, for a reason; its grade counts as before."""

    TOPIC: ClassVar[str] = "hotline.rating-hidden"

    reason: str


class RatingReplied(_OfRating):
    """The department has replied to the rater."""

    TOPIC: ClassVar[str] = "hotline.rating-replied"

    text: str


class FollowUpBegun(_OfRating):
    """A bad rating is to be followed up within the clock's working days; from `warn_on` its end is near."""

    TOPIC: ClassVar[str] = "hotline.follow-up-begun"

    clock: LimitClock
    warn_on: date


class FollowUpExtended(_OfRating):
    """More time, once, for a reason."""

    TOPIC: ClassVar[str] = "hotline.follow-up-extended"

    clock: LimitClock
    warn_on: date
    reason: str


class FollowUpRecomputed(_OfRating):
    """A newer calendar counts another due day, or makes the same one certain."""

    TOPIC: ClassVar[str] = "hotline.follow-up-recomputed"

    clock: LimitClock
    warn_on: date


class FollowUpDueSoon(_OfRating):
    """The due day is near and nothing is recorded."""

    TOPIC: ClassVar[str] = "hotline.follow-up-due-soon"

    due_on: date


class FollowUpOverdue(_OfRating):
    """The due day has passed and nothing is recorded."""

    TOPIC: ClassVar[str] = "hotline.follow-up-overdue"

    due_on: date


class FollowUpRecorded(_OfRating):
    """What was put right, or (`put_right` false) why nothing could be."""

    TOPIC: ClassVar[str] = "hotline.follow-up-recorded"

    text: str
    put_right: bool
    recorded_on: date
    in_time: bool
