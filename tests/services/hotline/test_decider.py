"""What hotline decides about a ticket, in given, when, then."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from services.hotline.decider import (
    AnswerAtOnce,
    AnswerTicket,
    RaiseTicket,
    RecomputeTicketDeadline,
    ticket,
)
from services.hotline.decider.commands import Concerned
from services.hotline.events import TicketAboutApplication, TicketReceived
from shared.calendar import LimitClock, WorkingCalendar
from shared.security.actor import Actor, Role
from tests.services.hotline.tickets import (
    ABOUT,
    AGENT,
    BUREAU,
    CALENDAR,
    ENTERPRISE,
    NEW_YEAR_2027,
    OFFICER,
    OTHER_OFFICER,
    PLATFORM,
    RULES,
    answered,
    dispatch,
    dispatched,
    overdue,
    receive,
    received,
    recomputed,
    replied,
    shanghai,
    told_answered,
)
from tests.support.deciding import given

OVERDUE = RaiseTicket(what="overdue")
REPLY = "申报自3月起受理。"
UNANNOUNCED = WorkingCalendar(tuple(year for year in CALENDAR.years if year.year < 2027))
ANNOUNCED = UNANNOUNCED.revised(NEW_YEAR_2027)


# Receiving -----------------------------------------------------------------------------------------------------------


def test_a_ticket_is_received() -> None:
    given(ticket).when(receive(), actor=AGENT).then(received())


def test_the_same_ticket_twice_is_one() -> None:
    given(ticket, received()).when(receive(), actor=AGENT).then()


def test_a_new_sealing_of_the_same_caller_is_no_difference() -> None:
    given(ticket, received()).when(receive(caller_name="again", caller_phone=None), actor=AGENT).then()


def test_the_same_number_with_another_content_is_refused_naming_what_differs() -> None:
    changed = receive(content="另一件事。", nature="complaint", town=None)
    refusal = given(ticket, received()).when(changed, actor=AGENT)
    refusal.refused("hotline.ticket-differs", fields=["content", "nature", "town"])


def test_a_ticket_that_was_dispatched_since_is_still_the_same_one() -> None:
    given(ticket, received(), dispatched()).when(receive(), actor=AGENT).then()


@pytest.mark.parametrize("at", ["2026-03-02T09:10:00", "2026-03-01T23:59:59"])
def test_the_sources_clock_may_be_ten_minutes_ahead(at: str) -> None:
    given(ticket).when(receive(received_at=shanghai(at)), actor=AGENT).then(received(received_at=shanghai(at)))


def test_a_ticket_from_the_future_is_refused() -> None:
    command = receive(received_at=shanghai("2026-03-02T09:10:01"))
    given(ticket).when(command, actor=AGENT).refused("hotline.invalid-ticket", fields=["received_at"])


def test_only_the_desk_receives() -> None:
    given(ticket).when(receive(), actor=OFFICER).refused("hotline.not-yours")


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59-14:00"])
def test_a_year_that_is_a_slip_of_the_pen_is_no_ticket(at: str) -> None:
    with pytest.raises(ValidationError):
        receive(received_at=at)


# History -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("at", "in_time"), [("2026-01-08T23:59", True), ("2026-01-09T00:00", False)])
def test_a_ticket_with_its_answer_is_received_and_answered_on_the_answers_own_day(at: str, in_time: bool) -> None:
    """Monday 5 January and three working days: Thursday the 8th."""
    came = shanghai("2026-01-05T10:00")
    given(ticket).when(receive(received_at=came, history=replied(at)), actor=AGENT).then(
        told_answered(received_at=came), answered(at, in_time=in_time, historic=True)
    )


def test_a_department_that_the_platform_does_not_know_is_kept_as_written() -> None:
    history = replied("2026-03-02T08:45", department=None, unit="某街道办事处（样例）")
    event = answered("2026-03-02T08:45", department=None, unit="某街道办事处（样例）", historic=True)
    given(ticket).when(receive(history=history), actor=AGENT).then(told_answered(), event)


def test_an_answer_on_the_day_of_the_ticket_may_have_no_hour() -> None:
    history = replied("2026-03-02T00:00")
    event = answered("2026-03-02T00:00", historic=True)
    given(ticket).when(receive(history=history), actor=AGENT).then(told_answered(), event)


def test_an_answer_before_its_ticket_is_refused() -> None:
    command = receive(history=replied("2026-03-01T23:00"))
    given(ticket).when(command, actor=AGENT).refused("hotline.invalid-ticket", fields=["replied_at"])


def test_everything_that_is_wrong_with_the_times_is_said_at_once() -> None:
    command = receive(received_at=shanghai("2026-03-05T00:00"), history=replied("2026-03-04T00:00"))
    outcome = given(ticket).when(command, actor=AGENT)
    outcome.refused("hotline.invalid-ticket", fields=["received_at", "replied_at", "replied_at"])


def test_a_ticket_with_its_answer_twice_is_one() -> None:
    past = (told_answered(), answered("2026-03-02T08:45", historic=True))
    given(ticket, *past).when(receive(history=replied("2026-03-02T08:45")), actor=AGENT).then()


def test_a_source_that_sends_the_ticket_again_without_its_answer_says_nothing_new() -> None:
    given(ticket, received(), answered("2026-03-02T08:45", historic=True)).when(receive(), actor=AGENT).then()


def test_an_answer_that_comes_later_from_the_source_is_a_difference() -> None:
    command = receive(history=replied("2026-03-02T08:45"))
    given(ticket, received()).when(command, actor=AGENT).refused("hotline.ticket-differs", fields=["reply"])


def test_another_answer_from_the_source_is_a_difference() -> None:
    past = (told_answered(), answered("2026-03-02T08:45", historic=True))
    command = receive(history=replied("2026-03-02T08:45", text="另有安排。"))
    given(ticket, *past).when(command, actor=AGENT).refused("hotline.ticket-differs", fields=["reply"])


# Dispatching ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("actor", [AGENT, BUREAU, Actor(subject="centre", roles=(Role.OPERATOR,))])
def test_the_desk_dispatches_and_counting_starts_the_day_after(actor: Actor) -> None:
    outcome = given(ticket, received()).when(dispatch(), actor=actor)
    outcome.then(dispatched("2026-03-02", limit_days=3))
    assert outcome.events[0].clock.due.day == date(2026, 3, 5)


def test_the_limit_jumps_over_the_holiday_and_takes_the_make_up_days() -> None:
    """From Thursday before the Mid-Autumn holiday of 2026: the 28th, the 29th and the 30th of September."""
    outcome = given(ticket, received()).when(dispatch(), at=shanghai("2026-09-24T16:00"), actor=AGENT)
    assert outcome.events[0].clock.due.day == date(2026, 9, 30)


def test_the_limit_follows_the_nature() -> None:
    outcome = given(ticket, received(nature="complaint")).when(dispatch(), actor=AGENT)
    assert outcome.events[0].clock.limit_days == 5


def test_the_desk_may_set_another_limit() -> None:
    outcome = given(ticket, received()).when(dispatch(limit_days=1), actor=AGENT)
    outcome.then(dispatched("2026-03-02", limit_days=1))


def test_without_any_limit_the_desk_is_asked_for_one() -> None:
    command = dispatch().model_copy(update={"rules": RULES.model_copy(update={"limits": {}})})
    given(ticket, received()).when(command, actor=AGENT).refused("hotline.no-limit", fields=["limit_days"])


def test_a_ticket_is_not_dispatched_twice_and_the_refusal_says_to_whom_it_was() -> None:
    refusal = given(ticket, received(), dispatched()).when(dispatch("kjj"), actor=AGENT)
    assert "gxj" in refusal.refused("hotline.already-dispatched").title


def test_an_answered_ticket_is_not_dispatched() -> None:
    past = (received(), answered("2026-03-02T09:00", department=None))
    given(ticket, *past).when(dispatch(), actor=AGENT).refused("hotline.already-answered")


def test_an_officer_does_not_dispatch() -> None:
    given(ticket, received()).when(dispatch(), actor=OFFICER).refused("hotline.not-yours")


@pytest.mark.parametrize(
    "command", [dispatch(), AnswerAtOnce(text="好", terms=RULES.terms), AnswerTicket(text="好"), OVERDUE]
)
def test_nothing_can_be_done_with_a_ticket_that_never_came(command: object) -> None:
    given(ticket).when(command, actor=AGENT).refused("hotline.ticket-unknown")  # type: ignore[arg-type]


# Answering -----------------------------------------------------------------------------------------------------------


def test_the_seat_answers_at_once() -> None:
    outcome = given(ticket, received()).when(AnswerAtOnce(text=REPLY, terms=RULES.terms), actor=AGENT)
    outcome.then(answered("2026-03-02T09:00", department=None))


def test_only_an_agent_answers_at_once() -> None:
    given(ticket, received()).when(AnswerAtOnce(text=REPLY, terms=RULES.terms), actor=OFFICER).refused(
        "hotline.not-yours"
    )


def test_the_seat_does_not_answer_for_the_department_that_has_the_ticket() -> None:
    outcome = given(ticket, received(), dispatched()).when(AnswerAtOnce(text=REPLY, terms=RULES.terms), actor=AGENT)
    assert "gxj" in outcome.refused("hotline.already-dispatched").title


@pytest.mark.parametrize(("at", "in_time"), [("2026-03-05T23:59", True), ("2026-03-06T00:00", False)])
def test_the_department_answers_until_the_end_of_the_due_day_in_time(at: str, in_time: bool) -> None:
    outcome = given(ticket, received(), dispatched()).when(AnswerTicket(text=REPLY), at=shanghai(at), actor=OFFICER)
    outcome.then(answered(at, in_time=in_time))


def test_an_overdue_ticket_is_answered_late() -> None:
    past = (received(), dispatched(), overdue())
    outcome = given(ticket, *past).when(AnswerTicket(text=REPLY), at=shanghai("2026-03-06T09:00"), actor=OFFICER)
    outcome.then(answered("2026-03-06T09:00", in_time=False))


@pytest.mark.parametrize("actor", [OTHER_OFFICER, BUREAU, AGENT, Actor(subject="nobody")])
def test_only_the_department_that_has_the_ticket_answers(actor: Actor) -> None:
    given(ticket, received(), dispatched()).when(AnswerTicket(text=REPLY), actor=actor).refused("hotline.not-yours")


def test_a_department_does_not_answer_what_was_not_dispatched() -> None:
    given(ticket, received()).when(AnswerTicket(text=REPLY), actor=OFFICER).refused("hotline.not-dispatched")


def test_the_same_answer_again_is_one() -> None:
    past = (received(), dispatched(), answered("2026-03-03T09:00"))
    given(ticket, *past).when(AnswerTicket(text=REPLY), actor=OFFICER).then()
    past = (received(), answered("2026-03-02T09:00", department=None))
    given(ticket, *past).when(AnswerAtOnce(text=REPLY, terms=RULES.terms), actor=AGENT).then()


def test_another_answer_to_an_answered_ticket_is_refused() -> None:
    past = (received(), dispatched(), answered("2026-03-03T09:00"))
    given(ticket, *past).when(AnswerTicket(text="另有安排。"), actor=OFFICER).refused("hotline.already-answered")
    past = (told_answered(), answered("2026-03-02T08:45", historic=True))
    given(ticket, *past).when(AnswerAtOnce(text=REPLY, terms=RULES.terms), actor=AGENT).refused(
        "hotline.already-answered"
    )


# Limits --------------------------------------------------------------------------------------------------------------

AFTER = shanghai("2026-03-06T00:00")


def test_a_ticket_is_overdue_when_its_due_day_is_over() -> None:
    given(ticket, received(), dispatched()).when(OVERDUE, at=AFTER, actor=PLATFORM).then(overdue())


@pytest.mark.parametrize(
    ("past", "at"),
    [
        ((received(), dispatched()), "2026-03-05T23:59:59"),
        ((received(), dispatched(), overdue()), "2026-03-09T00:00"),
        ((received(), dispatched(), answered("2026-03-05T10:00")), "2026-03-09T00:00"),
        ((received(),), "2026-03-09T00:00"),
    ],
    ids=["not yet", "already", "answered", "not dispatched"],
)
def test_a_deadline_that_is_out_of_date_changes_nothing(past: tuple[object, ...], at: str) -> None:
    given(ticket, *past).when(OVERDUE, at=shanghai(at), actor=PLATFORM).then()  # type: ignore[arg-type]


def test_the_announced_year_moves_the_due_day() -> None:
    """31 December, then provisionally Friday 1 January, and with the notice Monday the 4th."""
    past = (received(), dispatched("2026-12-30", 2, UNANNOUNCED))
    assert past[1].clock.due.provisional
    outcome = given(ticket, *past).when(
        RecomputeTicketDeadline(), at=shanghai("2026-12-31T09:00"), actor=PLATFORM, calendar=ANNOUNCED
    )
    clock = LimitClock.start(ANNOUNCED, 2, date(2026, 12, 30))
    assert (clock.due.day, clock.due.provisional) == (date(2027, 1, 4), False)
    outcome.then(recomputed("2027-01-01", clock, ANNOUNCED))
    assert "样例通知" in outcome.events[0].notice


def test_the_announced_year_makes_the_same_day_certain() -> None:
    calendar = UNANNOUNCED.revised(NEW_YEAR_2027.model_copy(update={"days_off": frozenset()}))
    past = (received(), dispatched("2026-12-31", 3, UNANNOUNCED))
    outcome = given(ticket, *past).when(RecomputeTicketDeadline(), actor=PLATFORM, calendar=calendar)
    outcome.then(recomputed("2027-01-05", LimitClock.start(calendar, 3, date(2026, 12, 31)), calendar))


@pytest.mark.parametrize(
    "past",
    [
        (received(),),
        (received(), dispatched("2026-03-02", 3)),
        (received(), dispatched("2026-12-30", 2, UNANNOUNCED), answered("2026-12-31T09:00")),
        (received(), dispatched("2026-12-30", 2, UNANNOUNCED), overdue("2027-01-01", 2)),
    ],
    ids=["not dispatched", "known before", "answered", "overdue"],
)
def test_a_notice_that_moves_nothing_changes_nothing(past: tuple[object, ...]) -> None:
    outcome = given(ticket, *past).when(RecomputeTicketDeadline(), actor=PLATFORM, calendar=ANNOUNCED)  # type: ignore[arg-type]
    outcome.then()


@pytest.mark.parametrize("command", [OVERDUE, RecomputeTicketDeadline()])
def test_limits_are_the_platforms_own_business(command: RaiseTicket | RecomputeTicketDeadline) -> None:
    given(ticket, received(), dispatched()).when(command, at=AFTER, actor=BUREAU).refused("hotline.not-yours")


CONCERNED = Concerned(application="SB2026-1", item="item-1", item_title="技改设备补助（样例）", department="gxj")


def test_what_is_asked_of_an_application_goes_to_its_department_at_once() -> None:
    about = TicketAboutApplication(**ABOUT, **CONCERNED.model_dump(exclude={"department"}), of_department="gxj")
    taken = given(ticket).when(receive(concerns=CONCERNED), at=shanghai("2026-03-02T09:00"), actor=ENTERPRISE)
    taken.then(received(), about, dispatched())


def test_a_complaint_about_an_application_stays_with_the_desk() -> None:
    complaint = receive(concerns=CONCERNED, nature="complaint")
    taken = given(ticket).when(complaint, at=shanghai("2026-03-02T09:00"), actor=ENTERPRISE)
    assert [type(event) for event in taken.events] == [TicketReceived, TicketAboutApplication]


def test_what_the_rules_set_no_limit_for_stays_with_the_desk() -> None:
    rules = RULES.model_copy(update={"limits": {}})
    command = receive(concerns=CONCERNED, rules=rules)
    taken = given(ticket).when(command, at=shanghai("2026-03-02T09:00"), actor=ENTERPRISE)
    assert [type(event) for event in taken.events] == [TicketReceived, TicketAboutApplication]
