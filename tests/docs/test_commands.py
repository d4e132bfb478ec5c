"""What the documents tell a newcomer to run, run as it stands on a platform with its samples."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from services.application.systems.conformance.asking import Asking
from services.application.systems.conformance.sample import Sample
from shared.contracts.application import ApplicationAccepted
from shared.security.actor import Role
from tests.services.application.systems.outside import connect
from tests.system.platform import Platform, platform

pytestmark = pytest.mark.system
ROOT = Path(__file__).resolve().parents[2]


@pytest_asyncio.fixture(scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    """One platform for all commands."""
    async with platform(tmp_path_factory.mktemp("docs") / "data") as started:
        yield started


async def _run(*command: str | Path, **environment: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command, env=os.environ | environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(90):
        output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


def _base(platform: Platform) -> str:
    return f"http://127.0.0.1:{platform.port}"


async def test_the_walk_can_be_walked_twice(running: Platform) -> None:
    for _ in range(2):
        code, output = await _run(ROOT / "docs/walk.sh", BASE=_base(running))
        assert code == 0, output
        assert "policy.guide-incomplete" in output


async def test_the_walk_ends_with_an_error_where_nobody_answers() -> None:
    code, output = await _run(ROOT / "docs/walk.sh", BASE="http://127.0.0.1:9")
    assert code != 0, output


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
async def test_the_readmes_first_steps_by_hand_work(running: Platform, name: str) -> None:
    found = re.search(
        r"<!-- tested: by-hand -->\n```sh\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL
    )
    assert found
    script = found[1].replace("http://127.0.0.1:8000", _base(running))
    code, output = await _run("bash", "-euo", "pipefail", "-c", script)
    assert code == 0, output
    assert '"items"' in output and '"policy.guide-incomplete"' in output


async def test_a_subscriber_keeps_each_event_once_over_a_restart(running: Platform, tmp_path: Path) -> None:
    code, output = await _run(ROOT / "docs/walk.sh", BASE=_base(running))
    assert code == 0, output
    store = tmp_path / "events.sqlite"
    subscribe = (sys.executable, ROOT / "docs/examples/subscribe.py", "application", "--store", store, "--limit", "1")
    for options in ((), ("--department", "gxj")):  # the second goes on where the first stopped
        code, output = await _run(*subscribe, *options, NATS_URL=running.nats_url())
        assert code == 0, output
    with sqlite3.connect(store) as kept:
        rows = kept.execute("SELECT sequence, type FROM events ORDER BY sequence").fetchall()
    assert [sequence for sequence, _ in rows] == [1, 2]
    assert rows[1][1] == ApplicationAccepted.ce_type()


async def test_the_example_of_a_departments_system_decides_each_application_once_over_a_restart(
    running: Platform, tmp_path: Path
) -> None:
    connection = await connect(running, "kjj")

    def applied() -> list[str]:
        asking = Asking(connection.url, connection.client_id, connection.secret)
        made = [Sample(asking).apply("kjj") for _ in range(2)]
        asking.close()
        return made

    numbers = await asyncio.to_thread(applied)
    example = (sys.executable, ROOT / "docs/examples/department_system.py", connection.url, connection.client_id)
    options = ("--person", "officer-1", "--store", tmp_path / "system.sqlite", "--limit")
    outputs = []
    for limit in ("2", "2"):  # acceptance of both, then after a restart the review of both
        code, output = await _run(*example, *options, limit, CHENGCE_SYSTEM_SECRET=connection.secret)
        assert code == 0, output
        outputs.append([line for line in output.splitlines() if line.startswith("decided:")])
    told = {f"decided: {number} {part}" for number in numbers for part in ("acceptance accept", "review review")}
    assert sorted(outputs[0] + outputs[1]) == sorted(told)
    head = running.headers(Role.DEPARTMENT_HEAD, department="kjj")
    async with httpx.AsyncClient(base_url=connection.url, headers=head, timeout=30) as client:
        for number in numbers:
            shown = (await client.get(f"/api/application/applications/{number}")).json()
            assert shown["status"] == "reviewed"
            assert {each["case_number"] for each in shown["cases"]} == {f"{number}/acceptance", f"{number}/review"}
            steps = [each["step"] for each in shown["steps"]]
            assert steps.count("progress-reported") == steps.count("handling-taken") == 2
