"""What operators do with the builds of a service's read models, beside its running replicas; each change is recorded."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text

from shared.readmodels.claims import Claims, claims
from shared.readmodels.comparing import MOST_SHOWN, TableComparison, compare, operational_columns
from shared.readmodels.model import ReadModel, table_of
from shared.readmodels.projections import BUILDING, LIVE, RETIRED, Build, ProjectionRefusedError, Projections
from shared.runtime.filling import Bounds, Counting, Filling, Watch, require_possible
from shared.runtime.operations import recorded_operation
from shared.runtime.service import Runtime
from shared.runtime.switching import LOOK_SECONDS, both_at_one_place, drop, make_building, switch

SETTLE_SECONDS: Final = 5.0
MOST_BEHIND: Final = 10_000  # events that a switch brings in by itself
_USED_RATE: Final = (
    "SELECT (details->>'events')::float / nullif((details->>'seconds')::float, 0) FROM platform.operations"
    " WHERE what = 'projection rebuild' AND outcome = 'done' AND arguments->>'model' = :name"
    " AND (details->>'events')::float >= 1000 ORDER BY id DESC LIMIT 1"
)


@dataclass(frozen=True)
class Plan:
    """What a rebuild would do: `events` by source, and how many a second the last one did (None: there was none)."""

    model: ReadModel
    schema: str
    resumes: bool
    bounds: Bounds
    events: Mapping[str, int]
    rate: float | None


@dataclass(frozen=True)
class Rebuilt:
    """A build that was filled: events done in this run, seconds of real time, rows by table, events set aside."""

    build: Build
    operation: int
    resumed: bool
    events: int
    seconds: float
    rows: Mapping[str, int]
    dead_letters: int


@dataclass(frozen=True)
class Compared:
    """Two builds at the same positions. `left_out` are tables not compared, with the reason."""

    left: Build
    right: Build
    positions: Mapping[str, int]
    tables: Sequence[TableComparison]
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def same(self) -> bool:
        return all(table.same for table in self.tables)


@dataclass(frozen=True)
class Switched:
    """`taken_over`: a service feeds the new build already; else it will when it starts."""

    build: Build
    before: Build | None
    compared: Compared | None
    operation: int
    taken_over: bool


class DifferentError(ProjectionRefusedError):
    """The build differs from the live one, so it is not put in its place."""

    def __init__(self, compared: Compared) -> None:
        super().__init__(
            f"{compared.right.schema} 与正在使用的 {compared.left.schema} 内容不同，没有切换。"
            "请先弄清差异；确认应当不同时，用 --force-different 切换。"
        )
        self.compared = compared


async def planned(runtime: Runtime, model: ReadModel, bounds: Bounds, *, resume: bool) -> Plan:
    """What `rebuild` would do, without doing it. Raises `ProjectionRefusedError`."""
    require_possible(model, bounds)
    builds = await Projections(runtime.database).of([model])
    unfinished = _to_resume(builds) if resume else None
    if resume and unfinished is None:
        raise ProjectionRefusedError(f"读模型 {model.name} 没有未完成的重建，请不带 --resume 重建。")
    if unfinished:
        schema, bounds = unfinished.schema, Bounds.of(unfinished.bounds)
    else:
        _refuse_second(builds, bounds)
        schema = model.schema_of(max(build.build for build in builds) + 1)
    filling = Filling(runtime, model, schema, bounds)
    events = await filling.left(await filling.ends(), beginning=not unfinished)
    async with runtime.database.transaction() as session:
        rate = (await session.execute(text(_USED_RATE), {"name": model.name})).scalar_one_or_none()
    return Plan(model, schema, unfinished is not None, bounds, events, rate)


async def rebuild(
    runtime: Runtime,
    model: ReadModel,
    why: str,
    bounds: Bounds,
    *,
    rate: float | None = None,
    resume: bool = False,
    watch: Watch | None = None,
) -> Rebuilt:
    """Fills a new build beside the live one, or goes on with an unfinished one. Raises `ProjectionRefusedError`."""
    plan = await planned(runtime, model, bounds, resume=resume)
    arguments = {"model": model.name, "schema": plan.schema, **(bounds.as_json() or {}), "rate": rate, "resume": resume}
    projections, began = Projections(runtime.database), time.monotonic()
    async with (
        recorded_operation(runtime.database, "projection rebuild", why, arguments) as operation,
        _claims(runtime) as claimed,
    ):
        build = await projections.at(plan.schema) if plan.resumes else await projections.add(model, bounds.as_json())
        assert build is not None  # noqa: S101 - planned
        await _claim(claimed, build)
        counting = _Both(watch)
        filling = Filling(runtime, model, build.schema, plan.bounds, rate=rate, watch=counting)
        if not plan.resumes:
            await filling.begin()
        try:
            await filling.whole()
        finally:
            seconds = time.monotonic() - began
            operation.details |= {"schema": build.schema, "events": counting.events, "seconds": round(seconds, 3)}
        rows, letters = await rows_of(runtime, model, build), await _dead_letters(runtime, build)
    return Rebuilt(build, operation.id, plan.resumes, counting.events, seconds, rows, letters)


async def compared(
    runtime: Runtime, model: ReadModel, number: int | None = None, against: str | None = None, most: int = MOST_SHOWN
) -> Compared:
    """The live build (of this version, else of the newest other one) beside another. Raises `ProjectionRefusedError`."""
    projections = Projections(runtime.database)
    right = _chosen(model, await projections.of([model]), number)
    if right.status == RETIRED:
        raise ProjectionRefusedError(
            f"{right.schema} 已退役，不再写入，因此不能在同一位置比较。"
            f"chengce projection switch {model.name} --build {right.build} 会先追上并比较，再切换。"
        )
    left = await _left(projections, model, right, against)
    async with _claims(runtime) as claimed:
        fed_elsewhere = not await claimed.claim(right.schema)
        if fed_elsewhere and right.status == BUILDING and not right.by_service:
            raise ProjectionRefusedError(_FED_ELSEWHERE.format(right.schema))
        filling = None if fed_elsewhere else Filling(runtime, model, right.schema)
        return await _compared(runtime, model, left, right, filling, most)


async def switch_to(
    runtime: Runtime, model: ReadModel, why: str, number: int | None = None, *, different_too: bool = False
) -> Switched:
    """Puts a build in the place of the live one, if it is whole, near, and the same. Raises `ProjectionRefusedError`."""
    projections = Projections(runtime.database)
    build = _chosen(model, await projections.of([model]), number)
    live = await projections.live(model)
    if live and live.schema == build.schema:
        raise ProjectionRefusedError(f"{build.schema} 已经在使用，不需要切换。")
    arguments = {"model": model.name, "schema": build.schema, "from": live and live.schema, "different": different_too}
    async with (
        recorded_operation(runtime.database, "projection switch", why, arguments) as operation,
        _claims(runtime) as claimed,
    ):
        await _claim(claimed, build)
        await make_building(runtime.database, build)
        filling = Filling(runtime, model, build.schema)
        behind = sum((await filling.left(await filling.ends())).values())
        if behind > MOST_BEHIND:
            raise ProjectionRefusedError(
                f"{build.schema} 还差 {behind:,} 条事件，没有切换。请先用 chengce projection rebuild {model.name} --resume 追上。"
            )
        await filling.whole()
        found = await _compared(runtime, model, live, build, filling, MOST_SHOWN) if live else None
        if found and not found.same and not different_too:
            operation.details |= {"same": False}
            raise DifferentError(found)
        taken_over = await switch(filling, claimed)
        operation.details |= {"same": found.same if found else None, "taken_over": taken_over}
    return Switched(build, live, found, operation.id, taken_over)


async def droppable(runtime: Runtime, model: ReadModel, number: int | None, version: int | None) -> list[Build]:
    """The builds that `drop_builds` would remove: all that are neither live nor filled by the service, or those named.

    A live build of a version older than this release's must be named by its version: an older release may still read it.
    Raises `ProjectionRefusedError` when a build that is named is needed.
    """
    builds = [
        build
        for build in await Projections(runtime.database).all(model.name)
        if (version is None or build.version == version) and (number is None or build.build == number)
    ]
    kept = [build for build in builds if _needed(build, superseded=version is not None and version < model.version)]
    if kept and number is not None:
        raise ProjectionRefusedError(f"{'、'.join(build.schema for build in kept)} 正在使用或由服务写入，不能删除。")
    return [build for build in builds if build not in kept]


async def drop_builds(runtime: Runtime, model: ReadModel, builds: Sequence[Build], why: str) -> int:
    """Removes these builds; answers with the number of the recorded operation. Raises `ProjectionRefusedError`."""
    arguments = {"model": model.name, "schemas": [build.schema for build in builds]}
    async with (
        recorded_operation(runtime.database, "projection drop", why, arguments) as operation,
        _claims(runtime) as claimed,
    ):
        for build in builds:
            await drop(runtime.database, build, claimed, superseded=build.version < model.version)
            operation.details.setdefault("dropped", []).append(build.schema)
    return operation.id


async def pause(runtime: Runtime, model: ReadModel, paused: bool, why: str) -> tuple[Build, bool]:
    """Stops or starts the feeding of the live build, in whichever replica, and waits `SETTLE_SECONDS` until it is so.

    Also answers whether it is. Raises `ProjectionRefusedError`.
    """
    projections = Projections(runtime.database)
    live = await projections.live(model)
    if live is None:
        raise ProjectionRefusedError(f"读模型 {model.name} 还没有正在使用的版本，请等服务写完后再试。")
    what = "projection pause" if paused else "projection resume"
    arguments = {"model": model.name, "schema": live.schema}
    async with recorded_operation(runtime.database, what, why, arguments) as operation, _claims(runtime) as claimed:
        await projections.pause(live, paused)
        until = time.monotonic() + SETTLE_SECONDS
        while (fed := await claimed.taken(live.schema)) == paused and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)  # the service is another process
        operation.details["settled"] = fed != paused
    return live, fed != paused


async def has_unfinished(runtime: Runtime, model: ReadModel) -> bool:
    """Whether there is a build that `rebuild` would go on with."""
    return _to_resume(await Projections(runtime.database).of([model])) is not None


@asynccontextmanager
async def as_of(runtime: Runtime, model: ReadModel, at: datetime, watch: Watch | None = None) -> AsyncIterator[Build]:
    """A build of what was known at a moment: every event that had happened by then and no other. Gone after the block."""
    async with _claims(runtime) as claimed:
        bounds = Bounds(end=at)
        build = await Projections(runtime.database).add(model, bounds.as_json())
        await _claim(claimed, build)
        try:
            await Filling(runtime, model, build.schema, bounds, watch=watch).whole()
            yield build
        finally:
            await drop(runtime.database, build, claimed)


async def rows_of(runtime: Runtime, model: ReadModel, build: Build) -> dict[str, int]:
    """How many rows each table of a build has."""
    counted = {}
    async with runtime.database.transaction() as session:
        for table in (table_of(each).name for each in model.tables):
            found = await session.execute(text(f'SELECT count(*) FROM "{build.schema}"."{table}"'))  # noqa: S608
            counted[table] = int(found.scalar_one())
    return counted


class _Both(Counting):
    """Counts, and tells who watches."""

    def __init__(self, watch: Watch | None) -> None:
        super().__init__()
        self._watch = watch or Counting()

    def expects(self, left: Mapping[str, int]) -> None:
        self._watch.expects(left)

    def did(self, source: str, events: int) -> None:
        super().did(source, events)
        self._watch.did(source, events)


_FED_ELSEWHERE: Final = "{} 正由另一个进程写入，请等它结束后再试。"


def _claims(runtime: Runtime) -> Any:
    return claims(runtime.settings.database_of(runtime.service.name))


async def _claim(claimed: Claims, build: Build) -> None:
    if not await claimed.claim(build.schema):
        raise ProjectionRefusedError(_FED_ELSEWHERE.format(build.schema))


async def _compared(
    runtime: Runtime, model: ReadModel, left: Build, right: Build, filling: Filling | None, most: int
) -> Compared:
    async with both_at_one_place(runtime, left, right, filling) as connection:
        rows = await connection.execute(
            "SELECT source, position FROM platform.positions WHERE name = %s ORDER BY source", (right.schema,)
        )
        positions = dict(await rows.fetchall())
        tables, left_out = await compare(connection, left.schema, right.schema, operational_columns(model), most)
    return Compared(left, right, positions, tables, left_out)


async def _left(projections: Projections, model: ReadModel, right: Build, against: str | None) -> Build:
    others = [build for build in await projections.all(model.name) if build.schema != right.schema]
    if against:
        found = [build for build in others if build.schema == against]
    else:
        live = [build for build in others if build.status == LIVE]
        found = sorted(live, key=lambda build: (build.version == model.version, build.version))[-1:]
    if not found:
        raise ProjectionRefusedError(f"没有可与 {right.schema} 比较的版本，请用 chengce projection list 查看。")
    if found[0].partial:
        raise ProjectionRefusedError(f"{found[0].schema} 只含部分事件，不能比较。")
    return found[0]


def _chosen(model: ReadModel, builds: Sequence[Build], number: int | None) -> Build:
    """The build with this number, or the newest whole one that is not live."""
    whole = [build for build in builds if build.status == BUILDING and not build.partial]
    found = [build for build in builds if build.build == number] if number is not None else whole[-1:]
    if not found:
        raise ProjectionRefusedError(
            f"读模型 {model.name} 没有{'第 ' + str(number) + ' 个' if number else '另建的'}版本，"
            f"请先用 chengce projection rebuild {model.name} 建立，或用 chengce projection list 查看。"
        )
    if found[0].partial:
        raise ProjectionRefusedError(
            f"{found[0].schema} 只含部分事件（{_words(found[0])}），不能比较，也不能切换。请不带 --from 与 --to 重建。"
        )
    return found[0]


def _to_resume(builds: Sequence[Build]) -> Build | None:
    return next((b for b in reversed(builds) if b.status == BUILDING and not b.by_service), None)


def _refuse_second(builds: Sequence[Build], bounds: Bounds) -> None:
    unfinished = [b for b in builds if b.status == BUILDING and not b.by_service and not b.partial]
    if unfinished and bounds.as_json() is None:
        name, number = unfinished[-1].name, unfinished[-1].build
        raise ProjectionRefusedError(
            f"{unfinished[-1].schema} 已经建立而没有使用。请用 --resume 继续写入，用 chengce projection switch {name} 切换，"
            f"或用 chengce projection drop {name} --build {number} 删除。"
        )


def _needed(build: Build, *, superseded: bool) -> bool:
    """Whether some replica reads or fills it; one of an older release that runs has claimed its builds."""
    return not superseded and (build.status == LIVE or (build.status == BUILDING and build.by_service))


def _words(build: Build) -> str:
    bounds = build.bounds or {}
    return f"{bounds.get('from') or '开头'} 至 {bounds.get('to') or '末尾'}"


async def _dead_letters(runtime: Runtime, build: Build) -> int:
    async with runtime.database.transaction() as session:
        found = await session.execute(
            text("SELECT count(*) FROM platform.dead_letters WHERE name = :name"), {"name": build.schema}
        )
        return int(found.scalar_one())
