"""The clock of a statutory limit, which stops while somebody else has to act (design: Time; regulation, article 19)."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from shared.calendar.clock import end_of
from shared.calendar.workdays import Due, WorkingCalendar


class Pause(BaseModel):
    """A time the clock stood still, from the day of the stop to the day of the resumption."""

    model_config = ConfigDict(frozen=True)

    stopped_on: date
    resumed_on: date


class LimitClock(BaseModel):
    """A limit in working days that is running, or stopped.

    How the days at the edges count:

    - the day it starts or resumes on does not count; counting begins the day after (民法典, article 201);
    - the day of a stop counts as used when it is a working day after that one, whatever the hour: the clock ran on it.
      So stopping and resuming on one day neither gains nor loses anything;
    - stopped on its very last day, it is due on the day it resumes (or the next working day): a limit that was kept
      when the clock stopped is not overdue before there was a day to act on;
    - a stop after the due day excuses nothing: the due day stays, and the clock is overdue again when it resumes.

    `used_days` are the working days used before the present run; while the clock is stopped, all that were used, and
    `due` is then the day that held when it stopped. `pauses` are kept so that a newer calendar can count every run
    again.
    """

    model_config = ConfigDict(frozen=True)

    limit_days: int = Field(ge=0)
    started_on: date
    stopped_on: date | None = None
    used_days: int = 0
    due: Due
    pauses: tuple[Pause, ...] = ()

    @classmethod
    def start(cls, calendar: WorkingCalendar, limit_days: int, started_on: date) -> LimitClock:
        """A clock that starts to run. `limit_days` are working days; raises `ValueError` when negative."""
        due = calendar.add_working_days(started_on, limit_days)
        return cls(limit_days=limit_days, started_on=started_on, due=due)

    @property
    def running_since(self) -> date:
        """The day the present run began: the start, or the last resumption."""
        return self.pauses[-1].resumed_on if self.pauses else self.started_on

    def stop(self, calendar: WorkingCalendar, on: date) -> LimitClock:
        """Stand still from that day on. Raises `ValueError` when stopped already, or when the run began later."""
        if self.stopped_on is not None:
            raise ValueError(f"the clock is stopped since {self.stopped_on}")
        if on < self.running_since:
            raise ValueError(f"the clock runs only since {self.running_since}, it cannot stop on {on}")
        used = self.used_days + calendar.working_days_between(self.running_since, on)
        return self.model_copy(update={"stopped_on": on, "used_days": used})

    def resume(self, calendar: WorkingCalendar, on: date) -> LimitClock:
        """Run again. Raises `ValueError` when it is running, or was stopped later than that day."""
        if self.stopped_on is None:
            raise ValueError("the clock is running")
        if on < self.stopped_on:
            raise ValueError(f"the clock was stopped on {self.stopped_on}, it cannot resume on {on}")
        stopped_in_time = self.stopped_on <= self.due.day
        # More days than the limit can be used in time: no days at all, from a Saturday, are due on the Monday after.
        left = max(0, self.limit_days - self.used_days)
        due = calendar.add_working_days(on, left) if stopped_in_time else self.due
        pauses = (*self.pauses, Pause(stopped_on=self.stopped_on, resumed_on=on))
        return self.model_copy(update={"stopped_on": None, "due": due, "pauses": pauses})

    def days_left(self, calendar: WorkingCalendar, today: date) -> int:
        """Working days after today up to the due day: 0 on the due day, negative when overdue; unchanged while stopped.

        The first day past the due day already counts -1, also when it is not a working day.
        """
        day = self.stopped_on or today
        left = calendar.working_days_between(day, self.due.day)
        return left if day <= self.due.day else min(left, -1)

    def is_overdue(self, today: date) -> bool:
        """True after the due day; never while stopped."""
        return self.stopped_on is None and today > self.due.day

    def overdue_at(self) -> datetime | None:
        """The instant it becomes overdue: the end of the due day in Shanghai, as UTC; None while stopped."""
        return None if self.stopped_on is not None else end_of(self.due.day)

    def extended(self, calendar: WorkingCalendar, days: int) -> LimitClock:
        """The same start and the same pauses, with that many working days more."""
        return self.model_copy(update={"limit_days": self.limit_days + days}).recomputed(calendar)

    def recomputed(self, calendar: WorkingCalendar) -> LimitClock:
        """The same start and the same pauses, counted by another calendar."""
        clock = LimitClock.start(calendar, self.limit_days, self.started_on)
        for pause in self.pauses:
            clock = clock.stop(calendar, pause.stopped_on).resume(calendar, pause.resumed_on)
        return clock if self.stopped_on is None else clock.stop(calendar, self.stopped_on)
