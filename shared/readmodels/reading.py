"""Reading from read models, and waiting until they show what was just done."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel
from sqlmodel.sql.expression import SelectOfScalar

from shared.database.sessions import Database
from shared.readmodels.happened import OWN_LOG
from shared.readmodels.model import ReadModel, table_of
from shared.readmodels.positions import Positions
from shared.readmodels.projections import create_read_models, live_positions, live_session

__all__ = ["Reads", "create_read_models"]
Row = TypeVar("Row", bound=SQLModel)


class Reads:
    """The live read models of one service."""

    def __init__(self, service: str, models: Sequence[ReadModel], database: Database, positions: Positions) -> None:
        self.service = service
        self.models = models
        self._database = database
        self._positions = positions
        self._live: dict[str, str] = {}  # the schema last seen live, by model; another one never stands behind it

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A transaction that sees the live build of every read model of the service.

        Raises `ReadModelBuildingError` when a table is read that has none yet.
        """
        async with live_session(self._database, self.models, self._live) as session:
            yield session

    async def all(self, model: type[Row], statement: SelectOfScalar[Row]) -> list[Row]:
        """The rows of `select(Model)...`."""
        async with self.session() as session:
            return [row for (row,) in (await session.execute(statement)).all()]

    async def one(self, model: type[Row], key: str) -> Row | None:
        """The row with this primary key, or None."""
        async with self.session() as session:
            return await session.get(model, key)

    async def count(self, model: type[SQLModel]) -> int:
        """How many rows the table has."""
        async with self.session() as session:
            found = await session.execute(text(f"SELECT count(*) FROM {table_of(model).name}"))  # noqa: S608
            return int(found.scalar_one())

    async def caught_up(self, wanted: Mapping[str, int], seconds: float = 5.0) -> bool:
        """Waits until every live read model that hears one of these services stands at its position; False in vain.

        A model without a live build is passed over: who reads it is told so.
        """
        waits = [
            (model, source, wanted[service])
            for model in self.models
            for source, service in self._heard_by(model)
            if service in wanted
        ]

        async def reached() -> bool:
            # A build goes live only where the one before it stands, so what was known of that one holds.
            if all(self._positions.known(self._live.get(m.name, ""), source) >= place for m, source, place in waits):
                return True
            now = await live_positions(self._database, [model for model, _, _ in waits], self._live)
            return all(now.get((model.name, source), place) >= place for model, source, place in waits)

        return await self._positions.wait_until(reached, seconds)

    def _heard_by(self, model: ReadModel) -> Iterable[tuple[str, str]]:
        return ((source, self.service if source == OWN_LOG else source) for source in model.sources)
