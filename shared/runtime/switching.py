"""Comparing a build with the live one at the same positions, putting it in its place in one moment, and dropping builds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.answering import connect
from shared.database.sessions import Database
from shared.readmodels.claims import Claims
from shared.readmodels.comparing import Connection, operational_columns
from shared.readmodels.model import ReadModel, table_of
from shared.readmodels.projections import BUILDING, LIVE, RETIRED, Build, ProjectionRefusedError, Projections
from shared.runtime.filling import Filling
from shared.runtime.service import Runtime

log = structlog.get_logger(__name__)
MEET_SECONDS: Final = 30.0
HOLD_SECONDS: Final = 3.0  # for which a live build may be kept from moving
LOOK_SECONDS: Final = 0.05
TAKEOVER_SECONDS: Final = 15.0
QUERY_SECONDS: Final = 3600.0
_HOLD = "SELECT source, position FROM platform.positions WHERE name = :name ORDER BY source FOR UPDATE"
_STATUS = "UPDATE platform.projections SET status = :status, changed_at = clock_timestamp() WHERE schema = :schema"


@asynccontextmanager
async def both_at_one_place(
    runtime: Runtime, live: Build, build: Build, filling: Filling | None, seconds: float = MEET_SECONDS
) -> AsyncIterator[Connection]:
    """A read-only snapshot of the database in which both builds stand at the same positions of the sources they share.

    The live one is held still for a moment, at most `HOLD_SECONDS` at a time; `filling` brings the other one there, or
    None where a service feeds it. Raises `ProjectionRefusedError` when they do not meet.
    """
    connection = await connect(runtime.settings.database_of(runtime.service.name), QUERY_SECONDS, autocommit=True)
    until = time.monotonic() + seconds
    try:
        while not await _meet(runtime.database, connection, live, build, filling):
            if time.monotonic() > until:
                raise ProjectionRefusedError(
                    f"{live.schema} 与 {build.schema} 在 {seconds:g} 秒内没有停在同一位置：{build.schema} 可能超前，而"
                    f" {live.schema} 没有前进。请确认服务在运行且没有暂停（chengce projection status {live.name}），再试一次。"
                )
            await asyncio.sleep(LOOK_SECONDS)
        yield connection
    finally:
        await connection.close()


async def _meet(database: Database, connection: Connection, live: Build, build: Build, filling: Filling | None) -> bool:
    """Whether the connection's transaction has begun with both at the same positions."""
    for still, other in ((live, build), (build, live)):
        try:
            async with asyncio.timeout(HOLD_SECONDS), database.transaction() as holding:
                there = await _held(holding, still)
                if other is build and filling:
                    await filling.up_to(there)
                positions = await _positions(database, other)
                shared = there.keys() & positions.keys()
                while any(positions[source] < there[source] for source in shared):
                    await asyncio.sleep(LOOK_SECONDS)
                    positions = await _positions(database, other)
                if all(positions[source] == there[source] for source in shared):
                    await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    await connection.execute("SELECT 1")  # takes the snapshot, while neither can move
                    return True
        except TimeoutError:
            continue
    return False


async def _held(session: AsyncSession, build: Build) -> dict[str, int]:
    return {row.source: row.position for row in await session.execute(text(_HOLD), {"name": build.schema})}


async def _positions(database: Database, build: Build) -> dict[str, int]:
    return {source: at for source, (at, _) in (await Projections(database).positions(build.schema)).items()}


async def make_building(database: Database, build: Build) -> None:
    """A retired build that is to be read again is filled first, by the operator's command alone."""
    async with database.transaction() as session:
        await session.execute(
            text(
                "UPDATE platform.projections SET status = 'building', by_service = false, changed_at = clock_timestamp()"
                " WHERE schema = :schema AND status = 'retired'"
            ),
            {"schema": build.schema},
        )


async def switch(filling: Filling, claimed: Claims) -> bool:
    """Makes a filled build the live one and feeds it until a service does; False when none did in `TAKEOVER_SECONDS`.

    One transaction, in which the old one is held still and the new one stands where it stands or beyond. So readers see
    either the one or the other, whole, and what they have once seen does not go away. Raises `ProjectionRefusedError`.
    """
    schema = filling.schema
    feeding = asyncio.ensure_future(filling.follow())
    flipping = asyncio.ensure_future(_flip(filling.runtime, filling.model, schema))
    try:
        await asyncio.wait([feeding, flipping], return_when=asyncio.FIRST_COMPLETED)
        if not flipping.done():
            await feeding  # raises why it ended
        await flipping
        await claimed.release(schema)
        return await _taken_over(claimed, schema, feeding)
    finally:
        for task in (flipping, feeding):
            task.cancel()
        await asyncio.gather(flipping, feeding, return_exceptions=True)


