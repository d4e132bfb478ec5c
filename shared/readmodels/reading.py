"""Reading from read models, and waiting until they show what was just done."""

from __future__ import annotations

import asyncio
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

Row = TypeVar("Row", bound=SQLModel)


class Reads:
    """The live read models of one service."""

    def __init__(self, service: str, models: Sequence[ReadModel], database: Database, positions: Positions) -> None:
        self.service = service
        self.models = models
        self._database = database
        self._positions = positions

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A transaction that sees the live version of every read model of the service."""
        async with self._database.transaction([*(m.schema for m in self.models), "platform", "public"]) as session:
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
        """Waits until every read model that hears one of these services stands at its position; False in vain."""
        waits = [
            self._positions.wait_for(model.schema, source, wanted[service], seconds)
            for model in self.models
            for source, service in self._heard_by(model)
            if service in wanted
        ]
        return all(await asyncio.gather(*waits))

    def _heard_by(self, model: ReadModel) -> Iterable[tuple[str, str]]:
        return ((source, self.service if source == OWN_LOG else source) for source in model.sources)


async def create_read_models(database: Database, models: Sequence[ReadModel], positions: Positions) -> None:
    """Creates schema, tables and position rows of each read model's version; what exists stays."""
    for model in models:
        async with database.transaction() as session:
            await session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": model.schema})
            await session.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{model.schema}"'))
            await session.execute(text("SELECT set_config('search_path', :path, true)"), {"path": f'"{model.schema}"'})
            connection = await session.connection()
            for table in model.tables:
                await connection.run_sync(table_of(table).create, checkfirst=True)
        for source in model.sources:
            await positions.register(model.schema, source)
