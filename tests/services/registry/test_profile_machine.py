"""The life of a profile: whatever sources state, take back and dispute as days pass, what holds is what precedence says."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from services.registry.deadlines import DISPUTE_OVERDUE, FACTS_EXPIRE, deadlines_of
from services.registry.decider import (
    DisputeFact,
    ExpireFacts,
    RaiseDisputeOverdue,
    SettleDispute,
    StateFacts,
    WithdrawFact,
    enterprise,
)
from services.registry.events import (
    DisputeOverdue,
    DisputeSettled,
    EffectiveFact,
    FactDisputed,
    FactsStated,
    FactWithdrawn,
    ProfileChanged,
    StatedFact,
)
from shared.calendar import civil_date, end_of
from shared.contracts.facts import FactValue, NumberBand
from shared.deadlines.book import Owed
from shared.eventstore.decider import Refused
from shared.readmodels.happened import from_log
from shared.security.actor import Actor, system
from tests.services.registry.profiles import BUREAU, CATALOGUE, OWNER, RIVAL, SCIENCE, TAX, USCC
from tests.support.living import WALKS, Life

PLATFORM = system("registry")
SPEAKERS: dict[str, tuple[Actor, ...]] = {"swju": (TAX, BUREAU), "kjj": (SCIENCE, BUREAU), "enterprise": (OWNER,)}
actors = st.sampled_from([TAX, SCIENCE, OWNER, BUREAU, RIVAL])
sources = st.sampled_from(sorted(SPEAKERS))
keys = st.sampled_from(["rd_expense", "revenue", "employees", "industry", "above_scale"])
VALUES: dict[str, st.SearchStrategy[FactValue]] = {
    "rd_expense": st.sampled_from([0, 5_000_000, NumberBand(least=1, most=10_000_000)]),
    "revenue": st.sampled_from([1, 3_000_000_000, NumberBand(least=100)]),
    "employees": st.sampled_from([5, 20, 400, -1]),
    "industry": st.sampled_from(["C3922", "J66", "39"]),
    "above_scale": st.booleans(),
}
stated_values = keys.flatmap(lambda key: st.tuples(st.just(key), VALUES[key]))


class ProfileLife(Life):
    """Two departments, the enterprise, the bureau and a rival, each with what it may do and what it may not."""

    decider = enterprise

    def __init__(self) -> None:
        super().__init__()
        self.said: dict[tuple[str, str], tuple[StatedFact, Any]] = {}
        self.open: dict[int, FactDisputed] = {}

    @property
    def today(self) -> date:
        return civil_date(self.now)

    @rule(days=st.integers(1, 20))
    def days_pass_and_what_is_due_is_done(self, days: int) -> None:
        self.now += timedelta(days)
        self.give(ExpireFacts(), PLATFORM)
        for number in sorted(self.open):
            self.give(RaiseDisputeOverdue(number=number), PLATFORM)

    @rule(
        actor=actors, source=sources, pairs=st.lists(stated_values, min_size=1, max_size=3),
        age=st.integers(-1, 30), lasts=st.none() | st.integers(-1, 40),
    )  # fmt: skip
    def somebody_states(
        self, actor: Actor, source: str, pairs: list[tuple[str, FactValue]], age: int, lasts: int | None
    ) -> None:
        as_of = self.today - timedelta(age)
        until = None if lasts is None else as_of + timedelta(lasts)
        facts = tuple(StatedFact(key=key, value=value, as_of=as_of, valid_until=until) for key, value in pairs)
        outcome = self.give(StateFacts(uscc=USCC, source=source, facts=facts, definitions=CATALOGUE), actor)
        if isinstance(outcome, Refused):
            return
        assert actor in SPEAKERS[source]
        assert age >= 0
        assert lasts is None or lasts >= 0
        for event in outcome:
            if isinstance(event, FactsStated):
                self.said.update({(each.key, source): (each, self.now) for each in event.facts})
        assert not self.give(StateFacts(uscc=USCC, source=source, facts=facts, definitions=CATALOGUE), actor)

    @rule(actor=actors, source=sources, key=keys)
    def somebody_withdraws(self, actor: Actor, source: str, key: str) -> None:
        outcome = self.give(WithdrawFact(uscc=USCC, key=key, source=source, reason="来源有误。"), actor)
        if not isinstance(outcome, Refused):
            assert actor in SPEAKERS[source]
            self.said.pop((key, source), None)
            self.open = {n: each for n, each in self.open.items() if (each.key, each.source) != (key, source)}

    @rule(actor=actors, source=st.none() | sources, pair=stated_values, with_value=st.booleans())
    def somebody_disputes(
        self, actor: Actor, source: str | None, pair: tuple[str, FactValue], with_value: bool
    ) -> None:
        key, value = pair
        command = DisputeFact(
            uscc=USCC, key=key, source=source, reason="有误。", value=value if with_value else None,
            limit_days=5, definitions=CATALOGUE,
        )  # fmt: skip
        outcome = self.give(command, actor)
        if isinstance(outcome, Refused):
            return
        assert actor == OWNER
        for event in outcome:
            if isinstance(event, FactDisputed):
                assert event.number == len(self.of(FactDisputed))
                self.open[event.number] = event
            if isinstance(event, FactsStated):
                self.said[(key, "enterprise")] = (event.facts[0], self.now)

    @rule(actor=actors, number=st.integers(1, 4), pair=stated_values, corrected=st.booleans())
    def somebody_settles(self, actor: Actor, number: int, pair: tuple[str, FactValue], corrected: bool) -> None:
        command = SettleDispute(
            uscc=USCC, number=number, outcome="corrected" if corrected else "confirmed", reason="已核对。",
            value=pair[1] if corrected else None, definitions=CATALOGUE,
        )  # fmt: skip
        outcome = self.give(command, actor)
        if isinstance(outcome, Refused):
            return
        settled = self.open.pop(number)
        assert actor in SPEAKERS[settled.source]
        for event in outcome:
            if isinstance(event, FactsStated):
                self.said[(settled.key, settled.source)] = (event.facts[0], self.now)

    def expected(self) -> dict[str, EffectiveFact]:
        """By the rule of precedence, from what was said: of plain facts only, the computed ones have tests of their own."""
        found: dict[str, EffectiveFact] = {}
        strength = {"enterprise": 0, "swju": 2, "kjj": 2}
        doubted = {(each.key, each.source) for each in self.open.values()}
        ranked = sorted(
            self.said.items(), key=lambda each: (strength[each[0][1]], each[1][0].as_of, each[1][1], each[0][1])
        )
        for (key, source), (each, _) in ranked:
            if each.valid_until is None or self.today <= each.valid_until:
                standing = "declared" if source == "enterprise" else "verified"
                found[key] = EffectiveFact(
                    **dict(each), source=source, standing=standing, disputed=(key, source) in doubted
                )
        return found

    @invariant()
    def what_holds_is_what_precedence_says(self) -> None:
        if self.state is not None:
            plain = {key: each for key, each in self.state.effective.items() if each.source != "computed"}
            assert plain == self.expected()

    @invariant()
    def what_was_told_of_changes_adds_up_to_what_holds(self) -> None:
        told: dict[str, EffectiveFact] = {}
        for number, each in enumerate(self.of(ProfileChanged), start=1):
            assert each.event.version == number
            assert each.event.facts or each.event.computed or each.event.no_longer_computed
            for fact in each.event.facts:
                assert told.get(fact.key) != fact, "told twice"
                told[fact.key] = fact
        held = self.state.effective if self.state is not None else {}
        assert {key: fact for key, fact in told.items() if fact.value is not None} == held

    @invariant()
    def the_next_day_on_which_something_runs_out_is_owed(self) -> None:
        ends = [each.valid_until for each in (self.state.effective if self.state else {}).values() if each.valid_until]
        assert self._owed().get(FACTS_EXPIRE) == (end_of(min(ends)) if ends else None)

    @invariant()
    def every_open_dispute_is_owed_until_it_was_overdue(self) -> None:
        overdue = {each.event.number for each in self.of(DisputeOverdue)}
        owed = {int(kind.removeprefix(DISPUTE_OVERDUE)) for kind in self._owed() if kind.startswith(DISPUTE_OVERDUE)}
        assert owed == set(self.open) - overdue

    @invariant()
    def disputes_end_once_and_in_time_or_marked_late(self) -> None:
        ended = [each.event.number for each in self.of(DisputeSettled)]
        assert len(ended) == len(set(ended))
        assert {each.number for each in (self.state.disputes if self.state else ())} == set(self.open)
        for each in self.of(DisputeSettled):
            begun = next(other.event for other in self.of(FactDisputed) if other.event.number == each.event.number)
            assert each.event.in_time == (each.event.settled_on <= begun.clock.due.day)

    @invariant()
    def nothing_is_withdrawn_that_was_not_said(self) -> None:
        for each in self.of(FactWithdrawn):
            assert each.event.source in SPEAKERS

    def _owed(self) -> dict[str, Any]:
        owed: dict[str, Any] = {}
        for recorded in self.recorded:
            for change in deadlines_of(from_log(recorded)):
                owed.pop(change.kind, None)
                if isinstance(change, Owed):
                    owed[change.kind] = change.at
        return owed


TestProfileLife = ProfileLife.TestCase
TestProfileLife.settings = WALKS
