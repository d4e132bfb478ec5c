"""Which builds of each read model there are, and which of them is read: switching is one UPDATE, seen by all at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, LiteralString

import orjson
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.sessions import Database
from shared.readmodels.model import ReadModel, table_of

BUILDING, LIVE, RETIRED = "building", "live", "retired"

DDL: LiteralString = """
CREATE TABLE IF NOT EXISTS platform.projections (
    schema text PRIMARY KEY, name text NOT NULL, version int NOT NULL, build int NOT NULL,
    status text NOT NULL CHECK (status IN ('building', 'live', 'retired')),
    by_service boolean NOT NULL, paused boolean NOT NULL DEFAULT false, bounds jsonb,
    created_at timestamptz NOT NULL DEFAULT now(), changed_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (name, version, build));
CREATE UNIQUE INDEX IF NOT EXISTS projections_live ON platform.projections (name, version) WHERE status = 'live';
"""
_COLUMNS: Final = "name, version, build, schema, status, by_service, paused, bounds, created_at, changed_at"
# Array parameters, so that the statement is the same whatever the number of models.
_OWN: Final = "(name, version) IN (SELECT * FROM unnest(CAST(:names AS text[]), CAST(:versions AS int[])))"
_LOOK_AT_LIVE: Final = (
    "SELECT set_config('search_path', concat_ws(', ', string_agg(quote_ident(schema), ', '), 'platform', 'public'), true),"  # noqa: S608
    f" array_agg(name) AS names, array_agg(schema) AS schemas FROM platform.projections WHERE status = 'live' AND {_OWN}"
)
_UNDEFINED_TABLE = "42P01"


class ReadModelBuildingError(Exception):
    """A read model of this release has no live build yet: it is being filled. Answered with 503 and Retry-After."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(f"no live build of {', '.join(names)} yet")
        self.names = tuple(names)


class ProjectionRefusedError(ValueError):
    """What an operator asked for cannot be done with this build; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Build:
    """One build of one version of a read model, in a schema of its own.

    `by_service`: filled by the running service because its version is new, and live as soon as it has caught up; other
    builds are filled by an operator's command. `bounds`: only events within them are folded, so it is never live.
    """

    name: str
    version: int
    build: int
    schema: str
    status: str
    by_service: bool
    paused: bool
    bounds: Mapping[str, Any] | None
    created_at: datetime
    changed_at: datetime

    @property
    def partial(self) -> bool:
        return self.bounds is not None


@asynccontextmanager
async def live_session(
    database: Database, models: Sequence[ReadModel], seen: dict[str, str] | None = None
) -> AsyncIterator[AsyncSession]:
    """A transaction in which unqualified tables are those of the live builds of these models.

    `seen` is told which schema each model has. Raises `ReadModelBuildingError` when a table is read whose model has no
    live build.
    """
    async with database.transaction() as session:
        found = (await session.execute(text(_LOOK_AT_LIVE), _these(models))).one()
        live = dict(zip(found.names or (), found.schemas or (), strict=True))
        if seen is not None:
            seen.update(live)
        try:
            yield session
        except ProgrammingError as error:
            missing = [model.name for model in models if model.name not in live]
            if missing and getattr(error.orig, "sqlstate", None) == _UNDEFINED_TABLE:
                raise ReadModelBuildingError(missing) from error
            raise


class Projections:
    """The builds that a service's database knows."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def all(self, name: str | None = None) -> list[Build]:
        """All builds, or those of one read model in all its versions, oldest first."""
        where, params = ("WHERE name = :name", {"name": name}) if name else ("", {})
        return await self._builds(f"{where} ORDER BY name, version, build", params)

    async def of(self, models: Sequence[ReadModel]) -> list[Build]:
        """The builds of this release's versions."""
        return await self._builds(f"WHERE {_OWN} ORDER BY name, build", _these(models))

    async def live(self, model: ReadModel) -> Build | None:
        """The build that is read."""
        found = await self._builds(f"WHERE {_OWN} AND status = 'live'", _these([model]))
        return found[0] if found else None

    async def at(self, schema: str) -> Build | None:
        """The build in this schema."""
        found = await self._builds("WHERE schema = :schema", {"schema": schema})
        return found[0] if found else None

    async def first(self, model: ReadModel) -> Build:
        """The build that stands for this version so far; its first one is made where there is none, for the service."""
        async with self.database.transaction() as session:
            if not await self._last(session, model):
                await self._make(session, model, 1, by_service=True, bounds=None)
        found = await self.of([model])
        return next((build for build in found if build.status == LIVE), found[0])

    async def add(self, model: ReadModel, bounds: Mapping[str, Any] | None = None) -> Build:
        """Makes the next build of this version, for an operator's command to fill."""
        async with self.database.transaction() as session:
            number = await self._last(session, model) + 1
            await self._make(session, model, number, by_service=False, bounds=bounds)
        (build,) = (each for each in await self.of([model]) if each.build == number)
        return build

    async def _last(self, session: AsyncSession, model: ReadModel) -> int:
        """The number of the newest build; nobody else makes one until the transaction ends."""
        await session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": model.schema})
        found = await session.execute(
            text("SELECT max(build) FROM platform.projections WHERE name = :name AND version = :version"),
            {"name": model.name, "version": model.version},
        )
        return int(found.scalar_one() or 0)

    async def _make(
        self,
        session: AsyncSession,
        model: ReadModel,
        number: int,
        *,
        by_service: bool,
        bounds: Mapping[str, Any] | None,
    ) -> None:
        schema = model.schema_of(number)
        await session.execute(
            text(
                "INSERT INTO platform.projections (schema, name, version, build, status, by_service, bounds)"
                " VALUES (:schema, :name, :version, :build, 'building', :by_service, CAST(:bounds AS jsonb))"
            ),
            {
                "schema": schema,
                "name": model.name,
                "version": model.version,
                "build": number,
                "by_service": by_service,
                "bounds": None if bounds is None else orjson.dumps(dict(bounds), default=str).decode(),
            },
        )
        await _create(session, model, schema)

    async def begin_serving(self, build: Build) -> bool:
        """Makes the first build of a version live; False when there is a live one."""
        async with self.database.transaction() as session:
            done = await session.execute(
                text(
                    "UPDATE platform.projections AS this SET status = 'live', changed_at = now()"
                    " WHERE schema = :schema AND status = 'building' AND bounds IS NULL AND NOT EXISTS"
                    " (SELECT FROM platform.projections AS p WHERE p.name = this.name AND p.version = this.version"
                    " AND p.status = 'live')"
                ),
                {"schema": build.schema},
            )
            return bool(done.rowcount)  # type: ignore[attr-defined]

    async def pause(self, build: Build, paused: bool) -> None:
        """Says whether services are to feed a build."""
        async with self.database.transaction() as session:
            await session.execute(
                text("UPDATE platform.projections SET paused = :paused, changed_at = now() WHERE schema = :schema"),
                {"schema": build.schema, "paused": paused},
            )

    async def positions(self, schema: str) -> dict[str, tuple[int, int]]:
        """Position and stream sequence of a build in each of its sources."""
        async with self.database.transaction() as session:
            rows = await session.execute(
                text("SELECT source, position, stream_sequence FROM platform.positions WHERE name = :schema"),
                {"schema": schema},
            )
            return {row.source: (row.position, row.stream_sequence) for row in rows}

    async def _builds(self, where: str, params: Mapping[str, Any]) -> list[Build]:
        async with self.database.transaction() as session:
            rows = await session.execute(text(f"SELECT {_COLUMNS} FROM platform.projections {where}"), params)  # noqa: S608
            return [Build(**row) for row in rows.mappings()]


