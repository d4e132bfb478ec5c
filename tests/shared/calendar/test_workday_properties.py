"""What holds for every calendar, day and term."""

from datetime import date, timedelta
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from shared.calendar import WorkingCalendar
from tests.shared.calendar.strategies import calendars, days, terms


@given(calendar=calendars, start=days, n=st.integers(1, 60))
def test_adding_is_walking_day_by_day(calendar: WorkingCalendar, start: date, n: int) -> None:
    after = (start + timedelta(days=k) for k in count(1))
    worked = (day for day in after if calendar.is_working_day(day))
    walked = next(day for number, day in enumerate(worked, 1) if number == n)
    assert calendar.add_working_days(start, n).day == walked


@given(calendar=calendars, day=days)
def test_a_day_is_worked_as_its_notice_says_or_from_monday_to_friday(calendar: WorkingCalendar, day: date) -> None:
    announced = {year.year: year for year in calendar.years}.get(day.year)
    weekday = day.weekday() < 5
    expected = (
        weekday if announced is None else (weekday and day not in announced.days_off) or day in announced.make_up_days
    )
    assert calendar.is_working_day(day) == expected


@given(calendar=calendars, start=days, n=st.integers(1, 400))
def test_between_is_the_inverse_of_adding(calendar: WorkingCalendar, start: date, n: int) -> None:
    assert calendar.working_days_between(start, calendar.add_working_days(start, n).day) == n


@given(calendar=calendars, start=days, n=st.integers(1, 400))
def test_the_due_day_is_a_working_day_and_the_first_that_completes_the_term(
    calendar: WorkingCalendar, start: date, n: int
) -> None:
    due = calendar.add_working_days(start, n).day
    assert calendar.is_working_day(due)
    assert calendar.working_days_between(start, due - timedelta(days=1)) == n - 1


@given(calendar=calendars, start=days, n=st.integers(1, 400), m=terms)
def test_adding_one_term_and_then_another_is_adding_their_sum(
    calendar: WorkingCalendar, start: date, n: int, m: int
) -> None:
    one_then_other = calendar.add_working_days(calendar.add_working_days(start, n).day, m)
    assert one_then_other.day == calendar.add_working_days(start, n + m).day


@given(calendar=calendars, start=days, n=terms)
def test_one_day_more_is_due_later(calendar: WorkingCalendar, start: date, n: int) -> None:
    if calendar.is_working_day(start) or n > 0:
        assert calendar.add_working_days(start, n + 1).day > calendar.add_working_days(start, n).day
    else:
        assert calendar.add_working_days(start, 1).day == calendar.add_working_days(start, 0).day


@given(calendar=calendars, starts=st.tuples(days, days), n=terms)
def test_a_later_start_is_never_due_earlier(calendar: WorkingCalendar, starts: tuple[date, date], n: int) -> None:
    early, late = sorted(starts)
    assert calendar.add_working_days(early, n).day <= calendar.add_working_days(late, n).day
    assert calendar.add_natural_days(early, n).day <= calendar.add_natural_days(late, n).day


@given(calendar=calendars, a=days, b=days, c=days)
def test_stretches_add_up_and_turn_their_sign(calendar: WorkingCalendar, a: date, b: date, c: date) -> None:
    between = calendar.working_days_between
    assert between(a, b) + between(b, c) == between(a, c)
    assert between(a, b) == -between(b, a)


@given(calendar=calendars, day=days)
def test_rolling_forward_ends_on_the_nearest_working_day(calendar: WorkingCalendar, day: date) -> None:
    rolled = calendar.roll_forward(day).day
    passed = [day + timedelta(days=k) for k in range((rolled - day).days)]
    assert rolled >= day
    assert calendar.is_working_day(rolled)
    assert not any(calendar.is_working_day(p) for p in passed)


@given(calendar=calendars, start=days, n=terms)
def test_natural_days_end_on_the_day_or_roll_from_it(calendar: WorkingCalendar, start: date, n: int) -> None:
    assert calendar.add_natural_days(start, n) == calendar.roll_forward(start + timedelta(days=n))


@given(calendar=calendars, start=days, n=st.integers(1, 400))
def test_a_term_is_provisional_when_a_day_it_walks_over_is_of_an_unknown_year(
    calendar: WorkingCalendar, start: date, n: int
) -> None:
    due = calendar.add_working_days(start, n)
    walked = (start + timedelta(days=k) for k in range(1, (due.day - start).days + 1))
    assert due.provisional == any(not calendar.knows(day.year) for day in walked)


@given(calendar=calendars, start=days, n=terms)
def test_counting_twice_gives_the_same(calendar: WorkingCalendar, start: date, n: int) -> None:
    again = WorkingCalendar(tuple(reversed(calendar.years)))
    assert again == calendar
    assert hash(again) == hash(calendar)
    assert again.add_working_days(start, n) == calendar.add_working_days(start, n)
