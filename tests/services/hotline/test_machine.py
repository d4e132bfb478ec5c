"""A ticket, whoever does whatever with it as days pass and calendars are announced: what always holds of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from services.hotline.decider import AnswerAtOnce, AnswerTicket, RaiseTicket, RecomputeTicketDeadline, ticket
from services.hotline.decider import commands as asked
from services.hotline.decider.clocks import due_at, is_late, is_stopped
from services.hotline.decider.rights import DESK, SUPERVISION
from services.hotline.events import handling as on
from services.hotline.events import ticket as core
from services.hotline.events.rules import Limit
from services.hotline.limits import CLOSE, OVERDUE, SOON, SUPERVISE, UNHANDLED, WAITING, deadlines_of
from services.hotline.merging import deadlines_of as merge_deadlines_of
from shared.calendar import AnnouncedYear, HoursClock, LimitClock, WorkingCalendar, civil_date
from shared.deadlines.book import Owed
from shared.eventstore.decider import Refused
from shared.eventstore.events import Recorded
from shared.readmodels.happened import from_log
from shared.security.actor import Actor, Role
from tests.services.hotline.tickets import (
    AGENT,
    BUREAU,
    CALENDAR,
    ENTERPRISE,
    HEAD,
    OFFICER,
    OTHER_OFFICER,
    PERSON,
    PLATFORM,
    RULES,
    SUPERVISOR,
    dispatch,
    receive,
    replied,
    shanghai,
)
from tests.support.living import WALKS, Life

UNANNOUNCED = WorkingCalendar(tuple(year for year in CALENDAR.years if year.year < 2027))
DAYS_OFF = frozenset(date(2027, 1, n) for n in range(1, 9))
ANNOUNCED = UNANNOUNCED.revised(AnnouncedYear(year=2027, notice="样例通知：2027年放假安排", days_off=DAYS_OFF))
REVIEWED = RULES.model_copy(update={"reviewed": ("gxj",)})
ACTORS = (AGENT, OFFICER, HEAD, OTHER_OFFICER, BUREAU, SUPERVISOR, PLATFORM, ENTERPRISE, PERSON)
actors = st.sampled_from(ACTORS)
texts = st.sampled_from(["申报自3月起受理。", "请咨询市工信局。"])
MOMENTS = ("due-soon", "overdue", "supervise", "unhandled", "waiting", "close")
DUE = {"due-soon": SOON, "overdue": OVERDUE, "supervise": SUPERVISE, "unhandled": UNHANDLED, "waiting": WAITING}
DUE["close"] = CLOSE


class TicketLife(Life):
    """Received before the year's end, so that a limit may reach into a year that is announced later."""

    decider = ticket

    @initialize(dispatched=st.booleans(), reviewed=st.booleans(), hours=st.booleans())
    def begin(self, dispatched: bool, reviewed: bool, hours: bool) -> None:
        self.now = shanghai("2026-12-21T09:00")
        self.came = self.now - timedelta(hours=1)
        self.calendar = UNANNOUNCED
        self.rules = REVIEWED if reviewed else RULES
        self.seen = 0
        self.owed: dict[str, Owed] = {}
        if dispatched:  # which most walks would not come to by themselves
            self.give(receive(received_at=self.came), AGENT)
            command = dispatch().model_copy(update={"rules": self.rules})
            if hours:
                command = command.model_copy(update={"limit": Limit(amount=30, unit="hours")})
            self.give(command, AGENT)

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
        self.give(dispatch(department, days).model_copy(update={"rules": self.rules}), actor)

    @rule(actor=actors, text=texts)
    def the_seat_answers(self, actor: Actor, text: str) -> None:
        self.give(AnswerAtOnce(text=text, terms=RULES.terms), actor)

    @rule(actor=actors, text=texts, put_right=st.sampled_from([None, "已整改。"]))
    def a_department_answers(self, actor: Actor, text: str, put_right: str | None) -> None:
        self.give(AnswerTicket(text=text, put_right=put_right), actor)

    @rule(actor=actors, what=st.integers(0, 22))
    def anybody_does_anything(self, actor: Actor, what: int) -> None:
        self.give(_anything(what, self.rules), actor)

    @precondition(lambda self: self.owed)
    @rule(later=st.sampled_from([0, 0, 0, 90_000]))
    def what_is_owed_next_comes_due(self, later: int) -> None:
        """The scheduler does its work: what it does is done, and is never asked again for nothing."""
        kind, owed = min(self.owed.items(), key=lambda each: each[1].at)
        self.now = max(self.now, owed.at + timedelta(seconds=later))
        what = next(name for name, of in DUE.items() if of == kind)
        outcome = self.give(RaiseTicket.model_validate({"what": what}), PLATFORM)
        assert outcome and not isinstance(outcome, Refused), f"{kind} was owed, and nothing happened"
        self.everything_owed_is_what_the_events_say()
        assert kind not in self.owed or self.owed[kind].at > self.now, f"{kind} is owed still"

    @rule(actor=actors, what=st.sampled_from(MOMENTS))
    def a_moment_is_looked_at(self, actor: Actor, what: str) -> None:
        outcome = self.give(RaiseTicket.model_validate({"what": what}), actor)
        if self.state is not None:
            assert isinstance(outcome, Refused) == (not actor.has(Role.SYSTEM))

    @rule(actor=st.sampled_from([PLATFORM, BUREAU]))
    def the_limit_is_counted_again(self, actor: Actor) -> None:
        outcome = self.give(RecomputeTicketDeadline(), actor)
        if outcome and not isinstance(outcome, Refused):
            assert self.state.clock == self.state.clock.recomputed(self.calendar)
            assert self.give(RecomputeTicketDeadline(), actor) == (), "counted again without a reason"

    @invariant()
    def everything_owed_is_what_the_events_say(self) -> None:
        for each in self.happened[self.seen :]:
            recorded = Recorded("ticket-12345-JY-1", 1, each.context.now, each.event, each.context.actor, "c")
            for change in [*deadlines_of(from_log(recorded)), *merge_deadlines_of(from_log(recorded))]:
                if not isinstance(change, Owed):
                    self.owed.pop(change.kind, None)
                elif change.kind in DUE.values():
                    self.owed[change.kind] = change
        self.seen = len(self.happened)

    @invariant()
    def nobody_has_it_without_a_limit_that_somebody_is_told_of(self) -> None:
        """No route on which a ticket waits for ever: whatever its state, something is owed, was raised, or it ended."""
        state = self.state
        if state is None:
            return
        match state.phase:
            case "received":
                assert UNHANDLED in self.owed or state.unhandled
            case "apart":
                assert not state.apart_by_model or UNHANDLED in self.owed or state.unhandled
            case "dispatched":
                assert OVERDUE in self.owed or state.overdue
                assert SUPERVISE in self.owed or state.supervised
            case "asked":
                assert WAITING in self.owed
            case "answered":
                assert CLOSE in self.owed or state.answered.historic
            case _:
                assert not self.owed

    @invariant()
    def the_book_knows_the_limit(self) -> None:
        state = self.state
        if state is not None and OVERDUE in self.owed:
            assert not is_stopped(state.clock)
            assert self.owed[OVERDUE].at == due_at(state.clock)

    @invariant()
    def each_limit_is_called_late_once_and_only_when_it_is_over(self) -> None:
        clock: Any = None
        said: set[type] = set()
        for each in self.happened:
            event = each.event
            if isinstance(event, (core.TicketDispatched, on.TicketReopened, on.ExtensionGranted)):
                said.clear()
            if isinstance(event, (core.TicketDueSoon, core.TicketOverdue, core.TicketSupervised)):
                assert type(event) not in said
                said.add(type(event))
            if isinstance(event, core.TicketOverdue):
                assert is_late(clock, each.context.now)
            if isinstance(event, core.TicketSupervised) and event.by_itself:
                assert core.TicketOverdue in said
            if isinstance(event, core.TicketAnswered) and event.department and not event.historic:
                assert event.in_time == (core.TicketOverdue not in said and not is_late(clock, each.context.now))
            clock = getattr(event, "clock", clock)

    @invariant()
    def the_promised_day_follows_the_calendar(self) -> None:
        for each in self.of(core.TicketDispatched):
            clock, command, context = each.event.clock, each.command, each.context
            if isinstance(clock, HoursClock):
                assert clock.due_at - context.now == timedelta(hours=30)
                continue
            limit = (
                command.limit.amount
                if command.limit
                else command.rules.limit(each.event.nature, each.event.urgency).amount
            )
            assert (clock.limit_days, clock.started_on) == (limit, context.today)
            assert clock.due.day == _counted(context, clock)

    @invariant()
    def each_step_was_taken_by_who_may(self) -> None:
        for each in self.happened:
            actor = each.context.actor
            match each.event:
                case core.TicketDispatched() | on.TicketSetApart(by_model=None) | on.TicketMerged() | on.TicketJoined():
                    assert actor.has(*DESK)
                case core.TicketAnswered(historic=False, department=None, lead=None):
                    assert actor.has(Role.HOTLINE_AGENT)
                case core.TicketAnswered(historic=False, department=department, lead=None):
                    assert actor.department == department
                case on.TicketReturned() | on.InformationAsked() | on.ExtensionAsked() | on.ReplyProposed() as event:
                    assert actor.department == event.department
                case on.ExtensionGranted() | on.ExtensionRefused():
                    assert actor.has(*SUPERVISION)
                case (
                    core.TicketOverdue()
                    | core.TicketDeadlineRecomputed()
                    | core.TicketDueSoon()
                    | core.TicketUnhandled()
                ):
                    assert actor.has(Role.SYSTEM)
                case on.InformationGiven(text=str()) | on.TicketSupplemented() | on.TicketWithdrawn():
                    assert actor.has(*DESK) or actor in (ENTERPRISE, PERSON)

    @invariant()
    def a_reply_that_needs_a_review_went_out_by_another_hand(self) -> None:
        proposed: Any = None
        for each in self.happened:
            if isinstance(each.event, on.ReplyProposed):
                proposed = each
            if isinstance(each.event, core.TicketAnswered) and isinstance(each.command, asked.ReviewReply):
                assert each.context.actor.subject != proposed.context.actor.subject
                assert each.event.text == proposed.event.text

    @invariant()
    def what_was_answered_before_is_answered_with_what_was_put_right(self) -> None:
        reopened = False
        for each in self.happened:
            reopened = reopened or isinstance(each.event, on.TicketReopened)
            own = isinstance(each.event, core.TicketAnswered) and not each.event.historic and each.event.lead is None
            assert not (reopened and own) or each.event.put_right

    @invariant()
    def it_is_revisited_and_extended_once(self) -> None:
        assert sum(each.event.why == "revisit" for each in self.of(on.TicketReopened)) <= 1
        since = 0
        for each in self.happened:
            if isinstance(each.event, (core.TicketDispatched, on.TicketReopened, core.TicketAnswered)):
                since = 0
            since += isinstance(each.event, on.ExtensionGranted)
            assert since <= 1

    @invariant()
    def an_answer_is_not_older_than_its_question_nor_from_the_future(self) -> None:
        for each in self.of(core.TicketAnswered):
            assert civil_date(self.came) <= each.event.answered_on <= each.context.today + timedelta(1)