async def live_positions(
    database: Database, models: Sequence[ReadModel], seen: dict[str, str] | None = None
) -> dict[tuple[str, str], int]:
    """Where the live build of each of these models stands, by model name and source."""
    async with database.transaction() as session:
        rows = await session.execute(
            text(
                "SELECT p.name, p.schema, s.source, s.position FROM platform.projections AS p"  # noqa: S608
                " JOIN platform.positions AS s ON s.name = p.schema WHERE p.status = 'live'"
                f" AND p.schema IN (SELECT schema FROM platform.projections WHERE {_OWN})"
            ),
            _these(models),
        )
        found = {}
        for row in rows:
            found[(row.name, row.source)] = row.position
            if seen is not None:
                seen[row.name] = row.schema
        return found


async def create_read_models(
    database: Database, models: Sequence[ReadModel], ends: Mapping[str, int] | None = None
) -> None:
    """Creates the first build of each read model's version; what exists stays.

    `ends` is where each source ends now. A build that stands there is live at once, so that an empty platform starts
    without a pause; any other is live when the running service has filled it. Without `ends` all are live at once.
    """
    projections = Projections(database)
    for model in models:
        build = await projections.first(model)
        if build.status == BUILDING and caught_up(await projections.positions(build.schema), ends or {}):
            await projections.begin_serving(build)


def caught_up(positions: Mapping[str, tuple[int, int]], ends: Mapping[str, int]) -> bool:
    """Whether a build stands at these ends of its sources or beyond; a source without an end has nothing yet."""
    return all(position >= ends.get(source, 0) for source, (position, _) in positions.items())


async def _create(session: AsyncSession, model: ReadModel, schema: str) -> None:
    """Schema, tables and position rows; a database from before there were builds has them already."""
    await session.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
    await session.execute(text("SELECT set_config('search_path', :path, true)"), {"path": f'"{schema}"'})
    connection = await session.connection()
    for table in model.tables:
        await connection.run_sync(table_of(table).create, checkfirst=True)
    await session.execute(
        text(
            "INSERT INTO platform.positions (name, source) SELECT :name, unnest(CAST(:sources AS text[]))"
            " ON CONFLICT DO NOTHING"
        ),
        {"name": schema, "sources": list(model.sources)},
    )


def _these(models: Sequence[ReadModel]) -> dict[str, Any]:
    return {"names": [model.name for model in models], "versions": [model.version for model in models]}
