"""Comparing builds, switching between them while they are read, and what is done to them afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from shared.readmodels.claims import claims
from shared.readmodels.comparing import CHANGED, ONLY_LEFT, ONLY_RIGHT
from shared.readmodels.projections import BUILDING, LIVE, RETIRED, ProjectionRefusedError
from shared.runtime.filling import Bounds
from shared.runtime.operations import DONE, FAILED
from shared.runtime.projections import DifferentError, compared, drop_builds, droppable, pause, rebuild, switch_to
from tests.shared.readmodels.cities import City, city

TABLE = "registry_departments"


@pytest.fixture
async def town(database_url: str) -> AsyncIterator[City]:
    async with city(database_url) as made:
        yield made


async def rebuilt(town: City) -> str:
    done = await rebuild(town.beside, town.directory, "a test", Bounds())
    return done.build.schema


async def plant(town: City, schema: str) -> None:
    """A changed row, a missing one and one too many."""
    await town.execute(f"UPDATE {schema}.{TABLE} SET name = '改过的名称', role = 'bureau' WHERE code = 'd000002'")
    await town.execute(f"DELETE FROM {schema}.{TABLE} WHERE code = 'd000004'")
    await town.execute(f"INSERT INTO {schema}.{TABLE} VALUES ('zzz', '多出来的部门', '多出', 'department')")


async def test_a_planted_difference_is_found_and_shown(town: City) -> None:
    await town.shown(await town.register(6))
    await plant(town, await rebuilt(town))
    found = await compared(town.beside, town.directory)
    departments = next(each for each in found.tables if each.table == TABLE)
    assert not found.same and not departments.same
    assert (departments.left, departments.right) == (6, 6)
    assert (departments.only_left, departments.only_right, departments.changed) == (1, 1, 1)
    assert departments.left_hash != departments.right_hash
    changed, missing, extra = departments.first
    assert (changed.kind, dict(changed.key)) == (CHANGED, {"code": "d000002"})
    assert changed.columns == {"name": ("第2号部门", "改过的名称"), "role": ("department", "bureau")}
    assert (missing.kind, dict(missing.key)) == (ONLY_LEFT, {"code": "d000004"})
    assert (extra.kind, dict(extra.key)) == (ONLY_RIGHT, {"code": "zzz"})
    assert all(each.same for each in found.tables if each.table != TABLE)
    fewer = await compared(town.beside, town.directory, most=1)
    assert len(next(each for each in fewer.tables if each.table == TABLE).first) == 1


async def test_builds_are_compared_at_the_same_positions_while_commands_keep_coming(town: City) -> None:
    await town.shown(await town.register(20))
    await rebuilt(town)
    going_on = True

    async def keep_coming() -> None:
        while going_on:
            await town.register(2)

    coming = asyncio.create_task(keep_coming())
    for _ in range(5):
        found = await compared(town.beside, town.directory)
        assert found.same, found
        assert found.tables[1].left >= 20
    going_on = False
    await coming


async def test_columns_that_only_one_build_has_are_named_and_left_out(town: City) -> None:
    await town.shown(await town.register(3))
    schema = await rebuilt(town)
    await town.execute(f"ALTER TABLE {schema}.{TABLE} ADD COLUMN floor int DEFAULT 3, DROP COLUMN role")
    found = await compared(town.beside, town.directory)
    departments = next(each for each in found.tables if each.table == TABLE)
    assert found.same
    assert departments.left_out == {"floor": f"only in {schema}", "role": "only in directory_v1"}


async def test_reads_are_served_throughout_a_switch_whole_and_never_going_back(town: City) -> None:
    """Writers write and wait for what they wrote, a reader reads on; nobody sees an error, a gap or an older state."""
    await town.shown(await town.register(300))
    await rebuilt(town)
    going_on, reads, seen_from = True, 0, set[str]()

    async def write() -> None:
        while going_on:
            position = await town.register(1)
            assert f"d{town.made:06d}" in await town.shown(position), "what was just written is not there"

    async def read() -> None:
        nonlocal reads
        before: set[str] = set()
        while going_on:
            now = await town.shown()
            assert before <= now, f"went back from {len(before)} to {len(now)}"
            assert sorted(now) == [f"d{n:06d}" for n in range(1, len(now) + 1)], "incomplete"
            before, reads = now, reads + 1
            async with town.running.runtimes["registry"].reads.session() as session:
                path = (await session.execute(text("SELECT current_setting('search_path')"))).scalar_one()
                seen_from.update(each.strip() for each in path.split(",") if "directory" in each)

    async with asyncio.TaskGroup() as group:
        group.create_task(write())
        group.create_task(read())
        there = await switch_to(town.beside, town.directory, "a test")
        back = await switch_to(town.beside, town.directory, "back again", 1)
        going_on = False
    assert (there.build.build, back.build.build, there.taken_over, back.taken_over) == (2, 1, True, True)
    assert reads > 20 and seen_from == {"directory_v1", "directory_v1_b2"}
    assert [(b.build, b.status) for b in await town.projections.all("directory")] == [(1, LIVE), (2, RETIRED)]
    assert len(await town.shown()) == town.made
    assert [(o.what, o.why, o.outcome) for o in (await town.operations())[1:]] == [
        ("projection switch", "a test", DONE),
        ("projection switch", "back again", DONE),
    ]


async def test_a_build_that_differs_is_not_read_unless_it_is_meant(town: City) -> None:
    await town.shown(await town.register(6))
    schema = await rebuilt(town)
    await plant(town, schema)
    with pytest.raises(DifferentError) as refused:
        await switch_to(town.beside, town.directory, "a test")
    assert refused.value.compared.tables[1].changed == 1
    assert (await town.live()).build == 1 and "zzz" not in await town.shown()
    assert (await town.operations())[-1].outcome == FAILED
    await switch_to(town.beside, town.directory, "it is meant", different_too=True)
    assert "zzz" in await town.shown()


async def test_a_build_that_somebody_fills_is_left_alone(town: City) -> None:
    await town.register(3)
    schema = await rebuilt(town)
    url = town.running.settings.database_of("registry")
    async with claims(url) as other:
        assert await other.claim(schema)
        for attempt in (
            switch_to(town.beside, town.directory, "a test"),
            rebuild(town.beside, town.directory, "a test", Bounds(), resume=True),
            drop_builds(town.beside, town.directory, await town.projections.all("directory"), "a test"),
            compared(town.beside, town.directory),
        ):
            with pytest.raises(ProjectionRefusedError, match="另一个进程"):
                await attempt
    assert [(b.build, b.status) for b in await town.projections.all("directory")] == [(1, LIVE), (2, BUILDING)]


async def test_only_builds_that_are_not_read_are_dropped_with_all_that_is_theirs(town: City) -> None:
    await town.shown(await town.register(3))
    schema = await rebuilt(town)
    await switch_to(town.beside, town.directory, "a test")
    with pytest.raises(ProjectionRefusedError, match="已退役"):
        await compared(town.beside, town.directory, 1)
    with pytest.raises(ProjectionRefusedError, match="正在使用"):
        await droppable(town.beside, town.directory, 2, None)
    found = await droppable(town.beside, town.directory, None, None)
    assert [b.schema for b in found] == ["directory_v1"]
    await drop_builds(town.beside, town.directory, found, "a test")
    assert [(b.schema, b.status) for b in await town.projections.all("directory")] == [(schema, LIVE)]
    async with town.beside.database.transaction() as session:
        left = await session.execute(text("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'directory%'"))
        assert left.scalars().all() == [schema]
        positions = await session.execute(text("SELECT name FROM platform.positions WHERE name LIKE 'directory%'"))
        assert positions.scalars().all() == [schema]
    assert len(await town.shown(await town.register(1))) == 4


async def test_a_drop_waits_for_a_read_that_began_before_it(town: City) -> None:
    await town.shown(await town.register(3))
    await rebuilt(town)
    async with town.running.runtimes["registry"].reads.session() as session:
        await session.execute(text("SELECT 1"))  # the reader has chosen its build, and has not read from it yet
        await switch_to(town.beside, town.directory, "a test")
        old = await droppable(town.beside, town.directory, 1, None)
        dropping = asyncio.create_task(drop_builds(town.beside, town.directory, old, "a test"))
        await asyncio.wait([dropping], timeout=0.5)
        assert not dropping.done()
        assert (await session.execute(text(f"SELECT count(*) FROM {TABLE}"))).scalar_one() == 3
    await dropping
    assert [b.build for b in await town.projections.all("directory")] == [2]


async def test_a_paused_build_stands_still_and_goes_on_when_resumed(town: City) -> None:
    await town.shown(await town.register(2))
    build, settled = await pause(town.beside, town.directory, True, "a test")
    assert settled and build.build == 1
    position = await town.register(2)
    assert len(await town.shown()) == 2
    assert (await town.read(position)).status_code == 503, "who waits for what is not fed is told so"
    (found,) = (await town.running.client.get("/readyz")).json()
    assert found["ready"], "paused on purpose is no reason to send nobody here"
    assert [c["name"] for c in found["consumers"] if c["paused"]] == ["directory_v1"]
    _, settled = await pause(town.beside, town.directory, False, "a test")
    assert settled
    assert len(await town.shown(position)) == 4
    assert [o.what for o in await town.operations()] == ["projection pause", "projection resume"]
