"""Feeding the read models of a service: follows which builds are live, in every replica, each build fed by one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import psycopg
import structlog
from nats.errors import Error as NatsError
from sqlalchemy.exc import SQLAlchemyError

from shared.readmodels.claims import Claims, claims
from shared.readmodels.happened import OWN_LOG
from shared.readmodels.model import ReadModel
from shared.readmodels.projections import BUILDING, LIVE, Build, Projections, caught_up
from shared.readmodels.projector import Feed, Projector
from shared.runtime.duties import Duty, ended
from shared.runtime.following import stream_feed
from shared.runtime.host import all_read_models, ends_of
from shared.runtime.service import Runtime

log = structlog.get_logger(__name__)
LOOK_SECONDS = 0.5


class Projecting:
    """Feeds the live builds of this release's versions, and fills the first build of a version that is new.

    Each build is claimed by one replica; a replica of another release claims its own versions. So a new release fills
    its read models while the old one still leads and is read.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._models = {(model.name, model.version): model for model in all_read_models(runtime.service)}
        self._projections = Projections(runtime.database)
        self._working: dict[str, list[asyncio.Task[None]]] = {}
        self._ends: Mapping[str, int] | None = None

    @property
    def fed(self) -> set[str]:
        """The schemas of the builds that this replica feeds now."""
        return set(self._working)

    async def run(self) -> None:
        """Until cancelled. Raises when the database is away; then nothing is fed."""
        settings = self._runtime.settings
        try:
            # A replica that is stopped or cut off loses its claims, so that another one may feed.
            async with claims(settings.database_of(self._runtime.service.name), settings.takeover_seconds) as held:
                while True:
                    await self._look(held)
                    await asyncio.sleep(LOOK_SECONDS)
        except psycopg.Error as error:  # as the pool's own errors: around the work, not in it
            raise ConnectionError(f"the session of the claims is gone: {error}") from error
        finally:
            for schema in list(self._working):
                await self._stop(schema)

    async def _look(self, held: Claims) -> None:
        wanted = {
            build.schema: build for build in await self._projections.of(list(self._models.values())) if _ours(build)
        }
        for schema in self.fed - set(wanted):
            await self._stop(schema)
            await held.release(schema)
        for schema, build in wanted.items():
            if await held.claim(schema) and schema not in self._working:
                self._start(build)
        await held.alive()
        await self._serve_what_is_filled([b for b in wanted.values() if b.status == BUILDING and b.schema in self.fed])

    def _start(self, build: Build) -> None:
        model, runtime = self._models[(build.name, build.version)], self._runtime
        log.info("feeding", service=runtime.service.name, build=build.schema, status=build.status)
        self._working[build.schema] = [
            asyncio.create_task(duty.run(), name=duty.name)
            for source in model.sources
            for duty in [_duty(runtime, model, build, source)]
        ]

    async def _stop(self, schema: str) -> None:
        await ended(self._working.pop(schema))
        log.info("feeding_stopped", service=self._runtime.service.name, build=schema)

    async def _serve_what_is_filled(self, filling: list[Build]) -> None:
        """A build that has reached where its sources ended at the last look is live: all it lacks is what is new."""
        if not filling:
            self._ends = None
            return
        models = [self._models[(build.name, build.version)] for build in filling]
        try:
            for build in filling:
                if self._ends is None:
                    break
                positions = await self._projections.positions(build.schema)
                if caught_up(positions, self._ends) and await self._projections.begin_serving(build):
                    log.info("read_model_live", service=self._runtime.service.name, build=build.schema)
            self._ends = await ends_of(self._runtime.database, self._runtime.bus, models)
        except (NatsError, SQLAlchemyError, OSError) as error:
            log.warning("ends_unknown", service=self._runtime.service.name, error=repr(error))


def _ours(build: Build) -> bool:
    return not build.paused and (build.status == LIVE or (build.status == BUILDING and build.by_service))


def _duty(runtime: Runtime, model: ReadModel, build: Build, source: str) -> Duty:
    feed = feed_of(runtime, source)
    projector = Projector(model, source, feed, runtime.database, runtime.positions, build.schema)
    return Duty(f"{runtime.service.name}: project {build.schema} <- {source}", projector.run)


def feed_of(runtime: Runtime, source: str) -> Feed:
    """What happens in a source, for ever."""
    return runtime.tail.follow if source == OWN_LOG else stream_feed(runtime.bus, source)
