"""What is owed for a ticket, as its events tell it."""

from __future__ import annotations

from datetime import date

from services.hotline.limits import CLOSE, OVERDUE, SOON, SUPERVISE, UNHANDLED, WAITING, deadlines_of
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
    told_answered,
)

UNANNOUNCED = WorkingCalendar(tuple(year for year in CALENDAR.years if year.year < 2027))


def happened(event: Event) -> Happened:
    return from_log(Recorded("ticket-12345-JY-1", 1, shanghai("2026-03-02T09:00"), event, PLATFORM, "c"))


def test_the_desk_owes_a_word_on_each_ticket_that_came_without_its_answer() -> None:
    assert deadlines_of(happened(received())) == [Owed(UNHANDLED, shanghai("2026-03-04T00:00"))]
    assert deadlines_of(happened(told_answered())) == []


def test_a_dispatched_ticket_owes_an_answer_until_the_end_of_its_due_day_in_shanghai() -> None:
    """Three working days from Monday: yellow on Wednesday, red after Thursday, supervised after Friday."""
    owed = deadlines_of(happened(dispatched()))
    assert {change.kind: getattr(change, "at", None) for change in owed} == {
        SOON: shanghai("2026-03-04T00:00"),
        OVERDUE: shanghai("2026-03-06T00:00"),
        SUPERVISE: shanghai("2026-03-07T00:00"),
        UNHANDLED: None,
        CLOSE: None,
    }


def test_a_due_day_in_a_year_not_yet_announced_is_provisional() -> None:
    owed = deadlines_of(happened(dispatched("2026-12-30", 2, UNANNOUNCED)))
    assert Owed(OVERDUE, shanghai("2027-01-02T00:00"), provisional=True) in owed


def test_a_recomputed_due_day_moves_the_deadline() -> None:
    calendar = UNANNOUNCED.revised(NEW_YEAR_2027)
    clock = LimitClock.start(calendar, 2, date(2026, 12, 30))
    moved = deadlines_of(happened(recomputed("2027-01-01", clock, calendar)))
    assert Owed(OVERDUE, shanghai("2027-01-05T00:00")) in moved


def test_an_answer_settles_all_limits_and_owes_the_end() -> None:
    changes = deadlines_of(happened(answered("2026-03-04T10:00")))
    assert {Settled(kind) for kind in (UNHANDLED, WAITING, SOON, OVERDUE, SUPERVISE)} <= set(changes)
    assert Owed(CLOSE, shanghai("2026-03-12T00:00")) in changes


def test_being_overdue_settles_the_warnings_and_leaves_supervision_owed() -> None:
    assert deadlines_of(happened(overdue())) == [Settled(SOON), Settled(OVERDUE)]
