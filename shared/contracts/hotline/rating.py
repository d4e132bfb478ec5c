"""Published by hotline: ratings of finished matters (好差评, GB/T 39735-2020) and their follow-up (article 26)."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from shared.contracts.base import Published

Grade = Literal[1, 2, 3, 4, 5]  # 5 非常满意, 4 满意, 3 基本满意, 2 不满意, 1 非常不满意
RatedKind = Literal["ticket", "application", "counter"]
RatingChannel = Literal["platform", "counter", "phone"]


class _OfRating(Published):
    """`rating_id` is `<kind>-<key of the matter>`; `enterprise` is left out where the rater is anonymous."""

    rating_id: str
    kind: RatedKind
    title: str
    grade: Grade
    department: str | None = None
    enterprise: str | None = None
    item: str | None = None


class RatingGiven(_OfRating):
    """A matter was rated; 1 and 2 are bad. The text stays in hotline."""

    TYPE: ClassVar[str] = "hotline.rating-given"
    TITLE: ClassVar[str] = "办件评价已提交"

    channel: RatingChannel
    given_on: date


class RatingReplied(_OfRating):
    """The department has replied; the text stays in hotline."""

    TYPE: ClassVar[str] = "hotline.rating-replied"
    TITLE: ClassVar[str] = "评价已回复"


class FollowUpDueSoon(_OfRating):
    """A bad rating is still to be followed up, and the due day is near."""

    TYPE: ClassVar[str] = "hotline.follow-up-due-soon"
    TITLE: ClassVar[str] = "差评整改即将到期"

    due_on: date


class FollowUpOverdue(_OfRating):
    """A bad rating was not followed up by the due day; raised by the platform itself, once."""

    TYPE: ClassVar[str] = "hotline.follow-up-overdue"
    TITLE: ClassVar[str] = "差评整改已超期"

    due_on: date


class FollowUpRecorded(_OfRating):
    """The department says what was put right, or why nothing could be."""

    TYPE: ClassVar[str] = "hotline.follow-up-recorded"
    TITLE: ClassVar[str] = "差评整改结果已登记"

    put_right: bool
    recorded_on: date
    in_time: bool
