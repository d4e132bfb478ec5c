"""What others hear of a ticket, and what stays inside."""

from __future__ import annotations

from datetime import date

import pytest

from services.hotline import events
from services.hotline.publishing import publish
from shared.calendar import LimitClock
from shared.contracts import hotline as published
from shared.contracts.base import Outgoing, subject_of
from shared.eventstore.events import Event, Recorded
from tests.services.hotline.tickets import (
    ABOUT,
    CALENDAR,
    PLATFORM,
    answered,
    dispatched,
    overdue,
    received,
    recomputed,
    shanghai,
)

TICKET = {"ticket_id": "12345-JY-1", **ABOUT}
MOVED = LimitClock.start(CALENDAR, 4, date(2026, 3, 2))


def told(event: Event) -> Outgoing | None:
    return publish(Recorded("ticket-12345-JY-1", 1, shanghai("2026-03-02T09:00"), event, PLATFORM, "c"))


def test_a_received_ticket_is_told_to_no_department_yet() -> None:
    event = published.TicketReceived(
        **TICKET, channel="电话", received_at=shanghai("2026-03-02T08:30"), town="320281100"
    )
    assert told(received()) == Outgoing(event, None)


def test_a_dispatched_ticket_is_told_to_its_department_with_the_due_day() -> None:
    event = published.TicketDispatched(
        **TICKET, department="gxj", answer_due_on=date(2026, 3, 5), provisional=False, limit_days=3
    )
    assert told(dispatched()) == Outgoing(event, "gxj")


@pytest.mark.parametrize("department", ["gxj", None])
def test_an_answer_is_told_without_its_text(department: str | None) -> None:
    event = published.TicketAnswered(**TICKET, department=department, answered_on=date(2026, 3, 4), in_time=False)
    assert told(answered("2026-03-04T10:00", department=department, in_time=False)) == Outgoing(event, department)


def test_a_historic_answer_carries_its_own_day() -> None:
    outgoing = told(answered("2020-12-31T00:00", historic=True))
    assert outgoing is not None and outgoing.event.answered_on == date(2020, 12, 31)  # type: ignore[attr-defined]


def test_an_overdue_ticket_is_told_to_its_department() -> None:
    event = published.TicketOverdue(**TICKET, department="gxj", due_on=date(2026, 3, 5), limit_days=3)
    assert told(overdue()) == Outgoing(event, "gxj")


def test_a_moved_due_day_is_told_to_its_department() -> None:
    event = published.TicketDeadlineRecomputed(
        **TICKET,
        department="gxj",
        previous_due_on=date(2026, 3, 5),
        answer_due_on=date(2026, 3, 6),
        provisional=False,
        notice=MOVED.due.calendar,
    )
    assert told(recomputed("2026-03-05", MOVED)) == Outgoing(event, "gxj")


@pytest.mark.parametrize(
    "event",
    [received(), dispatched(), answered("2026-03-04T10:00"), overdue(), recomputed("2026-03-05", MOVED)],
    ids=lambda event: event.TOPIC,
)
def test_no_content_no_answer_and_no_caller_goes_out(event: Event) -> None:
    outgoing = told(event)
    assert outgoing is not None
    out = outgoing.event.model_dump_json()
    for inside in ("企业询问", "申报自3月起受理", "sealed"):
        assert inside not in out
    assert subject_of(type(outgoing.event), outgoing.department).startswith(f"chengce.{event.TOPIC}.")


def test_that_a_ticket_is_about_an_application_is_not_told_to_that_department() -> None:
    about = {"application": "SB2026-1", "item": "item-1", "of_department": "gxj"}
    event = events.TicketAboutApplication(**ABOUT, **about, item_title="技改设备补助（样例）")
    assert told(event) == Outgoing(published.TicketAboutApplication(**TICKET, **about), None)
