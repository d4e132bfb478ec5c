"""Rebuilding beside the live build, in part or whole, and as of a moment; nothing but the build hears of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from services.analytics.readmodels.daily import Daily
from shared.cli.loading import read_rows
from shared.readmodels.projections import BUILDING, LIVE, ProjectionRefusedError
from shared.runtime.assembly import assembled
from shared.runtime.filling import Bounds
from shared.runtime.host import all_read_models, installed_services
from shared.runtime.operations import DONE, FAILED
from shared.runtime.projections import as_of, compared, drop_builds, droppable, planned, rebuild, switch_to
from shared.runtime.service import Runtime
from shared.security.actor import Role
from tests.shared.readmodels.cities import WITHIN, City, city

WHOLE = Bounds()


@pytest.fixture
async def town(database_url: str) -> AsyncIterator[City]:
    async with city(database_url) as made:
        yield made


class Stopping:
    """A watch that fails after so many events, as a power cut would; counts what it saw."""

    def __init__(self, after: int = 10**9) -> None:
        self.after = after
        self.events = 0
        self.expected: list[int] = []

    def expects(self, left: Mapping[str, int]) -> None:
        self.expected.append(sum(left.values()))

    def did(self, source: str, events: int) -> None:
        self.events += events
        if self.events >= self.after:
            raise ConnectionError("the power is gone")


async def codes(runtime: Runtime, schema: str) -> set[str]:
    async with runtime.database.transaction() as session:
        found = await session.execute(text(f'SELECT code FROM "{schema}".registry_departments'))
        return set(found.scalars().all())


async def events_in_log(runtime: Runtime) -> int:
    async with runtime.database.transaction() as session:
        return int((await session.execute(text("SELECT count(*) FROM stored_events"))).scalar_one())


async def test_a_build_is_made_beside_the_live_one_while_commands_keep_coming(town: City) -> None:
    await town.shown(await town.register(200))
    going_on = True

    async def keep_coming() -> None:
        while going_on:
            position = await town.register(3)
            assert len(await town.shown(position)) == town.made, "the live build is read as ever"

    coming = asyncio.create_task(keep_coming())
    done = await rebuild(town.beside, town.directory, "a test", WHOLE, rate=2000)
    going_on = False
    await coming
    assert done.build.schema == "directory_v1_b2" and done.events >= 200 and done.dead_letters == 0
    assert 200 <= done.rows["registry_departments"] <= town.made
    assert [(b.build, b.status) for b in await town.projections.all("directory")] == [(1, LIVE), (2, BUILDING)]
    found = await compared(town.beside, town.directory)
    assert found.same and found.tables[1].table == "registry_departments"
    assert found.tables[1].left == found.tables[1].right == town.made


async def test_a_failed_rebuild_goes_on_from_where_it_stood(town: City) -> None:
    await town.register(120)
    stopping = Stopping(after=40)
    with pytest.raises(ConnectionError):
        await rebuild(town.beside, town.directory, "a test", WHOLE, rate=100, watch=stopping)
    with pytest.raises(ProjectionRefusedError, match="--resume"):
        await rebuild(town.beside, town.directory, "a test", WHOLE)
    going_on = Stopping()
    done = await rebuild(town.beside, town.directory, "a test", WHOLE, resume=True, watch=going_on)
    assert done.resumed and done.build.build == 2
    assert going_on.expected[0] == going_on.events == 120 - stopping.events
    assert await codes(town.beside, done.build.schema) == await town.shown()
    first, second = await town.operations()
    assert (first.what, first.why, first.outcome, second.outcome) == ("projection rebuild", "a test", FAILED, DONE)
    assert first.details["events"] == stopping.events and "power" in first.details["error"]
    assert second.arguments["resume"] is True and "@" in second.who


async def test_there_is_nothing_to_resume_at_first(town: City) -> None:
    with pytest.raises(ProjectionRefusedError, match="没有未完成的重建"):
        await rebuild(town.beside, town.directory, "a test", WHOLE, resume=True)
    assert await town.operations() == []


async def test_a_rate_is_kept(town: City) -> None:
    await town.register(60)
    done = await rebuild(town.beside, town.directory, "a test", WHOLE, rate=40)
    assert done.events / done.seconds < 48


async def test_a_plan_says_what_would_be_done_and_changes_nothing(town: City) -> None:
    await town.register(25)
    before = await town.projections.all("directory")
    plan = await planned(town.beside, town.directory, WHOLE, resume=False)
    assert (plan.schema, plan.events, plan.resumes, plan.rate) == ("directory_v1_b2", {"log": 25}, False, None)
    assert await town.projections.all("directory") == before and await town.operations() == []


async def test_a_partial_build_has_only_its_events_and_is_refused_for_reading(town: City) -> None:
    last = int((await town.register(30)).split(":")[1])
    async with town.beside.database.transaction() as session:
        found = await session.execute(text("SELECT notification_id FROM stored_events ORDER BY 1"))
        positions = list(found.scalars().all())
    assert positions[-1] == last
    done = await rebuild(town.beside, town.directory, "a test", Bounds(positions[10], positions[14]))
    assert done.rows["registry_departments"] == 5 and done.events == 5
    for attempt in (
        compared(town.beside, town.directory, done.build.build),
        switch_to(town.beside, town.directory, "a test", done.build.build),
    ):
        with pytest.raises(ProjectionRefusedError, match="只含部分事件"):
            await attempt
    assert (await town.live()).build == 1
    whole = await rebuild(town.beside, town.directory, "a test", WHOLE)  # partial ones are not in its way
    assert whole.rows["registry_departments"] == 30
    dropped = await droppable(town.beside, town.directory, done.build.build, None)
    await drop_builds(town.beside, town.directory, dropped, "a test")
    assert [b.build for b in await town.projections.all("directory")] == [1, 3]


async def test_a_build_between_two_times_has_the_events_of_that_time(town: City) -> None:
    await town.register(4)
    begin = datetime.now(UTC)
    await town.register(5)
    end = datetime.now(UTC)
    await town.register(6)
    done = await rebuild(town.beside, town.directory, "a test", Bounds(begin, end))
    assert await codes(town.beside, done.build.schema) == {f"d{n:06d}" for n in range(5, 10)}
    assert Bounds.of(done.build.bounds) == Bounds(begin, end)


async def test_as_of_a_moment_shows_what_was_known_then_and_leaves_nothing_behind(town: City) -> None:
    known = await town.shown(await town.register(7))
    then = datetime.now(UTC)
    await town.register(7)
    before = await town.projections.all("directory")
    async with as_of(town.beside, town.directory, then) as build:
        assert await codes(town.beside, build.schema) == known
    assert await town.projections.all("directory") == before
    async with town.beside.database.transaction() as session:
        left = await session.execute(text("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'directory%'"))
        assert left.scalars().all() == ["directory_v1"]
        rows = await session.execute(text("SELECT count(*) FROM platform.positions WHERE name LIKE 'directory%'"))
        assert rows.scalar_one() == 1


async def test_positions_of_several_sources_are_no_bounds(town: City) -> None:
    analytics = installed_services("analytics")["analytics"]
    daily = next(model for model in all_read_models(analytics) if model.name == "daily")
    with pytest.raises(ProjectionRefusedError, match="4 个来源"):
        await rebuild(town.beside, daily, "a test", Bounds(begin=5))


async def test_a_model_of_other_services_streams_is_rebuilt_the_same(database_url: str) -> None:
    async with city(database_url, "analytics", "policy", "application", "hotline") as all_of_it:
        headers = all_of_it.running.sign_in(Role.DATA_BUREAU)
        for row in read_rows(Path("samples/enterprises.json"))[:3]:
            form = {"uscc": row["uscc"], "name": row["name"]}
            answer = await all_of_it.running.client.post("/api/registry/enterprises", json=form, headers=headers)
            assert answer.status_code == 201, answer.text
        position = await all_of_it.register(3)
        analytics = installed_services("analytics")["analytics"]
        async with assembled(analytics, all_of_it.running.settings) as beside:
            daily = next(model for model in all_read_models(analytics) if model.name == "daily")
            assert await all_of_it.running.runtimes["analytics"].reads.caught_up(
                {"registry": int(position.split(":")[1]) - 3}, WITHIN
            )
            before = await events_in_log(beside)
            done = await rebuild(beside, daily, "a test", WHOLE)
            found = await compared(beside, daily)
            assert found.same and set(found.positions) == {"registry", "policy", "application", "hotline"}
            assert done.events >= 3 and done.rows["analytics_daily"] == 1, "three enterprises on one day"
            switched = await switch_to(beside, daily, "a test")
            assert switched.taken_over and switched.build.schema == done.build.schema == Daily().schema_of(2)
            assert await events_in_log(beside) == before, "reactions and deciders heard nothing"


async def test_deadlines_are_rebuilt_without_being_raised_again(database_url: str) -> None:
    """The build's rows are nobody's to claim until it is live, and what is in hand then stays in hand."""
    async with city(database_url, "hotline") as town:
        hotline = installed_services("hotline")["hotline"]
        async with assembled(hotline, town.running.settings) as beside:
            book = next(model for model in all_read_models(hotline) if model.name == "deadlines")
            async with beside.database.transaction() as session:
                await session.execute(
                    text(
                        "INSERT INTO deadlines_v1.deadlines (id, aggregate_id, kind, due_at, provisional, failures)"
                        " VALUES ('a/late', 'a', 'late', now() + interval '1 day', false, 2)"
                    )
                )
            before = await events_in_log(beside)
            await rebuild(beside, book, "a test", WHOLE)
            async with beside.database.transaction() as session:  # as the fold of an event would in both
                await session.execute(
                    text(
                        "INSERT INTO deadlines_v1_b2.deadlines (id, aggregate_id, kind, due_at, provisional, failures)"
                        " SELECT id, aggregate_id, kind, due_at, provisional, 0 FROM deadlines_v1.deadlines"
                    )
                )
            found = await compared(beside, book)
            assert found.same and found.tables[0].left_out == dict.fromkeys(
                ("claimed_until", "failures", "last_error"), "operational"
            )
            await switch_to(beside, book, "a test")
            async with beside.database.transaction() as session:
                kept = await session.execute(text("SELECT failures FROM deadlines_v1_b2.deadlines"))
                assert kept.scalar_one() == 2, "what the scheduler had noted is taken along"
            assert await events_in_log(beside) == before
            async with asyncio.timeout(WITHIN):
                while (await town.running.client.get("/readyz")).status_code != 200:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            status = (await town.running.client.get("/readyz")).json()
            assert next(each for each in status if each["service"] == "hotline")["deadlines_open"] == 1
