"""Brings a declared service to life and lets it go again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from importlib.metadata import entry_points
from typing import Any

import structlog
from nats.aio.client import Client

from shared.calendar import ClockFace, WorkingCalendar, clock_from
from shared.database.sessions import Database, create_database
from shared.deadlines.book import DeadlineBook
from shared.deadlines.scheduler import Scheduler
from shared.eventstore.aggregates import Aggregates
from shared.eventstore.events import Recorded
from shared.eventstore.ledger import Ledger
from shared.eventstore.recorder import LogRecorder, datastore, snapshots
from shared.messaging.bus import connect
from shared.messaging.hearing import heard_from_feed
from shared.messaging.pull import StreamFeed
from shared.messaging.reactions import Reactor
from shared.messaging.relay import Relay
from shared.messaging.streams import declare_stream
from shared.readmodels.happened import OWN_LOG, Heard, from_log
from shared.readmodels.model import ReadModel
from shared.readmodels.positions import Positions
from shared.readmodels.projector import Feed, Projector
from shared.readmodels.reading import Reads, create_read_models
from shared.runtime.duties import Duty
from shared.runtime.leader import Leadership
from shared.runtime.service import Runtime, Service
from shared.runtime.settings import Settings
from shared.runtime.tables import create_tables
from shared.security.keystore import PostgresKeyStore
from shared.security.personal import PersonalVault

log = structlog.get_logger(__name__)
LOG_BATCH = 1000
LOG_POLL_SECONDS = 0.1  # finds what another replica wrote; own writes wake at once


def service_names() -> list[str]:
    """The services that are installed (entry points `chengce.services`)."""
    return sorted(point.name for point in entry_points(group="chengce.services"))


def installed_services(*names: str) -> dict[str, Service]:
    """The named services, or all that are installed. Raises `LookupError` for one that is not."""
    points = {point.name: point for point in entry_points(group="chengce.services")}
    unknown = set(names) - set(points)
    if unknown:
        raise LookupError(f"no service named {', '.join(sorted(unknown))}; there are {', '.join(sorted(points))}")
    return {name: points[name].load() for name in sorted(names or points)}


async def prepare(service: Service, settings: Settings) -> None:
    """Creates database, tables, read models and streams once, before any replica starts; safe to repeat.

    The streams it hears are declared too, so that services can be prepared in any order.
    """
    url = settings.database_of(service.name)
    await asyncio.to_thread(create_database, settings.maintenance_database(), url)
    await asyncio.to_thread(create_tables, url)
    database = Database(url, pool_size=1)
    bus = await connect(_nats_url(settings), f"prepare-{service.name}")
    try:
        await create_read_models(database, all_read_models(service), Positions(database))
        for each in sorted({service.name} | heard_by(service)):
            await declare_stream(bus, each, replicas=settings.stream_replicas)
    finally:
        await bus.close()
        await database.close()


def all_read_models(service: Service) -> list[ReadModel]:
    """The service's read models, its deadlines among them."""
    book = [DeadlineBook(service.deadlines.of)] if service.deadlines else []
    return [*service.read_models, *book]


def heard_by(service: Service) -> set[str]:
    """The services whose streams this one follows."""
    models = {source for model in service.read_models for source in model.sources}
    return (models | {source for reaction in service.reactions for source in reaction.sources}) - {OWN_LOG}


def _nats_url(settings: Settings) -> str:
    if not settings.nats_url:
        raise ValueError("CHENGCE_NATS_URL is not set, and no embedded server was started")
    return settings.nats_url


