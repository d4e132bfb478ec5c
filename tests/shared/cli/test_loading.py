"""`chengce load` in a process of its own, against a running registry: what is taken, what comes back, what is said."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.cli.loading import LINE, REASONS, SURPLUS, read_rows
from shared.http.app import platform_app
from shared.http.spreadsheets import spreadsheet
from shared.runtime.host import installed_services, prepare
from tests.support.running import SECRET, settings_for_tests
from tests.support.servers import nats_server
from tests.support.sms_receiver import listening, serving, url_of

ENTERPRISES = [
    {"uscc": row["uscc"], "name": row["name"]} for row in read_rows(Path("samples/enterprises.json")) if row["sample"]
]


@dataclass
class Answer:
    """How a command ended."""

    code: int
    output: str
    said: str

    @property
    def result(self) -> dict[str, Any]:
        """Of the one file that was loaded with --json."""
        (found,) = json.loads(self.output)
        assert isinstance(found, dict)
        return found


@dataclass
class Desk:
    """A person with files in a folder, at a platform's address."""

    url: str
    folder: Path

    async def load(self, *arguments: str, secret: str = SECRET) -> Answer:
        """`chengce load --json` there."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("CHENGCE_")}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "shared.cli", "load", "--json", "--url", self.url, *arguments,
            cwd=self.folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env=environment | {"CHENGCE_SECRET": secret},
        )  # fmt: skip
        async with asyncio.timeout(180):
            output, said = await process.communicate()
        return Answer(process.returncode or 0, output.decode(), said.decode())

    def csv(self, name: str, lines: Sequence[Sequence[str]]) -> Path:
        with (self.folder / name).open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(lines)
        return self.folder / name

    async def known(self, uscc: str) -> bool:
        async with httpx.AsyncClient(base_url=self.url) as client:
            wait = {"Chengce-Wait-For": f"registry:{(await client.get('/readyz')).json()[0]['log_position']}"}
            return (await client.get(f"/api/registry/enterprises/{uscc}", headers=wait)).status_code == 200


@pytest.fixture(scope="module")
async def platform(database_url: str) -> AsyncIterator[str]:
    """The address of a registry that listens on a port."""
    with nats_server() as nats_url, listening() as listener:
        settings = settings_for_tests(database_url, nats_url)
        services = installed_services("registry")
        await prepare(services["registry"], settings)
        app = platform_app(services, settings)
        async with app.router.lifespan_context(app), serving(app, listener):
            yield url_of(listener)


@pytest.fixture
def desk(platform: str, tmp_path: Path) -> Desk:
    return Desk(platform, tmp_path)


def check_one_clear_line(answer: Answer, *words: str, begun: str | None = None) -> None:
    """Exit code 1, and one Chinese sentence that has these words; before it the progress of a file that was begun."""
    assert (answer.code, answer.output) == (1, "")
    *progress, line = answer.said.splitlines()
    assert [each.split()[0] for each in progress] == ([begun] if begun else [])
    assert line.endswith("。")
    for word in words:
        assert word in line


async def test_good_rows_are_taken_and_the_corrected_rest_loads(desk: Desk) -> None:
    first, second, third = ENTERPRISES[:3]
    lines = [
        ("uscc", "name", "备注"),
        (first["uscc"], first["name"], "好"),
        (second["uscc"][:-1] + "I", "", "坏，\n两行"),
        (third["uscc"], third["name"], "好"),
    ]
    desk.csv("企业.csv", lines)
    answer = await desk.load("企业.csv")
    assert answer.code == 3, answer.said
    assert (answer.result["rows"], answer.result["loaded"], answer.result["refused"]) == (3, 2, 1)
    assert await desk.known(third["uscc"])
    rejected = desk.folder / "企业.rejected.csv"
    (row,) = read_rows(rejected)
    assert (row[LINE], row["备注"]) == ("3", "坏，\n两行"), "the line that a spreadsheet shows"
    assert "uscc：" in row[REASONS]
    assert "name：" in row[REASONS]
    corrected = row | {"uscc": second["uscc"], "name": second["name"]}
    desk.csv(rejected.name, [tuple(corrected), tuple(corrected.values())])
    answer = await desk.load(rejected.name)
    assert (answer.code, answer.result["loaded"]) == (0, 1)
    assert await desk.known(second["uscc"])


async def test_a_spreadsheet_loads_and_its_refused_lines_come_back_by_their_numbers(desk: Desk) -> None:
    first, second = ENTERPRISES[20:22]
    rows = [{"uscc": first["uscc"], "name": first["name"]}, {"uscc": second["uscc"][:-1] + "I", "name": "坏"}]
    (desk.folder / "企业.xlsx").write_bytes(spreadsheet(rows))
    answer = await desk.load("企业.xlsx")
    assert (answer.result["rows"], answer.result["loaded"], answer.result["refused"]) == (2, 1, 1), answer.said
    (row,) = read_rows(desk.folder / "企业.rejected.csv")
    assert (row[LINE], row["name"]) == ("3", "坏")


async def test_two_files_of_one_name_keep_their_refused_rows_apart(desk: Desk) -> None:
    for folder, name in (("a", "甲"), ("b", "乙")):
        (desk.folder / folder).mkdir()
        desk.csv(f"{folder}/same.csv", [("uscc", "name"), ("bad", name)])
    answer = await desk.load("a/same.csv", "b/same.csv")
    assert answer.code == 3, answer.said
    kept = [read_rows(desk.folder / name)[0]["name"] for name in ("same.rejected.csv", "same.2.rejected.csv")]
    assert kept == ["甲", "乙"]


async def test_a_file_loaded_again_changes_nothing(desk: Desk) -> None:
    rows = [(each["uscc"], each["name"]) for each in ENTERPRISES[3:6]]
    desk.csv("again.CSV", [("uscc", "name"), *rows])
    first, again = await desk.load("again.CSV"), await desk.load("again.CSV")
    assert (first.code, first.result["loaded"], first.result["repeated"]) == (0, 3, 0)
    assert (again.code, again.result["loaded"], again.result["repeated"]) == (0, 0, 3)


async def test_rejected_rows_of_json_come_back_as_json_and_load_when_corrected(desk: Desk) -> None:
    good, bad = ENTERPRISES[6:8]
    rows = [good | {"tags": ["高企"]}, bad | {"employees": -1}]
    (desk.folder / "list.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(rows).encode())
    answer = await desk.load("list.json")
    assert (answer.code, answer.result["loaded"], answer.result["refused"]) == (3, 1, 1)
    (row,) = read_rows(desk.folder / "list.rejected.json")
    assert (row[LINE], row["employees"]) == (2, -1)
    (desk.folder / "list.rejected.json").write_text(json.dumps([row | {"employees": 1}]))
    answer = await desk.load("list.rejected.json")
    assert (answer.code, answer.result["loaded"]) == (0, 1)


async def test_json_lines_load_too(desk: Desk) -> None:
    lines = [json.dumps(each, ensure_ascii=False) for each in ENTERPRISES[8:11]]
    (desk.folder / "list.jsonl").write_text("\n".join(lines) + "\n\n")
    answer = await desk.load("list.jsonl")
    assert (answer.code, answer.result["loaded"]) == (0, 3)


async def test_more_rows_than_go_in_one_request_all_arrive(desk: Desk) -> None:
    codes = [(f"{n:06}", f"样例区划{n}", "") for n in range(450)]
    desk.csv("divisions_of_a_test.csv", [("code", "name", "parent_code"), *codes])
    answer = await desk.load("divisions_of_a_test.csv")
    assert (answer.code, answer.result["kind"], answer.result["loaded"]) == (0, "divisions", 450)


async def test_a_row_with_more_cells_than_columns_comes_back_and_the_others_are_taken(desk: Desk) -> None:
    first, second, third = ENTERPRISES[11:14]
    lines = [("uscc", "name"), tuple(first.values()), (*second.values(), "多", "余"), (third["uscc"],)]
    desk.csv("ragged.csv", lines)
    answer = await desk.load("ragged.csv")
    assert (answer.code, answer.result["loaded"], answer.result["refused"]) == (3, 1, 2)
    surplus, short = read_rows(desk.folder / "ragged.rejected.csv")
    assert (surplus[LINE], surplus[SURPLUS], surplus["name"]) == ("3", "多,余", second["name"])
    assert "单元格比表头多" in surplus[REASONS]
    assert (short[LINE], short["name"]) == ("4", "")
    corrected = [surplus | {SURPLUS: ""}, short | {"name": third["name"]}]
    desk.csv("ragged.rejected.csv", [tuple(surplus), *(tuple(row.values()) for row in corrected)])
    answer = await desk.load("ragged.rejected.csv")
    assert (answer.code, answer.result["loaded"]) == (0, 2)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.csv", None, "无法读取"),
        ("empty.csv", b"", "没有数据行"),
        ("header.csv", b"uscc,name\n", "没有数据行"),
        ("empty.json", b"[]", "没有数据行"),
        ("colours[red].csv", "颜色,形状\n红,圆\n".encode(), "不属于任何可载入的资料"),
        ("gbk.csv", "uscc,name\n1,企业\n".encode("gb18030"), "UTF-8"),
        ("cut.json", b'[{"uscc": ', "无法读取"),
        ("one.json", b'{"uscc": "1"}', "不是由对象组成的列表"),
        ("numbers.jsonl", b"1\n2\n", "不是由对象组成的列表"),
        ("book.xlsx", b"PK", "不是完整的"),
        ("book.pdf", b"PK", "格式不支持"),
    ],
)
async def test_a_file_that_cannot_be_loaded_is_told_in_one_line(
    desk: Desk, name: str, content: bytes | None, said: str
) -> None:
    if content is not None:
        (desk.folder / name).write_bytes(content)
    check_one_clear_line(await desk.load(name), name, said)


async def test_a_file_that_cannot_be_loaded_holds_back_all_that_were_named(desk: Desk) -> None:
    desk.csv("good.csv", [("uscc", "name"), tuple(ENTERPRISES[14].values())])
    check_one_clear_line(await desk.load("good.csv", "missing.csv"), "missing.csv")
    assert not await desk.known(ENTERPRISES[14]["uscc"])


async def test_a_platform_that_does_not_know_the_secret_is_told_in_one_line(desk: Desk) -> None:
    desk.csv("good.csv", [("uscc", "name"), tuple(ENTERPRISES[15].values())])
    answer = await desk.load("good.csv", secret="another-secret-of-more-than-32-characters")
    check_one_clear_line(answer, "401", "登录", begun="载入企业")


async def test_a_platform_that_is_not_there_is_told_in_one_line(desk: Desk) -> None:
    desk.csv("good.csv", [("uscc", "name"), tuple(ENTERPRISES[15].values())])
    away = Desk("http://127.0.0.1:9", desk.folder)
    answer = await away.load("good.csv")
    check_one_clear_line(answer, "http://127.0.0.1:9", "make run", begun="载入企业")
