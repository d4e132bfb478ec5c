"""The injected clock and the civil day."""

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar import (
    Clock,
    ClockFace,
    FixedClock,
    RunningClock,
    SystemClock,
    civil_date,
    clock_from,
    end_of,
    start_of,
)

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

instants = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
speeds = st.floats(0, 10_000)


def showing(wall: datetime) -> Callable[[], datetime]:
    return lambda: wall


class TestTheCivilDay:
    def test_the_day_changes_at_four_in_the_afternoon_utc(self) -> None:
        assert civil_date(datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC)) == date(2026, 3, 1)
        assert civil_date(datetime(2026, 3, 1, 16, 0, tzinfo=UTC)) == date(2026, 3, 2)

    def test_the_zone_an_instant_is_written_in_does_not_matter(self) -> None:
        assert civil_date(datetime(2026, 3, 1, 11, 0, tzinfo=timezone(timedelta(hours=-5)))) == date(2026, 3, 2)

    def test_a_day_is_bounded_by_utc_instants(self) -> None:
        assert start_of(date(2026, 3, 2)) == datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
        assert end_of(date(2026, 3, 2)) == datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
        assert start_of(date(2026, 3, 2)).tzinfo is UTC

    @given(day=st.dates(date(1950, 1, 1), date(2100, 1, 1)))
    def test_a_day_begins_where_the_last_one_ends_and_holds_its_own_instants(self, day: date) -> None:
        assert end_of(day) == start_of(day + timedelta(days=1))
        assert civil_date(start_of(day)) == day
        assert civil_date(end_of(day) - timedelta.resolution) == day

    def test_the_day_the_clocks_were_put_forward_had_23_hours(self) -> None:
        summer_time = date(1986, 5, 4)
        assert end_of(summer_time) - start_of(summer_time) == 23 * HOUR

    def test_a_naive_datetime_has_no_civil_date(self) -> None:
        with pytest.raises(ValueError, match="time zone"):
            civil_date(datetime(2026, 3, 2, 12, 0))  # noqa: DTZ001


class TestTheSystemClock:
    def test_it_reads_the_machine_in_utc(self) -> None:
        before = datetime.now(UTC)
        read = SystemClock().now()
        assert before <= read <= datetime.now(UTC)
        assert read.tzinfo is UTC

    async def test_it_sleeps_until_the_instant(self) -> None:
        clock = SystemClock()
        instant = clock.now() + timedelta(milliseconds=30)
        await clock.sleep_until(instant)
        assert instant <= clock.now() < instant + timedelta(seconds=5)


class TestARunningClock:
    def test_it_runs_from_any_date_at_any_speed(self) -> None:
        clock = RunningClock(at=NOON, origin=NOON + 24 * HOUR, speed=60, wall=showing(NOON + 25 * HOUR))
        assert clock.now() == NOON + 60 * HOUR

    def test_processes_that_share_the_face_read_the_same(self) -> None:
        face = ClockFace(at=NOON, origin=NOON + 24 * HOUR, speed=3.7)
        wall = showing(NOON + 31 * HOUR)
        stored = ClockFace.from_json(face.to_json())
        one = RunningClock(face.at, face.origin, face.speed, wall)
        other = RunningClock(stored.at, stored.origin, stored.speed, wall)
        assert one.now() == other.now()

    async def test_an_hour_passes_in_a_moment_at_high_speed(self) -> None:
        clock = RunningClock(at=NOON, origin=datetime.now(UTC), speed=360_000)
        async with asyncio.timeout(0.9):
            await clock.sleep_until(NOON + HOUR)
        assert clock.now() >= NOON + HOUR

    async def test_a_past_instant_is_not_waited_for(self) -> None:
        clock = RunningClock(at=NOON, origin=NOON, speed=0, wall=showing(NOON))
        async with asyncio.timeout(5):
            await clock.sleep_until(NOON)

    async def test_a_wall_clock_that_is_set_forward_is_noticed_within_a_second(self) -> None:
        walls = iter([NOON])
        clock = RunningClock(at=NOON, origin=NOON, speed=1, wall=lambda: next(walls, NOON + HOUR))
        async with asyncio.timeout(3):
            await clock.sleep_until(NOON + HOUR)

    async def test_a_clock_that_stands_still_keeps_its_sleeper(self) -> None:
        clock = RunningClock(at=NOON, origin=NOON, speed=0)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(clock.sleep_until(NOON + HOUR), timeout=0.05)

    @pytest.mark.parametrize("speed", [-1.0, float("nan"), float("inf")])
    def test_time_runs_neither_backwards_nor_without_measure(self, speed: float) -> None:
        with pytest.raises(ValueError, match="speed"):
            RunningClock(at=NOON, origin=NOON, speed=speed)

    def test_a_naive_start_is_refused(self) -> None:
        with pytest.raises(ValueError, match="timezone"):
            RunningClock(at=datetime(2026, 3, 2), origin=NOON, speed=1)  # noqa: DTZ001


