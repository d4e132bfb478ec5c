"""`chengce stream`: an operator finds what a stream lacks, rebuilds it beside a running service, and it is on record."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, MutableMapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
import structlog
from click.testing import Result
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from typer.testing import CliRunner

from shared.cli.main import app
from shared.contracts.base import stream_of
from shared.messaging.streams import ask, last_position
from shared.runtime.rebuilding import REBUILD_LOCK
from shared.runtime.reconciling import ReconcileSchedule
from shared.security.actor import Role
from tests.support.logs import plain_logs
from tests.support.running import SECRET, Running, services_with, settings_for_tests
from tests.support.servers import nats_server

STREAM = stream_of("registry")
WITHIN = 120.0


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A command sets logs up for its own process, which here is the tests' own."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    plain_logs()


@pytest.fixture
async def registry(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    """Registry at work with eight published events, and the environment in which an operator meets it."""
    with nats_server() as nats_url:
        settings = settings_for_tests(database_url, nats_url)
        for name, value in {
            "DATABASE_URL": database_url, "NATS_URL": nats_url, "SECRET": SECRET,
            "DATABASE_PREFIX": settings.database_prefix, "DATA_DIR": str(tmp_path),
        }.items():  # fmt: skip
            monkeypatch.setenv(f"CHENGCE_{name}", value)
        async with services_with(["registry"], settings) as running:
            await add_departments(running, 8)
            yield running


async def add_departments(running: Running, count: int) -> None:
    """Until they are on the stream."""
    bureau = running.sign_in(Role.DATA_BUREAU)
    for number in range(count):
        body = {"code": f"bm{number}", "name": f"江阴市第{number}局", "short_name": f"{number}局"}
        answer = await running.client.post("/api/registry/departments", json=body, headers=bureau)
        assert answer.status_code == 201, answer.text
    end = await running.end_of_log("registry")
    async with asyncio.timeout(WITHIN):
        while (await last_position(running.runtimes["registry"].bus, "registry")).position < end:  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # the relay tells nobody here


async def chengce(*arguments: str) -> Result:
    """The command, in a thread as in a process of its own."""
    return await asyncio.to_thread(CliRunner().invoke, app, ["stream", *arguments])


async def purge_head(running: Running) -> None:
    await ask(running.runtimes["registry"].bus, f"STREAM.PURGE.{STREAM}", {"keep": 3})


async def operations(running: Running) -> list[Any]:
    async with running.runtimes["registry"].database.transaction() as session:
        rows = await session.execute(
            text("SELECT what, who, why, outcome, arguments, details FROM platform.operations ORDER BY id")
        )
        return list(rows)


async def test_a_stream_that_agrees_says_so_and_ends_with_zero(registry: Running) -> None:
    answer = await chengce("reconcile", "registry", "--json")
    assert answer.exit_code == 0, answer.output
    (found,) = orjson.loads(answer.stdout)
    assert (found["messages"], found["published"], found["differences"]) == (8, 8, 0)


async def test_differences_are_told_with_what_to_do(registry: Running) -> None:
    await purge_head(registry)
    answer = await chengce("reconcile", "registry")
    assert answer.exit_code == 1, answer.output
    assert "缺失 5" in answer.output
    assert "chengce stream rebuild registry" in answer.output


async def test_a_rebuild_beside_the_running_service_mends_the_stream_and_is_recorded(registry: Running) -> None:
    await purge_head(registry)
    answer = await chengce("rebuild", "registry", "--why", "流的开头被清除", "--yes", "--json")
    assert answer.exit_code == 0, answer.output
    (done,) = orjson.loads(answer.stdout)
    assert (done["comparison"]["messages"], done["comparison"]["differences"]) == (8, 0)
    rebuilt, compared = await operations(registry)
    assert (rebuilt.what, rebuilt.why, rebuilt.outcome) == ("stream rebuild", "流的开头被清除", "done")
    assert "@" in rebuilt.who
    assert rebuilt.arguments["plan"]["config"]["name"] == STREAM
    assert (compared.what, compared.details["differences"]) == ("stream reconcile", 0)


async def test_a_dry_run_tells_what_would_be_restored_and_changes_nothing(registry: Running) -> None:
    bus = registry.runtimes["registry"].bus
    before = await ask(bus, f"STREAM.INFO.{STREAM}")
    answer = await chengce("rebuild", "registry", "--dry-run")
    assert answer.exit_code == 0, answer.output
    assert "预演" in answer.output
    assert (await ask(bus, f"STREAM.INFO.{STREAM}"))["created"] == before["created"]
    assert not await operations(registry)


async def test_a_rebuild_without_a_reason_is_refused(registry: Running) -> None:
    answer = await chengce("rebuild", "registry", "--yes")
    assert answer.exit_code == 2
    assert "--why" in answer.output


async def test_a_rebuild_that_nobody_confirms_changes_nothing(registry: Running) -> None:
    answer = await chengce("rebuild", "registry", "--why", "试")
    assert answer.exit_code != 0
    assert not await operations(registry)


async def test_a_second_rebuild_at_the_same_time_is_refused(registry: Running) -> None:
    runtime = registry.runtimes["registry"]
    async with runtime.database.engine.connect() as connection:
        await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": REBUILD_LOCK})
        answer = await chengce("rebuild", "registry", "--why", "试", "--yes")
    assert answer.exit_code == 2
    assert "另一个命令" in answer.output


@pytest.mark.parametrize("arguments", [["reconcile"], ["reconcile", "nobody"], ["reconcile", "policy", "--all"]])
async def test_services_must_be_named(arguments: list[str]) -> None:
    assert (await chengce(*arguments)).exit_code == 2


def _warnings(logs: Sequence[MutableMapping[str, Any]]) -> list[MutableMapping[str, Any]]:
    return [each for each in logs if each["event"] == "stream_differs_from_log"]


async def test_the_schedule_tells_readiness_metrics_and_the_log(registry: Running) -> None:
    runtime = registry.runtimes["registry"]
    (before,) = (await registry.client.get("/readyz")).json()
    assert before["stream_differences"] is None
    await purge_head(registry)
    runtime.settings = runtime.settings.model_copy(update={"reconcile_seconds": 1})
    with structlog.testing.capture_logs() as logs:
        schedule = asyncio.create_task(ReconcileSchedule(runtime).run())
        async with asyncio.timeout(WITHIN):
            while not (told := _warnings(logs)):  # noqa: ASYNC110 - a log wakes nobody
                await asyncio.sleep(0.05)
        schedule.cancel()
        await asyncio.gather(schedule, return_exceptions=True)
    answer = await registry.client.get("/readyz")
    (ready,) = answer.json()
    assert (answer.status_code, ready["stream_differences"]) == (200, 5)
    page = (await registry.client.get("/metrics")).text
    families = {family.name: family for family in text_string_to_metric_families(page)}
    assert families["chengce_stream_differences"].samples[0].value == 5
    assert families["chengce_stream_compared_timestamp_seconds"].samples[0].value > 1.7e9
    assert (told[0]["counts"], told[0]["remedy"]) == ({"missing": 5}, "chengce stream rebuild registry")
    assert {each.who for each in await operations(registry)} == {"schedule"}
