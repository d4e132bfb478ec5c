"""Concurrent commands share a transaction, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import psycopg
import pytest
from eventsourcing.persistence import OperationalError, StoredEvent

from shared.eventstore.connection import Found, Key, LogConnection
from shared.eventstore.decider import Command, Context, Refused
from shared.eventstore.events import Event
from shared.eventstore.ledger import Intent, Receipt
from shared.eventstore.recorder import Also
from tests.support.counting import CounterState, count, counted, counter, ledger_on


@pytest.fixture
def url(fresh_database: Callable[[str], str]) -> str:
    return fresh_database("group")


async def transactions(url: str) -> int:
    """How many transactions have written the log."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        rows = await connection.execute("SELECT count(DISTINCT xmin::text) FROM stored_events")
        (found,) = await rows.fetchone() or (0,)
        return int(found)


async def test_commands_that_arrive_together_share_a_transaction(url: str) -> None:
    async with ledger_on(url) as ledger:
        receipts = await asyncio.gather(*(ledger.execute(count(str(n % 7))) for n in range(100)))
    assert len({receipt.position for receipt in receipts}) == 100
    assert await transactions(url) <= 2


class Counting(LogConnection):
    """Tells how often the record was asked."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.asked: list[str] = []

    async def look(self, known: Mapping[str, int], keys: Sequence[str], *, whole: bool = False) -> Found:
        self.asked.append("look")
        return await super().look(known, keys, whole=whole)

    async def append(self, events: Sequence[StoredEvent], keys: Sequence[Key], also: Sequence[Also] = ()) -> list[int]:
        self.asked.append("append")
        return await super().append(events, keys, also)


async def test_a_command_alone_waits_for_nobody(url: str) -> None:
    """No timer stands between a command and its transaction: it is looked up and written, and that is all."""
    async with ledger_on(url, Counting) as ledger:
        await ledger.execute(count())
        connection = ledger.aggregates.connection
        assert isinstance(connection, Counting)
        assert connection.asked == ["look", "append"]


async def test_each_has_a_verdict_of_its_own(url: str) -> None:
    async with ledger_on(url) as ledger:
        await ledger.execute(count("moved"))
        verdicts = await asyncio.gather(
            ledger.execute(count("a", by=2)),
            ledger.execute(count("b", by=9, limit=3)),
            ledger.execute(count("moved", expected_version=0)),
            ledger.execute(count("a", by=3, limit=4)),
            ledger.execute(count("a", by=0)),
            ledger.execute(count("a", by=2, limit=4)),
            return_exceptions=True,
        )
    codes = [v.code if isinstance(v, Refused) else type(v).__name__ for v in verdicts]
    assert codes == ["Receipt", "testing.limit", "platform.version-moved", "testing.limit", "Receipt", "Receipt"]
    assert (await counted(url, "a"), await counted(url, "b")) == (4, 0)


async def test_the_order_of_an_aggregate_is_that_of_arrival(url: str) -> None:
    async with ledger_on(url) as ledger:
        receipts = await asyncio.gather(*(ledger.execute(count("a", by=n)) for n in range(1, 41)))
        history = await ledger.aggregates.history("counter-a")
    assert [receipt.version for receipt in receipts] == list(range(1, 41))
    assert [each.event.model_dump()["by"] for each in history] == list(range(1, 41))


class Overtaken(LogConnection):
    """Another replica writes between the first look and the append."""

    rival: Callable[[], object] | None = None

    async def look(self, known: Mapping[str, int], keys: Sequence[str], *, whole: bool = False) -> Found:
        found = await super().look(known, keys, whole=whole)
        rival, self.rival = self.rival, None
        if rival:
            await rival()  # type: ignore[misc]
        return found


async def test_a_conflict_fails_its_own_command_only(url: str) -> None:
    async with ledger_on(url, Overtaken) as ledger, ledger_on(url) as other:
        connection = ledger.aggregates.connection
        assert isinstance(connection, Overtaken)
        connection.rival = lambda: other.execute(count("a", by=5))
        first, *rest = await asyncio.gather(
            ledger.execute(count("a", expected_version=0)),
            *(ledger.execute(count(f"b-{n}")) for n in range(5)),
            ledger.execute(count("a", by=2)),
            return_exceptions=True,
        )
    assert isinstance(first, Refused)
    assert first.code == "platform.version-moved"
    assert all(isinstance(each, Receipt) for each in rest)
    assert await counted(url, "a") == 7


async def test_the_same_key_twice_in_one_moment_counts_once(url: str) -> None:
    async with ledger_on(url) as ledger:
        first, again, other = await asyncio.gather(
            ledger.execute(replace(count(), key="k")),
            ledger.execute(replace(count(), key="k")),
            ledger.execute(count("b")),
        )
    assert (again.position, again.repeated) == (first.position, True)
    assert not other.repeated
    assert await counted(url) == 1


class Stumble(Command):
    """A command on which its decider raises."""


def stumbling(state: CounterState | None, command: Command, context: Context) -> Sequence[Event]:
    if isinstance(command, Stumble):
        raise ZeroDivisionError("a mistake in a decider")
    return counter.decide(state, command, context)  # type: ignore[arg-type]


async def test_a_mistake_in_one_decision_is_its_callers_alone(url: str) -> None:
    bad = Intent(replace(counter, decide=stumbling), "counter-x", Stumble(), count().actor)
    async with ledger_on(url) as ledger:
        results = await asyncio.gather(
            ledger.execute(count("a")), ledger.execute(bad), ledger.execute(count("b")), return_exceptions=True
        )
    assert [type(each) for each in results] == [Receipt, ZeroDivisionError, Receipt]


async def test_what_the_record_cannot_hold_is_its_callers_alone(url: str) -> None:
    async with ledger_on(url) as ledger:
        results = await asyncio.gather(
            ledger.execute(count("a")), ledger.execute(count("\0")), ledger.execute(count("b")), return_exceptions=True
        )
    assert [type(each) for each in results] == [Receipt, psycopg.errors.CharacterNotInRepertoire, Receipt]
    assert (await counted(url, "a"), await counted(url, "b")) == (1, 1)


async def test_a_caller_who_goes_takes_nobody_along(url: str) -> None:
    async with ledger_on(url) as ledger:
        going = asyncio.create_task(ledger.execute(count("a")))
        staying = asyncio.create_task(ledger.execute(count("b")))
        await asyncio.sleep(0)  # both have handed in
        going.cancel()
        receipt = await staying
        assert receipt.version == 1
        with pytest.raises(asyncio.CancelledError):
            await going
        assert (await ledger.execute(count("a"))).version in (1, 2), "carried out or not, never by half"


async def test_closing_finishes_what_was_handed_in(url: str) -> None:
    async with ledger_on(url) as ledger:
        tasks = [asyncio.create_task(ledger.execute(count("a"))) for _ in range(20)]
        await asyncio.sleep(0)
        await ledger.close()
    assert [receipt.version for receipt in await asyncio.gather(*tasks)] == list(range(1, 21))


async def test_a_record_that_is_gone_is_said_to_everybody_who_waits(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.eventstore.ledger.BROKEN_SECONDS", 0.2)
    async with ledger_on(url) as ledger:
        ledger.aggregates.connection._url = url.replace("dbname=", "dbname=no_") if "dbname=" in url else url + "_gone"
        results = await asyncio.gather(*(ledger.execute(count(str(n))) for n in range(5)), return_exceptions=True)
    assert all(isinstance(each, OperationalError) for each in results), results
