"""A service at work: what it does in every replica, and what only one of them does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog

from shared.deadlines.book import DeadlineBook
from shared.deadlines.scheduler import Scheduler
from shared.messaging.reactions import Reactor
from shared.messaging.relay import Relay
from shared.messaging.streams import declare_stream
from shared.readmodels.happened import OWN_LOG
from shared.readmodels.projector import Projector
from shared.runtime.assembly import assembled
from shared.runtime.duties import Duty
from shared.runtime.following import stream_feed
from shared.runtime.host import all_read_models
from shared.runtime.leader import Leadership
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
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            log.info("stopped", service=service.name)


def _start(runtime: Runtime) -> list[asyncio.Task[None]]:
    """Every replica schedules; one of them relays, projects and reacts."""
    service = runtime.service
    single: list[Duty] = []
    for model in all_read_models(service):
        for source in model.sources:
            feed = runtime.tail.follow if source == OWN_LOG else stream_feed(runtime.bus, source)
            projector = Projector(model, source, feed, runtime.database, runtime.positions)
            runtime.duties[f"{model.schema}<{source}"] = projector
            single.append(Duty(f"{service.name}: project {model.schema} <- {source}", projector.run))
    relay = Relay(
        service.name,
        runtime.bus,
        read=runtime.tail.read,
        publish=service.publish,
        wake=runtime.tail.new_wake(),
        declare=lambda: declare_stream(runtime.bus, service.name, replicas=runtime.settings.stream_replicas),
    )
    runtime.duties["relay"] = relay
    single.append(Duty(f"{service.name}: relay", relay.run))
    for reaction in service.reactions:
        for source in reaction.sources:
            single.append(_reaction_duty(runtime, reaction, source))

    async def lead() -> None:
        async with asyncio.TaskGroup() as group:
            for duty in single:
                group.create_task(duty.run(), name=duty.name)

    leadership = Leadership(service.name, runtime.settings.database_of(service.name), lead)
    runtime.duties["leadership"] = leadership
    everywhere = [Duty(f"{service.name}: leadership", leadership.run)]
    if service.deadlines:
        book = DeadlineBook(service.deadlines.of)
        scheduler = Scheduler(runtime, service.deadlines, book, runtime.database, runtime.clock)
        everywhere.append(Duty(f"{service.name}: scheduler", scheduler.run))
    return [asyncio.create_task(duty.run(), name=duty.name) for duty in everywhere]


def _reaction_duty(runtime: Runtime, reaction: Any, source: str) -> Duty:
    reactor = Reactor(runtime.service.name, reaction, source, runtime.ledger, runtime.database, runtime.positions)
    runtime.duties[f"{reactor.name}<{source}"] = reactor

    async def work() -> None:
        await reactor.run(runtime.bus, runtime.settings.require_nats())

    return Duty(f"{runtime.service.name}: react {reaction.name} <- {source}", work)
