"""The limit of an answer, in working days or in hours; pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from services.hotline.events.rules import Limit, Terms
from services.hotline.events.ticket import AnswerClock
from shared.calendar import HoursClock, LimitClock, WorkingCalendar, civil_date, end_of, start_of
from shared.eventstore.decider import Context

_SOON = timedelta(hours=1)  # before an hours' limit ends, if it is longer


def started(limit: Limit, context: Context) -> AnswerClock:
    """A clock that runs from now, or from tomorrow in working days."""
    if limit.unit == "hours":
        return HoursClock.start(limit.amount, context.now)
    return LimitClock.start(context.calendar, limit.amount, context.today)


def stopped(clock: AnswerClock, context: Context) -> AnswerClock:
    """Standing still from now on."""
    if isinstance(clock, HoursClock):
        return clock.stop(context.now)
    return clock.stop(context.calendar, context.today)


def resumed(clock: AnswerClock, context: Context) -> AnswerClock:
    """Running again."""
    if isinstance(clock, HoursClock):
        return clock.resume(context.now)
    return clock.resume(context.calendar, context.today)


def extended(clock: AnswerClock, amount: int, context: Context) -> AnswerClock:
    """With so many working days, or hours, more."""
    if isinstance(clock, HoursClock):
        return clock.extended(amount)
    return clock.extended(context.calendar, amount)


def limit_of(clock: AnswerClock) -> int:
    """The whole limit, in its own unit."""
    return clock.limit_hours if isinstance(clock, HoursClock) else clock.limit_days


def is_stopped(clock: AnswerClock) -> bool:
    """True while somebody else has to act."""
    return clock.stopped_at is not None if isinstance(clock, HoursClock) else clock.stopped_on is not None


def is_late(clock: AnswerClock, now: datetime) -> bool:
    """True when the limit is over, and the clock runs."""
    return clock.is_overdue(now) if isinstance(clock, HoursClock) else clock.is_overdue(civil_date(now))


def due_at(clock: AnswerClock) -> datetime:
    """The instant the limit ends, as it stood when a stopped clock stopped."""
    return clock.due_at if isinstance(clock, HoursClock) else end_of(clock.due.day)


def due_on(clock: AnswerClock) -> date:
    """The day the limit ends."""
    return civil_date(clock.due_at) if isinstance(clock, HoursClock) else clock.due.day


def provisional(clock: AnswerClock) -> bool:
    """True when it reaches into a year that is not announced."""
    return isinstance(clock, LimitClock) and clock.due.provisional


def timed(clock: AnswerClock, terms: Terms, calendar: WorkingCalendar) -> dict[str, Any]:
    """The clock, and the instants that follow from it."""
    if isinstance(clock, HoursClock):
        late = calendar.add_working_days(civil_date(clock.due_at), terms.supervise_after)
        warn_at = clock.due_at - _SOON if clock.due_at - _SOON > clock.running_since else None
        return {"clock": clock, "warn_at": warn_at, "supervise_at": end_of(late.day)}
    left = clock.limit_days - clock.used_days
    warn_on = calendar.add_working_days(clock.running_since, left - terms.warn_before).day if left > 0 else None
    if left <= terms.warn_before:  # a limit of a day is soon due from its beginning: the dispatch itself tells
        warn_on = None
    supervise_on = calendar.add_working_days(clock.due.day, terms.supervise_after).day
    return {
        "clock": clock,
        "warn_at": start_of(warn_on) if warn_on else None,
        "supervise_at": end_of(supervise_on),
    }