class LogTail:
    """Wakes whoever follows the own log."""

    def __init__(self, ledger_reads: Any, aggregates: Aggregates, recorder: LogRecorder) -> None:
        self._call = ledger_reads
        self._mapper = aggregates.mapper
        self._recorder = recorder
        self._wakes: list[asyncio.Event] = []

    def new_wake(self) -> asyncio.Event:
        """An event that is set whenever this process appends."""
        wake = asyncio.Event()
        self._wakes.append(wake)
        return wake

    def appended(self, _position: int) -> None:
        """Called after each commit."""
        for wake in self._wakes:
            wake.set()

    async def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """Up to `limit` recorded events after a position."""

        def fetch() -> list[Recorded]:
            rows = self._recorder.select_notifications(after, limit, inclusive_of_start=False)
            return [self._mapper.to_domain_event(row) for row in rows]

        return await self._call(fetch)  # type: ignore[no-any-return]

    async def follow(self, position: int, _stream_sequence: int) -> AsyncGenerator[Sequence[Heard], None]:
        """A feed of the own log, for ever."""
        wake = self.new_wake()
        try:
            while True:
                wake.clear()
                batch = await self.read(position, LOG_BATCH)
                if batch:
                    yield [from_log(recorded) for recorded in batch]
                    position = batch[-1].position
                else:
                    await _wait(wake, LOG_POLL_SECONDS)
        finally:
            self._wakes.remove(wake)


async def _wait(wake: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await wake.wait()
    except TimeoutError:
        return  # time to look for what other replicas wrote


def stream_feed(bus: Client, source: str) -> Feed:
    """A feed of another service's stream, for ever."""

    async def follow(position: int, stream_sequence: int) -> AsyncGenerator[Sequence[Heard], None]:
        feed = StreamFeed(bus, source, after=position, hint=stream_sequence)
        async with aclosing(feed.batches(LOG_BATCH)) as batches:  # so that its consumer goes with it
            async for batch in batches:
                yield [heard_from_feed(each) for each in batch]

    return follow


@asynccontextmanager
async def running(service: Service, settings: Settings) -> AsyncIterator[Runtime]:
    """The service at work: leaves when the block ends, after finishing what is in hand."""
    url = settings.database_of(service.name)
    clock = clock_from(clock_face(settings))
    async with AsyncExitStack() as stack:
        store = datastore(url)
        stack.callback(store.close)
        recorder = LogRecorder(store)
        aggregates = Aggregates(recorder, snapshots(store))
        database = Database(url)
        stack.push_async_callback(database.close)
        positions = Positions(database)
        calendar = WorkingCalendar.announced()
        ledger = Ledger(recorder, aggregates, clock, lambda: calendar)
        stack.callback(ledger.close)
        tail = LogTail(ledger.call, aggregates, recorder)
        ledger.on_append = tail.appended
        bus = await connect(_nats_url(settings), service.name)
        stack.push_async_callback(bus.close)
        keys = PostgresKeyStore(url)
        stack.callback(keys.close)
        runtime = Runtime(
            service=service,
            settings=settings,
            clock=clock,
            calendar=lambda: calendar,
            database=database,
            ledger=ledger,
            aggregates=aggregates,
            positions=positions,
            reads=Reads(service.name, all_read_models(service), database, positions),
            vault=PersonalVault(keys, settings.require_secret()),
            bus=bus,
        )
        if service.resources:
            runtime.resources = await stack.enter_async_context(service.resources(runtime))
        tasks = _start(runtime, tail, url)
        try:
            yield runtime
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            log.info("stopped", service=service.name)


def clock_face(settings: Settings) -> ClockFace | None:
    """The demonstration clock that the settings ask for, or None for real time."""
    if settings.clock_at is None or settings.clock_origin is None:
        return None
    return ClockFace(at=settings.clock_at, origin=settings.clock_origin, speed=settings.clock_speed)


def _start(runtime: Runtime, tail: LogTail, url: str) -> list[asyncio.Task[None]]:
    """Every replica schedules; one of them relays, projects and reacts."""
    service = runtime.service
    single: list[Duty] = []
    for model in all_read_models(service):
        for source in model.sources:
            feed = tail.follow if source == OWN_LOG else stream_feed(runtime.bus, source)
            projector = Projector(model, source, feed, runtime.database, runtime.positions)
            runtime.duties[f"{model.schema}<{source}"] = projector
            single.append(Duty(f"{service.name}: project {model.schema} <- {source}", projector.run))
    relay = Relay(
        service.name,
        runtime.bus,
        read=tail.read,
        publish=service.publish,
        wake=tail.new_wake(),
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

    leadership = Leadership(service.name, url, lead)
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
        await reactor.run(runtime.bus, _nats_url(runtime.settings))

    return Duty(f"{runtime.service.name}: react {reaction.name} <- {source}", work)
