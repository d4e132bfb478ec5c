"""Working days in China: weekends and public holidays off, make-up days on, as the State Council announces them.

Terms are counted by the Civil Code (民法典): the day a term starts on is not counted (article 201); a last day that is
a holiday gives way to the day after the holiday (article 203).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from itertools import accumulate
from typing import Self

import chinese_calendar
from pydantic import BaseModel, ConfigDict, model_validator

_SATURDAY = 5


class AnnouncedYear(BaseModel):
    """The days of one calendar year that differ from Monday to Friday, and the notice they come from.

    `days_off` may name the Saturdays and Sundays within a holiday, as notices do. A notice may also set days of the
    December before: these belong to that year's entry, as a revision of it. Raises `ValueError` for a date of another
    year, a make-up day that is no weekend day, or a day both off and made up: slips of the pen that would otherwise
    shift deadlines unseen.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    year: int
    notice: str
    days_off: frozenset[date] = frozenset()
    make_up_days: frozenset[date] = frozenset()

    @model_validator(mode="after")
    def _belongs(self) -> Self:
        wrong = {day for day in self.days_off | self.make_up_days if day.year != self.year}
        wrong |= {day for day in self.make_up_days if day.weekday() < _SATURDAY}
        wrong |= self.days_off & self.make_up_days
        if wrong:
            days = ", ".join(day.isoformat() for day in sorted(wrong))
            raise ValueError(f"{self.notice}: cannot be a day off or a make-up weekend day of {self.year}: {days}")
        return self


class Due(BaseModel):
    """The last day of a term, a civil date.

    `provisional`: a day of a year that is not announced yet was counted, so the day may still move. `calendar` cites
    what the days were taken from: the notices of the years counted over, and the years for which there is none.
    """

    model_config = ConfigDict(frozen=True)

    day: date
    provisional: bool
    calendar: str


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The announced years; every other year is unknown and counted provisionally as Monday to Friday.

    Immutable, pure and hashable: a revision is another calendar (`revised`). Every method takes civil dates and raises
    `TypeError` for a datetime, whose date depends on its zone. Raises `ValueError` when a year is given twice.
    """

    years: tuple[AnnouncedYear, ...]
    _notices: dict[int, str] = field(init=False, repr=False, compare=False)
    # The ordinals of the days that differ from Monday to Friday, and the sum of their differences before each.
    _exceptions: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _corrections: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        years = tuple(sorted(self.years, key=lambda announced: announced.year))
        notices = {announced.year: announced.notice for announced in years}
        if len(notices) < len(years):
            raise ValueError("a year is given twice; use revised() to replace one")
        off = (day for announced in years for day in announced.days_off if day.weekday() < _SATURDAY)
        made_up = (day for announced in years for day in announced.make_up_days)
        differences = {day.toordinal(): -1 for day in off} | {day.toordinal(): +1 for day in made_up}
        exceptions = tuple(sorted(differences))
        object.__setattr__(self, "years", years)
        object.__setattr__(self, "_notices", notices)
        object.__setattr__(self, "_exceptions", exceptions)
        object.__setattr__(self, "_corrections", tuple(accumulate((differences[e] for e in exceptions), initial=0)))

    @classmethod
    def announced(cls) -> WorkingCalendar:
        """What the installed release of `chinesecalendar` knows; its release is cited as the notice of each year."""
        return _announced()

    def revised(self, *years: AnnouncedYear) -> WorkingCalendar:
        """This calendar with years that were newly announced, or announced anew."""
        replaced = {announced.year for announced in years}
        return WorkingCalendar((*(kept for kept in self.years if kept.year not in replaced), *years))

    def knows(self, year: int) -> bool:
        """True when the days of that year are announced."""
        return year in self._notices

    def is_working_day(self, day: date) -> bool:
        """True for a working day; in an unknown year for Monday to Friday."""
        ordinal = _ordinal(day)
        return self._worked_until(ordinal) > self._worked_until(ordinal - 1)

    def add_working_days(self, start: date, n: int) -> Due:
        """The n-th working day after `start`, which itself is not counted; for n = 0 `start`, or the next working day.

        Raises `ValueError` when n is negative.
        """
        if n < 0:
            raise ValueError(f"a term is not negative: {n} working days")
        return self._nth_after(_ordinal(start), n) if n else self.roll_forward(start)

    def add_natural_days(self, start: date, n: int) -> Due:
        """The n-th day after `start`, or the next working day (articles 201 and 203).

        Only the end depends on the calendar, so only the end can be provisional. Raises `ValueError` for a negative n.
        """
        if n < 0:
            raise ValueError(f"a term is not negative: {n} days")
        return self.roll_forward(start + timedelta(days=n))

    def roll_forward(self, day: date) -> Due:
        """The day itself when it is a working day, else the next one (article 203)."""
        return self._nth_after(_ordinal(day) - 1, 1)

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days lie after `start`, up to and including `end`; negative when `end` is before `start`."""
        return self._worked_until(_ordinal(end)) - self._worked_until(_ordinal(start))

    def _worked_until(self, ordinal: int) -> int:
        """Working days up to and including that day, by the calendar's reckoning back to the year 1 (a Monday)."""
        weeks, rest = divmod(ordinal, 7)
        return 5 * weeks + min(rest, 5) + self._corrections[bisect_right(self._exceptions, ordinal)]

    def _nth_after(self, ordinal: int, n: int) -> Due:
        wanted = self._worked_until(ordinal) + n
        # Seven days hold five weekdays, and no more days are off than there are exceptions: n days are surely in here.
        days = range(ordinal + 1, ordinal + 15 + 2 * (n + len(self._exceptions)))
        last = days[bisect_left(days, wanted, key=self._worked_until)]
        return self._due(date.fromordinal(ordinal + 1), date.fromordinal(last))

    def _due(self, first: date, last: date) -> Due:
        years = range(first.year, last.year + 1)
        cited = dict.fromkeys(self._notices.get(year, f"{year} not announced") for year in years)
        return Due(day=last, provisional=any(year not in self._notices for year in years), calendar="; ".join(cited))


def _ordinal(day: date) -> int:
    if isinstance(day, datetime):
        raise TypeError(f"a civil date is needed, not an instant: {day.isoformat()}; use civil_date()")
    return day.toordinal()


@cache
def _announced() -> WorkingCalendar:
    notice = f"chinesecalendar {chinese_calendar.__version__}"
    worked = chinese_calendar.workdays.keys()
    # A day in both tables is worked: the package's own order of precedence.
    off = {day for day in chinese_calendar.holidays if day not in worked}
    make_up = {day for day in worked if day.weekday() >= _SATURDAY}
    return WorkingCalendar(
        tuple(
            AnnouncedYear(
                year=year,
                notice=notice,
                days_off=frozenset(day for day in off if day.year == year),
                make_up_days=frozenset(day for day in make_up if day.year == year),
            )
            for year in {day.year for day in chinese_calendar.holidays}
        )
    )
