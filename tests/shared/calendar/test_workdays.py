"""Working days: make-up days, revisions, unknown years. Dates are those of real notices."""

from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest

from shared.calendar import AnnouncedYear, Due, WorkingCalendar
from tests.shared.calendar.notices import (
    AFTER_THE_REVISION,
    BEFORE_THE_REVISION,
    NOTHING_ANNOUNCED,
    NOTICE_OF_2018,
    REVISION_OF_2019,
)

ANNOUNCED = WorkingCalendar.announced()
LAST_KNOWN_YEAR = max(announced.year for announced in ANNOUNCED.years)
CHINESECALENDAR = f"chinesecalendar {chinese_calendar.__version__}"


class TestTheAnnouncedCalendar:
    def test_it_says_what_the_package_says_of_every_day_the_package_knows(self) -> None:
        first, last = min(ANNOUNCED.years, key=lambda y: y.year).year, LAST_KNOWN_YEAR
        known = [date(first, 1, 1) + timedelta(days=n) for n in range((date(last + 1, 1, 1) - date(first, 1, 1)).days)]
        differing = [day for day in known if ANNOUNCED.is_working_day(day) != chinese_calendar.is_workday(day)]
        assert len(known) > 20 * 365
        assert differing == []

    def test_it_knows_exactly_the_years_the_package_knows(self) -> None:
        def package_knows(year: int) -> bool:
            try:
                chinese_calendar.is_workday(date(year, 6, 1))
            except NotImplementedError:
                return False
            return True

        years = range(1990, 2060)
        assert [year for year in years if ANNOUNCED.knows(year)] == [year for year in years if package_knows(year)]

    def test_it_is_made_once(self) -> None:
        assert WorkingCalendar.announced() is ANNOUNCED

    @pytest.mark.parametrize(
        ("start", "n", "due"),
        [
            (date(2019, 9, 27), 3, date(2019, 10, 8)),  # a Sunday worked, then seven days off
            (date(2019, 10, 11), 1, date(2019, 10, 12)),  # a Saturday worked
            (date(2019, 4, 26), 3, date(2019, 4, 30)),  # the package has the revision
            (date(2024, 2, 9), 7, date(2024, 2, 26)),  # the Spring Festival
        ],
    )
    def test_make_up_days_and_holidays_move_the_due_day(self, start: date, n: int, due: date) -> None:
        assert ANNOUNCED.add_working_days(start, n) == Due(day=due, provisional=False, calendar=CHINESECALENDAR)


class TestCounting:
    def test_the_day_of_the_start_is_not_counted(self) -> None:
        assert ANNOUNCED.add_working_days(date(2024, 5, 6), 2).day == date(2024, 5, 8)

    def test_no_days_are_the_start_itself_when_it_is_a_working_day(self) -> None:
        assert ANNOUNCED.add_working_days(date(2024, 5, 6), 0).day == date(2024, 5, 6)

    def test_no_days_from_a_holiday_are_the_next_working_day(self) -> None:
        assert ANNOUNCED.add_working_days(date(2024, 5, 1), 0).day == date(2024, 5, 6)

    def test_a_last_day_that_is_a_holiday_gives_way_to_the_next_working_day(self) -> None:
        assert ANNOUNCED.roll_forward(date(2023, 10, 1)).day == date(2023, 10, 7)
        assert ANNOUNCED.add_natural_days(date(2023, 9, 1), 30).day == date(2023, 10, 7)

    def test_a_last_day_that_is_a_working_day_stays(self) -> None:
        assert ANNOUNCED.roll_forward(date(2023, 10, 7)).day == date(2023, 10, 7)
        assert ANNOUNCED.add_natural_days(date(2024, 7, 11), 7).day == date(2024, 7, 18)

    def test_days_between_leave_out_the_start_and_take_in_the_end(self) -> None:
        assert ANNOUNCED.working_days_between(date(2019, 9, 27), date(2019, 10, 8)) == 3
        assert ANNOUNCED.working_days_between(date(2019, 10, 8), date(2019, 9, 27)) == -3
        assert ANNOUNCED.working_days_between(date(2019, 9, 27), date(2019, 9, 27)) == 0

    def test_a_term_is_not_negative(self) -> None:
        with pytest.raises(ValueError, match="negative"):
            ANNOUNCED.add_working_days(date(2024, 5, 6), -1)
        with pytest.raises(ValueError, match="negative"):
            ANNOUNCED.add_natural_days(date(2024, 5, 6), -1)

    def test_an_instant_is_no_civil_date(self) -> None:
        with pytest.raises(TypeError, match="civil_date"):
            ANNOUNCED.is_working_day(datetime(2024, 5, 6, 20, 0, tzinfo=UTC))