def _counted(context: Any, clock: LimitClock) -> date:
    day, counted = clock.started_on, 0
    while counted < clock.limit_days:
        day += timedelta(1)
        counted += context.calendar.is_working_day(day)
    return day


def _anything(what: int, rules: Any) -> asked.TicketCommand:
    commands: tuple[asked.TicketCommand, ...] = (
        asked.ClassifyTicket(urgency="urgent", subject="融资/贷款"),
        asked.SetTicketApart(reason="居民生活。"),
        asked.TakeTicketBack(rules=rules),
        asked.SignTicket(),
        asked.ReturnTicket(reason="不属本部门。", better="kjj", rules=rules),
        asked.AskInformation(question="请补充时间。"),
        asked.GiveInformation(text="三月。"),
        asked.AskExtension(amount=2, reason="需要现场核实。"),
        asked.DecideExtension(granted=True),
        asked.DecideExtension(granted=False, reason="可以按期。"),
        asked.ReviewReply(approved=True),
        asked.ReviewReply(approved=False, reason="请写明依据。"),
        asked.CloseTicket(reason="已办理。"),
        asked.ReopenTicket(reason="答复不清。", rules=rules),
        asked.RevisitTicket(reason="评价不满意。", rules=rules),
        asked.WithdrawTicket(reason="不需要了。"),
        asked.MergeTicket(into="12345-JY-2"),
        asked.JoinTicket(joined="12345-JY-3"),
        asked.AnswerJoined(lead="12345-JY-2", text="一并答复。", department="gxj", in_time=True),
        asked.UrgeTicket(text="请尽快。"),
        asked.SuperviseTicket(reason="影响较大。"),
        asked.PublishAnswer(question="何时申报？", answer="三月。"),
        asked.HearAnswer(history=replied("2026-12-22T10:00")),
    )
    return commands[what]


TestTicketLife = TicketLife.TestCase
TestTicketLife.settings = WALKS
