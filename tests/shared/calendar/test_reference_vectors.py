"""The reference material: every day of 2023 to 2026, and terms worked out by others."""

import csv
from datetime import date
from pathlib import Path

import pytest

from shared.calendar import WorkingCalendar

pytestmark = pytest.mark.realdata
CALENDAR = WorkingCalendar.announced()


def rows(folder: Path, name: str, least: int) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert len(found) >= least
    return found


def test_every_day_is_worked_or_off_as_in_the_reference(realdata: Path) -> None:
    reference = rows(realdata, "cn_calendar_2023_2026.csv", least=1461)
    wrong = [
        row["date"]
        for row in reference
        if CALENDAR.is_working_day(date.fromisoformat(row["date"])) != (row["is_workday"] == "1")
    ]
    assert wrong == []


def test_every_term_in_working_days_ends_as_in_the_reference(realdata: Path) -> None:
    wrong = []
    for row in rows(realdata, "deadline_vectors_workdays.csv", least=150):
        start, n, due = (
            date.fromisoformat(row["start_date"]),
            int(row["n_workdays"]),
            date.fromisoformat(row["due_date"]),
        )
        counted = CALENDAR.add_working_days(start, n)
        if (counted.day, counted.provisional) != (due, False) or CALENDAR.working_days_between(start, due) != n:
            wrong.append((row["case_id"], counted))
    assert wrong == []


def test_an_unannounced_calendar_gives_the_reference_of_plain_weekdays(realdata: Path) -> None:
    weekdays_only = WorkingCalendar(())
    wrong = []
    for row in rows(realdata, "deadline_vectors_workdays.csv", least=150):
        counted = weekdays_only.add_working_days(date.fromisoformat(row["start_date"]), int(row["n_workdays"]))
        if (counted.day, counted.provisional) != (date.fromisoformat(row["naive_mon_fri_due"]), True):
            wrong.append((row["case_id"], counted))
    assert wrong == []


def test_every_term_in_natural_days_ends_as_in_the_reference(realdata: Path) -> None:
    wrong = []
    for row in rows(realdata, "deadline_vectors_natural_days.csv", least=60):
        counted = CALENDAR.add_natural_days(date.fromisoformat(row["start_date"]), int(row["natural_days"]))
        if (counted.day, counted.provisional) != (date.fromisoformat(row["end_after_rollover"]), False):
            wrong.append((row["case_id"], counted))
    assert wrong == []
