"""Reactions through FastStream: once in effect, in order, with failing events set aside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from nats.aio.client import Client
from nats.errors import ConnectionClosedError
from sqlalchemy import text

from shared.contracts.base import stream_of
from shared.contracts.policy import PolicyPublished
from shared.database.sessions import Database
from shared.embedded import EmbeddedNats
from shared.eventstore.ledger import Intent, Ledger
from shared.messaging.reactions import ConsumerGoneError, Reaction, Reactor
from shared.messaging.streams import declare_stream
from shared.readmodels.happened import Happened
from shared.readmodels.positions import Positions
from tests.shared.messaging.logs import SERVICE, Log, put
from tests.support.counting import count, counted, ledger_on
from tests.support.proxy import Proxy

WITHIN = 60.0


def react(happened: Happened) -> Sequence[Intent]:
    """Counts each event under its aggregate; one of them cannot be reacted to."""
    assert isinstance(happened.event, PolicyPublished)
    if happened.event.title == "poison":
        raise ValueError("this one cannot be reacted to")
    return [count(happened.aggregate_id)]


@dataclass
class Bench:
    """A reactor with its record."""

    ledger: Ledger
    database: Database
    positions: Positions
    bus: Client
    url: str
    log_url: str

    @asynccontextmanager
    async def reacting(self) -> AsyncIterator[asyncio.Task[None]]:
        reaction = Reaction("counting", (SERVICE,), react)
        reactor = Reactor("testing", reaction, SERVICE, self.ledger, self.database, self.positions)
        task = asyncio.create_task(reactor.run(self.bus, self.url))
        yield task
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def reaches(self, position: int) -> None:
        assert await self.positions.wait_for("testing-counting", SERVICE, position, WITHIN)

    async def counts(self) -> dict[str, int]:
        return {f"doc-{n}": found for n in range(7) if (found := await counted(self.log_url, f"doc-{n}"))}

    async def dead_letters(self) -> list[tuple[str, bool]]:
        async with self.database.transaction() as session:
            query = "SELECT aggregate_id, waiting FROM platform.dead_letters ORDER BY position"
            return [(row.aggregate_id, row.waiting) for row in await session.execute(text(query))]


@pytest.fixture
async def bench(
    fresh_database: Callable[[str], str], own_server: EmbeddedNats, own_bus: Client
) -> AsyncIterator[Bench]:
    url = fresh_database("reactions")
    async with AsyncExitStack() as stack:
        ledger = await stack.enter_async_context(ledger_on(url))
        database = Database(url)
        stack.push_async_callback(database.close)
        yield Bench(ledger, database, Positions(database), own_bus, own_server.url, url)


def expected(log: Log) -> dict[str, int]:
    """How often each aggregate of the log was published."""
    found: dict[str, int] = {}
    for recorded in log.events:
        found[recorded.originator_id] = found.get(recorded.originator_id, 0) + 1
    return dict(sorted(found.items()))


async def test_every_event_is_reacted_to_once_while_more_arrive(bench: Bench, log: Log) -> None:
    async with bench.reacting():
        for n in range(5):
            log.append(300)
            await put(bench.bus, log, after=300 * n)
        await bench.reaches(log.position)
    assert await bench.counts() == expected(log)
    assert await bench.dead_letters() == []


async def test_a_restart_goes_on_where_the_record_says(bench: Bench, log: Log) -> None:
    log.append(250)
    await put(bench.bus, log)
    async with bench.reacting():
        await bench.reaches(log.events[100].position)
    log.append(50)
    await put(bench.bus, log, after=250)
    async with bench.reacting():
        await bench.reaches(log.position)
    assert await bench.counts() == expected(log)


async def test_a_failing_event_holds_back_its_aggregate_only(bench: Bench, log: Log) -> None:
    log.append(7)
    log.append(1, text="poison")
    log.append(13)
    held = log.events[7].originator_id
    await put(bench.bus, log)
    async with bench.reacting():
        await bench.reaches(log.position)
    after_poison = [e for e in log.events[8:] if e.originator_id == held]
    assert await bench.dead_letters() == [(held, False), *((held, True) for _ in after_poison)]
    assert await bench.counts() == expected(log) | {held: 1}


async def test_a_deleted_consumer_is_noticed_and_nothing_is_done_twice_by_its_successor(bench: Bench, log: Log) -> None:
    log.append(20)
    await put(bench.bus, log)
    async with bench.reacting() as task:
        await bench.reaches(log.position)
        await bench.bus.jetstream().delete_consumer(stream_of(SERVICE), "testing-counting")
        with pytest.raises(ConsumerGoneError):
            await asyncio.wait_for(task, WITHIN)
    log.append(5)
    await put(bench.bus, log, after=20)
    async with bench.reacting():
        await bench.reaches(log.position)
    assert await bench.counts() == expected(log)


async def test_a_connection_that_nats_ends_is_noticed_and_its_successor_does_nothing_twice(
    bench: Bench, log: Log
) -> None:
    log.append(20)
    await put(bench.bus, log)
    async with Proxy(bench.url) as proxy:
        through = replace(bench, url=proxy.url)
        async with through.reacting() as task:
            await bench.reaches(log.position)
            proxy.say(b"-ERR 'Maximum Payload Violation'\r\n")
            with pytest.raises(ConnectionClosedError):
                await asyncio.wait_for(task, WITHIN)
        log.append(5)
        await put(bench.bus, log, after=20)
        async with through.reacting():
            await bench.reaches(log.position)
    assert await bench.counts() == expected(log)


async def test_a_message_that_no_relay_wrote_is_passed_over(bench: Bench, log: Log) -> None:
    log.append(5)
    await put(bench.bus, log)
    await bench.bus.jetstream().publish(f"chengce.{SERVICE}.stranger.none", b"{}")
    log.append(5)
    await put(bench.bus, log, after=5, strangers=1)
    async with bench.reacting():
        await bench.reaches(log.position)
    assert await bench.counts() == expected(log)


async def test_a_rebuilt_stream_is_heard_without_doing_anything_twice(bench: Bench, log: Log) -> None:
    log.append(40)
    await put(bench.bus, log)
    async with bench.reacting():
        await bench.reaches(log.position)
    await bench.bus.jetstream().delete_stream(stream_of(SERVICE))
    await declare_stream(bench.bus, SERVICE)
    log.append(3)
    await put(bench.bus, log)
    async with bench.reacting():
        await bench.reaches(log.position)
    assert await bench.counts() == expected(log)
