"""A ticket, whoever does whatever with it as days pass and calendars are announced: what always holds of it."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from services.hotline.decider import (
    AnswerAtOnce,
    AnswerTicket,
    RaiseTicketOverdue,
    RecomputeTicketDeadline,
    ticket,
)
from services.hotline.decider.rights import DESK
from services.hotline.events import (
    TicketAnswered,
    TicketDeadlineRecomputed,
    TicketDispatched,
    TicketOverdue,
    TicketReceived,
)
from shared.calendar import AnnouncedYear, WorkingCalendar, civil_date
from shared.eventstore.decider import Refused
from shared.security.actor import Actor, Role, system
from tests.services.hotline.tickets import (
    AGENT,
    BUREAU,
    CALENDAR,
    LIMITS,
    OFFICER,
    OTHER_OFFICER,
    PLATFORM,
    dispatch,
    receive,
    replied,
    shanghai,
)
from tests.support.living import WALKS, Life, somebody

UNANNOUNCED = WorkingCalendar(tuple(year for year in CALENDAR.years if year.year < 2027))
DAYS_OFF = frozenset(date(2027, 1, n) for n in range(1, 9))
ANNOUNCED = UNANNOUNCED.revised(AnnouncedYear(year=2027, notice="样例通知：2027年放假安排", days_off=DAYS_OFF))
actors = st.sampled_from(
    [AGENT, OFFICER, OTHER_OFFICER, BUREAU, PLATFORM, somebody(Role.SUPERVISOR), somebody(Role.APPLICANT), system("x")]
)
texts = st.sampled_from(["申报自3月起受理。", "请咨询市工信局。"])


class TicketLife(Life):
    """Received before the year's end, so that a limit may reach into a year that is announced later."""

    decider = ticket

    @initialize(dispatched=st.booleans())
    def begin(self, dispatched: bool) -> None:
        self.now = shanghai("2026-12-21T09:00")
        self.came = self.now - timedelta(hours=1)
        self.calendar = UNANNOUNCED
        if dispatched:  # which most walks would not come to by themselves
            self.give(receive(received_at=self.came), AGENT)
            self.give(dispatch(), AGENT)

    @rule(hours=st.integers(1, 60))
    def hours_pass(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(days=st.integers(3, 12))
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days)

    @rule()
    def the_next_year_is_announced(self) -> None:
        self.calendar = ANNOUNCED

    @rule(actor=actors, title=st.sampled_from(["咨询技改奖励（样例）", "另一件事（样例）"]))
    def it_comes_in(self, actor: Actor, title: str) -> None:
        self.give(receive(received_at=self.came, title=title), actor)

    @rule(actor=actors, hours=st.integers(-48, 24))
    def it_comes_in_with_its_answer(self, actor: Actor, hours: int) -> None:
        at = (self.now + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M")
        self.give(receive(received_at=self.came, history=replied(at)), actor)

    @rule(actor=actors, department=st.sampled_from(["gxj", "kjj"]), days=st.none() | st.integers(1, 8))
    def it_is_dispatched(self, actor: Actor, department: str, days: int | None) -> None:
        self.give(dispatch(department, days), actor)

    @rule(actor=actors, text=texts)
    def the_seat_answers(self, actor: Actor, text: str) -> None:
        self.give(AnswerAtOnce(text=text), actor)

    @rule(actor=actors, text=texts)
    def a_department_answers(self, actor: Actor, text: str) -> None:
        self.give(AnswerTicket(text=text), actor)

    @rule(actor=st.sampled_from([PLATFORM, PLATFORM, PLATFORM, BUREAU, OFFICER]))
    def the_limit_is_looked_at(self, actor: Actor) -> None:
        outcome = self.give(RaiseTicketOverdue(), actor)
        if self.state is not None:
            assert isinstance(outcome, Refused) == (not actor.has(Role.SYSTEM))

    @rule(actor=st.sampled_from([PLATFORM, BUREAU]))
    def the_limit_is_counted_again(self, actor: Actor) -> None:
        outcome = self.give(RecomputeTicketDeadline(), actor)
        if outcome and not isinstance(outcome, Refused):
            assert self.state.clock == self.state.clock.recomputed(self.calendar)
            assert self.give(RecomputeTicketDeadline(), actor) == (), "counted again without a reason"

    @invariant()
    def all_but_a_recomputation_happens_once_at_most_and_reception_is_first(self) -> None:
        once = [kind for kind in self.kinds if kind is not TicketDeadlineRecomputed]
        assert len(set(once)) == len(once)
        assert not once or once[0] is TicketReceived

    @invariant()
    def nothing_follows_the_answer(self) -> None:
        assert TicketAnswered not in self.kinds[:-1]

    @invariant()
    def the_promised_day_follows_the_calendar(self) -> None:
        for each in self.of(TicketDispatched):
            clock, command, context = each.event.clock, each.command, each.context
            limit = command.limit_days or LIMITS["consultation"]
            assert (clock.limit_days, clock.started_on) == (limit, context.today)
            day, counted = clock.started_on, 0
            while counted < limit:
                day += timedelta(1)
                counted += context.calendar.is_working_day(day)
            assert clock.due.day == day
            assert clock.due.provisional == (not all(map(context.calendar.knows, {clock.started_on.year, day.year})))

    @invariant()
    def a_recomputation_moves_what_still_ran_and_keeps_the_limit(self) -> None:
        for place, each in enumerate(self.happened):
            if isinstance(each.event, TicketDeadlineRecomputed):
                before = self.kinds[:place]
                assert TicketOverdue not in before
                assert TicketAnswered not in before
                (start,) = self.of(TicketDispatched)
                assert each.event.clock.limit_days == start.event.clock.limit_days
                assert each.event.clock.started_on == start.event.clock.started_on

    @invariant()
    def overdue_is_said_after_the_due_day_and_an_answer_is_in_time_only_up_to_it(self) -> None:
        due: date | None = None
        late = False
        for each in self.happened:
            if clock := getattr(each.event, "clock", None):
                due = clock.due.day
            if isinstance(each.event, TicketOverdue):
                assert due == each.event.due_on < each.context.today
                late = True
            if isinstance(each.event, TicketAnswered) and due is not None:
                assert each.event.in_time == (not late and each.event.answered_on <= due)

    @invariant()
    def each_step_was_taken_by_who_may(self) -> None:
        for each in self.happened:
            actor = each.context.actor
            match each.event:
                case TicketReceived() | TicketDispatched():
                    assert actor.has(*DESK)
                case TicketAnswered(historic=False, department=None):
                    assert actor.has(Role.HOTLINE_AGENT)
                case TicketAnswered(historic=False, department=department):
                    assert actor.department == department == self.state.department
                case TicketOverdue() | TicketDeadlineRecomputed():
                    assert actor.has(Role.SYSTEM)

    @invariant()
    def an_answer_is_not_older_than_its_question_nor_from_the_future(self) -> None:
        for each in self.of(TicketAnswered):
            assert civil_date(self.came) <= each.event.answered_on <= each.context.today + timedelta(1)


TestTicketLife = TicketLife.TestCase
TestTicketLife.settings = WALKS
