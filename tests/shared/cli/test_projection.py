"""`chengce projection` as an operator runs it, in a process of its own beside a running service."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
from typer.testing import CliRunner

from shared.calendar import SHANGHAI
from shared.cli.main import app
from shared.cli.up import environment
from tests.shared.readmodels.cities import WITHIN, City, city

WHY = ("--why", "演练", "--yes")


@pytest.fixture
async def town(database_url: str) -> AsyncIterator[City]:
    async with city(database_url) as made:
        yield made


async def started(town: City, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "shared.cli", "projection", *arguments,
        env=environment(town.running.settings) | {"COLUMNS": "200"}, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def chengce(town: City, *arguments: str, says: str = "") -> tuple[int, str, str]:
    """Exit code, output and errors."""
    process = await started(town, *arguments)
    async with asyncio.timeout(120):
        output, errors = await process.communicate(says.encode())
    return process.returncode or 0, output.decode(), errors.decode()


async def as_json(town: City, *arguments: str, code: int = 0) -> Any:
    found, output, errors = await chengce(town, *arguments, "--json")
    assert found == code, errors
    return json.loads(output)


async def test_a_read_model_is_rebuilt_compared_switched_and_cleared_away(town: City) -> None:
    await town.shown(await town.register(12))
    code, output, _ = await chengce(town, "rebuild", "directory", "--dry-run")
    assert code == 0 and "重放 12 条事件" in output and "没有做任何改动" in output
    assert len(await town.projections.all("directory")) == 1

    (done,) = await as_json(town, "rebuild", "directory", *WHY)
    assert (done["service"], done["events"], done["build"]["schema"]) == ("registry", 12, "directory_v1_b2")
    code, output, _ = await chengce(town, "compare", "directory")
    assert code == 0 and "内容相同" in output
    code, output, _ = await chengce(town, "switch", "directory", *WHY)
    assert code == 0 and "现在读取 directory_v1_b2" in output
    code, output, _ = await chengce(town, "drop", "directory", *WHY)
    assert code == 0 and "已删除 directory_v1" in output

    (seen,) = [
        each for each in await as_json(town, "list", "--service", "registry") if each["build"]["name"] == "directory"
    ]
    assert (seen["build"]["schema"], seen["fed"], seen["rows"]["registry_departments"]) == ("directory_v1_b2", True, 12)
    code, output, _ = await chengce(town, "status", "directory")
    assert code == 0
    for said in ("directory_v1_b2", "使用中", "projection drop", "演练", "done"):
        assert said in output


async def test_a_killed_rebuild_is_resumed_from_its_own_position(town: City) -> None:
    await town.shown(await town.register(90))
    process = await started(town, "rebuild", "directory", "--rate", "20", *WHY)
    async with asyncio.timeout(WITHIN):
        while (await town.projections.positions("directory_v1_b2")).get("log", (0, 0))[0] < 10:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    process.kill()
    await process.communicate()
    (position, _) = (await town.projections.positions("directory_v1_b2"))["log"]
    assert 10 <= position < 90
    code, _, errors = await chengce(town, "rebuild", "directory", *WHY)
    assert code == 2 and "--resume" in errors
    (done,) = await as_json(town, "rebuild", "directory", "--resume", *WHY)
    assert done["resumed"] and 0 < done["events"] < 81
    assert (await as_json(town, "compare", "directory"))["same"]
    assert [(o.what, o.outcome) for o in await town.operations()] == [
        ("projection rebuild", "running"),
        ("projection rebuild", "done"),
    ]


async def test_a_difference_is_shown_and_told_by_the_exit_code(town: City) -> None:
    await town.shown(await town.register(5))
    await as_json(town, "rebuild", "directory", *WHY)
    await town.execute("UPDATE directory_v1_b2.registry_departments SET name = '改过的名称' WHERE code = 'd000003'")
    code, output, _ = await chengce(town, "compare", "directory")
    assert code == 1
    for said in ("内容不同", "code=d000003", "第3号部门", "改过的名称", "registry_departments"):
        assert said in output
    code, output, errors = await chengce(town, "switch", "directory", *WHY)
    assert code == 1 and "改过的名称" in output and "--force-different" in errors
    assert (await town.live()).build == 1


async def test_what_was_known_at_a_moment_is_printed(town: City) -> None:
    await town.shown(await town.register(3))
    then = datetime.now(SHANGHAI)
    await town.shown(await town.register(2))
    told = then.replace(tzinfo=None).isoformat()  # civil time, as an operator says it
    found = await as_json(town, "show", "directory", "--at", told, "--table", "registry_departments")
    assert [row["code"] for row in found["tables"]["registry_departments"]] == ["d000001", "d000002", "d000003"]
    code, output, _ = await chengce(town, "show", "directory", "--at", told)
    assert code == 0 and "d000003" in output and "d000004" not in output
    assert [b.build for b in await town.projections.all("directory")] == [1]


async def test_a_build_is_paused_and_resumed(town: City) -> None:
    await town.shown(await town.register(1))
    code, output, _ = await chengce(town, "pause", "directory", *WHY)
    assert code == 0 and "已暂停" in output
    position = await town.register(1)
    assert len(await town.shown()) == 1
    code, output, _ = await chengce(town, "resume", "directory", *WHY)
    assert code == 0 and "已恢复" in output
    assert len(await town.shown(position)) == 2


async def test_who_gives_no_reason_is_asked_and_may_still_say_no(town: City) -> None:
    code, _, errors = await chengce(town, "rebuild", "directory", says="演练\nn\n")
    assert code == 1 and "为什么" in errors and "重建 registry directory" in errors
    assert len(await town.projections.all("directory")) == 1 and await town.operations() == []
    code, _, _ = await chengce(town, "rebuild", "directory", says="演练\ny\n")
    assert code == 0
    assert [(o.why, o.outcome) for o in await town.operations()] == [("演练", "done")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("compare", "nothing"),
            "没有名为 nothing 的读模型，可选：about-tickets、announcements、applications、applied、articles、assessments",
        ),
        (("compare", "deadlines"), "都有读模型 deadlines，请用 --service 指明"),
        (("rebuild",), "二者选一"),
        (("rebuild", "directory", "--from", "gestern"), "既不是位置，也不是时间"),
        (("rebuild", "directory", "--resume", "--to", "5"), "沿用原来的范围"),
        (("show", "directory", "--at", "5"), "--at 应为时间"),
        (("show", "directory", "--at", "2026-03-02", "--table", "x"), "没有表 x，可选：registry_departments"),
        (("list", "--service", "nobody"), "没有名为 nobody 的服务"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_asked(arguments: tuple[str, ...], said: str) -> None:
    done = CliRunner().invoke(app, ["projection", *arguments])
    assert done.exit_code == 2 and said in done.output, done.output


async def test_what_cannot_be_done_is_refused_with_what_to_do(town: City) -> None:
    for arguments, said in (
        (("compare", "directory"), "没有另建的版本，请先用 chengce projection rebuild directory 建立"),
        (("rebuild", "directory", "--resume", *WHY), "没有未完成的重建"),
        (("drop", "directory", *WHY), "没有可以删除的版本"),
    ):
        code, _, errors = await chengce(town, *arguments)
        assert code == 2 and said in errors, errors
    assert len(await town.projections.all("directory")) == 1 and await town.operations() == []
