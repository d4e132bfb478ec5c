"""Rebuilding a service's stream by an operator's command: recorded, one at a time, and safe to run again when killed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlalchemy import text

from shared.database.sessions import Database
from shared.messaging.rebuilding import Plan, Rebuilt, plan_of, rebuild
from shared.runtime.operations import DONE, recorded_operation
from shared.runtime.reconciling import source_of
from shared.runtime.service import Runtime

REBUILD = "stream rebuild"
REBUILD_LOCK = 0x73747265  # "stre"


class RebuildUnderWayError(Exception):
    """Another command rebuilds the stream of this service now."""


async def planned(runtime: Runtime) -> Plan:
    """What must come back, with what rebuilds that were killed had noted. Raises nats-py's `Error`s."""
    plan = await plan_of(runtime.bus, runtime.service.name)
    return plan.after_unfinished(await _unfinished(runtime.database))


async def recorded_rebuild(
    runtime: Runtime, why: str, progress: Callable[[int, int], None] = lambda _position, _end: None
) -> Rebuilt:
    """Rebuilds the stream; the plan is in the record before anything is deleted.

    Raises `RebuildUnderWayError`, and as `rebuild`.
    """
    async with _alone(runtime), source_of(runtime) as source:
        plan = await planned(runtime)
        async with recorded_operation(runtime.database, REBUILD, why, {"plan": plan.as_json()}) as run:
            replicas = runtime.settings.stream_replicas
            rebuilt = await rebuild(runtime.bus, source, plan, replicas=replicas, progress=progress)
            run.details |= {
                "log_end": rebuilt.log_end,
                "seconds": round(rebuilt.seconds, 3),
                "consumers": rebuilt.consumers,
            }
    return rebuilt


async def _unfinished(database: Database) -> list[Plan]:
    """The plans of the rebuilds since the last one that came to its end, oldest first."""
    async with database.transaction() as session:
        found = await session.execute(
            text(
                "SELECT arguments -> 'plan' AS plan FROM platform.operations WHERE what = :what AND outcome <> :done"
                " AND id > coalesce((SELECT max(id) FROM platform.operations WHERE what = :what AND outcome = :done), 0)"
                " ORDER BY id"
            ),
            {"what": REBUILD, "done": DONE},
        )
        return [Plan.from_json(row.plan) for row in found]


@asynccontextmanager
async def _alone(runtime: Runtime) -> AsyncIterator[None]:
    """Holds the lock of rebuilds; it goes with the session, so also when the command is killed."""
    async with runtime.database.engine.connect() as connection:
        session = await connection.execution_options(isolation_level="AUTOCOMMIT")
        found = await session.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": REBUILD_LOCK})
        if not found.scalar_one():
            raise RebuildUnderWayError(runtime.service.name)
        try:
            yield
        finally:
            await session.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": REBUILD_LOCK})