class TestAFixedClock:
    async def test_it_wakes_a_sleeper_only_when_it_has_moved_far_enough(self) -> None:
        clock = FixedClock(NOON)
        sleeper = asyncio.create_task(clock.sleep_until(NOON + HOUR))
        await settled()
        clock.advance(HOUR - timedelta.resolution)
        await settled()
        assert not sleeper.done()
        clock.advance(timedelta.resolution)
        async with asyncio.timeout(5):
            await sleeper

    async def test_it_wakes_all_sleepers_that_are_due(self) -> None:
        clock = FixedClock(NOON)
        sleepers = [asyncio.create_task(clock.sleep_until(NOON + n * HOUR)) for n in (1, 2, 3)]
        await settled()
        clock.set(NOON + 2 * HOUR)
        await settled()
        assert [sleeper.done() for sleeper in sleepers] == [True, True, False]
        sleepers[2].cancel()

    async def test_it_can_be_moved_from_another_thread(self) -> None:
        clock = FixedClock(NOON)
        sleeper = asyncio.create_task(clock.sleep_until(NOON + HOUR))
        await settled()
        # By now the loop is idle: only the clock itself can wake it before the time is up.
        other_thread = threading.Timer(0.05, clock.advance, [HOUR])
        other_thread.start()
        async with asyncio.timeout(5):
            await sleeper
        other_thread.join()

    async def test_a_past_instant_is_not_waited_for(self) -> None:
        async with asyncio.timeout(5):
            await FixedClock(NOON).sleep_until(NOON)

    def test_it_can_be_set_back_but_not_advanced_backwards(self) -> None:
        clock = FixedClock(NOON)
        clock.set(NOON - HOUR)
        assert clock.now() == NOON - HOUR
        with pytest.raises(ValueError, match="forward"):
            clock.advance(-HOUR)

    async def test_a_naive_instant_is_refused(self) -> None:
        naive = datetime(2026, 3, 2)  # noqa: DTZ001
        with pytest.raises(ValueError, match="time zone"):
            FixedClock(naive)
        with pytest.raises(ValueError, match="time zone"):
            await FixedClock(NOON).sleep_until(naive)


class TestAFace:
    @given(at=instants, origin=instants, speed=speeds)
    def test_it_survives_its_json(self, at: datetime, origin: datetime, speed: float) -> None:
        face = ClockFace(at=at, origin=origin, speed=speed)
        assert ClockFace.from_json(face.to_json()) == face

    @given(origin=instants, run=st.timedeltas(timedelta(), timedelta(days=30)), before=speeds, after=speeds)
    def test_another_speed_does_not_make_time_jump(
        self, origin: datetime, run: timedelta, before: float, after: float
    ) -> None:
        face = ClockFace(at=NOON, origin=origin, speed=before)
        changed = face.reanchored(origin + run, after)
        assert changed.reads(origin + run) == face.reads(origin + run)
        assert changed.reads(origin + run + HOUR) == face.reads(origin + run) + HOUR * after

    def test_what_is_no_face_is_refused(self) -> None:
        with pytest.raises(ValueError, match="origin"):
            ClockFace.from_json('{"at": "2026-03-02T04:00:00Z", "speed": 1}')

    def test_the_clock_of_a_stored_face_runs_by_it(self) -> None:
        clock: Clock = clock_from(ClockFace(at=NOON, origin=datetime.now(UTC), speed=0))
        assert clock.now() == NOON

    def test_without_a_face_the_machine_is_asked(self) -> None:
        assert isinstance(clock_from(None), SystemClock)


async def settled() -> None:
    """Let the tasks and callbacks that are ready run: a call from the clock, the wake, the sleeper's own check."""
    for _ in range(5):
        await asyncio.sleep(0)
