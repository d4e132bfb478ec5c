"""Days and calendars for property tests."""

from datetime import date, timedelta

from hypothesis import strategies as st

from shared.calendar import AnnouncedYear, WorkingCalendar

FIRST_YEAR, LAST_YEAR = 2018, 2022

# Also years that no calendar below knows.
days = st.dates(date(FIRST_YEAR - 2, 1, 1), date(LAST_YEAR + 2, 12, 31))
terms = st.integers(0, 400)


@st.composite
def announced_years(draw: st.DrawFn, year: int) -> AnnouncedYear:
    """A year with any days off and any weekend days worked, single ones and long stretches."""
    off: set[date] = set()
    for start, length in draw(st.lists(st.tuples(st.integers(0, 364), st.integers(1, 40)), max_size=6)):
        off |= {date(year, 1, 1) + timedelta(days=day) for day in range(start, min(start + length, 365))}
    weekend = [
        day for n in range(365) if (day := date(year, 1, 1) + timedelta(days=n)).weekday() >= 5 and day not in off
    ]
    made_up = draw(st.sets(st.sampled_from(weekend), max_size=12)) if weekend else set()
    return AnnouncedYear(
        year=year, notice=f"notice of {year}", days_off=frozenset(off), make_up_days=frozenset(made_up)
    )


@st.composite
def made_up_calendars(draw: st.DrawFn) -> WorkingCalendar:
    """A calendar of any years, also with an unknown year between two known ones."""
    years = draw(st.sets(st.integers(FIRST_YEAR, LAST_YEAR)))
    return WorkingCalendar(tuple(draw(announced_years(year)) for year in years))


calendars = st.one_of(st.just(WorkingCalendar.announced()), made_up_calendars())
