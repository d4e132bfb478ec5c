"""The feed: every message after a position, in order, wherever the consumer, the server or the stream goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

import pytest
import pytest_asyncio
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from shared.contracts.base import Delivered, stream_of
from shared.embedded import EmbeddedNats
from shared.messaging.batches import prepare, publish_batch
from shared.messaging.bus import connect
from shared.messaging.pull import StreamFeed, Undecodable
from shared.messaging.streams import declare_stream
from tests.shared.messaging.conftest import StartRelay, kill
from tests.shared.messaging.logs import SERVICE, WITHIN, Log, publish, put
from tests.support.proxy import Proxy


class Reader:
    """Collects what a feed yields and awaits its progress."""

    task: asyncio.Task[None]

    def __init__(self, feed: StreamFeed, limit: int = 1000) -> None:
        self.feed = feed
        self.found: list[Delivered | Undecodable] = []
        self.sizes: list[int] = []
        self._moved = asyncio.Condition()
        self._limit = limit

    async def run(self) -> None:
        async with aclosing(self.feed.batches(self._limit)) as batches:
            async for batch in batches:
                self.found.extend(batch)
                self.sizes.append(len(batch))
                async with self._moved:
                    self._moved.notify_all()

    async def has(self, count: int) -> list[Delivered | Undecodable]:
        async with asyncio.timeout(WITHIN), self._moved:
            await self._moved.wait_for(lambda: len(self.found) >= count)
        return self.found

    @property
    def positions(self) -> list[int]:
        return [each.sequence if isinstance(each, Delivered) else each.header.sequence for each in self.found]


StartReader = Callable[..., Reader]


@pytest_asyncio.fixture
async def read() -> AsyncIterator[StartReader]:
    """Starts readers that end with the test."""
    tasks: list[asyncio.Task[None]] = []

    def start(nc: Client, *, after: int = 0, hint: int = 0, limit: int = 1000, credit: int = 2000) -> Reader:
        reader = Reader(StreamFeed(nc, SERVICE, after=after, hint=hint, credit=credit), limit)
        reader.task = asyncio.create_task(reader.run())
        tasks.append(reader.task)
        return reader

    yield start
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(result, asyncio.CancelledError), f"a feed ended by itself: {result!r}"


async def consumers(nc: Client) -> list[str]:
    return [each.name for each in await nc.jetstream().consumers_info(stream_of(SERVICE))]


async def test_everything_arrives_in_order_with_its_place(bus: Client, log: Log, read: StartReader) -> None:
    log.append(4500)
    await put(bus, log)
    reader = read(bus, limit=700, credit=900)
    await reader.has(4500)
    assert reader.positions == log.published_positions()
    assert [each.stream_sequence for each in reader.found] == list(range(1, 4501))
    assert max(reader.sizes) <= 700
    first = reader.found[0]
    assert isinstance(first, Delivered)
    assert first.event == publish(log.events[0]).event  # type: ignore[union-attr]
    assert (first.at, first.aggregate_id, first.department) == (log.events[0].at, "doc-1", "sti")


async def test_a_lone_message_is_handed_over_at_once(
    bus: Client, log: Log, read: StartReader, start_relay: StartRelay
) -> None:
    await start_relay(bus)
    reader = read(bus)
    log.append()
    await reader.has(1)
    took: list[float] = []
    loop = asyncio.get_running_loop()
    for count in range(2, 12):
        began = loop.time()
        log.append()
        await reader.has(count)
        took.append(loop.time() - began)
    assert sorted(took)[5] < 0.1, took


@pytest.mark.parametrize("hint", [0, 1, 41, 60, 5000])
async def test_a_wrong_hint_does_not_mislead(bus: Client, log: Log, read: StartReader, hint: int) -> None:
    log.append(100)
    await put(bus, log)
    positions = log.published_positions()
    reader = read(bus, after=positions[39], hint=hint)
    await reader.has(60)
    assert reader.positions == positions[40:]


async def test_a_right_hint_leads_straight_to_the_place(bus: Client, log: Log, read: StartReader) -> None:
    log.append(100)
    await put(bus, log)
    reader = read(bus, after=log.published_positions()[39], hint=40)
    await reader.has(60)
    assert reader.positions == log.published_positions()[40:]


async def test_deleted_and_foreign_messages_do_not_mislead(bus: Client, log: Log, read: StartReader) -> None:
    log.append(60)
    await put(bus, log)
    for sequence in (*range(1, 28), *range(33, 38), 60):
        await bus.jetstream().delete_msg(stream_of(SERVICE), sequence)
    await bus.jetstream().publish(f"chengce.{SERVICE}.noise.none", b"?")
    positions = log.published_positions()
    reader = read(bus, after=positions[36])  # message 37: deleted itself, so found by its neighbours
    await reader.has(22)
    assert reader.positions == positions[37:59]


async def test_a_body_that_cannot_be_read_is_handed_over_in_its_place(bus: Client, log: Log, read: StartReader) -> None:
    log.append(5)
    ready = prepare(log.events, publish, SERVICE, position=0, previous=0, max_payload=bus.max_payload)
    for number, message in enumerate(ready.messages, start=1):
        headers, body = dict(message.headers), message.body
        if number == 2:
            body = b'{"document_id": 7'
        if number == 4:
            headers["ce-type"] = "chengce.policy.from-the-future.v9"
        await bus.jetstream().publish(message.subject, body, headers=headers)
    reader = read(bus)
    await reader.has(5)
    assert reader.positions == log.published_positions()
    assert [type(each) for each in reader.found] == [Delivered, Undecodable, Delivered, Undecodable, Delivered]
    torn, unknown = reader.found[1], reader.found[3]
    assert isinstance(torn, Undecodable) and isinstance(unknown, Undecodable)
    assert torn.body == b'{"document_id": 7'
    assert torn.header.aggregate_id == log.events[1].originator_id
    assert torn.stream_sequence == 2
    assert "does not fit" in torn.error
    assert "no contract for event type" in unknown.error


async def test_a_consumer_deleted_under_the_feed_is_replaced(bus: Client, log: Log, read: StartReader) -> None:
    log.append(10)
    await put(bus, log)
    reader = read(bus)
    await reader.has(10)
    for more in (10, 20):
        (before,) = await consumers(bus)
        assert reader.feed.state.consumer == before
        await bus.jetstream().delete_consumer(stream_of(SERVICE), before)
        log.append(10)
        await put(bus, log, after=more)
        await reader.has(more + 10)
        assert reader.feed.state.consumer != before
    assert reader.positions == log.published_positions()


async def test_a_stream_rebuilt_under_the_feed_goes_on_after_the_same_position(
    bus: Client, log: Log, read: StartReader, start_relay: StartRelay
) -> None:
    log.append(2500)
    _, mark = await start_relay(bus, look_seconds=0.05)
    reader = read(bus)
    await reader.has(2500)
    for count in (2510, 2520):
        await bus.jetstream().delete_stream(stream_of(SERVICE))
        await mark.reaches(log.position)
        log.append(10)
        await reader.has(count)
    assert reader.positions == log.published_positions()


async def test_a_feed_beyond_the_end_waits_for_the_stream_to_be_rebuilt(
    bus: Client, log: Log, read: StartReader, start_relay: StartRelay
) -> None:
    log.append(50)
    await put(bus, log)
    beyond = Log()
    beyond.append(80)
    reader = read(bus, after=beyond.position, hint=80)
    placed = read(bus)
    await placed.has(50)
    assert reader.found == []
    log.append(31)
    await start_relay(bus)
    await placed.has(81)
    await reader.has(1)
    assert reader.positions == [log.position]


async def test_a_hole_in_the_stream_is_waited_for_and_never_skipped(bus: Client, log: Log, read: StartReader) -> None:
    log.append(20)
    ready = prepare(log.events, publish, SERVICE, position=0, previous=0, max_payload=bus.max_payload)
    with_hole = [*ready.messages[:10], *ready.messages[11:]]
    await publish_batch(bus, SERVICE, with_hole, 0, WITHIN)
    tried = await bus.subscribe(f"$JS.EVENT.ADVISORY.CONSUMER.DELETED.{stream_of(SERVICE)}.>")
    reader = read(bus)
    positions = log.published_positions()
    for _ in range(3):  # each time it comes to the hole it gives its consumer up
        await tried.next_msg(timeout=WITHIN)
        assert f"from log position {positions[9]} to {positions[11]}" in str(reader.feed.state.last_error)
        assert reader.positions == positions[:10]
    await bus.jetstream().delete_stream(stream_of(SERVICE))
    await declare_stream(bus, SERVICE)
    await put(bus, log)
    await reader.has(20)
    assert reader.positions == positions


async def test_a_feed_waits_for_a_stream_that_does_not_exist_yet(bus: Client, log: Log, read: StartReader) -> None:
    await bus.jetstream().delete_stream(stream_of(SERVICE))
    refusals = await bus.subscribe("$JS.EVENT.ADVISORY.API")
    reader = read(bus)
    for _ in range(2):
        await refusals.next_msg(timeout=WITHIN)
    assert "stream not found" in str(reader.feed.state.last_error)
    await declare_stream(bus, SERVICE)
    log.append(3)
    await put(bus, log)
    await reader.has(3)


async def test_a_killed_server_is_followed_when_it_is_back(
    own_server: EmbeddedNats, own_bus: Client, log: Log, start_relay: StartRelay, read: StartReader
) -> None:
    await start_relay(own_bus, look_seconds=0.1)
    reader = read(own_bus, credit=100)
    for count in (1000, 2000):
        log.append(1000)
        await reader.has(count - 500)
        kill(own_server)
        own_server.start()
        await reader.has(count)
    assert reader.positions == log.published_positions()


async def test_messages_lost_on_the_way_are_fetched_again(
    own_server: EmbeddedNats, own_bus: Client, log: Log, read: StartReader
) -> None:
    log.append(3000)
    await put(own_bus, log)
    async with Proxy(own_server.url) as proxy:
        nc = await connect(proxy.url, "cut")
        reader = read(nc, credit=400, limit=100)
        for count in (500, 1500):
            await reader.has(count)
            proxy.swallow_next_answer()
        await reader.has(3000)
        assert proxy.broke.is_set()
        assert reader.positions == log.published_positions()
        reader.task.cancel()
        await asyncio.wait([reader.task])
        await nc.close()


async def test_a_slow_reader_holds_no_more_than_its_credit(bus: Client, log: Log) -> None:
    log.append(500)
    await put(bus, log)
    feed = StreamFeed(bus, SERVICE, after=0, credit=50)
    found: list[int] = []
    async with aclosing(feed.batches(10)) as batches:
        async for batch in batches:
            found.extend(each.stream_sequence for each in batch)
            (consumer,) = await bus.jetstream().consumers_info(stream_of(SERVICE))
            assert consumer.delivered
            assert consumer.delivered.consumer_seq <= len(found) + 50
            if len(found) == 500:
                break
    assert found == list(range(1, 501))


async def test_a_closed_feed_leaves_no_consumer_behind(bus: Client, log: Log) -> None:
    log.append(1)
    await put(bus, log)
    feed = StreamFeed(bus, SERVICE, after=0)
    async with aclosing(feed.batches()) as batches:
        async for batch in batches:
            assert len(batch) == 1
            assert await consumers(bus) == [feed.state.consumer]
            assert feed.state.last_heartbeat
            break
    assert feed.state.consumer is None
    with pytest.raises(NotFoundError):  # after it on the same connection, so the deletion has been carried out
        await bus.jetstream().consumer_info(stream_of(SERVICE), "gone")
    assert await consumers(bus) == []


async def test_an_idle_feed_hears_heartbeats_and_keeps_its_consumer(bus: Client, log: Log, read: StartReader) -> None:
    log.append(1)
    await put(bus, log)
    reader = read(bus)
    await reader.has(1)
    before = reader.feed.state
    beats = 0
    subscription = await bus.subscribe("_INBOX.>")
    while beats < 4:
        message = await subscription.next_msg(timeout=WITHIN)
        beats += (message.headers or {}).get("Status") == "100"
    await subscription.unsubscribe()
    after = reader.feed.state
    assert after.consumer == before.consumer
    assert after.last_heartbeat and before.last_heartbeat
    assert after.last_heartbeat > before.last_heartbeat
