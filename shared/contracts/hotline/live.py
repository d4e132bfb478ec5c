"""Published of live sessions (云直播, articles 6(6) and 9(4)), symposia and visits (articles 22(6) and 23)."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal

from shared.contracts.base import Published


class LiveAnnounced(Published):
    """A session will be held; `items` are the policy items it is about."""

    TYPE: ClassVar[str] = "hotline.live-announced"
    TITLE: ClassVar[str] = "云直播已预告"

    live_id: str
    title: str
    department: str
    starts_at: datetime
    ends_at: datetime
    items: tuple[str, ...] = ()


class LiveRescheduled(Published):
    """It is held at another time."""

    TYPE: ClassVar[str] = "hotline.live-rescheduled"
    TITLE: ClassVar[str] = "云直播已改期"

    live_id: str
    starts_at: datetime
    ends_at: datetime
    reason: str


class LiveCancelled(Published):
    """It is not held."""

    TYPE: ClassVar[str] = "hotline.live-cancelled"
    TITLE: ClassVar[str] = "云直播已取消"

    live_id: str
    reason: str


class _OfLive(Published):
    live_id: str
    department: str
    title: str


class LiveNotHeld(_OfLive):
    """Half an hour after its time nobody had begun it."""

    TYPE: ClassVar[str] = "hotline.live-not-held"
    TITLE: ClassVar[str] = "云直播未按时开始"


class LiveRecordPublished(_OfLive):
    """Its record can be read."""

    TYPE: ClassVar[str] = "hotline.live-record-published"
    TITLE: ClassVar[str] = "云直播实录已发布"


class LiveRecordOverdue(_OfLive):
    """Five working days after its end there was no record."""

    TYPE: ClassVar[str] = "hotline.live-record-overdue"
    TITLE: ClassVar[str] = "云直播实录逾期未发布"

    due_on: date


class LiveQuestionDueSoon(_OfLive):
    """A question of the session has to be answered."""

    TYPE: ClassVar[str] = "hotline.live-question-due-soon"
    TITLE: ClassVar[str] = "直播提问即将到期"

    question_id: str
    due_on: date


class LiveQuestionAnswered(_OfLive):
    """A question was answered: in the session (`live`), or in writing."""

    TYPE: ClassVar[str] = "hotline.live-question-answered"
    TITLE: ClassVar[str] = "直播提问已答复"

    question_id: str
    enterprise: str | None = None
    live: bool
    in_time: bool


class LiveQuestionHandedOver(_OfLive):
    """A question becomes a ticket; `overdue`: because it was not answered in time."""

    TYPE: ClassVar[str] = "hotline.live-question-handed-over"
    TITLE: ClassVar[str] = "直播提问已转为工单"

    question_id: str
    overdue: bool


class MeetingRecorded(Published):
    """A symposium or visit was held; each of its `demands` becomes a ticket of source `visit`."""

    TYPE: ClassVar[str] = "hotline.meeting-recorded"
    TITLE: ClassVar[str] = "座谈走访已登记"

    meeting_id: str
    kind: Literal["symposium", "visit"]
    title: str
    held_on: date
    town: str | None = None
    department: str
    enterprises: tuple[str, ...] = ()
    demands: int
