"""Following up a bad rating: within a limit of working days, extended once, to at most fifteen; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from pydantic import ConfigDict, Field

from services.hotline.decider.ratingstate import RatingState, named, serves
from services.hotline.decider.rights import not_yours
from services.hotline.events.rating import (
    FollowUpBegun,
    FollowUpDueSoon,
    FollowUpExtended,
    FollowUpOverdue,
    FollowUpRecomputed,
    FollowUpRecorded,
)
from shared.calendar import LimitClock, WorkingCalendar
from shared.eventstore.decider import Because, Command, Context, FieldError, Refused
from shared.eventstore.events import Event
from shared.security.actor import Role

LONGEST_DAYS = 15  # working days, with the extension


class BeginFollowUp(Command):
    """Start the clock of a bad rating's follow-up, of `days` working days."""

    days: int


class ExtendFollowUp(Command):
    """Give it `days` working days in all instead."""

    model_config = ConfigDict(str_strip_whitespace=True)

    days: int
    reason: str = Field("", max_length=1000)


class RecordFollowUp(Command):
    """Say what was put right, or why nothing could be."""

    model_config = ConfigDict(str_strip_whitespace=True)

    text: str = Field("", max_length=5000)
    put_right: bool


class RaiseFollowUpDueSoon(Command):
    """Say that the due day is near, if it is."""


class RaiseFollowUpOverdue(Command):
    """Say that the due day has passed, if it has."""


class RecomputeFollowUp(Command):
    """Count the limit again by the present calendar."""


_ByPlatform = RaiseFollowUpDueSoon | RaiseFollowUpOverdue | RecomputeFollowUp
FollowUpCommand = BeginFollowUp | ExtendFollowUp | RecordFollowUp | _ByPlatform


def opening(state: RatingState, days: int, context: Context) -> FollowUpBegun:
    """The follow-up's beginning, today."""
    return FollowUpBegun(**named(state), **_running(context.calendar, days, context.today))


def begin(state: RatingState, command: BeginFollowUp, context: Context) -> Sequence[Event]:
    """Once, for a bad rating, by the platform."""
    if not context.actor.has(Role.SYSTEM):
        not_yours("差评整改由平台自动启动，不能由人工办理。")
    return [] if state.clock or state.given.grade > 2 else [opening(state, command.days, context)]


def follow(state: RatingState, command: FollowUpCommand, context: Context) -> Sequence[Event]:
    """What may be asked while a follow-up runs; what the platform asks out of time changes nothing."""
    if isinstance(command, _ByPlatform):
        if not context.actor.has(Role.SYSTEM):
            not_yours("期限由平台自动核算，不能由人工办理。")
        return _by_platform(state, command, context)
    if not serves(context.actor, state.given.matter.department):
        not_yours("差评由被评价的部门整改，请联系该部门。")
    if state.clock is None:
        raise Refused("hotline.no-follow-up", "这条评价没有正在进行的整改，无需登记。")
    if isinstance(command, RecordFollowUp):
        return _record(state, state.clock, command, context)
    assert isinstance(command, ExtendFollowUp)  # noqa: S101 - begin() has its own way in
    return _extend(state, state.clock, command, context)


def _record(state: RatingState, clock: LimitClock, command: RecordFollowUp, context: Context) -> Sequence[Event]:
    if not command.text:
        raise _invalid([("text", "missing", "请写明如何整改，或无法整改的原因。")])
    if known := state.recorded:
        if (known.text, known.put_right) == (command.text, command.put_right):
            return []
        raise Refused("hotline.already-followed-up", f"该差评已于{known.recorded_on}登记整改结果，不能再次登记。")
    in_time = not state.overdue and not clock.is_overdue(context.today)
    return [FollowUpRecorded(**named(state), **command.model_dump(), recorded_on=context.today, in_time=in_time)]


def _extend(state: RatingState, clock: LimitClock, command: ExtendFollowUp, context: Context) -> Sequence[Event]:
    if state.recorded or state.extended or state.overdue or clock.is_overdue(context.today):
        raise Refused("hotline.not-extendable", "整改期限只能在到期前延长一次，请尽快登记整改结果。")
    errors = []
    if not clock.limit_days < command.days <= LONGEST_DAYS:
        range_ = f"延长后的期限须多于{clock.limit_days}个工作日，最长{LONGEST_DAYS}个工作日，请改正。"
        errors.append(("days", "out-of-range", range_))
    if not command.reason:
        errors.append(("reason", "missing", "请写明延长的理由。"))
    if errors:
        raise _invalid(errors)
    running = _running(context.calendar, command.days, clock.started_on)
    return [FollowUpExtended(**named(state), **running, reason=command.reason)]


def _by_platform(state: RatingState, command: FollowUpCommand, context: Context) -> Sequence[Event]:
    clock, warn_on = state.clock, state.warn_on
    if clock is None or warn_on is None or state.recorded or state.overdue:
        return []
    match command:
        case RaiseFollowUpDueSoon():
            due = not state.warned and context.today >= warn_on and not clock.is_overdue(context.today)
            return [FollowUpDueSoon(**named(state), due_on=clock.due.day)] if due else []
        case RaiseFollowUpOverdue():
            late = clock.is_overdue(context.today)
            return [FollowUpOverdue(**named(state), due_on=clock.due.day)] if late else []
    running = _running(context.calendar, clock.limit_days, clock.started_on)
    due = running["clock"].due
    same = (due.day, due.provisional) == (clock.due.day, clock.due.provisional)
    return [] if same else [FollowUpRecomputed(**named(state), **running)]


def _running(calendar: WorkingCalendar, days: int, started_on: date) -> dict[str, Any]:
    """The clock, and the day from which one working day is left."""
    clock = LimitClock.start(calendar, days, started_on)
    return {"clock": clock, "warn_on": calendar.add_working_days(started_on, max(1, days - 1)).day}


def _invalid(errors: Sequence[tuple[str, str, str]]) -> Refused:
    named_errors = [FieldError(field=field, code=code, message=message) for field, code, message in errors]
    title = f"有{len(errors)}处需要改正，请改正后重新提交。"
    return Refused("hotline.follow-up-invalid", title, named_errors, Because.INVALID)
