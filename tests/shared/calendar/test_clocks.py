"""The clock of a limit: running, stopped, resumed, overdue, counted again by a newer calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.calendar import LimitClock, Pause, WorkingCalendar
from tests.shared.calendar.notices import AFTER_THE_REVISION, BEFORE_THE_REVISION, NOTHING_ANNOUNCED
from tests.shared.calendar.strategies import calendars, days

CALENDAR = WorkingCalendar.announced()
MONDAY = date(2024, 7, 1)  # July 2024 has no holidays.


def july(day: int) -> date:
    return date(2024, 7, day)


def five_days_from_monday() -> LimitClock:
    return LimitClock.start(CALENDAR, 5, MONDAY)


class TestRunning:
    def test_it_is_due_the_limit_after_the_day_of_the_start(self) -> None:
        assert five_days_from_monday().due.day == july(8)

    def test_days_left_fall_to_none_on_the_due_day_and_below_after_it(self) -> None:
        clock = five_days_from_monday()
        left = [clock.days_left(CALENDAR, july(day)) for day in (1, 2, 5, 6, 7, 8, 9, 10)]
        assert left == [5, 4, 1, 1, 1, 0, -1, -2]

    def test_the_weekend_after_a_missed_friday_is_overdue_with_days_left_below_none(self) -> None:
        clock = LimitClock.start(CALENDAR, 4, MONDAY)
        assert clock.due.day == july(5)
        assert [clock.days_left(CALENDAR, july(day)) for day in (5, 6, 7, 8, 9)] == [0, -1, -1, -1, -2]

    def test_it_is_overdue_only_after_the_due_day(self) -> None:
        clock = five_days_from_monday()
        assert not clock.is_overdue(july(8))
        assert clock.is_overdue(july(9))

    def test_it_becomes_overdue_at_midnight_in_shanghai(self) -> None:
        assert five_days_from_monday().overdue_at() == datetime(2024, 7, 8, 16, 0, tzinfo=UTC)

    def test_a_limit_of_the_same_day_is_due_on_the_day_of_the_start(self) -> None:
        assert LimitClock.start(CALENDAR, 0, MONDAY).due.day == MONDAY

    def test_a_limit_is_not_negative(self) -> None:
        with pytest.raises(ValueError, match="negative"):
            LimitClock.start(CALENDAR, -1, MONDAY)


class TestStopping:
    def test_the_day_of_the_stop_is_used_and_the_day_of_the_resumption_is_not(self) -> None:
        stopped = five_days_from_monday().stop(CALENDAR, july(3))  # used: the 2nd and the 3rd
        assert stopped.used_days == 2
        resumed = stopped.resume(CALENDAR, july(15))  # left: 16th, 17th, 18th
        assert resumed.due.day == july(18)

    def test_a_stop_on_the_day_of_the_start_has_used_nothing(self) -> None:
        stopped = five_days_from_monday().stop(CALENDAR, MONDAY)
        assert stopped.used_days == 0
        assert stopped.resume(CALENDAR, july(15)).due.day == july(22)

    def test_a_stop_at_the_weekend_has_used_the_week_before(self) -> None:
        stopped = five_days_from_monday().stop(CALENDAR, july(6))
        assert stopped.used_days == 4
        assert stopped.resume(CALENDAR, july(20)).due.day == july(22)

    def test_it_is_never_overdue_while_stopped(self) -> None:
        stopped = five_days_from_monday().stop(CALENDAR, july(3))
        assert not stopped.is_overdue(date(2025, 7, 1))
        assert stopped.overdue_at() is None

    def test_days_left_stand_still_while_stopped(self) -> None:
        stopped = five_days_from_monday().stop(CALENDAR, july(3))
        assert [stopped.days_left(CALENDAR, day) for day in (july(3), july(10), date(2025, 7, 1))] == [3, 3, 3]

    def test_it_can_stop_again_and_the_days_add_up(self) -> None:
        clock = five_days_from_monday().stop(CALENDAR, july(3)).resume(CALENDAR, july(15))
        stopped = clock.stop(CALENDAR, july(16))
        assert stopped.used_days == 3
        assert stopped.resume(CALENDAR, july(29)).due.day == july(31)
        assert stopped.resume(CALENDAR, july(29)).pauses == (
            Pause(stopped_on=july(3), resumed_on=july(15)),
            Pause(stopped_on=july(16), resumed_on=july(29)),
        )

    def test_stopped_on_its_last_day_it_is_due_on_the_day_it_resumes(self) -> None:
        resumed = five_days_from_monday().stop(CALENDAR, july(8)).resume(CALENDAR, july(16))
        assert resumed.due.day == july(16)
        assert resumed.days_left(CALENDAR, july(16)) == 0

    def test_stopped_on_its_last_day_and_resumed_at_a_weekend_it_is_due_on_monday(self) -> None:
        resumed = five_days_from_monday().stop(CALENDAR, july(8)).resume(CALENDAR, july(13))
        assert resumed.due.day == july(15)

    def test_no_days_from_a_saturday_stopped_on_the_monday_are_due_on_the_day_it_resumes(self) -> None:
        same_day = LimitClock.start(CALENDAR, 0, july(6))
        assert same_day.due.day == july(8)
        assert same_day.stop(CALENDAR, july(8)).resume(CALENDAR, july(16)).due.day == july(16)

    @pytest.mark.parametrize("late", [9, 13, 16])
    def test_a_stop_after_the_due_day_excuses_nothing(self, late: int) -> None:
        stopped = five_days_from_monday().stop(CALENDAR, july(late))
        resumed = stopped.resume(CALENDAR, july(22))
        assert not stopped.is_overdue(july(22))
        assert resumed.due.day == july(8)
        assert resumed.is_overdue(july(22))

    def test_a_stop_on_the_weekend_after_a_missed_friday_excuses_nothing(self) -> None:
        missed = LimitClock.start(CALENDAR, 4, MONDAY)
        assert missed.stop(CALENDAR, july(6)).resume(CALENDAR, july(6)).due == missed.due

    def test_what_cannot_happen_is_refused(self) -> None:
        clock = five_days_from_monday()
        stopped = clock.stop(CALENDAR, july(3))
        with pytest.raises(ValueError, match="is running"):
            clock.resume(CALENDAR, july(4))
        with pytest.raises(ValueError, match="is stopped since"):
            stopped.stop(CALENDAR, july(4))
        with pytest.raises(ValueError, match="cannot stop on 2024-06-30"):
            clock.stop(CALENDAR, date(2024, 6, 30))
        with pytest.raises(ValueError, match="cannot resume on 2024-07-02"):
            stopped.resume(CALENDAR, july(2))
        with pytest.raises(ValueError, match="cannot stop on 2024-07-14"):
            stopped.resume(CALENDAR, july(15)).stop(CALENDAR, july(14))


class TestCountedAgain:
    def test_a_revised_notice_moves_the_due_day_of_a_running_clock(self) -> None:
        clock = LimitClock.start(BEFORE_THE_REVISION, 3, date(2019, 4, 26))
        recomputed = clock.recomputed(AFTER_THE_REVISION)
        assert (clock.due.day, recomputed.due.day) == (date(2019, 5, 2), date(2019, 4, 30))
        assert recomputed.due.calendar == "国办发明电〔2019〕3号"
        assert recomputed.started_on == clock.started_on

    def test_an_announced_year_makes_a_provisional_day_final(self) -> None:
        clock = LimitClock.start(NOTHING_ANNOUNCED, 3, date(2019, 9, 27))
        assert clock.due.provisional
        assert clock.recomputed(AFTER_THE_REVISION).due == AFTER_THE_REVISION.add_working_days(date(2019, 9, 27), 3)

    def test_days_used_before_a_pause_are_counted_by_the_newer_calendar_too(self) -> None:
        # Sunday 28 April was made a working day: it is used before the stop, and only then is one day less left.
        clock = LimitClock.start(BEFORE_THE_REVISION, 3, date(2019, 4, 26))
        clock = clock.stop(BEFORE_THE_REVISION, date(2019, 4, 29)).resume(BEFORE_THE_REVISION, date(2019, 5, 13))
        assert (clock.used_days, clock.due.day) == (1, date(2019, 5, 15))
        recomputed = clock.recomputed(AFTER_THE_REVISION)
        assert (recomputed.used_days, recomputed.due.day) == (2, date(2019, 5, 14))
        assert recomputed.pauses == clock.pauses

    def test_a_stopped_clock_stays_stopped(self) -> None:
        clock = LimitClock.start(BEFORE_THE_REVISION, 3, date(2019, 4, 26)).stop(BEFORE_THE_REVISION, date(2019, 4, 29))
        recomputed = clock.recomputed(AFTER_THE_REVISION)
        assert recomputed.stopped_on == date(2019, 4, 29)
        assert (clock.used_days, recomputed.used_days) == (1, 2)

    def test_it_survives_its_json(self) -> None:
        clock = five_days_from_monday().stop(CALENDAR, july(3)).resume(CALENDAR, july(15)).stop(CALENDAR, july(16))
        assert LimitClock.model_validate_json(clock.model_dump_json()) == clock


limits = st.integers(0, 60)
stretches = st.integers(0, 90).map(lambda days: timedelta(days=days))


class TestForEveryCalendar:
    @given(calendar=calendars, limit=limits, start=days, run=stretches)
    def test_stopping_and_resuming_on_one_day_changes_nothing(
        self, calendar: WorkingCalendar, limit: int, start: date, run: timedelta
    ) -> None:
        clock = LimitClock.start(calendar, limit, start)
        touched = clock.stop(calendar, start + run).resume(calendar, start + run)
        assert touched.due.day == clock.due.day

    @given(calendar=calendars, limit=st.integers(1, 60), start=days, run=stretches, pause=stretches)
    def test_the_days_it_runs_are_the_limit_however_long_the_pause(
        self, calendar: WorkingCalendar, limit: int, start: date, run: timedelta, pause: timedelta
    ) -> None:
        stopped_on, resumed_on = start + run, start + run + pause
        clock = LimitClock.start(calendar, limit, start)
        assume(stopped_on < clock.due.day)
        resumed = clock.stop(calendar, stopped_on).resume(calendar, resumed_on)
        ran = calendar.working_days_between(start, stopped_on)
        assert ran + calendar.working_days_between(resumed_on, resumed.due.day) == limit

    @given(calendar=calendars, limit=limits, start=days, run=stretches, pauses=st.tuples(stretches, stretches))
    def test_a_longer_pause_is_never_due_earlier(
        self, calendar: WorkingCalendar, limit: int, start: date, run: timedelta, pauses: tuple[timedelta, timedelta]
    ) -> None:
        stopped = LimitClock.start(calendar, limit, start).stop(calendar, start + run)
        short, long = (stopped.resume(calendar, start + run + pause) for pause in sorted(pauses))
        assert stopped.due.day <= short.due.day <= long.due.day

    @given(calendar=calendars, limit=limits, start=days, run=stretches, pause=stretches)
    def test_days_left_are_the_same_when_it_stops_and_when_it_has_resumed(
        self, calendar: WorkingCalendar, limit: int, start: date, run: timedelta, pause: timedelta
    ) -> None:
        clock = LimitClock.start(calendar, limit, start)
        stopped_on, resumed_on = start + run, start + run + pause
        assume(
            stopped_on <= clock.due.day and calendar.is_working_day(stopped_on) and calendar.is_working_day(resumed_on)
        )
        stopped = clock.stop(calendar, stopped_on)
        assert stopped.days_left(calendar, resumed_on) == clock.days_left(calendar, stopped_on)
        assert stopped.resume(calendar, resumed_on).days_left(calendar, resumed_on) == clock.days_left(
            calendar, stopped_on
        )

    @given(calendar=calendars, limit=limits, start=days, later=stretches)
    def test_a_running_clock_is_overdue_exactly_when_days_left_are_below_none(
        self, calendar: WorkingCalendar, limit: int, start: date, later: timedelta
    ) -> None:
        clock = LimitClock.start(calendar, limit, start)
        assert clock.is_overdue(start + later) == (clock.days_left(calendar, start + later) < 0)

    @given(
        old=calendars,
        new=calendars,
        limit=limits,
        start=days,
        steps=st.lists(stretches, max_size=5),
    )
    def test_counted_again_it_is_what_it_would_have_been_with_the_newer_calendar_from_the_start(
        self, old: WorkingCalendar, new: WorkingCalendar, limit: int, start: date, steps: list[timedelta]
    ) -> None:
        assert lived_through(old, limit, start, steps).recomputed(new) == lived_through(new, limit, start, steps)


def lived_through(calendar: WorkingCalendar, limit: int, start: date, steps: list[timedelta]) -> LimitClock:
    """A clock that is stopped after the first step, resumed after the second, and so on."""
    clock, day = LimitClock.start(calendar, limit, start), start
    for step in steps:
        day += step
        clock = clock.stop(calendar, day) if clock.stopped_on is None else clock.resume(calendar, day)
    return clock
