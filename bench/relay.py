"""(b) From the log to the stream, the log's reading included, beside hand-made pipelined windows of the same bytes."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.errors import NotFoundError

from bench.filling import fill_log
from bench.material import SERVICE, history, stored
from bench.plan import Against, Bars, Found, Group, Plan, Scale
from bench.stage import servers
from services.application.publishing import publish
from shared.contracts.base import stream_of
from shared.embedded import EmbeddedNats
from shared.eventstore.connection import LogConnection
from shared.messaging.batches import Message, prepare
from shared.messaging.bus import connect
from shared.messaging.connection import Connection
from shared.messaging.relay import Relay
from shared.messaging.streams import declare_stream
from shared.runtime.collecting import collect_seldom
from shared.runtime.following import LogTail
from shared.runtime.tables import create_tables
from tests.support.servers import new_database

WINDOW = 1000
_WITHIN_SECONDS = 600.0


def fill(database_url: str, n: int) -> None:
    """A log of the first `n` events, at log positions 1 to n."""
    create_tables(database_url)
    fill_log(database_url, stored(n))


def messages(n: int, max_payload: int) -> Sequence[Message]:
    """What the relay publishes of the first `n` events."""
    ready = prepare(list(history(n)), publish, SERVICE, position=0, previous=0, max_payload=max_payload)
    if ready.failed:
        raise ready.failed
    return ready.messages


async def relay_rate(nc: Connection, database_url: str, n: int) -> float:
    """Events a second from the log in PostgreSQL to a new stream, until the last is acknowledged."""
    await _empty_stream(nc)
    arrived, log = asyncio.Event(), LogConnection(database_url)
    relay = Relay(
        SERVICE, nc, read=LogTail(log).read, publish=publish, wake=asyncio.Event(),
        declare=lambda after: declare_stream(nc, SERVICE, after=after),
        on_published=lambda position: arrived.set() if position >= n else None,
    )  # fmt: skip
    began = time.perf_counter()
    running = asyncio.create_task(relay.run())
    async with asyncio.timeout(_WITHIN_SECONDS):
        await arrived.wait()
    took = time.perf_counter() - began
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await log.close()
    return n / took


async def window_rate(nc: Client, ready: Sequence[Message]) -> float:
    """Messages a second by hand: a thousand at a time are published to one inbox, and then all their answers awaited."""
    await _empty_stream(nc)
    inbox, answers, whole = nc.new_inbox(), 0, asyncio.Event()

    async def answered(_message: Msg) -> None:
        nonlocal answers
        answers += 1
        if answers % WINDOW == 0 or answers == len(ready):
            whole.set()

    subscription = await nc.subscribe(inbox, cb=answered)
    began = time.perf_counter()
    for start in range(0, len(ready), WINDOW):
        for each in ready[start : start + WINDOW]:
            await nc.publish(each.subject, each.body, reply=inbox, headers=each.headers)
        async with asyncio.timeout(_WITHIN_SECONDS):
            await whole.wait()
        whole.clear()
    took = time.perf_counter() - began
    await subscription.unsubscribe()
    return len(ready) / took


async def _empty_stream(nc: Client) -> None:
    with suppress(NotFoundError):
        await nc.jetstream().delete_stream(stream_of(SERVICE))
    await declare_stream(nc, SERVICE)


@dataclass(frozen=True)
class Bus:
    """A server as the platform and as nats-py alone connect to it."""

    ours: Connection
    stock: Client


@contextmanager
def durable_server() -> Iterator[str]:
    """A NATS that flushes every write before it is acknowledged."""
    with tempfile.TemporaryDirectory(prefix="chengce-bench-") as directory:
        server = EmbeddedNats(Path(directory), sync_interval="always")
        server.start()
        try:
            yield server.url
        finally:
            server.stop()


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Bus]:
    bus = Bus(await connect(url, "bench"), await nats.connect(url))
    yield bus
    await bus.stock.close()
    await bus.ours.close()


@asynccontextmanager
async def stage(scale: Scale, _found: Found) -> AsyncIterator[Plan]:
    """A log, and two servers to bring it to."""
    collect_seldom()  # as a process that serves does; it holds for the peers as well
    with ExitStack() as stack:
        settings = stack.enter_context(servers())
        durable_url = stack.enter_context(durable_server())
        log, durable_log = (
            stack.enter_context(new_database(settings.database_url or "", name)) for name in ("relayed", "durably")
        )
        await asyncio.to_thread(fill, log, scale.relayed)
        await asyncio.to_thread(fill, durable_log, scale.relayed_durably)
        async with _connected(settings.require_nats()) as bus, _connected(durable_url) as durable:
            plan = Plan()
            _compare(plan, "default flush", bus, log, scale.relayed, at_least=0.5)
            _compare(plan, "every flush durable", durable, durable_log, scale.relayed_durably, at_least=6.0)
            yield plan


def _compare(plan: Plan, how: str, bus: Bus, log: str, n: int, at_least: float) -> None:
    ready = messages(n, bus.ours.max_payload)
    relay = plan.add(f"{how}: relay, reading included", partial(relay_rate, bus.ours, log, n))
    windows = plan.add(f"{how}: windows of {WINDOW} by hand", partial(window_rate, bus.stock, ready))
    plan.against.append(Against(relay, windows, at_least=at_least))
    plan.pictures.append(Bars(f"Events per second, {how}", (relay, windows)))


relay = Group(
    name="relay",
    title="(b) Relay",
    what=(
        "A log in PostgreSQL to an empty stream, all of it: rows read and decoded, published events made of them, atomic "
        "batches committed. Beside it the messages of the same bytes, made before, in windows: a thousand published one "
        "after another with nats-py, then a thousand acknowledgements awaited. On a server that flushes every two minutes, "
        "and on one that flushes before each acknowledgement (sync_interval: always)."
    ),
    stage=stage,
)
