"""Whoever is away whenever, and whoever acts for them: nobody is two hands, and nobody acts without being named."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.application.decider import AcceptApplication, GiveOpinion, ReturnToStep, application
from services.application.decider.delegation import (
    ActForAbsent,
    Delegate,
    EndDelegation,
    RaiseDelegationOver,
    delegation,
    key_of,
)
from services.application.definition.process import Process
from services.application.delegations.owing import deadlines_of
from services.application.events.delegation import DelegationEnded, DelegationSet, DelegationUsed
from services.application.events.review import OpinionGiven, ReturnedToStep, StepStarted
from shared.deadlines.book import Owed
from shared.eventstore.decider import Context, Refused
from shared.eventstore.events import Event
from shared.readmodels.happened import Happened
from shared.security.actor import Actor, Role, system
from tests.services.application.applications import CALENDAR, ENTERPRISE, OFFICER, morning, submit
from tests.services.application.schemes.processes import step

NAMES = ("ann", "bob", "cai", "dan", "eve")
PEOPLE = {name: Actor(subject=name, roles=(Role.OFFICER,), department="gxj") for name in NAMES}
HEAD = Actor(subject="head", roles=(Role.DEPARTMENT_HEAD,), department="gxj")
WHO = st.sampled_from(NAMES)
PROCESS = Process(
    steps=(
        step("a", kind="scores", needs=2),
        step("b", "a", anew=True),
        step("c", "b", kind="scores", needs=3, anew=True),
    )
)
ITSELF = system("application")


class AbsenceLife(RuleBasedStateMachine):
    """One application under review, and everybody's delegations, decided together as the platform decides them."""

    @initialize()
    def begin(self) -> None:
        self.day = date(2026, 3, 2)
        self.states: dict[str, Any] = {}
        self.happened: list[tuple[date, str, Event]] = []
        self.owed: dict[str, datetime] = {}
        self.give(ENTERPRISE, (application, "x", submit(promised_days=20, process=PROCESS, scheme=1, period="2026")))
        self.give(OFFICER, (application, "x", AcceptApplication()))

    def give(self, actor: Actor, *commands: tuple[Any, str, Any]) -> None:
        """All of them, or none."""
        decided: list[tuple[Any, str, Event]] = []
        for decider, key, command in commands:
            try:
                context = Context(morning(self.day), CALENDAR, actor)
                found = decider.decide(self.states.get(decider.id_of(key)), command, context)
            except Refused as refusal:
                assert refusal.title.endswith("。")
                return
            decided += [(decider, decider.id_of(key), event) for event in found]
        for decider, name, event in decided:
            self.states[name] = decider.evolve(self.states.get(name), event)
            self.happened.append((self.day, name, event))
            at = morning(self.day).astimezone(UTC)
            for change in deadlines_of(Happened("log", len(self.happened), None, name, at, event)):
                self.owed.pop(name, None)
                if isinstance(change, Owed):
                    self.owed[name] = change.at

    @rule(days=st.integers(1, 5), heard=st.booleans())
    def days_pass(self, days: int, heard: bool) -> None:
        """The platform's clock may be late."""
        self.day += timedelta(days)
        for name, at in list(self.owed.items()) if heard else []:
            if at <= morning(self.day):
                self.give(ITSELF, (delegation, name.partition("-")[2], RaiseDelegationOver()))
                assert name not in self.owed, "what came due is settled"

    @rule(absent=WHO, delegate=WHO, ahead=st.integers(0, 3), days=st.integers(0, 6), by_head=st.booleans())
    def delegate(self, absent: str, delegate: str, ahead: int, days: int, by_head: bool) -> None:
        first = self.day + timedelta(ahead)
        command = Delegate(
            department="gxj", absent=absent, delegate=delegate, from_on=first, until_on=first + timedelta(days), reason="样例。",
        )  # fmt: skip
        self.give(HEAD if by_head else PEOPLE[absent], (delegation, key_of("gxj", absent), command))

    @rule(absent=WHO, by_head=st.booleans())
    def end(self, absent: str, by_head: bool) -> None:
        actor = HEAD if by_head else PEOPLE[absent]
        self.give(actor, (delegation, key_of("gxj", absent), EndDelegation(reason="样例。")))

    @rule(key=st.sampled_from(["a", "b", "c"]), who=WHO, absent=st.none() | WHO, score=st.integers(0, 100))
    def opinion(self, key: str, who: str, absent: str | None, score: int) -> None:
        content: dict[str, Any] = {} if key == "b" else {"score": score}
        command = GiveOpinion(step=key, opinion="样例。", on_behalf_of=absent, **content)
        acts = [(delegation, key_of("gxj", absent), ActForAbsent(application="x", step=key))] if absent else []
        self.give(PEOPLE[who], (application, "x", command), *acts)

    @rule(who=WHO)
    def return_it(self, who: str) -> None:
        self.give(PEOPLE[who], (application, "x", ReturnToStep(step="b", to="a", reason="样例。")))

    @invariant()
    def nobody_acts_for_anybody_without_being_named(self) -> None:
        in_force: dict[str, DelegationSet] = {}
        for day, _, event in self.happened:
            match event:
                case DelegationSet():
                    in_force[event.absent] = event
                case DelegationEnded():
                    del in_force[event.absent]
                case OpinionGiven(on_behalf_of=str(absent)):
                    assert in_force[absent].delegate == event.by
                    assert in_force[absent].from_on <= day <= in_force[absent].until_on
        for name in self.owed:
            assert not self.states[name].ended
        assert len(self.owed) == len(in_force)

    @invariant()
    def nobody_is_two_hands(self) -> None:
        standing: dict[str, list[OpinionGiven]] = {}
        for _, _, event in self.happened:
            match event:
                case StepStarted(step=key):
                    standing[key] = []
                case ReturnedToStep(undone=undone):
                    standing = {key: each for key, each in standing.items() if key not in undone}
                case OpinionGiven(step=key):
                    standing[key].append(event)
        for key, opinions in standing.items():
            times = Counter(hand for opinion in opinions for hand in opinion.hands)
            assert not times or max(times.values()) == 1
            if key in ("b", "c"):
                earlier = {hand for other in standing if other < key for each in standing[other] for hand in each.hands}
                assert not earlier & set(times)

    @invariant()
    def each_opinion_for_somebody_is_in_the_delegation_as_well(self) -> None:
        given = Counter(
            (e.on_behalf_of, e.by) for _, _, e in self.happened if isinstance(e, OpinionGiven) and e.on_behalf_of
        )
        used = Counter((e.absent, e.delegate) for _, _, e in self.happened if isinstance(e, DelegationUsed))
        assert given == used

    @invariant()
    def nobody_is_represented_by_two(self) -> None:
        for name in {name for _, name, event in self.happened if isinstance(event, DelegationSet)}:
            kinds = [
                type(e) for _, n, e in self.happened if n == name and isinstance(e, DelegationSet | DelegationEnded)
            ]
            assert all(first is not second for first, second in pairwise(kinds))


TestAbsenceLife = AbsenceLife.TestCase
TestAbsenceLife.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
