"""Two replicas, bursts of commands, connections that break before and after the commit: a model of what must come out."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import replace
from typing import Any

from eventsourcing.persistence import OperationalError, StoredEvent
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from shared.eventstore.connection import Key, LogConnection
from shared.eventstore.decider import Refused
from shared.eventstore.ledger import Intent, Ledger, Receipt
from shared.eventstore.recorder import Also
from tests.support.counting import count, ledger_on

LIMIT = 12
NAMES = ("a", "b", "c")
Wish = tuple[str, int, str | None, int | None]


class Brittle(LogConnection):
    """Breaks where it is told to, once."""

    breaks: str | None = None

    async def append(self, events: Sequence[StoredEvent], keys: Sequence[Key], also: Sequence[Also] = ()) -> list[int]:
        breaks, self.breaks = self.breaks, None
        if breaks == "before":
            await self.close()
            raise OperationalError("broken before the commit")
        positions = await super().append(events, keys, also)
        if breaks == "after":
            await self.close()
            raise OperationalError("broken after the commit")
        return positions


# name, by, key, expected version
commands = st.tuples(
    st.sampled_from(NAMES),
    st.integers(0, 4),
    st.none() | st.sampled_from(["k1", "k2", "k3"]),
    st.none() | st.none() | st.integers(0, 3),
)


class GroupCommit(RuleBasedStateMachine):
    """`url` is set by the test; every run has aggregates and keys of its own there."""

    url: str
    runs = itertools.count()

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        self.runner = self.open.enter_context(asyncio.Runner())
        self.prefix = f"run{next(self.runs)}-"
        self.parts = AsyncExitStack()
        self.replicas = [self._run(self.parts.enter_async_context(ledger_on(self.url, Brittle))) for _ in range(2)]
        self.reading = LogConnection(self.url)
        self.accepted: dict[str, list[tuple[int, int, int]]] = {name: [] for name in NAMES}  # version, by, position
        self.answers: dict[str, tuple[str, Receipt]] = {}

    def _run(self, work: Any) -> Any:
        return self.runner.run(work)

    def teardown(self) -> None:
        self._run(self.reading.close())
        self._run(self.parts.aclose())
        self.open.close()

    @rule(
        bursts=st.tuples(st.lists(commands, max_size=6), st.lists(commands, max_size=6)),
        breaks=st.sampled_from([None, None, "before", "after"]),
    )
    def burst(self, bursts: tuple[list[Wish], list[Wish]], breaks: str | None) -> None:
        """Both replicas at once; one of them loses its connection."""
        connection = self.replicas[0].aggregates.connection
        assert isinstance(connection, Brittle)
        connection.breaks = breaks
        intents = [[self._intent(*wish) for wish in burst] for burst in bursts]

        async def hand_in() -> list[list[Any]]:
            return await asyncio.gather(
                *(self._together(ledger, burst) for ledger, burst in zip(self.replicas, intents, strict=True))
            )

        for burst, verdicts in zip(intents, self._run(hand_in()), strict=True):
            for intent, verdict in zip(burst, verdicts, strict=True):
                self._note(intent, verdict)
        connection.breaks = None

    def _intent(self, name: str, by: int, key: str | None, version: int | None) -> Intent:
        intent = count(self.prefix + name, by=by, limit=LIMIT, expected_version=version)
        return replace(intent, key=key and self.prefix + key)

    async def _together(self, ledger: Ledger, burst: Sequence[Intent]) -> list[Any]:
        return await asyncio.gather(*(ledger.execute(intent) for intent in burst), return_exceptions=True)

    def _note(self, intent: Intent, verdict: Any) -> None:
        assert isinstance(verdict, (Receipt, Refused)), repr(verdict)
        if isinstance(verdict, Refused):
            codes = ("testing.limit", "platform.version-moved", "platform.idempotency-key-reused", "platform.busy")
            assert verdict.code in codes
            return
        name = intent.aggregate_id.removeprefix(f"counter-{self.prefix}")
        if intent.key and (verdict.events or verdict.repeated):
            fingerprint, first = self.answers.setdefault(intent.key, (intent.fingerprint, verdict))
            assert fingerprint == intent.fingerprint, "a key stands for one content"
            assert (first.version, first.position) == (verdict.version, verdict.position)
        if verdict.events:
            self.accepted[name].append((verdict.version, intent.command.model_dump()["by"], verdict.position))

    @invariant()
    def the_log_holds_what_was_accepted_and_nothing_else(self) -> None:
        for name, accepted in self.accepted.items():
            found = self._run(self.reading.look({f"counter-{self.prefix}{name}": 0}, (), whole=True))
            rows = found.events.get(f"counter-{self.prefix}{name}", [])
            expected = sorted(accepted)
            assert [stored.originator_version for stored, _ in rows] == [version for version, _, _ in expected]
            assert [position for _, position in rows] == [position for _, _, position in expected]
            assert sum(by for _, by, _ in expected) <= LIMIT
            assert [position for _, position in rows] == sorted(position for _, position in rows)


def test_group_commit_keeps_its_promises(fresh_database: Callable[[str], str]) -> None:
    machine = type("OnTheServer", (GroupCommit,), {"url": fresh_database("machine")})
    unhurried = settings(
        max_examples=15, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(machine, settings=unhurried)
