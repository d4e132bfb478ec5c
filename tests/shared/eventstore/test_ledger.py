"""Load, decide, append: what the one way of writing promises."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

import pytest
import pytest_asyncio
from eventsourcing.persistence import OperationalError, StoredEvent

from shared.eventstore.connection import Key, LogConnection
from shared.eventstore.decider import Because, Refused
from shared.eventstore.ledger import Intent, Ledger, Receipt
from shared.eventstore.recorder import Also, PositionMovedError
from tests.support.counting import count, counted, ledger_on


@pytest.fixture
def url(fresh_database: Callable[[str], str]) -> str:
    return fresh_database("ledger")


@pytest_asyncio.fixture
async def ledger(url: str) -> AsyncIterator[Ledger]:
    async with ledger_on(url) as ledger:
        yield ledger


async def test_a_command_becomes_events_with_version_and_position(url: str, ledger: Ledger) -> None:
    first = await ledger.execute(count(by=3))
    second = await ledger.execute(count(by=4))
    assert (first.version, second.version) == (1, 2)
    assert second.position > first.position > 0
    assert await counted(url) == 7
    (recorded,) = (await ledger.aggregates.history("counter-a"))[1:]
    assert (recorded.actor.subject, recorded.originator_version) == ("test", 2)


async def test_a_refused_command_leaves_nothing(url: str, ledger: Ledger) -> None:
    with pytest.raises(Refused) as refused:
        await ledger.execute(count(by=5, limit=4))
    assert refused.value.errors[0].field == "by"
    assert await counted(url) == 0


async def test_each_command_of_a_batch_has_its_own_verdict(url: str, ledger: Ledger) -> None:
    verdicts = await ledger.execute_all([count(by=3, limit=5), count(by=3, limit=5), count("b"), count(by=2, limit=5)])
    assert [isinstance(v, Receipt) for v in verdicts] == [True, False, True, True]
    assert (await counted(url), await counted(url, "b")) == (5, 1)


async def test_the_same_key_gives_the_same_answer_and_does_nothing_twice(url: str, ledger: Ledger) -> None:
    first = await ledger.execute(_keyed("k1"))
    again = await ledger.execute(_keyed("k1"))
    assert (again.version, again.position, again.repeated) == (first.version, first.position, True)
    assert await counted(url) == 2


async def test_the_same_key_for_something_else_is_refused(url: str, ledger: Ledger) -> None:
    await ledger.execute(_keyed("k1"))
    with pytest.raises(Refused) as refused:
        await ledger.execute(_keyed("k1", by=9))
    assert (refused.value.code, refused.value.because) == ("platform.idempotency-key-reused", Because.INVALID)


async def test_what_was_done_together_under_a_key_is_not_done_again_in_part(url: str, ledger: Ledger) -> None:
    first = await ledger.execute_together([_keyed("k1"), count("b", by=5)])
    again = await ledger.execute_together([_keyed("k1"), count("b", by=5)])
    assert [(r.version, r.position, r.repeated) for r in again] == [(r.version, r.position, True) for r in first]
    assert (await counted(url), await counted(url, "b")) == (2, 5)
    await ledger.execute_together([_keyed("k2", by=0), count("b", by=5)])
    assert await counted(url, "b") == 10, "another key is another thing"


async def test_what_a_key_was_answered_with_is_known_before_the_command_is_given_again(
    url: str, ledger: Ledger
) -> None:
    assert await ledger.repeat_of(_keyed("k1")) is None
    first = await ledger.execute(_keyed("k1"))
    repeated = await ledger.repeat_of(_keyed("k1"))
    assert repeated == replace(first, events=(), repeated=True)
    assert await ledger.repeat_of(count()) is None
    with pytest.raises(Refused, match="idempotency-key-reused"):
        await ledger.repeat_of(_keyed("k1", by=9))
    assert await counted(url) == 2


async def test_the_same_key_at_the_same_moment_in_two_replicas_counts_once(url: str, ledger: Ledger) -> None:
    async with ledger_on(url) as other:
        receipts = await asyncio.gather(*(each.execute(_keyed("k")) for each in (ledger, other) * 8))
    assert len({receipt.position for receipt in receipts}) == 1
    assert await counted(url) == 2


async def test_replicas_that_write_the_same_aggregate_lose_no_update(url: str, ledger: Ledger) -> None:
    async with ledger_on(url) as other:
        results = await asyncio.gather(
            *(each.execute(count()) for each in (ledger, other) * 20), return_exceptions=True
        )
    done = [r for r in results if isinstance(r, Receipt)]
    busy = [r for r in results if not isinstance(r, Receipt)]
    assert all(isinstance(r, Refused) and r.code == "platform.busy" for r in busy)
    assert await counted(url) == len(done) > 0
    assert sorted(r.version for r in done) == list(range(1, len(done) + 1))


async def test_a_version_that_has_moved_on_is_refused(url: str, ledger: Ledger) -> None:
    await ledger.execute(count())
    with pytest.raises(Refused) as refused:
        await ledger.execute(count(expected_version=0))
    assert refused.value.code == "platform.version-moved"


class LosesTheAcknowledgement(LogConnection):
    """Commits, and then the connection breaks before the caller hears of it."""

    lost = 0

    async def append(self, events: Sequence[StoredEvent], keys: Sequence[Key], also: Sequence[Also] = ()) -> list[int]:
        positions = await super().append(events, keys, also)
        if not self.lost:
            self.lost = 1
            raise OperationalError("connection lost after COMMIT")
        return positions


class LosesTheTransaction(LogConnection):
    """The connection breaks before the commit."""

    lost = 0

    async def append(self, events: Sequence[StoredEvent], keys: Sequence[Key], also: Sequence[Also] = ()) -> list[int]:
        if not self.lost:
            self.lost = 1
            raise OperationalError("connection lost before COMMIT")
        return await super().append(events, keys, also)


@pytest.mark.parametrize("connection", [LosesTheAcknowledgement, LosesTheTransaction])
async def test_an_ambiguous_commit_is_resolved_by_reading_back(url: str, connection: type[LogConnection]) -> None:
    async with ledger_on(url, connection) as ledger:
        receipt = await ledger.execute(count(by=3))
        assert receipt.version == 1
        assert receipt.position > 0
        assert await counted(url) == 3


async def test_events_and_a_condition_are_written_together_or_not_at_all(url: str, ledger: Ledger) -> None:
    moved = Also("UPDATE platform.positions SET position = 1 WHERE name = 'nobody'", {}, rows=1)
    with pytest.raises(PositionMovedError):
        await ledger.react([count()], [moved])
    assert await counted(url) == 0


async def test_a_reaction_is_all_or_nothing(url: str, ledger: Ledger) -> None:
    with pytest.raises(Refused):
        await ledger.react([count(), count("b", by=5, limit=1)], [])
    assert await counted(url) == 0


async def test_positions_become_visible_in_their_order(url: str, ledger: Ledger) -> None:
    """A reader that tails the log by position never passes over one."""
    seen: list[int] = []
    done = asyncio.Event()

    reading = LogConnection(url)

    async def tail() -> None:
        while not done.is_set() or await reading.after(seen[-1] if seen else 0, 1):
            seen.extend(row.id for row in await reading.after(seen[-1] if seen else 0, 100))

    async with ledger_on(url) as other:
        reader = asyncio.create_task(tail())
        await asyncio.gather(*(each.execute(count(str(n))) for n in range(60) for each in (ledger, other)))
        done.set()
        async with asyncio.timeout(180):
            await reader
    assert seen == [row.id for row in await reading.after(0, 1000)]
    assert len(seen) == 120
    await reading.close()


def _keyed(key: str, by: int = 2) -> Intent:
    return replace(count(by=by), key=key)
