"""(c) A stream into the analytics read model, beside bare loops over the same stream and eventsourcing's own runner."""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import nats
import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from sqlalchemy import text

from bench.material import SERVICE, history
from bench.peer import projection_runner
from bench.plan import Against, Bars, Found, Group, Limit, Plan, Scale
from bench.stage import servers
from services.analytics.readmodels.daily import Daily
from services.application.publishing import publish
from shared.contracts.base import stream_of
from shared.database.sessions import Database
from shared.messaging.batches import batches, prepare, publish_batch
from shared.messaging.bus import connect
from shared.messaging.connection import Connection
from shared.messaging.streams import create_feed_consumer, declare_stream
from shared.readmodels.happened import Heard
from shared.readmodels.positions import Positions
from shared.readmodels.projections import create_read_models
from shared.readmodels.projector import Projector
from shared.runtime.collecting import collect_seldom
from shared.runtime.following import stream_feed
from shared.runtime.tables import create_tables
from tests.support.servers import new_database

_PREPARED_AT_ONCE = 1000
_ACK_SECONDS = 30.0
_WITHIN_SECONDS = 600.0
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
BARE_REQUEST = 500
MOST_GROWTH_MIB = 16


async def fill(nc: Client, n: int) -> None:
    """A new stream with the first `n` events, published as the relay does."""
    await declare_stream(nc, SERVICE)
    log = history(n)
    position = end = 0
    while recorded := list(itertools.islice(log, _PREPARED_AT_ONCE)):
        ready = prepare(recorded, publish, SERVICE, position=position, previous=position, max_payload=nc.max_payload)
        if ready.failed:
            raise ready.failed
        for batch in batches(ready.messages):
            end = await publish_batch(nc, SERVICE, batch, end, _ACK_SECONDS)
        position = ready.position


async def ours(nc: Client, database_url: str, n: int) -> tuple[float, int]:
    """Events a second from the stream into `Daily`, position in the same transaction; and by how many bytes the
    process grew after the first tenth. The database is empty before."""
    create_tables(database_url)
    database = Database(database_url)
    positions = Positions(database)
    model = Daily()
    await create_read_models(database, [model])
    sizes: list[int] = []

    async def watched(position: int, stream_sequence: int) -> AsyncGenerator[Sequence[Heard], None]:
        async with aclosing(stream_feed(nc, SERVICE)(position, stream_sequence)) as feed:
            async for batch in feed:
                if batch[-1].position > n // 10:
                    sizes.append(_resident_bytes())
                yield batch

    projector = Projector(model, SERVICE, watched, database, positions)
    began = time.perf_counter()
    running = asyncio.create_task(projector.run())
    arrived = asyncio.create_task(positions.wait_for(model.schema, SERVICE, n, _WITHIN_SECONDS))
    await asyncio.wait([running, arrived], return_when=asyncio.FIRST_COMPLETED)
    took = time.perf_counter() - began
    if not arrived.done() or not arrived.result():
        raise RuntimeError(f"the projector stands at {projector.state}") from (
            running.exception() if running.done() else None
        )
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    async with database.transaction([model.schema]) as session:
        counted = (await session.execute(text("SELECT sum(n) FROM analytics_daily"))).scalar_one()
    if not counted:
        raise RuntimeError("nothing was counted")
    await database.close()
    return n / took, max(sizes) - sizes[0]


async def bare_loop(nc: Client, n: int) -> float:
    """Messages a second in the shortest loop: two pull requests overlap, the body is parsed, nothing is kept.

    As nats-py hands messages over: it has parsed their headers by then.
    """
    bodies = _Bodies()

    async def keep(message: Msg) -> None:
        bodies.add(message.data)

    return await _bare(nc, n, bodies, partial(nc.subscribe, cb=keep, pending_bytes_limit=0))


async def bare_sink(nc: Connection, n: int) -> float:
    """The same through the platform's connection, past nats-py's messages: headers are not even looked at."""
    bodies = _Bodies()
    return await _bare(nc, n, bodies, partial(nc.hear, sink=lambda _subject, _reply, _head, body: bodies.add(body)))


class _Bodies:
    def __init__(self) -> None:
        self.waiting: deque[bytes] = deque()
        self.news = asyncio.Event()

    def add(self, body: bytes) -> None:
        self.waiting.append(body)
        self.news.set()


async def _bare(
    nc: Client, n: int, bodies: _Bodies, subscribe: Callable[[str], Coroutine[Any, Any, Subscription]]
) -> float:
    stream, name = stream_of(SERVICE), f"bare-{secrets.token_hex(8)}"
    await create_feed_consumer(nc, SERVICE, name, start=1, inactive_seconds=60)
    subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}"
    wanted = orjson.dumps({"batch": BARE_REQUEST, "expires": 60_000_000_000})
    inbox = nc.new_inbox()
    subscription = await subscribe(inbox)
    began = time.perf_counter()
    for _ in range(2):
        await nc.publish(subject, wanted, reply=inbox)
    seen = 0
    while seen < n:
        bodies.news.clear()
        if not bodies.waiting:
            await bodies.news.wait()
        while bodies.waiting:
            orjson.loads(bodies.waiting.popleft())
            seen += 1
            if seen % BARE_REQUEST == 0:
                await nc.publish(subject, wanted, reply=inbox)
    took = time.perf_counter() - began
    await subscription.unsubscribe()
    await nc.jetstream().delete_consumer(stream, name)
    return n / took


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_BYTES


@asynccontextmanager
async def stage(scale: Scale, _found: Found) -> AsyncIterator[Plan]:
    """A stream of so many events, and for each round databases that are new."""
    collect_seldom()  # as a process that serves does; it holds for the peers as well
    with servers() as settings:
        bus = await connect(settings.require_nats(), "bench")
        stock = await nats.connect(settings.require_nats())
        await fill(bus, scale.replayed)
        yield _plan(scale, settings.database_url or "", bus, stock)
        await stock.close()
        await bus.close()


def _plan(scale: Scale, server: str, bus: Connection, stock: Client) -> Plan:
    plan = Plan()
    into, growth = "into the analytics read model", "growth of memory after the first tenth"

    async def replayed() -> Mapping[str, float]:
        with new_database(server, "replayed") as url:
            rate, grown = await ours(bus, url, scale.replayed)
        return {into: rate, growth: grown / 2**20}

    async def counted_by_peer() -> float:
        with new_database(server, "peer") as url:
            return await projection_runner(url, scale.replayed_by_peer)

    plan.probes.append(replayed)
    bare = plan.add("bare loop, nats-py", partial(bare_loop, stock, scale.replayed))
    sink = plan.add("bare loop, headers not read", partial(bare_sink, bus, scale.replayed))
    peer = plan.add("eventsourcing ProjectionRunner", counted_by_peer)
    plan.against = [Against(into, bare, at_least=0.6), Against(into, sink), Against(into, peer, at_least=40)]
    plan.units[growth] = "MiB"
    plan.limits.append(Limit(growth, below=MOST_GROWTH_MIB))
    plan.pictures.append(Bars("Events per second", (into, bare, sink, peer)))
    return plan


replay = Group(
    name="replay",
    title="(c) Replay",
    what=(
        "A stream of published events of applications into the analytics counters, the position in the transaction of each "
        "batch. Beside it the shortest loops over the same stream: two overlapping pull requests, the body parsed, "
        "nothing checked and nothing kept; once as nats-py hands messages over, its headers parsed, and once past that. And "
        "eventsourcing's ProjectionRunner with default settings, which writes the same counters from its own log, event "
        "by event."
    ),
    stage=stage,
)
