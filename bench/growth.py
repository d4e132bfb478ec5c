"""(e) What the same work costs when much has been stored: in the log, on the stream, in one aggregate."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

import psycopg

from bench import replay
from bench.filling import fill_log
from bench.histories import Histories, analysed, histories
from bench.plan import Against, Found, Group, Lines, Plan, Scale
from bench.stage import at_rest, servers
from bench.tickets import intent, rows
from shared.messaging.bus import connect
from shared.messaging.connection import Connection
from shared.messaging.relay import Relay
from shared.messaging.streams import declare_stream
from shared.runtime.collecting import collect_seldom
from shared.runtime.service import Runtime
from shared.runtime.settings import Settings
from tests.support.servers import nats_server, new_database

FLAT = 1.2  # a figure's cost may grow to this; its rate may fall to one part of it
WITHIN_SECONDS = 600
COMMANDS_PER_CLIENT = 32


@dataclass
class Grown:
    """A hotline whose log and stream hold `size` events; replay has a stream of as many beside it."""

    size: int
    runtime: Runtime
    bus: Connection
    url: str
    database_url: str

    async def command_rate(self, clients: int) -> float:
        """Commands a second on top of that log, which is as long as before when they are done."""
        before = await asyncio.to_thread(_last_position, self.url)
        prefix, numbers = uuid4().hex[:8], itertools.count()

        async def client() -> None:
            for _ in range(COMMANDS_PER_CLIENT):
                await self.runtime.ledger.execute(intent(f"{prefix}-{next(numbers):08d}"))

        began = time.perf_counter()
        await asyncio.gather(*(client() for _ in range(clients)))
        took = time.perf_counter() - began
        await asyncio.to_thread(_forget_after, self.url, before)
        return clients * COMMANDS_PER_CLIENT / took

    async def relay_rate(self, events: int) -> float:
        """Further events a second from the log to the end of the stream, reading included."""
        fill_log(self.url, rows(uuid4().hex[:8], events))
        return events / await self.relayed()

    async def relayed(self) -> float:
        """Seconds until a new relay has brought the stream to the end of the log."""
        end, arrived = await asyncio.to_thread(_last_position, self.url), asyncio.Event()
        service = self.runtime.service
        relay = Relay(
            service.name, self.bus, read=self.runtime.tail.read, publish=service.publish, wake=asyncio.Event(),
            declare=lambda after: declare_stream(self.bus, service.name, after=after),
            on_published=lambda position: arrived.set() if position >= end else None,
        )  # fmt: skip
        began = time.perf_counter()
        running = asyncio.create_task(relay.run())
        async with asyncio.timeout(WITHIN_SECONDS):
            await arrived.wait()
        took = time.perf_counter() - began
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        return took

    async def replay_rate(self) -> float:
        """Events a second from the other stream into the analytics read model."""
        with new_database(self.database_url, "replayed") as url:
            rate, _ = await replay.ours(self.bus, url, self.size)
        return rate


def _last_position(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT coalesce(max(notification_id), 0) FROM stored_events").fetchone()
    return int(row[0]) if row else 0


def _forget_after(url: str, position: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM stored_events WHERE notification_id > %s", (position,))


@asynccontextmanager
async def _grown(size: int, settings: Settings) -> AsyncIterator[Grown]:
    with nats_server() as nats_url:
        here = settings.model_copy(update={"nats_url": nats_url, "database_prefix": f"grown_{size}_"})
        async with at_rest("hotline", here) as runtime:
            bus, url = await connect(nats_url, "bench"), here.database_of("hotline")
            grown = Grown(size, runtime, bus, url, here.database_url or "")
            await asyncio.to_thread(fill_log, url, rows("stored", size))
            await asyncio.to_thread(analysed, url)
            await grown.relayed()
            await replay.fill(bus, size)
            yield grown
            await bus.close()


@asynccontextmanager
async def stage(scale: Scale, _found: Found) -> AsyncIterator[Plan]:
    """A database and a NATS server for each size, and one database for aggregates with histories."""
    collect_seldom()  # as a process that serves does
    with servers() as settings:
        async with AsyncExitStack() as stack:
            logs = [await stack.enter_async_context(_grown(size, settings)) for size in scale.stored]
            past = await stack.enter_async_context(histories(settings, scale))
            yield _plan(scale, logs, past)


def _plan(scale: Scale, logs: list[Grown], past: Histories) -> Plan:
    plan = Plan()
    work: dict[str, Callable[[Grown], Callable[[], Awaitable[float]]]] = {
        "commands": lambda log: partial(log.command_rate, scale.load_clients),
        "events relayed": lambda log: partial(log.relay_rate, scale.relayed // 10),
        "events replayed": lambda log: log.replay_rate,
    }
    for unit, rate_on in work.items():
        points: dict[float, str] = {
            log.size: plan.add(f"{unit}, {log.size:,} events stored", rate_on(log)) for log in logs
        }
        _flat(plan, points)
        plan.pictures.append(Lines(f"{unit.capitalize()} per second", "events stored", {unit: points}))
    drawn = {"read anew": past.read_anew, "at hand": past.at_hand}
    plan.probes += past.probes()
    for points in drawn.values():
        _flat(plan, points)
    plan.pictures.append(Lines("Commands per second on one aggregate", "events in the aggregate", drawn))
    return plan


def _flat(plan: Plan, points: dict[float, str]) -> None:
    """The rate on the most may be below the rate on the least by what `FLAT` says; one that grows is welcome."""
    plan.against.append(Against(points[max(points)], points[min(points)], at_least=1 / FLAT))


growth = Group(
    name="growth",
    title="(e) Growth",
    what=(
        "The same work on logs and streams of different length: commands from concurrent clients, a relay that brings a "
        "few thousand further events to the stream, and a replay of everything into the analytics read model; and commands "
        "one after another on aggregates with histories of different length, once read anew from the record (snapshots "
        "are on: every 100 events) and then at hand. Per event the cost may grow by a fifth, so the rate may fall to "
        "0.83."
    ),
    stage=stage,
)
