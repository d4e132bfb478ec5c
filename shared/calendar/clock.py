"""The clock that is injected everywhere, and the civil day in Asia/Shanghai."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Protocol
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

SHANGHAI = ZoneInfo("Asia/Shanghai")
# A wall clock that is set, or a machine that slept, is noticed after at most this many real seconds.
LONGEST_SLEEP = 1.0


def as_utc(instant: datetime) -> datetime:
    """The same instant in UTC. Raises `ValueError` for a naive datetime, which names no instant."""
    if instant.tzinfo is None:
        raise ValueError(f"an instant needs a time zone: {instant.isoformat()}")
    return instant.astimezone(UTC)


def civil_date(instant: datetime) -> date:
    """The date on a calendar in Shanghai at that instant. Raises `ValueError` for a naive datetime."""
    return as_utc(instant).astimezone(SHANGHAI).date()


def start_of(day: date) -> datetime:
    """The first instant of a civil day, as UTC."""
    return datetime.combine(day, time.min, SHANGHAI).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The first instant after a civil day, which is the first of the next one, as UTC."""
    return start_of(day + timedelta(days=1))


class Clock(Protocol):
    """The platform's time. Only `main` chooses which one; nobody else asks the machine."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    async def sleep_until(self, instant: datetime) -> None:
        """Return once `now()` is at or past the instant; at once when it is already. Raises `ValueError` when naive."""
        ...


def wall_time() -> datetime:
    """The machine's own time, in UTC."""
    return datetime.now(UTC)


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return wall_time()

    async def sleep_until(self, instant: datetime) -> None:
        """See `Clock.sleep_until`."""
        await _sleep_until(self, instant, speed=1)


Instant = Annotated[AwareDatetime, AfterValidator(as_utc)]


class ClockFace(BaseModel):
    """What makes up a running clock: at the wall time `origin` it read `at`, and it runs at `speed`.

    `speed` is platform seconds per real second; 0 stands still. Kept as JSON in the data directory, so that every
    process reads the same time without talking to another.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: Instant
    origin: Instant
    speed: float = Field(ge=0, allow_inf_nan=False)

    def reads(self, wall: datetime) -> datetime:
        """The platform's time when the wall clock shows `wall`."""
        return self.at + (as_utc(wall) - self.origin) * self.speed

    def reanchored(self, now_wall: datetime, speed: float) -> ClockFace:
        """The face that goes on from what this one reads at `now_wall`, at another speed: time does not jump."""
        return ClockFace(at=self.reads(now_wall), origin=now_wall, speed=speed)

    def to_json(self) -> str:
        """As text for a file; `from_json` gives the same face back."""
        return self.model_dump_json()

    @classmethod
    def from_json(cls, text: str | bytes) -> ClockFace:
        """Read what `to_json` wrote. Raises pydantic's `ValidationError` (a `ValueError`) for anything else."""
        return cls.model_validate_json(text)


class RunningClock:
    """Starts at any date and runs at any speed: `at + (wall - origin) * speed`.

    Holds no state beside these three values, so processes that share them agree to the accuracy of their wall clocks.
    """

    def __init__(self, at: datetime, origin: datetime, speed: float, wall: Callable[[], datetime] = wall_time) -> None:
        self.face = ClockFace(at=at, origin=origin, speed=speed)
        self._wall = wall

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return self.face.reads(self._wall())

    async def sleep_until(self, instant: datetime) -> None:
        """See `Clock.sleep_until`; a clock that stands still keeps the sleeper until it is cancelled."""
        await _sleep_until(self, instant, self.face.speed)


class FixedClock:
    """Stands still until it is set, for unit tests; sleepers wake when it has moved to their instant.

    It may be moved from another thread than the one whose loop the sleeper runs in.
    """

    def __init__(self, at: datetime) -> None:
        self._at = as_utc(at)
        self._sleepers: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def now(self) -> datetime:
        """The instant it was last set to."""
        return self._at

    def advance(self, by: timedelta) -> None:
        """Move forward. Raises `ValueError` for a negative amount."""
        if by < timedelta():
            raise ValueError(f"a clock advances forward, not by {by}")
        self.set(self._at + by)

    def set(self, at: datetime) -> None:
        """Move to any instant. Raises `ValueError` for a naive one."""
        self._at = as_utc(at)
        for loop, moved in tuple(self._sleepers):
            loop.call_soon_threadsafe(moved.set)

    async def sleep_until(self, instant: datetime) -> None:
        """Wait, without looking at the wall, until the clock has been moved to the instant or past it."""
        instant = as_utc(instant)
        moved = asyncio.Event()
        sleeper = (asyncio.get_running_loop(), moved)
        self._sleepers.add(sleeper)
        try:
            while self._at < instant:
                # A move from another thread after this line reaches the loop only once the wait has begun.
                moved.clear()
                await moved.wait()
        finally:
            self._sleepers.discard(sleeper)


def clock_from(face: ClockFace | None) -> Clock:
    """The clock of a stored face; the machine's own time where none is stored."""
    return SystemClock() if face is None else RunningClock(face.at, face.origin, face.speed)


async def _sleep_until(clock: Clock, instant: datetime, speed: float) -> None:
    instant = as_utc(instant)
    while True:
        left = (instant - clock.now()).total_seconds()
        if left <= 0:
            return
        await asyncio.sleep(min(LONGEST_SLEEP, left / speed) if speed else LONGEST_SLEEP)
