"""A visit, whatever clerks, the enterprise and others do in it: nothing is done for an enterprise that has not agreed to it."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.application.counter.owing import VISIT_END, deadlines_of
from services.application.decider.visit import (
    NEEDS,
    BeginVisit,
    CloseVisit,
    EndVisit,
    GiveConsent,
    RecordVisitor,
    SeeVisitor,
    UseVisit,
    VisitState,
    WithdrawConsent,
    visit,
)
from services.application.events import counter as events
from shared.deadlines.book import Owed
from shared.eventstore.decider import Context, Refused
from shared.eventstore.events import Event
from shared.readmodels.happened import Happened
from shared.security.actor import Actor, Role, system
from tests.services.application.applications import CALENDAR, ENTERPRISE, USCC
from tests.services.application.counter.people import BUREAU, CLERK, HEAD, NINE, OTHER, VISIT

OTHER_USCC = "91320281MA0Y00024K"
ANOTHER = Actor(subject="another", roles=(Role.APPLICANT,), enterprise=OTHER_USCC)
WHO = st.sampled_from([CLERK, OTHER, ENTERPRISE, ANOTHER, HEAD, BUREAU, system("application")])
WHOSE = st.sampled_from([USCC, OTHER_USCC])
SCOPE = st.sets(st.sampled_from(["apply", "prefill", "grant"]), min_size=1).map(lambda some: tuple(sorted(some)))


class VisitLife(RuleBasedStateMachine):
    """One visit, decided as the platform decides it."""

    @initialize()
    def begin(self) -> None:
        self.state: VisitState | None = None
        self.happened: list[tuple[Actor, Event]] = []
        self.owed: set[str] = set()
        self.give(CLERK, BeginVisit(**VISIT))

    def give(self, actor: Actor, command: Any) -> None:
        try:
            found = visit.decide(self.state, command, Context(NINE, CALENDAR, actor))
        except Refused as refusal:
            assert refusal.title.endswith("。") and all(error.message.endswith("。") for error in refusal.errors)
            return
        for event in found:
            self.state = visit.evolve(self.state, event)
            self.happened.append((actor, event))
            for change in deadlines_of(Happened("log", len(self.happened), None, "visit-x", NINE, event)):
                if isinstance(change, Owed):
                    self.owed.add(change.kind)
                else:
                    self.owed.discard(change.kind)

    @rule(who=WHO, enterprise=st.none() | WHOSE, mark=st.sampled_from(["m1", "m2"]))
    def somebody_is_there(self, who: Actor, enterprise: str | None, mark: str) -> None:
        command = RecordVisitor(
            enterprise=enterprise, capacity="employee", name="sealed", identity=None, identity_end=None,
            phone="sealed", phone_end="0001", mark=f"{mark}{enterprise}",
        )  # fmt: skip
        self.give(who, command)

    @rule(who=WHO, scope=SCOPE, paper=st.booleans(), version=st.sampled_from([1, 1, 2]))
    def consent_is_given(self, who: Actor, scope: Any, paper: bool, version: int) -> None:
        how: Any = "paper" if paper else "electronic"
        attachment = "F1" if paper else None
        self.give(who, GiveConsent(scope=scope, how=how, text_version=version, attachment=attachment, current=1))

    @rule(who=WHO)
    def consent_is_withdrawn(self, who: Actor) -> None:
        drafts = self.state.drafts if self.state else ()
        self.give(who, WithdrawConsent(reason="样例。", drafts=drafts, seen=drafts))

    @rule(who=WHO, act=st.sampled_from(sorted(NEEDS)), of=st.sampled_from(["X1", "X2"]), enterprise=WHOSE)
    def something_is_done(self, who: Actor, act: Any, of: str, enterprise: str) -> None:
        self.give(who, UseVisit(act=act, of=of, enterprise=enterprise))

    @rule(who=WHO)
    def somebody_looks(self, who: Actor) -> None:
        self.give(who, SeeVisitor())

    @rule(who=WHO, sure=st.sampled_from([False, False, False, True]))
    def it_ends(self, who: Actor, sure: bool) -> None:
        if sure:
            self.give(who, EndVisit())

    @rule(sure=st.sampled_from([False] * 9 + [True]))
    def its_day_is_over(self, sure: bool) -> None:
        if sure:
            self.give(system("application"), CloseVisit())
            assert self.state is not None and self.state.ended

    @invariant()
    def nothing_is_done_that_was_not_agreed_to(self) -> None:
        whose: str | None = None
        agreed: tuple[str, ...] = ()
        ended = False
        for actor, event in self.happened:
            match event:
                case events.VisitorRecorded(enterprise=enterprise):
                    assert actor is CLERK and not ended
                    assert not agreed or enterprise == whose, "consent stands for the enterprise that gave it"
                    whose = enterprise
                case events.ConsentGiven(enterprise=enterprise, scope=scope, how=how):
                    assert (actor is CLERK) == (how == "paper") and not ended and enterprise == whose
                    assert how == "paper" or actor.enterprise == whose
                    agreed = scope
                case events.ConsentWithdrawn():
                    assert actor is CLERK or actor.enterprise == whose
                    agreed = ()
                case events.VisitUsed(act=act, enterprise=enterprise):
                    assert actor is CLERK and not ended
                    assert NEEDS[act] in agreed and enterprise == whose
                case events.VisitorSeen():
                    assert actor in (HEAD, BUREAU) or (actor is CLERK and not ended)
                case events.VisitEnded():
                    assert not ended
                    ended = True

    @invariant()
    def its_end_is_owed_until_it_has_ended(self) -> None:
        assert self.state is not None
        assert self.owed == (set() if self.state.ended else {VISIT_END})


TestVisitLife = VisitLife.TestCase
TestVisitLife.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
