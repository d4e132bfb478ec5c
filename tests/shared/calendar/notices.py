"""The calendar of 2019 as it was announced in December 2018, and as it was revised in March 2019."""

from datetime import date, timedelta

from shared.calendar import AnnouncedYear, WorkingCalendar


def days(month: int, first: int, last: int) -> frozenset[date]:
    """The days of 2019 from the first to the last."""
    return frozenset(date(2019, month, 1) + timedelta(days=day - 1) for day in range(first, last + 1))


_REST_OF_2019 = days(1, 1, 1) | days(2, 4, 10) | days(4, 5, 5) | days(6, 7, 7) | days(9, 13, 13) | days(10, 1, 7)
_MADE_UP = days(2, 2, 3) | days(9, 29, 29) | days(10, 12, 12)

NOTICE_OF_2018 = AnnouncedYear(
    year=2019,
    notice="国办发明电〔2018〕15号",
    days_off=_REST_OF_2019 | days(5, 1, 1),
    make_up_days=_MADE_UP,
)
REVISION_OF_2019 = AnnouncedYear(
    year=2019,
    notice="国办发明电〔2019〕3号",
    days_off=_REST_OF_2019 | days(5, 1, 4),
    make_up_days=_MADE_UP | days(4, 28, 28) | days(5, 5, 5),
)
BEFORE_THE_REVISION = WorkingCalendar((NOTICE_OF_2018,))
AFTER_THE_REVISION = BEFORE_THE_REVISION.revised(REVISION_OF_2019)
NOTHING_ANNOUNCED = WorkingCalendar(())
