"""A service at work: what it does in every replica, and what only one of them does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog

from shared.deadlines.book import DeadlineBook
from shared.deadlines.scheduler import Scheduler
from shared.messaging.inbox import InboxReader
from shared.messaging.reactions import Reactor
from shared.messaging.relay import Relay
from shared.messaging.streams import declare_stream
from shared.runtime.assembly import assembled
from shared.runtime.duties import Duty, ended
from shared.runtime.keeping import StoreWatch, Sweeping
from shared.runtime.leader import Leadership
from shared.runtime.projecting import Projecting
from shared.runtime.reconciling import ReconcileSchedule
from shared.runtime.sealing import sealing
from shared.runtime.service import Runtime, Service
from shared.runtime.settings import Settings

log = structlog.get_logger(__name__)


@asynccontextmanager
async def running(service: Service, settings: Settings) -> AsyncIterator[Runtime]:
    """The service at work: leaves when the block ends, after finishing what is in hand."""
    async with assembled(service, settings) as runtime:
        tasks = _start(runtime)
        try:
            yield runtime
        finally:
            await ended(tasks)
            log.info("stopped", service=service.name)


def _start(runtime: Runtime) -> list[asyncio.Task[None]]:
    """Every replica schedules and feeds the builds it has claimed; one of them relays, reacts and reads the inbox."""
    service = runtime.service
    single: list[Duty] = []
    relay = Relay(
        service.name,
        runtime.bus,
        read=runtime.tail.read,
        publish=service.publish,
        wake=runtime.tail.new_wake(),
        declare=lambda after: declare_stream(
            runtime.bus, service.name, replicas=runtime.settings.stream_replicas, after=after
        ),
    )
    runtime.duties["relay"] = relay
    single.append(Duty(f"{service.name}: relay", relay.run))
    single.append(Duty(f"{service.name}: compare stream and log", ReconcileSchedule(runtime).run))
    single.append(Duty(f"{service.name}: seal", sealing(runtime).run))
    if service.objects_named:
        single.append(Duty(f"{service.name}: sweep objects", Sweeping(runtime, service.objects_named).run))
    for reaction in service.reactions:
        for source in reaction.sources:
            single.append(_reaction_duty(runtime, reaction, source))
    if service.inbox:
        replicas = runtime.settings.stream_replicas
        reader = InboxReader(service.name, service.inbox, runtime, runtime.bus, replicas)
        single.append(Duty(f"{service.name}: inbox", reader.run))

    async def lead() -> None:
        tasks = [asyncio.create_task(duty.run(), name=duty.name) for duty in single]
        try:
            await asyncio.gather(*tasks)  # a duty ends only when it is cancelled
        finally:
            await ended(tasks)

    settings = runtime.settings
    leadership = Leadership(service.name, settings.database_of(service.name), lead, settings.takeover_seconds)
    runtime.duties["leadership"] = leadership
    projecting = Projecting(runtime)
    runtime.duties["projecting"] = projecting
    everywhere = [
        Duty(f"{service.name}: leadership", leadership.run),
        Duty(f"{service.name}: projecting", projecting.run),
    ]
    if service.objects_named:
        watch = runtime.duties["objects"] = StoreWatch(runtime.objects)
        everywhere.append(Duty(f"{service.name}: look at the object store", watch.run))
    if service.deadlines:
        book = DeadlineBook(service.deadlines.of)
        scheduler = Scheduler(runtime, service.deadlines, book, runtime.database, runtime.clock)
        everywhere.append(Duty(f"{service.name}: scheduler", scheduler.run))
    return [asyncio.create_task(duty.run(), name=duty.name) for duty in everywhere]


def _reaction_duty(runtime: Runtime, reaction: Any, source: str) -> Duty:
    reactor = Reactor(
        runtime.service.name, reaction, source, runtime.ledger, runtime.database, runtime.positions, runtime
    )
    runtime.duties[f"{reactor.name}<{source}"] = reactor

    async def work() -> None:
        await reactor.run(runtime.bus, runtime.settings.require_nats())

    return Duty(f"{runtime.service.name}: react {reaction.name} <- {source}", work)
