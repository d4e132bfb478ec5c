"""What is owed for a ticket, as its events tell it."""

from __future__ import annotations

from datetime import date

import pytest

from services.hotline.limits import ANSWER_OVERDUE, deadlines_of
from shared.calendar import LimitClock, WorkingCalendar
from shared.deadlines.book import Owed, Settled
from shared.eventstore.events import Event, Recorded
from shared.readmodels.happened import Happened, from_log
from tests.services.hotline.tickets import (
    CALENDAR,
    NEW_YEAR_2027,
    PLATFORM,
    answered,
    dispatched,
    overdue,
    received,
    recomputed,
    shanghai,
)

UNANNOUNCED = WorkingCalendar(tuple(year for year in CALENDAR.years if year.year < 2027))


def happened(event: Event) -> Happened:
    return from_log(Recorded("ticket-12345-JY-1", 1, shanghai("2026-03-02T09:00"), event, PLATFORM, "c"))


def test_a_received_ticket_owes_nothing() -> None:
    assert deadlines_of(happened(received())) == []


def test_a_dispatched_ticket_owes_an_answer_until_the_end_of_its_due_day_in_shanghai() -> None:
    assert deadlines_of(happened(dispatched())) == [Owed(ANSWER_OVERDUE, shanghai("2026-03-06T00:00"))]


def test_a_due_day_in_a_year_not_yet_announced_is_provisional() -> None:
    (owed,) = deadlines_of(happened(dispatched("2026-12-30", 2, UNANNOUNCED)))
    assert owed == Owed(ANSWER_OVERDUE, shanghai("2027-01-02T00:00"), provisional=True)


def test_a_recomputed_due_day_moves_the_deadline() -> None:
    clock = LimitClock.start(UNANNOUNCED.revised(NEW_YEAR_2027), 2, date(2026, 12, 30))
    moved = deadlines_of(happened(recomputed("2027-01-01", clock)))
    assert moved == [Owed(ANSWER_OVERDUE, shanghai("2027-01-05T00:00"))]


@pytest.mark.parametrize("event", [answered("2026-03-04T10:00"), overdue()], ids=lambda event: event.TOPIC)
def test_an_answer_or_being_overdue_settles_it(event: Event) -> None:
    assert deadlines_of(happened(event)) == [Settled(ANSWER_OVERDUE)]
