"""What happened to a live session (云直播, articles 6(6) and 9(4)), and to what people said in it."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal

from shared.calendar import LimitClock
from shared.eventstore.events import Event

RemarkKind = Literal["question", "comment"]


class LiveAnnounced(Event):
    """Announced to everybody. `speakers` are offices, not names; `address` is where it is shown."""

    TOPIC: ClassVar[str] = "hotline.live-announced"

    title: str
    summary: str
    department: str
    co_departments: tuple[str, ...]
    speakers: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    address: str | None
    items: tuple[str, ...]


class LiveRescheduled(Event):
    """At another time, for a reason."""

    TOPIC: ClassVar[str] = "hotline.live-rescheduled"

    starts_at: datetime
    ends_at: datetime
    reason: str


class LiveCancelled(Event):
    """It will not be held; what was asked is answered all the same."""

    TOPIC: ClassVar[str] = "hotline.live-cancelled"

    reason: str


class LiveNotHeld(Event):
    """Its time has come, and nobody has begun it."""

    TOPIC: ClassVar[str] = "hotline.live-not-held"

    department: str
    title: str


class LiveBegun(Event):
    """On the air; it ends by itself at `end_by` when nobody ends it."""

    TOPIC: ClassVar[str] = "hotline.live-begun"

    end_by: datetime


class LiveEnded(Event):
    """Over; a record is owed within the clock's working days. `by_itself`: nobody had ended it."""

    TOPIC: ClassVar[str] = "hotline.live-ended"

    clock: LimitClock
    by_itself: bool


class LiveRecordDueMoved(Event):
    """A newer calendar counts another due day, or makes the same one certain."""

    TOPIC: ClassVar[str] = "hotline.live-record-due-moved"

    clock: LimitClock


class LiveRecordOverdue(Event):
    """There is no record in time."""

    TOPIC: ClassVar[str] = "hotline.live-record-overdue"

    department: str
    title: str
    due_on: date


class LiveRecordPublished(Event):
    """What was said, and where it can be seen again; the newest one counts."""

    TOPIC: ClassVar[str] = "hotline.live-record-published"

    department: str
    title: str
    summary: str
    recording: str | None


class RemarkMade(Event):
    """A question or comment on a session, by a person known by a mark alone. A question is answered within the `clock`.

    `aloud`: it was asked in the session, and the department's staff wrote it down.
    """

    TOPIC: ClassVar[str] = "hotline.remark-made"

    session: str
    kind: RemarkKind
    text: str
    department: str
    title: str
    asker: str | None
    enterprise: str | None
    aloud: bool
    made_at: datetime
    clock: LimitClock | None
    warn_on: date | None


class RemarkShown(Event):
    """Everybody may read it."""

    TOPIC: ClassVar[str] = "hotline.remark-shown"


class RemarkHidden(Event):
    """Nobody but its author and the department reads it, for a reason; a question so hidden is owed no answer."""

    TOPIC: ClassVar[str] = "hotline.remark-hidden"

    reason: str


class QuestionAnswered(Event):
    """Answered in the session (`live`) or in writing afterwards."""

    TOPIC: ClassVar[str] = "hotline.question-answered"

    session: str
    department: str
    title: str
    enterprise: str | None
    text: str
    live: bool
    in_time: bool


class QuestionDueMoved(Event):
    """The session is at another time, or a newer calendar counts otherwise."""

    TOPIC: ClassVar[str] = "hotline.question-due-moved"

    clock: LimitClock
    warn_on: date


class QuestionDueSoon(Event):
    """Its answer is soon due."""

    TOPIC: ClassVar[str] = "hotline.question-due-soon"

    session: str
    department: str
    title: str
    due_on: date


class QuestionHandedOver(Event):
    """It becomes a ticket: by the department, or because nobody has answered it in time (`overdue`)."""

    TOPIC: ClassVar[str] = "hotline.question-handed-over"

    session: str
    department: str
    title: str
    overdue: bool
    reason: str


class QuestionBecameTicket(Event):
    """The ticket is there; what becomes of it is told there."""

    TOPIC: ClassVar[str] = "hotline.question-became-ticket"

    ticket: str
