"""Readiness and metrics: what an operator must know without reading logs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog
from nats.errors import Error as NatsError
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from shared.deadlines.book import DeadlineBook
from shared.messaging.streams import last_position
from shared.readmodels.happened import OWN_LOG
from shared.runtime.service import Runtime

log = structlog.get_logger(__name__)
LOOK_SECONDS = 3.0


class Consumer(BaseModel):
    """A read model or reaction: `lag` in positions of its source (ids have holes, so it is an upper bound of events)."""

    name: str
    source: str
    position: int
    lag: int


class Readiness(BaseModel):
    """What a service can say of itself. `leading`: this replica relays, projects and reacts."""

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
    found.ready = found.database and found.bus and not found.errors
    return found


async def _look_at_database(runtime: Runtime, found: Readiness) -> None:
    async with runtime.database.transaction() as session:
        found.log_position = int(
            (await session.execute(text("SELECT coalesce(max(notification_id), 0) FROM stored_events"))).scalar_one()
        )
        rows = await session.execute(
            text("SELECT name, source, position FROM platform.positions ORDER BY name, source")
        )
        live = {model.schema for model in runtime.reads.models} | {
            f"{runtime.service.name}-{reaction.name}" for reaction in runtime.service.reactions
        }
        found.consumers = [
            Consumer(name=r.name, source=r.source, position=r.position, lag=0) for r in rows if r.name in live
        ]
        found.dead_letters = int(
            (await session.execute(text("SELECT count(*) FROM platform.dead_letters"))).scalar_one()
        )
        book = next((m for m in runtime.reads.models if isinstance(m, DeadlineBook)), None)
        if book:
            counted = await session.execute(
                text(f'SELECT count(*), count(*) FILTER (WHERE due_at <= :now) FROM "{book.schema}".deadlines'),  # noqa: S608
                {"now": runtime.clock.now()},
            )
            found.deadlines_open, found.deadlines_overdue = (int(n) for n in counted.one())
    found.database = True


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
    leading = gauge("leading", "1 in the replica that relays, projects and reacts")
    position = gauge("log_position", "Position of the last stored event")
    published = gauge("published_position", "Position of the last published event")
    unpublished = gauge("unpublished_age_seconds", "Age of the oldest event that is not yet published")
    lag = gauge("consumer_lag", "Positions between a consumer and the end of its source", "consumer", "source")
    dead = gauge("dead_letters", "Events set aside")
    overdue = gauge("deadlines_overdue", "Deadlines whose moment has passed and that are not yet settled")
    for each in await asyncio.gather(*(readiness(runtime) for runtime in runtimes)):
        ready.labels(each.service).set(each.ready)
        leading.labels(each.service).set(each.leading)
        position.labels(each.service).set(each.log_position)
        published.labels(each.service).set(each.published_position)
        unpublished.labels(each.service).set(each.unpublished_seconds)
        dead.labels(each.service).set(each.dead_letters)
        overdue.labels(each.service).set(each.deadlines_overdue)
        for consumer in each.consumers:
            lag.labels(each.service, consumer.name, consumer.source).set(consumer.lag)
    return generate_latest(registry)
