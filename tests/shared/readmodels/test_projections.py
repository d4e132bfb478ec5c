"""Which build is read: reads follow the live one, and a version that is still filling is never shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from services.registry.readmodels.directory import Directory
from shared.database.sessions import Database
from shared.readmodels.claims import claims
from shared.readmodels.projections import (
    BUILDING,
    LIVE,
    RETIRED,
    ProjectionRefusedError,
    Projections,
    ReadModelBuildingError,
    create_read_models,
    live_session,
)
from shared.runtime.host import prepare
from shared.runtime.projections import drop_builds, droppable
from shared.runtime.running import running
from shared.runtime.tables import create_tables
from tests.shared.readmodels.cities import WITHIN, City, city, door_of
from tests.shared.readmodels.test_projecting import Tally, bench, happened


class Reorganised(Directory):
    """The directory of a later release."""

    version = 2


@pytest.fixture
async def database(fresh_database: Callable[[str], str]) -> AsyncIterator[Database]:
    url = fresh_database("builds")
    create_tables(url)
    opened = Database(url)
    yield opened
    await opened.close()


async def test_a_new_read_model_whose_sources_are_empty_is_live_at_once(database: Database) -> None:
    await create_read_models(database, [Tally()], {"log": 0})
    (build,) = await Projections(database).all()
    assert (build.schema, build.build, build.status) == ("tally_v1", 1, LIVE)


async def test_a_new_read_model_that_lacks_events_is_not_shown(database: Database) -> None:
    await create_read_models(database, [Tally()], {"log": 3})
    (build,) = await Projections(database).all()
    assert build.status == BUILDING
    with pytest.raises(ReadModelBuildingError, match="tally"):
        async with live_session(database, [Tally()]) as session:
            await session.execute(text("SELECT * FROM testing_tally"))


async def test_what_exists_stays_when_prepared_again(database: Database) -> None:
    projections = Projections(database)
    for _ in range(2):
        await create_read_models(database, [Tally()], {})
    second = await projections.add(Tally())
    await create_read_models(database, [Tally()], {"log": 100})
    assert [(b.schema, b.status) for b in await projections.all()] == [("tally_v1", LIVE), ("tally_v1_b2", BUILDING)]
    assert second.build == 2


@pytest.mark.parametrize(("end", "status"), [(7, LIVE), (9, BUILDING)])
async def test_tables_from_before_there_were_builds_are_read_on_where_they_lack_nothing(
    fresh_database: Callable[[str], str], end: int, status: str
) -> None:
    async with bench(fresh_database("older"), Tally()) as tally:
        await tally.run([happened(7)])
        async with tally.database.transaction() as session:
            await session.execute(text("DELETE FROM platform.projections"))
        await create_read_models(tally.database, [Tally()], {"log": end})
        (build,) = await Projections(tally.database).all()
        assert (build.schema, build.status) == ("tally_v1", status)
        assert await tally.positions.read("tally_v1", "log") == (7, 0)


async def test_one_version_has_one_live_build(database: Database) -> None:
    projections = Projections(database)
    await create_read_models(database, [Tally()], {})
    second = await projections.add(Tally())
    assert not await projections.begin_serving(second)
    assert (await projections.at(second.schema)).status == BUILDING  # type: ignore[union-attr]


async def test_what_a_retired_build_is_told_changes_nothing(fresh_database: Callable[[str], str]) -> None:
    async with bench(fresh_database("retired"), Tally()) as tally:
        await tally.run([happened(1)])
        async with tally.database.transaction() as session:
            await session.execute(text(f"UPDATE platform.projections SET status = '{RETIRED}'"))
        await tally.run([happened(2)])
        assert await tally.positions.read("tally_v1", "log") == (1, 0)


async def test_a_build_is_claimed_by_one_and_free_when_its_session_ends(fresh_database: Callable[[str], str]) -> None:
    url = fresh_database("claims")
    async with claims(url) as one, claims(url) as other:
        assert await one.claim("tally_v1") and await one.claim("tally_v1")
        assert not await other.claim("tally_v1")
        assert await other.claim("tally_v1_b2")
        assert await other.taken("tally_v1")
        await one.release("tally_v1")
        assert not await other.taken("tally_v1")
        assert await one.claim("tally_v1")
    async with claims(url) as other:
        assert await other.claim("tally_v1")


async def test_a_session_that_says_nothing_loses_its_claims(fresh_database: Callable[[str], str]) -> None:
    url = fresh_database("silent")
    async with claims(url, silent_seconds=0.2) as silent, claims(url) as waiting:
        assert await silent.claim("tally_v1")
        async with asyncio.timeout(WITHIN):
            while not await waiting.claim("tally_v1"):  # noqa: ASYNC110 - PostgreSQL frees it
                await asyncio.sleep(0.05)


@pytest.fixture
async def town(database_url: str) -> AsyncIterator[City]:
    async with city(database_url) as made:
        yield made


async def readiness_of(client: Any) -> tuple[int, list[str]]:
    answer = await client.get("/readyz")
    return answer.status_code, answer.json()[0]["errors"]


async def test_a_later_release_fills_its_version_beside_the_old_one_before_it_is_served(town: City) -> None:
    """The old release leads and is read throughout; the new one is ready, and read, when it is filled."""
    await town.register(30)
    later = replace(town.service, read_models=(Reorganised(),))
    await prepare(later, town.running.settings)
    projections = town.projections
    (building,) = await projections.of([Reorganised()])
    await projections.pause(building, True)  # holds the filling up for as long as we look
    async with door_of(later, town.running.settings) as client:
        answer = await client.get("/api/registry/departments")
        assert (answer.status_code, answer.json()["code"]) == (503, "platform.read-model-building")
        assert "请几分钟后重试" in answer.json()["title"] and answer.headers["Retry-After"]
        code, errors = await readiness_of(client)
        assert code == 503 and "directory version 2" in errors[0]
        assert (await town.running.client.get("/readyz")).status_code == 200, "the old release is not concerned"
        position = await town.register(5)
        assert len(await town.shown(position)) == 35

        await projections.pause(building, False)
        async with asyncio.timeout(WITHIN):
            while (await readiness_of(client))[0] != 200:  # noqa: ASYNC110 - as a cluster does
                await asyncio.sleep(0.1)
        assert len((await client.get("/api/registry/departments")).json()) == 35
        position = await town.register(5)
        seen = await client.get("/api/registry/departments", headers={"Chengce-Wait-For": position})
        assert len(seen.json()) == len(await town.shown(position)) == 40
    assert [b.schema for b in await projections.all("directory") if b.status == LIVE] == [
        "directory_v1",
        "directory_v2",
    ]
    assert await droppable(town.beside, Reorganised(), None, None) == []
    superseded = await droppable(town.beside, Reorganised(), None, 1)
    assert [b.schema for b in superseded] == ["directory_v1"]
    with pytest.raises(ProjectionRefusedError, match="另一个进程"):  # the old release still runs
        await drop_builds(town.beside, Reorganised(), superseded, "a test")
    assert len(await town.shown()) == 40


async def test_of_two_replicas_one_feeds_and_the_other_takes_over(town: City) -> None:
    feeding = town.running.runtimes["registry"].duties["projecting"]
    async with running(town.service, town.running.settings) as second:
        waiting = second.duties["projecting"]
        await town.shown(await town.register(3))
        builds = set(feeding.fed)
        assert "directory_v1" in builds and not waiting.fed
        await town.execute(  # as when the first replica is gone: its session of claims is ended
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        position = await town.register(3)
        assert len(await town.shown(position)) == 6
        # The end of a session is noticed after a while, so both may have let go for a moment; never both have one.
        async with asyncio.timeout(WITHIN):
            while feeding.fed | waiting.fed != builds:
                assert not feeding.fed & waiting.fed
                await asyncio.sleep(0.05)
