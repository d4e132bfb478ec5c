"""A live session: announced, held, ended and recorded, and nobody forgets it on the way; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from services.hotline.decider.commands import Instant, ItemCode, Reason, Text, Title, Unit
from services.hotline.decider.rights import handles, not_yours, require_platform
from services.hotline.events import live as events
from shared.calendar import LimitClock
from shared.contracts.identifiers import DepartmentCode
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Actor, Role

NOT_HELD_AFTER = timedelta(minutes=30)  # after the announced beginning
EARLY = timedelta(minutes=30)  # by which it may begin sooner
ENDS_BY_ITSELF_AFTER = timedelta(hours=2)  # after the announced end
LONGEST = timedelta(hours=12)
RECORD_DAYS = 5  # working days after the end


class AnnounceLive(Command):
    """Say that there will be one."""

    title: Title
    summary: Text
    department: DepartmentCode
    co_departments: tuple[DepartmentCode, ...] = Field((), max_length=10)
    speakers: tuple[Unit, ...] = Field(min_length=1, max_length=20)
    starts_at: Instant
    ends_at: Instant
    address: str | None = Field(None, pattern=r"^https?://\S{1,300}$")
    items: tuple[ItemCode, ...] = Field((), max_length=20)


class RescheduleLive(Command):
    """Move it."""

    starts_at: Instant
    ends_at: Instant
    reason: Reason


class CancelLive(Command):
    """Call it off."""

    reason: Reason


class BeginLive(Command):
    """On the air."""


class EndLive(Command):
    """Over."""


class PublishLiveRecord(Command):
    """Publish what was said."""

    summary: Text
    recording: str | None = Field(None, pattern=r"^https?://\S{1,300}$")


class LookAtLive(Command):
    """See what time has made of it."""


LiveCommand = AnnounceLive | RescheduleLive | CancelLive | BeginLive | EndLive | PublishLiveRecord | LookAtLive


class LiveState(State):
    """A session on its way."""

    announced: events.LiveAnnounced
    starts_at: datetime
    ends_at: datetime
    status: Literal["announced", "begun", "ended", "cancelled"] = "announced"
    not_held: bool = False
    end_by: datetime | None = None
    clock: LimitClock | None = None
    late: bool = False
    record: events.LiveRecordPublished | None = None


def hosts(actor: Actor, department: str) -> bool:
    """True for the department's staff, and for the data bureau."""
    return handles(actor, department) or actor.has(Role.DATA_BUREAU)


def decide(state: LiveState | None, command: LiveCommand, context: Context) -> Sequence[Event]:
    """One department holds it; time is looked at by the platform."""
    if isinstance(command, AnnounceLive):
        return _announce(state, command, context)
    if state is None:
        raise Refused("hotline.live-unknown", "没有这场直播，请核对编号。", because=Because.NOT_FOUND)
    if isinstance(command, LookAtLive):
        require_platform(context)
        return _look(state, context)
    if not hosts(context.actor, state.announced.department):
        not_yours("直播由主办部门办理，请用主办部门账号登录。")
    match command:
        case RescheduleLive():
            return _reschedule(state, command, context)
        case CancelLive(reason=reason):
            if state.status == "cancelled":
                return []
            _require(state, "announced", "直播已经开始或结束，不能取消。")
            return [events.LiveCancelled(reason=reason)]
        case BeginLive():
            return _begin(state, context)
        case EndLive():
            if state.status == "ended":
                return []
            _require(state, "begun", "直播尚未开始或已取消，不能结束。")
            return [_ended(context, by_itself=False)]
        case PublishLiveRecord(summary=summary, recording=recording):
            _require(state, "ended", "直播结束后才能发布实录，请先结束直播。")
            record = events.LiveRecordPublished(**_named(state), summary=summary, recording=recording)
            return [] if state.record == record else [record]


def _announce(state: LiveState | None, command: AnnounceLive, context: Context) -> Sequence[Event]:
    if not hosts(context.actor, command.department):
        not_yours("直播由主办部门预告，请用主办部门账号登录。")
    announced = events.LiveAnnounced(**command.model_dump())
    if state is not None:
        if state.announced == announced:
            return []
        raise Refused("hotline.live-differs", "该编号的直播已预告，内容不同，请重新提交。")
    _check_times(command.starts_at, command.ends_at, context)
    return [announced]


