"""Dead letters as a state machine: redriven and discarded at any moment, beside a consumer that goes on.

Whatever happens, an aggregate's events took effect once and in order up to a point, the rest are its letters, and nothing
waits for ever once every fault is removed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from shared.readmodels import redriving as redriving_module
from shared.readmodels import taking as taking_module
from shared.readmodels.redriving import NotTheFirstError, Outcome, discard, redrive
from tests.shared.readmodels.journal import Platform, journal_on, reaction_on
from tests.shared.readmodels.machines import AGGREGATES, Machine, run

ONE = st.sampled_from(AGGREGATES)
SOME = st.lists(ONE, min_size=1, max_size=6)
PLACES = st.integers(min_value=0, max_value=60)


class Redriving(Machine):
    def __init__(self, platform: Platform, runner: asyncio.Runner) -> None:
        super().__init__(platform, runner)
        self.consumer = platform.new_taking()
        self.discarded: set[int] = set()
        self.wait(self.consumer.begin())

    async def heard(self, aggregates: list[str]) -> None:
        """The next events, as they arrive at the running consumer."""
        await self.consumer.take(self.platform.happen(*(self.names[each] for each in aggregates)))

    async def redriven(self, aggregate: str) -> Outcome:
        return await redrive(self.platform.consumer, self.platform.letters, self.names[aggregate])

    async def first_discarded(self, aggregate: str) -> None:
        consumer, letters = self.platform.consumer, self.platform.letters
        for letter in await letters.of_aggregate(consumer.name, consumer.source, self.names[aggregate]):
            try:
                await discard(letters, letter, 1, None)
            except NotTheFirstError:
                return  # a redrive was faster
            self.discarded.add(letter.position)

    @rule(aggregates=SOME)
    def more_happens(self, aggregates: list[str]) -> None:
        self.wait(self.heard(aggregates))

    @rule(aggregates=SOME, which=st.integers(min_value=0, max_value=5))
    def more_happens_and_one_fails(self, aggregates: list[str], which: int) -> None:
        heard = self.platform.happen(*(self.names[each] for each in aggregates))
        self.platform.broken.add(heard[which % len(heard)].position)
        self.wait(self.consumer.take(heard))

    @rule(place=PLACES)
    @precondition(lambda self: self.wait(self.platform.all_letters()))
    def one_that_waits_will_fail_too(self, place: int) -> None:
        letters = self.wait(self.platform.all_letters())
        self.platform.broken.add(letters[place % len(letters)][1])

    @rule(place=PLACES)
    @precondition(lambda self: self.platform.broken)
    def a_fault_is_removed(self, place: int) -> None:
        self.platform.broken.remove(sorted(self.platform.broken)[place % len(self.platform.broken)])

    @rule()
    def the_consumer_starts_again(self) -> None:
        self.consumer = self.platform.new_taking()
        self.wait(self.consumer.begin())

    @rule(aggregate=ONE)
    def an_operator_redrives(self, aggregate: str) -> None:
        """Up to the first that fails again, as the table of faults says."""
        before = [p for name, p, _ in self.wait(self.platform.all_letters()) if name == self.names[aggregate]]
        failing = next((n for n, position in enumerate(before) if position in self.platform.broken), len(before))
        outcome = self.wait(self.redriven(aggregate))
        assert outcome.through == failing
        assert (outcome.stopped_by.position if outcome.stopped_by else None) == next(iter(before[failing:]), None)

    @rule(aggregate=ONE)
    def an_operator_discards(self, aggregate: str) -> None:
        self.wait(self.first_discarded(aggregate))

    @rule(aggregates=st.lists(SOME, min_size=1, max_size=4), redriven=st.lists(ONE, min_size=1, max_size=4))
    def operators_redrive_while_more_happens(self, aggregates: list[list[str]], redriven: list[str]) -> None:
        self.at_once(self.heard_one_after_the_other(aggregates), *(self.redriven(each) for each in redriven))

    @rule(aggregates=st.lists(SOME, min_size=1, max_size=4), redriven=ONE, discarded=ONE)
    def one_redrives_and_one_discards(self, aggregates: list[list[str]], redriven: str, discarded: str) -> None:
        self.at_once(
            self.first_discarded(discarded), self.redriven(redriven), self.heard_one_after_the_other(aggregates)
        )

    async def heard_one_after_the_other(self, batches: list[list[str]]) -> None:
        for batch in batches:
            await self.heard(batch)

    def at_once(self, *work: object) -> None:
        results = self.wait_all(*work)  # type: ignore[arg-type]
        assert all(result is None or isinstance(result, Outcome) for result in results), results

    @invariant()
    def nothing_is_lost_doubled_or_out_of_order(self) -> None:
        kept, letters = self.wait(self.platform.kept()), self.wait(self.platform.all_letters())
        for name in self.names.values():
            took_effect = [position for found, position in kept if found == name]
            set_aside = [position for found, position, _ in letters if found == name]
            assert took_effect + set_aside == self.platform.positions_of(name, but=self.discarded)

    @invariant()
    def whatever_waits_has_something_in_front(self) -> None:
        letters = self.wait(self.platform.all_letters())
        for name in self.names.values():
            waiting = [waits for found, _, waits in letters if found == name]
            assert waiting == [n > 0 for n in range(len(waiting))]

    def teardown(self) -> None:
        self.platform.broken.clear()
        for aggregate in AGGREGATES:
            self.wait(self.redriven(aggregate))
        self.wait(self.heard(list(AGGREGATES)))
        assert self.wait(self.platform.all_letters()) == [], "nothing waits for ever"
        self.nothing_is_lost_doubled_or_out_of_order()


@pytest.mark.parametrize("made", [journal_on, reaction_on], ids=["read model", "reaction"])
def test_an_aggregates_events_take_effect_once_and_in_order_and_none_waits_for_ever(
    made: Callable[..., object], fresh_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_module, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(redriving_module, "TOGETHER", 3)  # so that a chain takes several transactions
    run(Redriving, fresh_database("redriving"), made, examples=12, steps=25)  # type: ignore[arg-type]
