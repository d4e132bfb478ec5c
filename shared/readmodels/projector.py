"""Feeds one read model from one source: a batch and its position in one transaction."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from shared.database.sessions import Database
from shared.readmodels.happened import Happened, Heard
from shared.readmodels.model import ReadModel, Writer
from shared.readmodels.positions import Positions
from shared.readmodels.taking import Taking

Feed = Callable[[int, int], AsyncGenerator[Sequence[Heard], None]]


class Projector(Taking):
    """Runs in the one leading replica; compare-and-set keeps a second one, should there be one, from doing harm."""

    def __init__(self, model: ReadModel, source: str, feed: Feed, database: Database, positions: Positions) -> None:
        super().__init__(model.schema, source, database, positions)
        self.model = model
        self._feed = feed

    async def run(self) -> None:
        """Follows the source until cancelled; raises on errors that a restart from the stored position may mend."""
        position, stream_sequence = await self.begin()
        async with aclosing(self._feed(position, stream_sequence)) as batches:
            async for batch in batches:
                await self.take(batch)

    async def write(self, good: Sequence[Happened], waiting: Sequence[Heard], old: int, last: Heard) -> None:
        """Applies the events, sets the waiting ones aside and moves the position, all or nothing."""
        async with self.database.transaction([self.model.schema, "platform", "public"]) as session:
            await self.positions.move(session, self.name, self.source, old, last)
            for each in waiting:
                await self.dead_letters.wait_behind(session, each)
            await self.model.apply(good, Writer(session))
