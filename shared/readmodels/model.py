"""What a read model is: a name, a version, tables, and how a batch of events changes them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final, Generic, TypeVar

import orjson
from sqlalchemy import Table, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from shared.readmodels.happened import OWN_LOG, Happened

Row = TypeVar("Row", bound=SQLModel)
# Of a column that the fold leaves alone: not compared between builds, and taken along when another build goes live.
OPERATIONAL: Final[dict[str, bool]] = {"operational": True}


def table_of(model: type[SQLModel]) -> Table:
    """The SQLAlchemy table behind a SQLModel class."""
    return model.__table__  # type: ignore[attr-defined, no-any-return]


def empty_list() -> list[Any]:
    """A row's default. pydantic looks at the signature of a default's factory each time, and that of `list` costs 0.1 ms."""
    return []


def empty_dict() -> dict[str, Any]:
    """A row's default, as `empty_list`."""
    return {}


class Writer:
    """Set-based changes to a read model's tables, inside the transaction that also moves its position."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def load(self, model: type[Row], keys: Iterable[Any]) -> dict[Any, Row]:
        """The rows with these keys (tables with one primary key column), by key."""
        table = table_of(model)
        (key,) = table.primary_key.columns
        wanted = list(set(keys))
        found = await self.session.execute(select(table).where(key.in_(wanted)))
        return {row[key.name]: model(**row) for row in found.mappings()}

    async def upsert(self, model: type[SQLModel], rows: Sequence[SQLModel]) -> None:
        """Inserts or replaces whole rows, in one statement."""
        names = [column.name for column in table_of(model).columns]
        plain = [{name: getattr(row, name) for name in names} for row in rows]
        await self._write(model, plain, "{0} = excluded.{0}")

    async def add(self, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
        """Adds the numbers of `rows` to those that stand under the same key, in one statement."""
        await self._write(model, rows, "{0} = {1}.{0} + excluded.{0}")

    async def delete(self, model: type[SQLModel], keys: Iterable[Any]) -> None:
        """Deletes the rows with these keys (tables with one primary key column)."""
        table = table_of(model)
        (key,) = table.primary_key.columns
        await self.session.execute(table.delete().where(key.in_(list(keys))))

    async def _write(self, model: type[SQLModel], rows: Sequence[Mapping[str, Any]], change: str) -> None:
        if not rows:
            return
        table = table_of(model)
        names = ", ".join(f'"{c.name}"' for c in table.columns)
        keys = ", ".join(f'"{c.name}"' for c in table.primary_key.columns)
        changes = ", ".join(change.format(f'"{c.name}"', table.name) for c in table.columns if not c.primary_key)
        # One parameter whatever the table, one statement whatever the number of rows.
        statement = text(
            f"INSERT INTO {table.name} ({names}) SELECT {names} FROM jsonb_populate_recordset"  # noqa: S608
            f"(NULL::{table.name}, CAST(:rows AS jsonb)) ON CONFLICT ({keys}) DO "
            + (f"UPDATE SET {changes}" if changes else "NOTHING")
        ).bindparams(bindparam("rows"))
        # NUL cannot stand in PostgreSQL's text: it is dropped here rather than holding a whole batch back.
        content = orjson.dumps([dict(row) for row in rows]).decode().replace("\\u0000", "")
        await self.session.execute(statement, {"rows": content})


class ReadModel(ABC):
    """A fold over events into SQLModel tables, in a schema named by its version.

    `sources` are the streams of other services it hears, or the own log. Raise `version` when tables or fold change: the
    new version is built beside the old one. Table names are unique in the whole platform. Columns that somebody else
    than the fold writes are declared `Column(..., info=OPERATIONAL)`.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    sources: ClassVar[tuple[str, ...]] = (OWN_LOG,)
    tables: ClassVar[tuple[type[SQLModel], ...]]

    @property
    def schema(self) -> str:
        """The PostgreSQL schema of this version's first build, e.g. `tickets_v3`."""
        return self.schema_of(1)

    def schema_of(self, build: int) -> str:
        """The PostgreSQL schema of a build of this version: `tickets_v3`, `tickets_v3_b2`, ..."""
        return f"{self.name}_v{self.version}" + (f"_b{build}" if build > 1 else "")

    @abstractmethod
    async def apply(self, events: Sequence[Happened], writer: Writer) -> None:
        """Changes the tables by events in their order; called once for each event in effect."""


class RowModel(ReadModel, Generic[Row]):
    """A read model of one row for each key: `evolve(row, event) -> row`, as pure as an aggregate's."""

    table: type[Row]

    @abstractmethod
    def key(self, happened: Happened) -> str | None:
        """The key of the row that the event changes; None when it changes none."""

    @abstractmethod
    def evolve(self, row: Row | None, happened: Happened) -> Row | None:
        """The row after the event; None leaves the table without it."""

    async def apply(self, events: Sequence[Happened], writer: Writer) -> None:
        """Loads the rows concerned, folds in memory, writes each once."""
        keyed = [(key, event) for event in events if (key := self.key(event)) is not None]
        if not keyed:
            return
        rows: dict[str, Row | None] = dict(await writer.load(self.table, [key for key, _ in keyed]))
        known = set(rows)
        for key, event in keyed:
            rows[key] = self.evolve(rows.get(key), event)
        await writer.upsert(self.table, [row for row in rows.values() if row is not None])
        gone = [key for key, row in rows.items() if row is None and key in known]
        if gone:
            await writer.delete(self.table, gone)