class TestARevision:
    def test_it_moves_a_due_day_and_is_cited(self) -> None:
        start = date(2019, 4, 26)
        assert BEFORE_THE_REVISION.add_working_days(start, 3) == Due(
            day=date(2019, 5, 2), provisional=False, calendar="国办发明电〔2018〕15号"
        )
        assert AFTER_THE_REVISION.add_working_days(start, 3) == Due(
            day=date(2019, 4, 30), provisional=False, calendar="国办发明电〔2019〕3号"
        )

    def test_it_leaves_the_first_calendar_as_it_was(self) -> None:
        assert WorkingCalendar((NOTICE_OF_2018,)) == BEFORE_THE_REVISION
        assert BEFORE_THE_REVISION != AFTER_THE_REVISION

    def test_it_leaves_other_years_as_they_were(self) -> None:
        revised = ANNOUNCED.revised(NOTICE_OF_2018)
        assert revised.add_working_days(date(2024, 2, 9), 7) == ANNOUNCED.add_working_days(date(2024, 2, 9), 7)
        assert revised.add_working_days(date(2019, 4, 26), 3).day == date(2019, 5, 2)

    def test_the_revised_notice_is_the_year_the_package_has(self) -> None:
        year_2019 = [date(2019, 1, 1) + timedelta(days=n) for n in range(365)]
        worked = [day for day in year_2019 if AFTER_THE_REVISION.is_working_day(day)]
        assert worked == [day for day in year_2019 if ANNOUNCED.is_working_day(day)]

    def test_a_term_over_two_years_cites_both_notices(self) -> None:
        of_2020 = AnnouncedYear(year=2020, notice="国办发明电〔2019〕16号", days_off=frozenset({date(2020, 1, 1)}))
        due = AFTER_THE_REVISION.revised(of_2020).add_working_days(date(2019, 12, 30), 2)
        assert due == Due(
            day=date(2020, 1, 2), provisional=False, calendar="国办发明电〔2019〕3号; 国办发明电〔2019〕16号"
        )

    def test_a_year_is_announced_once_in_a_calendar(self) -> None:
        with pytest.raises(ValueError, match="twice"):
            WorkingCalendar((NOTICE_OF_2018, REVISION_OF_2019))


class TestAnUnknownYear:
    def test_it_is_counted_from_monday_to_friday_and_said_to_be_provisional(self) -> None:
        assert NOTHING_ANNOUNCED.add_working_days(date(2019, 9, 27), 3) == Due(
            day=date(2019, 10, 2), provisional=True, calendar="2019 not announced"
        )

    def test_a_term_that_reaches_into_it_is_provisional(self) -> None:
        due = ANNOUNCED.add_working_days(date(LAST_KNOWN_YEAR, 12, 31), 1)
        assert due.provisional
        assert due.calendar == f"{LAST_KNOWN_YEAR + 1} not announced"

    def test_a_term_that_ends_before_it_is_not(self) -> None:
        due = ANNOUNCED.add_working_days(date(LAST_KNOWN_YEAR, 12, 1), 5)
        assert not due.provisional

    def test_a_term_that_only_passes_through_one_is_provisional(self) -> None:
        calendar = WorkingCalendar((AnnouncedYear(year=2019, notice="A"), AnnouncedYear(year=2021, notice="B")))
        due = calendar.add_working_days(date(2019, 12, 31), 300)
        assert due.provisional
        assert due.calendar == "2020 not announced; B"

    def test_natural_days_are_provisional_only_when_they_end_in_one(self) -> None:
        calendar = WorkingCalendar((AnnouncedYear(year=2021, notice="B"),))
        assert not calendar.add_natural_days(date(2020, 12, 1), 60).provisional
        assert calendar.add_natural_days(date(2021, 12, 1), 60).provisional

    def test_a_last_day_that_rolls_over_the_turn_of_the_year_is_provisional(self) -> None:
        calendar = WorkingCalendar((AnnouncedYear(year=2018, notice="A", days_off=frozenset({date(2018, 12, 31)})),))
        assert calendar.roll_forward(date(2018, 12, 28)) == Due(day=date(2018, 12, 28), provisional=False, calendar="A")
        assert calendar.roll_forward(date(2018, 12, 31)) == Due(
            day=date(2019, 1, 1), provisional=True, calendar="A; 2019 not announced"
        )

    def test_once_announced_it_is_final(self) -> None:
        due = NOTHING_ANNOUNCED.revised(REVISION_OF_2019).add_working_days(date(2019, 9, 27), 3)
        assert due == Due(day=date(2019, 10, 8), provisional=False, calendar="国办发明电〔2019〕3号")


class TestANotice:
    def test_a_holiday_may_be_written_with_its_weekend(self) -> None:
        assert date(2019, 5, 4).weekday() == 5
        assert date(2019, 5, 4) in REVISION_OF_2019.days_off
        assert not AFTER_THE_REVISION.is_working_day(date(2019, 5, 4))

    def test_a_date_of_another_year_is_refused(self) -> None:
        with pytest.raises(ValueError, match="2018-12-31"):
            AnnouncedYear(year=2019, notice="N", days_off=frozenset({date(2018, 12, 31)}))

    def test_a_make_up_day_in_the_middle_of_the_week_is_refused(self) -> None:
        with pytest.raises(ValueError, match="2019-04-29"):
            AnnouncedYear(year=2019, notice="N", make_up_days=frozenset({date(2019, 4, 29)}))

    def test_a_day_is_not_both_off_and_made_up(self) -> None:
        sunday = frozenset({date(2019, 4, 28)})
        with pytest.raises(ValueError, match="2019-04-28"):
            AnnouncedYear(year=2019, notice="N", days_off=sunday, make_up_days=sunday)

    def test_it_survives_its_json(self) -> None:
        assert AnnouncedYear.model_validate_json(REVISION_OF_2019.model_dump_json()) == REVISION_OF_2019
