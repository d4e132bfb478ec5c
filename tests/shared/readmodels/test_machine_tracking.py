"""Tracking as a state machine: whatever is delivered, by whomever, each event takes effect once and in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from shared.eventstore.recorder import PositionMovedError
from shared.readmodels import taking as taking_module
from shared.readmodels.happened import Happened, Heard
from shared.readmodels.positions import GapError
from shared.readmodels.taking import AROUND
from tests.shared.readmodels.journal import Platform, journal_on, reaction_on
from tests.shared.readmodels.machines import AGGREGATES, Machine, run

WRITERS = st.sampled_from([0, 1])
PLACES = st.integers(min_value=0, max_value=40)


class Tracking(Machine):
    """The model: a fold of what has happened up to the position, by the table of broken events at the time."""

    def __init__(self, platform: Platform, runner: asyncio.Runner) -> None:
        super().__init__(platform, runner)
        self.writers = [self.platform.new_taking() for _ in range(2)]
        self.position = self.begin
        self.stands = [self.begin, self.begin]  # as each writer believes
        self.applied: list[tuple[str, int]] = []
        self.letters: list[tuple[str, int, bool]] = []
        for writer in self.writers:
            self.wait(writer.begin())

    @property
    def heard(self) -> list[Happened]:
        return [each for position, each in self.platform.happened.items() if position > self.begin]

    def batch(self, start: int, count: int) -> Sequence[Heard]:
        start = min(start, max(0, len(self.heard) - 1))
        return self.heard[start : start + count]

    def advance(self, position: int) -> None:
        """What the events up to a position must have led to."""
        for each in self.heard:
            if self.position < each.position <= position:
                held = {aggregate for aggregate, _, _ in self.letters}
                if each.aggregate_id in held:
                    self.letters.append((each.aggregate_id, each.position, True))
                elif each.position in self.platform.broken:
                    self.letters.append((each.aggregate_id, each.position, False))
                else:
                    self.applied.append((each.aggregate_id, each.position))
        self.position = max(self.position, position)

    def expected_of(self, writer: int, batch: Sequence[Heard]) -> type[Exception] | None:
        news = [each for each in batch if each.position > self.stands[writer]]
        if not news:
            return None
        if (news[0].previous or 0) > self.stands[writer]:
            return GapError
        return PositionMovedError if self.stands[writer] != self.position else None

    @rule(aggregates=st.lists(st.sampled_from(AGGREGATES), min_size=1, max_size=6))
    def more_happens(self, aggregates: list[str]) -> None:
        self.platform.happen(*(self.names[each] for each in aggregates))

    @rule(place=PLACES)
    @precondition(lambda self: self.heard)
    def an_event_is_found_to_fail(self, place: int) -> None:
        self.platform.broken.add(self.heard[place % len(self.heard)].position)

    @rule()
    def the_fault_is_removed(self) -> None:
        self.platform.broken.clear()

    @rule(writer=WRITERS, start=PLACES, count=st.integers(min_value=1, max_value=12))
    def a_batch_is_delivered(self, writer: int, start: int, count: int) -> None:
        """Repeats, overlaps and gaps included; one of the writers may not know what the other has done."""
        batch = self.batch(start, count)
        expected = self.expected_of(writer, batch)
        (result,) = self.wait_all(self.writers[writer].take(batch))
        assert (type(result) if result else None) == expected, result
        if expected is None and batch and batch[-1].position > self.stands[writer]:
            self.advance(batch[-1].position)
            self.stands[writer] = self.position

    @rule(writer=WRITERS, count=st.integers(min_value=1, max_value=12))
    def what_comes_next_is_delivered(self, writer: int, count: int) -> None:
        following = sum(1 for each in self.heard if each.position <= self.stands[writer])
        self.a_batch_is_delivered(writer, following, count)

    @rule(count=st.integers(min_value=1, max_value=8))
    def both_replicas_believe_they_lead(self, count: int) -> None:
        following = sum(1 for each in self.heard if each.position <= self.position)
        batch = self.heard[following : following + count]
        results = self.wait_all(*(writer.take(batch) for writer in self.writers))
        assert all(result is None or isinstance(result, PositionMovedError | GapError) for result in results), results
        self.everybody_starts_again()
        self.advance(self.stands[0])

    @rule(writer=WRITERS)
    def a_replica_starts_again(self, writer: int) -> None:
        """A new process knows only the record."""
        self.writers[writer] = self.platform.new_taking()
        self.stands[writer], _ = self.wait(self.writers[writer].begin())

    @rule(writer=WRITERS, count=st.integers(min_value=1, max_value=8))
    def a_transaction_ends_before_its_commit(self, writer: int, count: int) -> None:
        """After all of its statements; what was committed before it, for events that failed alone, stays."""
        self.a_replica_starts_again(writer)
        following = sum(1 for each in self.heard if each.position <= self.position)
        batch = self.heard[following : following + count]
        self.platform.break_off(self.writers[writer])
        (result,) = self.wait_all(self.writers[writer].take(batch))
        assert result is None or isinstance(result, AROUND), result
        self.a_replica_starts_again(writer)
        assert result or not batch or self.stands[writer] == batch[-1].position
        self.advance(self.stands[writer])

    def everybody_starts_again(self) -> None:
        for writer in (0, 1):
            self.a_replica_starts_again(writer)

    @invariant()
    def the_record_is_the_model(self) -> None:
        names = set(self.names.values())
        kept = [each for each in self.wait(self.platform.kept()) if each[0] in names]
        assert kept == self.applied
        assert self.wait(self.platform.all_letters()) == self.letters

    def teardown(self) -> None:
        self.a_replica_starts_again(0)
        self.wait(self.writers[0].take(self.heard))
        self.advance(max((each.position for each in self.heard), default=self.position))
        self.the_record_is_the_model()


@pytest.mark.parametrize("made", [journal_on, reaction_on], ids=["read model", "reaction"])
def test_each_event_takes_effect_once_and_in_order(
    made: Callable[..., object], fresh_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_module, "RETRY_SECONDS", 0.0)
    run(Tracking, fresh_database("tracking"), made, examples=12, steps=25)  # type: ignore[arg-type]
