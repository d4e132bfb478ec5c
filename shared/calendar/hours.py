"""A limit in hours, for what cannot wait for working days (GB/T 33358: urgent matters the same day)."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field


class HoursClock(BaseModel):
    """A limit in hours of the day and night that is running, or stopped while somebody else has to act.

    `used_seconds` were used before the present run; while it is stopped `due_at` is what held when it stopped.
    """

    model_config = ConfigDict(frozen=True)

    limit_hours: int = Field(ge=1)
    started_at: datetime
    running_since: datetime
    stopped_at: datetime | None = None
    used_seconds: int = 0
    due_at: datetime

    @classmethod
    def start(cls, limit_hours: int, at: datetime) -> HoursClock:
        """A clock that starts to run at that instant."""
        return cls(limit_hours=limit_hours, started_at=at, running_since=at, due_at=at + timedelta(hours=limit_hours))

    def stop(self, at: datetime) -> HoursClock:
        """Stand still from then on. Raises `ValueError` when stopped already, or when the run began later."""
        if self.stopped_at is not None:
            raise ValueError(f"the clock is stopped since {self.stopped_at}")
        if at < self.running_since:
            raise ValueError(f"the clock runs only since {self.running_since}, it cannot stop at {at}")
        used = self.used_seconds + int((at - self.running_since).total_seconds())
        return self.model_copy(update={"stopped_at": at, "used_seconds": used})

    def resume(self, at: datetime) -> HoursClock:
        """Run again. A stop after the due instant excuses nothing. Raises `ValueError` when it is running."""
        if self.stopped_at is None:
            raise ValueError("the clock is running")
        if at < self.stopped_at:
            raise ValueError(f"the clock was stopped at {self.stopped_at}, it cannot resume at {at}")
        in_time = self.stopped_at <= self.due_at
        left = timedelta(hours=self.limit_hours) - timedelta(seconds=self.used_seconds)
        due = at + max(timedelta(), left) if in_time else self.due_at
        return self.model_copy(update={"stopped_at": None, "running_since": at, "due_at": due})

    def extended(self, hours: int) -> HoursClock:
        """With that many hours more."""
        more = {"limit_hours": self.limit_hours + hours, "due_at": self.due_at + timedelta(hours=hours)}
        return self.model_copy(update=more)

    def hours_left(self, now: datetime) -> float:
        """Hours up to the due instant, negative when overdue; unchanged while stopped."""
        return (self.due_at - (self.stopped_at or now)).total_seconds() / 3600

    def is_overdue(self, now: datetime) -> bool:
        """True from the due instant on; never while stopped."""
        return self.stopped_at is None and now >= self.due_at