async def _flip(runtime: Runtime, model: ReadModel, schema: str) -> None:
    try:
        async with asyncio.timeout(MEET_SECONDS), runtime.database.transaction() as session:
            rows = await session.execute(
                text(
                    "SELECT schema, status FROM platform.projections WHERE name = :name AND version = :version"
                    " ORDER BY build FOR UPDATE"
                ),
                {"name": model.name, "version": model.version},
            )
            status = {row.schema: row.status for row in rows}
            if status.get(schema) != BUILDING:
                raise ProjectionRefusedError(f"{schema} 的状态已变为 {status.get(schema)}，没有切换。")
            live = next((each for each, its in status.items() if its == LIVE), None)
            if live:
                held = await session.execute(text(_HOLD), {"name": live})
                for source, position in [(row.source, row.position) for row in held]:
                    await runtime.positions.wait_for(schema, source, position, MEET_SECONDS)
                # The new one stands still as well, so that no row of it is changed from two sides.
                await session.execute(text(_HOLD), {"name": schema})
                await _take_along(session, model, live, schema)
                await session.execute(text(_STATUS), {"schema": live, "status": RETIRED})
            await session.execute(text(_STATUS), {"schema": schema, "status": LIVE})
    except TimeoutError as error:
        raise ProjectionRefusedError(
            f"{schema} 在 {MEET_SECONDS:g} 秒内没有赶上正在使用的版本，没有切换。请先用 rebuild --resume 追上后再切换。"
        ) from error
    log.info("switched", service=runtime.service.name, build=schema, before=live)


async def _take_along(session: AsyncSession, model: ReadModel, old: str, new: str) -> None:
    """What others than the fold have written into the old build's rows, e.g. which deadlines are in hand."""
    operational = operational_columns(model)
    for table in (table_of(each) for each in model.tables):
        if not (columns := sorted(operational[table.name])):
            continue
        # Whoever writes there waits, and finds afterwards that this build is no longer live. Readers do not wait.
        await session.execute(text(f'LOCK TABLE "{old}"."{table.name}" IN EXCLUSIVE MODE'))
        changes = ", ".join(f'"{c}" = o."{c}"' for c in columns)
        same = " AND ".join(f'n."{c.name}" = o."{c.name}"' for c in table.primary_key.columns)
        differs = " OR ".join(f'n."{c}" IS DISTINCT FROM o."{c}"' for c in columns)
        await session.execute(
            text(
                f'UPDATE "{new}"."{table.name}" AS n SET {changes} FROM "{old}"."{table.name}" AS o'  # noqa: S608
                f" WHERE {same} AND ({differs})"
            )
        )


async def _taken_over(claimed: Claims, schema: str, feeding: asyncio.Future[None]) -> bool:
    until = time.monotonic() + TAKEOVER_SECONDS
    while time.monotonic() < until:
        if await claimed.taken(schema):
            return True
        await asyncio.wait([feeding], timeout=LOOK_SECONDS)
        if feeding.done():
            await feeding
    return False


async def drop(
    database: Database, build: Build, claimed: Claims, *, superseded: bool = False, seconds: float = MEET_SECONDS
) -> None:
    """Removes a build: its tables, positions and dead letters. A live one only when its version is `superseded`.

    Waits for reads that began when it was still live. Raises `ProjectionRefusedError` when it is live, when somebody
    feeds it, or when such a read goes on for longer than `seconds`.
    """
    if not await claimed.claim(build.schema):
        raise ProjectionRefusedError(f"{build.schema} 正由另一个进程写入，没有删除。请等它结束后再试。")
    try:
        if build.status != BUILDING:
            await _older_reads_end(database, build, seconds)
        async with database.transaction() as session:
            found = await session.execute(
                text(
                    "DELETE FROM platform.projections WHERE schema = :schema AND (status <> 'live' OR :superseded)"
                    " RETURNING schema"
                ),
                {"schema": build.schema, "superseded": superseded},
            )
            if found.one_or_none() is None:
                raise ProjectionRefusedError(f"{build.schema} 正在使用或已被删除，没有删除任何内容。")
            # The positions first: whoever still writes there is done, or finds that there is nothing to move.
            for table in ("positions", "dead_letters"):
                await session.execute(text(f"DELETE FROM platform.{table} WHERE name = :s"), {"s": build.schema})  # noqa: S608
            await session.execute(text(f'DROP SCHEMA "{build.schema}" CASCADE'))
    finally:
        await claimed.release(build.schema)
    log.info("dropped", build=build.schema)


async def _older_reads_end(database: Database, build: Build, seconds: float) -> None:
    async with database.transaction() as session:
        now = (await session.execute(text("SELECT clock_timestamp()"))).scalar_one()
    params: Mapping[str, object] = {"now": now}
    until = time.monotonic() + seconds
    while True:
        async with database.transaction() as session:
            found = await session.execute(
                text(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start < :now"
                    " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
                ),
                params,
            )
            if not found.scalar_one():
                return
        if time.monotonic() > until:
            raise ProjectionRefusedError(
                f"还有 {seconds:g} 秒前开始、可能正在读取 {build.schema} 的事务没有结束，没有删除。请稍后再试。"
            )
        await asyncio.sleep(LOOK_SECONDS)
