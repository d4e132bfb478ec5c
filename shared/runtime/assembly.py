"""A service with all its parts, and nothing yet at work in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from shared.calendar import ClockFace, WorkingCalendar, clock_from
from shared.database.sessions import Database
from shared.eventstore.aggregates import Aggregates
from shared.eventstore.connection import LogConnection
from shared.eventstore.ledger import Ledger
from shared.messaging.bus import connect
from shared.readmodels.positions import Positions
from shared.readmodels.reading import Reads
from shared.runtime.following import LogTail
from shared.runtime.host import all_read_models
from shared.runtime.keeping import store_of
from shared.runtime.service import Runtime, Service
from shared.runtime.settings import Settings
from shared.security.keystore import PostgresKeyStore
from shared.security.personal import PersonalVault


@asynccontextmanager
async def assembled(service: Service, settings: Settings) -> AsyncIterator[Runtime]:
    """The service's parts, connected: for `running`, and for operators' commands, which work beside running replicas."""
    url = settings.database_of(service.name)
    clock = clock_from(clock_face(settings))
    async with AsyncExitStack() as stack:
        database = Database(url, answer_seconds=settings.database_answer_seconds)
        stack.push_async_callback(database.close)
        reading = LogConnection(url)
        stack.push_async_callback(reading.close)
        tail = LogTail(reading)
        positions = Positions(database)
        calendar = WorkingCalendar.announced()
        ledger = Ledger(LogConnection(url), clock, lambda: calendar, on_append=tail.appended)
        stack.push_async_callback(ledger.close)
        bus = await connect(settings.require_nats(), service.name)
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
            aggregates=Aggregates(reading),
            tail=tail,
            positions=positions,
            reads=Reads(service.name, all_read_models(service), database, positions),
            vault=PersonalVault(keys, settings.require_secret()),
            bus=bus,
            objects=store_of(settings, service.name),
        )
        if service.resources:
            runtime.resources = await stack.enter_async_context(service.resources(runtime))
        yield runtime


def clock_face(settings: Settings) -> ClockFace | None:
    """The demonstration clock that the settings ask for, or None for real time."""
    if settings.clock_at is None or settings.clock_origin is None:
        return None
    return ClockFace(at=settings.clock_at, origin=settings.clock_origin, speed=settings.clock_speed)