def _reschedule(state: LiveState, command: RescheduleLive, context: Context) -> Sequence[Event]:
    _require(state, "announced", "直播已经开始、结束或取消，不能改期。")
    if (state.starts_at, state.ends_at) == (command.starts_at, command.ends_at):
        return []
    _check_times(command.starts_at, command.ends_at, context)
    return [events.LiveRescheduled(**command.model_dump())]


def _check_times(starts_at: datetime, ends_at: datetime, context: Context) -> None:
    errors = []
    if starts_at <= context.now:
        errors.append(FieldError(field="starts_at", code="past", message="开始时间须在现在之后，请改正。"))
    if not timedelta() < ends_at - starts_at <= LONGEST:
        message = "结束时间须在开始时间之后，且一场不超过12小时，请改正。"
        errors.append(FieldError(field="ends_at", code="out-of-range", message=message))
    if errors:
        title = f"有{len(errors)}处需要改正，请改正后重新提交。"
        raise Refused("hotline.live-invalid", title, errors, Because.INVALID)


def _begin(state: LiveState, context: Context) -> Sequence[Event]:
    if state.status == "begun":
        return []
    _require(state, "announced", "直播已结束或已取消，不能开始。")
    if context.now < state.starts_at - EARLY:
        raise Refused("hotline.live-too-early", "尚未到直播时间，最早可提前30分钟开始；如需提前，请先改期。")
    return [events.LiveBegun(end_by=max(state.ends_at, context.now) + ENDS_BY_ITSELF_AFTER)]


def _ended(context: Context, *, by_itself: bool) -> events.LiveEnded:
    clock = LimitClock.start(context.calendar, RECORD_DAYS, context.today)
    return events.LiveEnded(clock=clock, by_itself=by_itself)


def _look(state: LiveState, context: Context) -> Sequence[Event]:
    if state.status == "announced" and not state.not_held and context.now >= state.starts_at + NOT_HELD_AFTER:
        return [events.LiveNotHeld(**_named(state))]
    if state.status == "begun" and state.end_by is not None and context.now >= state.end_by:
        return [_ended(context, by_itself=True)]
    if state.clock is None or state.record is not None or state.late:
        return []
    clock = LimitClock.start(context.calendar, RECORD_DAYS, state.clock.started_on)
    if (clock.due.day, clock.due.provisional) != (state.clock.due.day, state.clock.due.provisional):
        return [events.LiveRecordDueMoved(clock=clock)]
    late = clock.is_overdue(context.today)
    return [events.LiveRecordOverdue(**_named(state), due_on=clock.due.day)] if late else []


def _require(state: LiveState, status: str, title: str) -> None:
    if state.status != status:
        raise Refused(f"hotline.live-not-{status}", title)


def _named(state: LiveState) -> dict[str, str]:
    return {"department": state.announced.department, "title": state.announced.title}


def evolve(state: LiveState | None, event: Event) -> LiveState:
    """The session after an event."""
    if isinstance(event, events.LiveAnnounced):
        return LiveState(announced=event, starts_at=event.starts_at, ends_at=event.ends_at)
    assert state is not None  # noqa: S101 - nothing happens to a session before it is announced
    match event:
        case events.LiveRescheduled():
            changes = {"starts_at": event.starts_at, "ends_at": event.ends_at, "not_held": False}
        case events.LiveCancelled():
            changes = {"status": "cancelled"}
        case events.LiveNotHeld():
            changes = {"not_held": True}
        case events.LiveBegun(end_by=end_by):
            changes = {"status": "begun", "end_by": end_by}
        case events.LiveEnded(clock=clock):
            changes = {"status": "ended", "clock": clock}
        case events.LiveRecordDueMoved(clock=clock):
            changes = {"clock": clock}
        case events.LiveRecordOverdue():
            changes = {"late": True}
        case events.LiveRecordPublished():
            changes = {"record": event}
        case _:
            changes = {}
    return state.model_copy(update=changes)


live = Decider("live", LiveState, decide, evolve)
