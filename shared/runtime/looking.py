"""What there is of a service's read models, for an operator who looks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import text

from shared.readmodels.claims import claims
from shared.readmodels.projections import Build, Projections
from shared.runtime.filling import events_between
from shared.runtime.host import all_read_models, ends_of
from shared.runtime.service import Runtime

RATE_SECONDS: Final = 1.0
LAST_OPERATIONS: Final = 5


@dataclass
class Seen:
    """One build: whether this release reads it, whether anybody feeds it, where it stands and what lacks, in events.

    `rate` is in positions a second, looked at for a second; None where it was not.
    """

    build: Build
    this_release: bool
    fed: bool
    rows: Mapping[str, int]
    positions: Mapping[str, int]
    lag: Mapping[str, int] | None
    rate: float | None = None
    dead_letters: int = 0
    operations: Sequence[Mapping[str, Any]] = field(default_factory=list)


async def builds_of(runtime: Runtime, name: str | None = None, *, watched: bool = False) -> list[Seen]:
    """The builds of a service's read models, or of one; `watched` looks at the rate and at what operators did last."""
    models = {(model.name, model.version): model for model in all_read_models(runtime.service)}
    projections = Projections(runtime.database)
    builds = await projections.all(name)
    ends = await ends_of(runtime.database, runtime.bus, list(models.values())) if builds else {}
    operations = await _operations(runtime, name) if watched and name else []
    before = await _moved(runtime) if watched else {}
    if watched:
        await asyncio.sleep(RATE_SECONDS)
    after = await _moved(runtime) if watched else {}
    found = []
    async with claims(runtime.settings.database_of(runtime.service.name)) as claimed:
        for build in builds:
            at = await projections.positions(build.schema)
            known = (build.name, build.version) in models
            lag = (
                {source: await events_between(runtime, source, *place, ends[source]) for source, place in at.items()}
                if known and not build.partial
                else None
            )
            found.append(
                Seen(
                    build,
                    known,
                    await claimed.taken(build.schema),
                    await _rows(runtime, build.schema),
                    {source: position for source, (position, _) in at.items()},
                    lag,
                    (after.get(build.schema, 0) - before.get(build.schema, 0)) / RATE_SECONDS if watched else None,
                    await _dead_letters(runtime, build.schema),
                    operations,
                )
            )
    return found


async def _moved(runtime: Runtime) -> dict[str, int]:
    async with runtime.database.transaction() as session:
        rows = await session.execute(text("SELECT name, sum(position) AS sum FROM platform.positions GROUP BY name"))
        return {row.name: int(row.sum) for row in rows}


async def _rows(runtime: Runtime, schema: str) -> dict[str, int]:
    """Also of versions whose tables this release does not know."""
    async with runtime.database.transaction() as session:
        names = await session.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname = :schema ORDER BY 1"), {"schema": schema}
        )
        counted = {}
        for name in names.scalars().all():
            found = await session.execute(text(f'SELECT count(*) FROM "{schema}"."{name}"'))  # noqa: S608
            counted[name] = int(found.scalar_one())
        return counted


async def _dead_letters(runtime: Runtime, schema: str) -> int:
    async with runtime.database.transaction() as session:
        found = await session.execute(
            text("SELECT count(*) FROM platform.dead_letters WHERE name = :name"), {"name": schema}
        )
        return int(found.scalar_one())


async def _operations(runtime: Runtime, name: str) -> list[dict[str, Any]]:
    async with runtime.database.transaction() as session:
        rows = await session.execute(
            text(
                "SELECT id, what, who, why, arguments, began_at, ended_at, outcome, details FROM platform.operations"
                " WHERE what LIKE 'projection %' AND arguments->>'model' = :name ORDER BY id DESC LIMIT :most"
            ),
            {"name": name, "most": LAST_OPERATIONS},
        )
        return [dict(row) for row in rows.mappings()]
