"""Readiness and metrics: what an operator must know without reading logs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from nats.errors import Error as NatsError
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from shared.deadlines.book import DeadlineBook
from shared.messaging.streams import last_position
from shared.readmodels.happened import OWN_LOG
from shared.readmodels.projections import LIVE, RETIRED, Build, Projections
from shared.runtime.reconciling import last_comparison
from shared.runtime.service import Runtime

log = structlog.get_logger(__name__)
LOOK_SECONDS = 3.0


class Consumer(BaseModel):
    """A build of a read model or a reaction: `lag` in positions of its source (ids have holes, so an upper bound of events).

    `paused`: an operator has stopped it.
    """

    name: str
    source: str
    position: int
    lag: int
    paused: bool = False


class Readiness(BaseModel):
    """What a service can say of itself. `leading`: this replica relays and reacts.

    `stream_differences`: between log and stream when they were last compared, None before the first time. `objects`:
    whether the object store could be used a moment ago, None where there is none to look at; a service is ready without it.
    """

    service: str
    title: str
    ready: bool
    database: bool
    bus: bool
    leading: bool
    log_position: int = 0
    published_position: int = 0
    unpublished_seconds: float = 0.0
    consumers: list[Consumer] = []
    dead_letters: int = 0
    deadlines_open: int = 0
    deadlines_overdue: int = 0
    stream_differences: int | None = None
    stream_compared_at: datetime | None = None
    objects: bool | None = None
    objects_error: str | None = None
    errors: list[str] = []


async def readiness(runtime: Runtime) -> Readiness:
    """Looks at database, bus and consumers; never raises for a part that is down."""
    found = Readiness(
        service=runtime.service.name,
        title=runtime.service.title,
        ready=False,
        database=False,
        bus=False,
        leading=runtime.duties["leadership"].leading,
    )
    for look in (_look_at_database, _look_at_bus):
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await look(runtime, found)
        except (TimeoutError, SQLAlchemyError, NatsError, OSError, ValueError) as error:
            found.errors.append(f"{look.__name__.removeprefix('_look_at_')}: {error!r}"[:300])
    if watch := runtime.duties.get("objects"):
        found.objects, found.objects_error = watch.usable, watch.error
    found.ready = found.database and found.bus and not found.errors
    return found


async def _look_at_database(runtime: Runtime, found: Readiness) -> None:
    async with runtime.database.transaction() as session:
        found.log_position = int(
            (await session.execute(text("SELECT coalesce(max(notification_id), 0) FROM stored_events"))).scalar_one()
        )
        builds = [b for b in await Projections(runtime.database).of(runtime.reads.models) if b.status != RETIRED]
        await _look_at_consumers(runtime, session, builds, found)
        found.dead_letters = int(
            (await session.execute(text("SELECT count(*) FROM platform.dead_letters"))).scalar_one()
        )
        book = next((b for b in builds if b.name == DeadlineBook.name and b.status == LIVE), None)
        if book:
            counted = await session.execute(
                text(f'SELECT count(*), count(*) FILTER (WHERE due_at <= :now) FROM "{book.schema}".deadlines'),  # noqa: S608
                {"now": runtime.clock.now()},
            )
            found.deadlines_open, found.deadlines_overdue = (int(n) for n in counted.one())
        if compared := await last_comparison(session):
            found.stream_differences, found.stream_compared_at = compared.differences, compared.at
    found.database = True


async def _look_at_consumers(
    runtime: Runtime, session: AsyncSession, builds: Sequence[Build], found: Readiness
) -> None:
    """Live builds and reactions, and a new version's first build, which is waited for and not read before it is filled."""
    live = {build.name for build in builds if build.status == LIVE}
    shown = {build.schema: build for build in builds if build.status == LIVE or build.by_service}
    reactions = {f"{runtime.service.name}-{reaction.name}" for reaction in runtime.service.reactions}
    rows = await session.execute(text("SELECT name, source, position FROM platform.positions ORDER BY name, source"))
    found.consumers = [
        Consumer(
            name=row.name,
            source=row.source,
            position=row.position,
            lag=0,
            paused=row.name in shown and shown[row.name].paused,
        )
        for row in rows
        if row.name in shown or row.name in reactions
    ]
    found.errors.extend(
        f"read models: {model.name} version {model.version} is being filled and is not served yet"
        for model in runtime.reads.models
        if model.name not in live
    )


async def _look_at_bus(runtime: Runtime, found: Readiness) -> None:
    # First what needs no answer from the bus: it is wanted most when there is none.
    behind: Any = runtime.duties["relay"].state.behind_since
    found.unpublished_seconds = max(0.0, (runtime.clock.now() - behind).total_seconds()) if behind else 0.0
    sources = {c.source for c in found.consumers if c.source != OWN_LOG} | {runtime.service.name}
    last = {source: (await last_position(runtime.bus, source)).position for source in sources}
    found.published_position = last[runtime.service.name]
    for consumer in found.consumers:
        end = found.log_position if consumer.source == OWN_LOG else last[consumer.source]
        consumer.lag = max(0, end - consumer.position)
    found.bus = runtime.bus.is_connected


async def metrics_page(runtimes: Sequence[Runtime]) -> bytes:
    """The Prometheus text of all services of this process, looked up at the moment of asking."""
    registry = CollectorRegistry()

    def gauge(name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"chengce_{name}", meaning, ("service", *labels), registry=registry)

    ready = gauge("ready", "1 when the service is ready")
    leading = gauge("leading", "1 in the replica that relays and reacts")
    position = gauge("log_position", "Position of the last stored event")
    published = gauge("published_position", "Position of the last published event")
    unpublished = gauge("unpublished_age_seconds", "Age of the oldest event that is not yet published")
    lag = gauge("consumer_lag", "Positions between a consumer and the end of its source", "consumer", "source")
    dead = gauge("dead_letters", "Events set aside")
    overdue = gauge("deadlines_overdue", "Deadlines whose moment has passed and that are not yet settled")
    objects = gauge("object_store_usable", "1 when the object store could be used a moment ago")
    differences = gauge("stream_differences", "Differences between log and stream when they were last compared")
    compared = gauge("stream_compared_timestamp_seconds", "When log and stream were last compared")
    for each in await asyncio.gather(*(readiness(runtime) for runtime in runtimes)):
        ready.labels(each.service).set(each.ready)
        leading.labels(each.service).set(each.leading)
        position.labels(each.service).set(each.log_position)
        published.labels(each.service).set(each.published_position)
        unpublished.labels(each.service).set(each.unpublished_seconds)
        dead.labels(each.service).set(each.dead_letters)
        overdue.labels(each.service).set(each.deadlines_overdue)
        if each.objects is not None:
            objects.labels(each.service).set(each.objects)
        if each.stream_differences is not None and each.stream_compared_at:
            differences.labels(each.service).set(each.stream_differences)
            compared.labels(each.service).set(each.stream_compared_at.timestamp())
        for consumer in each.consumers:
            lag.labels(each.service, consumer.name, consumer.source).set(consumer.lag)
    return generate_latest(registry)
