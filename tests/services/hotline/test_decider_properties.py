"""Whatever is asked of a ticket, in whatever order: what holds of its history."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from hypothesis import given as for_all
from hypothesis import strategies as st

from services.hotline.decider import (
    AnswerAtOnce,
    AnswerTicket,
    RaiseTicketOverdue,
    RecomputeTicketDeadline,
    decide,
    evolve,
)
from services.hotline.events import TicketAnswered, TicketDispatched, TicketOverdue
from services.hotline.limits import ANSWER_OVERDUE, deadlines_of
from shared.calendar import WorkingCalendar, civil_date
from shared.deadlines.book import Owed
from shared.eventstore.decider import Command, Context, Refused
from shared.eventstore.events import Event, Recorded
from shared.readmodels.happened import from_log
from shared.security.actor import Actor
from tests.services.hotline.tickets import (
    AGENT,
    BUREAU,
    CALENDAR,
    NEW_YEAR_2027,
    OFFICER,
    OTHER_OFFICER,
    PLATFORM,
    dispatch,
    receive,
    replied,
    shanghai,
)

UNANNOUNCED = WorkingCalendar(tuple(year for year in CALENDAR.years if year.year < 2027))
CALENDARS = (UNANNOUNCED, UNANNOUNCED.revised(NEW_YEAR_2027))
BEGIN = shanghai("2026-12-21T09:00")
came = shanghai("2026-12-21T08:00")
COMMANDS = (
    receive(received_at=came),
    receive(received_at=came, history=replied("2026-12-21T08:30")),
    dispatch(),
    dispatch("kjj", 1),
    AnswerAtOnce(text="马上答复。"),
    AnswerTicket(text="部门答复。"),
    RaiseTicketOverdue(),
    RecomputeTicketDeadline(),
)
ACTORS = (AGENT, OFFICER, OTHER_OFFICER, BUREAU, PLATFORM)

steps = st.lists(
    st.tuples(
        st.sampled_from(COMMANDS), st.sampled_from(ACTORS), st.integers(0, 72), st.sampled_from(CALENDARS)
    ),
    max_size=25,
)  # fmt: skip
Step = tuple[Command, Actor, int, WorkingCalendar]


def lived(asked: list[Step]) -> list[tuple[datetime, Event]]:
    """What happens when all of this is asked, each so many hours after the one before."""
    state, now, happened = None, BEGIN, []
    for command, actor, hours, calendar in asked:
        now += timedelta(hours=hours)
        try:
            events = decide(state, command, Context(now, calendar, actor))  # type: ignore[arg-type]
        except Refused:
            continue
        for event in events:
            state = evolve(state, event)
            happened.append((now, event))
    return happened


@for_all(steps)
def test_everything_but_a_recomputation_happens_at_most_once(asked: list[Step]) -> None:
    times = Counter(event.TOPIC for _, event in lived(asked))
    del times["hotline.ticket-deadline-recomputed"]
    assert all(n == 1 for n in times.values()), times


@for_all(steps)
def test_nothing_happens_to_an_answered_ticket(asked: list[Step]) -> None:
    topics = [event.TOPIC for _, event in lived(asked)]
    assert "hotline.ticket-answered" not in topics[:-1]


@for_all(steps)
def test_a_ticket_is_overdue_only_after_its_due_day_and_an_answer_is_in_time_only_up_to_it(asked: list[Step]) -> None:
    due = None
    for at, event in lived(asked):
        if clock := getattr(event, "clock", None):
            due = clock.due.day
        if isinstance(event, TicketOverdue):
            assert due == event.due_on and civil_date(at) > due
        if isinstance(event, TicketAnswered) and due is not None:
            assert event.in_time == (civil_date(at) <= due)


@for_all(steps)
def test_an_answer_is_owed_exactly_while_a_department_has_an_open_ticket(asked: list[Step]) -> None:
    owed, state = None, None
    for at, event in lived(asked):
        state = evolve(state, event)
        for change in deadlines_of(from_log(Recorded("ticket-12345-JY-1", 1, at, event, PLATFORM, "c"))):
            assert change.kind == ANSWER_OVERDUE
            owed = change if isinstance(change, Owed) else None
        open_ticket = state.clock is not None and state.answered is None and not state.overdue
        assert (owed is not None) == open_ticket
        if owed and state.clock:
            assert (owed.at, owed.provisional) == (state.clock.overdue_at(), state.clock.due.provisional)


@for_all(steps)
def test_what_was_received_and_dispatched_first_stays(asked: list[Step]) -> None:
    events = [event for _, event in lived(asked)]
    state = None
    for event in events:
        state = evolve(state, event)
    to = next((event.department for event in events if isinstance(event, TicketDispatched)), None)
    assert (state.department if state else None) == to
    assert state is None or state.received == events[0]
