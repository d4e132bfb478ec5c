"""Which services there are, and what must exist before they run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from importlib.metadata import entry_points

import structlog
from nats.aio.client import Client
from sqlalchemy import text

from shared.database.sessions import Database, create_database
from shared.deadlines.book import DeadlineBook
from shared.messaging.bus import connect
from shared.messaging.inbox import declare_inbox
from shared.messaging.streams import declare_stream, last_position
from shared.readmodels.happened import OWN_LOG
from shared.readmodels.model import ReadModel
from shared.readmodels.projections import create_read_models
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from shared.runtime.tables import create_tables

log = structlog.get_logger(__name__)


def service_names() -> list[str]:
    """The services that are installed (entry points `chengce.services`)."""
    return sorted(point.name for point in entry_points(group="chengce.services"))


def service_modules() -> list[str]:
    """The modules that wire the installed services."""
    return sorted(point.module for point in entry_points(group="chengce.services"))


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
    bus = await connect(settings.require_nats(), f"prepare-{service.name}")
    try:
        for each in sorted({service.name} | heard_by(service)):
            await declare_stream(bus, each, replicas=settings.stream_replicas)
        if service.inbox:
            await declare_inbox(bus, service.name, service.inbox, replicas=settings.stream_replicas)
        models = all_read_models(service)
        await create_read_models(database, models, await ends_of(database, bus, models))
    finally:
        await bus.close()
        await database.close()


async def ends_of(database: Database, bus: Client, models: Sequence[ReadModel]) -> dict[str, int]:
    """Where each source of these read models ends now, as a log position. Raises nats-py's `Error`s."""
    sources = {source for model in models for source in model.sources}
    ends = {source: (await last_position(bus, source)).position for source in sources - {OWN_LOG}}
    if OWN_LOG in sources:
        async with database.transaction() as session:
            found = await session.execute(text("SELECT coalesce(max(notification_id), 0) FROM stored_events"))
            ends[OWN_LOG] = int(found.scalar_one())
    return ends


def all_read_models(service: Service) -> list[ReadModel]:
    """The service's read models, its deadlines among them."""
    book = [DeadlineBook(service.deadlines.of)] if service.deadlines else []
    return [*service.read_models, *book]


def heard_by(service: Service) -> set[str]:
    """The services whose streams this one follows."""
    models = {source for model in service.read_models for source in model.sources}
    return (models | {source for reaction in service.reactions for source in reaction.sources}) - {OWN_LOG}
