"""A hall's day, whatever several clerks do in whatever order: nobody is served twice, nobody is lost, the order is kept."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.application.counter.owing import QUEUE_END, deadlines_of
from services.application.decider.queue import (
    BeginServing,
    CallNext,
    CloseQueue,
    EndServing,
    MarkMissed,
    QueueState,
    Recall,
    queue,
)
from services.application.events import counter as events
from shared.calendar import start_of
from shared.deadlines.book import Owed
from shared.eventstore.decider import Context, Refused
from shared.eventstore.events import Event
from shared.readmodels.happened import Happened
from shared.security.actor import Actor, Role, system
from tests.services.application.applications import CALENDAR, MONDAY
from tests.services.application.counter.people import NINE, take

CLERKS = [Actor(subject=f"clerk-{n}", roles=(Role.COUNTER_CLERK,), department="szj") for n in range(3)]
VISITORS = [Actor(subject=f"visitor-{n}", roles=(Role.APPLICANT,)) for n in range(3)]
COUNTERS = st.sampled_from(["1号窗口", "2号窗口", "3号窗口"])
WHO = st.sampled_from(CLERKS)
WANTED = st.sampled_from([(), ("application",), ("consultation",)])
PLACE = st.integers(0, 11)
END = start_of(MONDAY + timedelta(1))


class HallDay(RuleBasedStateMachine):
    """One queue, decided as the platform decides it."""

    @initialize()
    def begin(self) -> None:
        self.now: datetime = NINE
        self.state: QueueState | None = None
        self.happened: list[Event] = []
        self.owed: dict[str, datetime] = {}

    def give(self, actor: Actor, command: Any) -> list[Event]:
        try:
            found = list(queue.decide(self.state, command, Context(self.now, CALENDAR, actor)))
        except Refused as refusal:
            assert refusal.title.endswith("。")
            return []
        for event in found:
            self.state = queue.evolve(self.state, event)
            self.happened.append(event)
            happened = Happened("log", len(self.happened), None, "queue-x", self.now, event)
            for change in deadlines_of(happened):
                self.owed.pop(change.kind, None)
                if isinstance(change, Owed):
                    self.owed[change.kind] = change.at
        return found

    def number(self, nth: int) -> str:
        numbers = list(self.state.places) if self.state else []
        return numbers[nth % len(numbers)] if numbers else "A001"

    @rule(service=st.sampled_from(["application", "consultation"]), who=st.sampled_from([*CLERKS, *VISITORS]))
    def take(self, service: str, who: Actor) -> None:
        self.give(who, take(service))

    @rule(who=WHO, counter=COUNTERS, services=WANTED)
    def call(self, who: Actor, counter: str, services: tuple[str, ...]) -> None:
        before = self.state.waiting(services) if self.state else []
        found = self.give(who, CallNext(counter=counter, services=services))
        assert [event.number for event in found] in ([], before[:1]), "who waits longest is called"  # type: ignore[attr-defined]

    @rule(who=WHO, counter=COUNTERS, nth=PLACE)
    def recall(self, who: Actor, counter: str, nth: int) -> None:
        self.give(who, Recall(number=self.number(nth), counter=counter))

    @rule(who=WHO, nth=PLACE)
    def miss(self, who: Actor, nth: int) -> None:
        self.give(who, MarkMissed(number=self.number(nth)))

    @rule(who=WHO, nth=PLACE)
    def serve(self, who: Actor, nth: int) -> None:
        number = self.number(nth)
        self.give(who, BeginServing(number=number, visit=f"visit-{number}"))

    @rule(who=WHO, nth=PLACE)
    def end(self, who: Actor, nth: int) -> None:
        self.give(who, EndServing(number=self.number(nth)))

    @rule(minutes=st.integers(1, 15))
    def time_passes(self, minutes: int) -> None:
        self.now = min(self.now + timedelta(minutes=minutes), END - timedelta(minutes=1))

    @rule(sure=st.sampled_from([False] * 9 + [True]))
    def the_day_ends(self, sure: bool) -> None:
        if sure and self.owed:
            assert self.owed == {QUEUE_END: END}
            self.now = END
            self.give(system("application"), CloseQueue())
            assert not self.owed, "what came due is settled"
            assert self.state is not None
            left = {place.status for place in self.state.places.values()}
            assert left <= {"served", "lapsed"}, "nobody waits for ever"

    @invariant()
    def numbers_rise_without_gaps_or_doubles(self) -> None:
        taken: dict[str, list[int]] = {"A": [], "B": []}
        for event in self.happened:
            if isinstance(event, events.NumberTaken):
                taken[event.number[0]].append(int(event.number[1:]))
        assert all(each == list(range(1, len(each) + 1)) for each in taken.values())

    @invariant()
    def nobody_is_served_twice_and_each_by_who_called_last(self) -> None:
        called: dict[str, str] = {}
        serving: dict[str, str] = {}
        served: Counter[str] = Counter()
        for event in self.happened:
            match event:
                case events.NumberCalled(number=number, clerk=clerk):
                    assert number not in serving, "who is at a counter is not called"
                    called[number] = clerk
                case events.ServingBegun(number=number, clerk=clerk):
                    assert called[number] == clerk
                    served[number] += 1
                    serving[number] = clerk
                case events.ServingEnded(number=number, clerk=clerk):
                    assert serving[number] == clerk
        assert not served or max(served.values()) == 1

    @invariant()
    def first_calls_keep_the_order_of_a_service(self) -> None:
        first: dict[str, list[int]] = {"A": [], "B": []}
        for event in self.happened:
            if isinstance(event, events.NumberCalled) and not event.again:
                first[event.number[0]].append(int(event.number[1:]))
        assert all(each == list(range(1, len(each) + 1)) for each in first.values())

    @invariant()
    def nobody_is_lost_and_no_clerk_has_two(self) -> None:
        taken = [event.number for event in self.happened if isinstance(event, events.NumberTaken)]
        places = self.state.places if self.state else {}
        assert list(places) == taken
        held = Counter(p.clerk for p in places.values() if p.status in ("called", "serving"))
        at = Counter(p.counter for p in places.values() if p.status in ("called", "serving"))
        assert all(times == 1 for times in (*held.values(), *at.values()))


TestHallDay = HallDay.TestCase
TestHallDay.settings = settings(max_examples=200, stateful_step_count=50, deadline=None)
