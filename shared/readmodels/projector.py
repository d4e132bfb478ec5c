"""Feeds one build of a read model from one source: a batch and its position in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.sessions import Database
from shared.eventstore.recorder import PositionMovedError
from shared.readmodels.happened import Happened, Heard
from shared.readmodels.model import ReadModel, Writer
from shared.readmodels.positions import Positions
from shared.readmodels.projections import RETIRED
from shared.readmodels.taking import Taking

log = structlog.get_logger(__name__)
Feed = Callable[[int, int], AsyncGenerator[Sequence[Heard], None]]
ANOTHER_WRITER_SECONDS = 0.1


class BuildRetiredError(PositionMovedError):
    """Another build is live: this one stays where it stood at that moment, so that no reader is led back."""


class Projector(Taking):
    """One runs for each build and source; compare-and-set keeps a second one, should there be one, from doing harm.

    `schema` is that of the build, the version's first one unless said otherwise. `only` chooses the events that a
    partial build folds; its position moves over all of them.
    """

    def __init__(
        self,
        model: ReadModel,
        source: str,
        feed: Feed,
        database: Database,
        positions: Positions,
        schema: str | None = None,
        only: Callable[[Happened], bool] | None = None,
    ) -> None:
        super().__init__(schema or model.schema, source, database, positions)
        self.model = model
        self._feed = feed
        self._only = only

    async def run(self) -> None:
        """Follows the source until cancelled, or until the build is retired.

        Where another writer was faster it goes on from where that one stands; raises on errors that a restart from the
        stored position may mend.
        """
        while True:
            try:
                await self._follow()
            except BuildRetiredError:
                log.info("build_retired", name=self.name, source=self.source, position=self.state.position)
            except PositionMovedError:
                log.info("another_writer", name=self.name, source=self.source, position=self.state.position)
                await asyncio.sleep(ANOTHER_WRITER_SECONDS)
                continue
            return

    async def write(self, good: Sequence[Happened], waiting: Sequence[Heard], old: int, last: Heard) -> None:
        """Applies the events, sets the waiting ones aside and moves the position, all or nothing."""
        async with self.database.transaction() as session:
            await self.positions.move(session, self.name, self.source, old, last)
            await self._enter(session)
            for each in waiting:
                await self.dead_letters.wait_behind(session, each)
            chosen = [each for each in good if self._only(each)] if self._only else good
            await self.model.apply(chosen, Writer(session))

    async def _follow(self) -> None:
        position, stream_sequence = await self.begin()
        async with aclosing(self._feed(position, stream_sequence)) as batches:
            async for batch in batches:
                await self.take(batch)

    async def _enter(self, session: AsyncSession) -> None:
        """Puts the build's tables in sight. Asked under the lock of the position, which a switch holds as well."""
        found = await session.execute(
            text(
                "SELECT set_config('search_path', quote_ident(:schema) || ', platform, public', true),"
                " (SELECT status FROM platform.projections WHERE schema = :schema) AS status"
            ),
            {"schema": self.name},
        )
        if found.one().status == RETIRED:
            raise BuildRetiredError(self.name)
