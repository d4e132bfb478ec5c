"""`chengce events cat`, `history` and `export`: what is asked for, all of it, in order, and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nats
import psycopg
import pytest
from nats.js.api import DeliverPolicy

from shared.cli.events_selection import Wanted
from shared.contracts.base import stream_of
from shared.runtime.settings import Settings
from shared.runtime.tables import create_tables
from tests.support.commands import Operator
from tests.support.sealed import connected, write

Connection = psycopg.Connection[Any]
LIST = "codes-divisions"


async def whole(chengce: Operator) -> list[dict[str, Any]]:
    return (await chengce("events", "cat", "registry", "--json")).lines


def names_in(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


async def test_the_record_of_a_service_is_printed_oldest_first(chengce: Operator) -> None:
    lines = await whole(chengce)
    assert [line["type"].partition(".")[2] for line in lines] == ["department-registered"] * 3 + ["codes-imported"] * 2
    assert [line["position"] for line in lines] == sorted(line["position"] for line in lines)
    assert lines[-1]["version"] == 2
    assert lines[0]["actor"]["subject"] == "test"
    answer = await chengce("events", "cat", "registry")
    assert len(answer.output.splitlines()) == len(lines)
    assert LIST in answer.output


async def test_services_are_merged_by_the_time_of_recording(chengce: Operator) -> None:
    both = (await chengce("events", "cat", "policy", "registry", "--json")).lines
    assert [line["service"] for line in both] == ["registry"] * 4 + ["policy", "registry"]
    every = (await chengce("events", "cat", "--json")).lines
    assert every == both, "the other services have no record yet"
    newest = (await chengce("events", "cat", "--json", "--reverse", "--limit", "2")).lines
    assert newest == [both[-1], both[-2]]


async def test_filters_hold_together(chengce: Operator) -> None:
    lines = await whole(chengce)
    codes = [line for line in lines if line["aggregate"].startswith(LIST)]

    async def found(*arguments: str) -> list[dict[str, Any]]:
        return (await chengce("events", "cat", "registry", "--json", *arguments)).lines

    assert await found("--aggregate", codes[0]["aggregate"]) == codes
    assert await found("--type", "registry.codes-imported") == codes
    assert await found("--type", "registry.codes-imported", "--type", "registry.department-registered") == lines
    assert (
        await found("--after", str(lines[1]["position"]), "--until-position", str(lines[3]["position"])) == lines[2:4]
    )
    assert await found("--since", lines[2]["at"], "--until", lines[4]["at"]) == lines[2:4]
    assert await found("--actor", "test") == lines
    assert await found("--actor", "somebody-else") == []
    assert await found("--trace", lines[1]["trace"]) == [lines[1]]
    assert await found("--trace", lines[1]["trace"].split("-")[1], "--type", "registry.codes-imported") == []
    assert await found("--limit", "0") == lines


async def test_a_time_without_offset_is_civil_time_in_shanghai(chengce: Operator) -> None:
    lines = await whole(chengce)
    civil = (await chengce("events", "cat", "registry", "--limit", "1")).output[:19]
    of_that_second = (await chengce("events", "cat", "registry", "--json", "--since", civil.replace(" ", "T"))).lines
    assert of_that_second == lines
    assert (await chengce("events", "cat", "registry", "--json", "--until", civil[:10])).lines == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("nobody",), "没有服务"), (("--since", "gestern"), "不是时间"), (("--trace", "12"), "跟踪号")],
)
async def test_what_cannot_be_meant_is_refused(chengce: Operator, arguments: tuple[str, ...], said: str) -> None:
    answer = await chengce("events", "cat", *arguments)
    assert answer.code == 2
    assert said in answer.said


async def test_a_platform_that_is_not_there_is_told_in_one_sentence(chengce: Operator) -> None:
    answer = await chengce("events", "cat", "registry", CHENGCE_DATABASE_URL="postgresql://127.0.0.1:9")
    assert (answer.code, answer.output) == (2, "")
    assert "连接不上数据库" in answer.said


async def test_an_aggregate_is_shown_as_it_was_known_then(chengce: Operator) -> None:
    events = [line for line in await whole(chengce) if line["aggregate"].startswith(LIST)]
    aggregate = events[0]["aggregate"]
    now = (await chengce("events", "history", aggregate, "--state", "--json")).result
    assert (now["service"], now["version"], [each["version"] for each in now["events"]]) == ("registry", 2, [1, 2])
    assert now["state"]["names"] == {"320281": ["乙市", None], "320282": ["丙市", None]}
    then = (await chengce("events", "history", aggregate, "--state", "--json", "--at", events[0]["at"])).result
    assert (then["version"], then["state"]["names"]) == (1, {"320281": ["甲市", None]})
    shown = await chengce("events", "history", aggregate, "--service", "registry")
    assert len(shown.output.splitlines()) == 2
    assert "names" not in shown.output
    assert "乙市" in (await chengce("events", "history", aggregate, "--state")).output


async def test_an_aggregate_of_which_nothing_was_known_then_is_told(chengce: Operator) -> None:
    answer = await chengce("events", "history", "department-gxj", "--at", "2020-01-01")
    assert (answer.code, answer.output) == (1, "")
    assert "没有 department-gxj 的事件" in answer.said
    answer = await chengce("events", "history", "unicorn-1")
    assert answer.code == 2
    assert "unicorn-1" in answer.said


async def test_json_lines_hold_every_stored_event_in_full(
    chengce: Operator, recorded: Settings, tmp_path: Path
) -> None:
    to = tmp_path / "registry.jsonl"
    answer = await chengce("events", "export", "registry", "--to", str(to))
    assert answer.code == 0
    assert hashlib.sha256(to.read_bytes()).hexdigest() in answer.output
    assert "已导出 5 条事件" in answer.output
    assert names_in(tmp_path) == [to.name], "nothing unfinished is left"
    with connected(recorded.database_of("registry")) as connection:
        rows = connection.execute(
            "SELECT notification_id, originator_id, originator_version, topic, convert_from(state, 'UTF8')"
            " FROM stored_events ORDER BY 1"
        ).fetchall()
    for line, (position, aggregate, version, topic, state) in zip(to.read_text().splitlines(), rows, strict=True):
        assert line.endswith(f'"state":{state}}}'), "byte for byte"
        assert json.loads(line) == {
            "service": "registry", "position": position, "aggregate": aggregate, "version": version,
            "topic": topic, "state": json.loads(state),
        }  # fmt: skip


async def test_cloudevents_are_those_of_the_stream(chengce: Operator, recorded: Settings) -> None:
    answer = await chengce("events", "export", "registry", "--format", "cloudevents")
    batch = json.loads(answer.output)
    assert "3 条事件到标准输出" in answer.said
    bus = await nats.connect(recorded.require_nats())
    subscription = await bus.jetstream().subscribe(
        "chengce.registry.>", stream=stream_of("registry"), ordered_consumer=True, deliver_policy=DeliverPolicy.ALL
    )
    for event in batch:
        message = await subscription.next_msg(timeout=90)
        headers = {k.lower(): v for k, v in (message.headers or {}).items() if not k.startswith("Nats-")}
        attributes = {name.removeprefix("ce-"): value for name, value in headers.items()}
        assert event.pop("datacontenttype") == attributes.pop("content-type") == "application/json"
        assert event.pop("data") == json.loads(message.data)
        assert event == attributes
    await bus.close()


async def test_a_filtered_batch_of_cloudevents_tells_of_no_gaps(chengce: Operator) -> None:
    answer = await chengce("events", "export", "--format", "cloudevents", "--aggregate", "department-gxj")
    (event,) = json.loads(answer.output)
    assert (event["subject"], event["specversion"]) == ("department-gxj", "1.0")
    assert "previous" not in event
    none = await chengce("events", "export", "--format", "cloudevents", "--type", "registry.codes-imported")
    assert json.loads(none.output) == []


async def test_an_export_that_fails_leaves_no_file(chengce: Operator, tmp_path: Path) -> None:
    answer = await chengce("events", "export", "registry", "--to", str(tmp_path / "absent" / "file.jsonl"))
    assert answer.code == 2
    assert "没有导出" in answer.said
    answer = await chengce("events", "export", "registry", "--type", "x", "--to", str(tmp_path / "e.jsonl"))
    assert (answer.code, (tmp_path / "e.jsonl").read_bytes()) == (0, b"")


def test_a_long_log_is_read_in_pages_forward_and_backward_with_nothing_twice(
    fresh_database: Callable[[str], str],
) -> None:
    url = fresh_database("paged")
    create_tables(url)
    with connected(url) as connection:
        positions = write(connection, 2500)
        assert [row.id for row in Wanted().rows(connection)] == positions
        assert [row.id for row in Wanted().rows(connection, reverse=True)] == positions[::-1]
        assert [row.id for row in Wanted(actor="test").rows(connection, limit=1200)] == positions[:1200]
        ours = [row.id for row in Wanted(aggregate="counter-1").rows(connection)]
        assert ours == sorted(ours)
        assert 2 < len(ours) < 2500


def test_an_aggregate_is_found_by_its_index_in_a_long_log(fresh_database: Callable[[str], str]) -> None:
    url = fresh_database("indexed")
    create_tables(url)
    with connected(url) as connection:
        connection.execute(
            "INSERT INTO stored_events SELECT 'counter-' || n % 5000, n / 5000 + 1, 'testing.counted', '{}'"
            " FROM generate_series(0, 49999) AS n"
        )
        connection.execute("ANALYZE stored_events")
        connection.commit()
        of_one, of_all = explained(connection, Wanted(aggregate="counter-7")), explained(connection, Wanted(after=100))
    assert "stored_events_pkey" in of_one, of_one
    assert "stored_events_notification_id_idx" in of_all, of_all
    assert "Sort" not in of_all, of_all


def explained(connection: Connection, wanted: Wanted) -> str:
    """How PostgreSQL would find a page."""
    query, values = wanted.query()
    bounds = {"low": 100, "high": 2**62, "page": 1000}
    return "\n".join(row[0] for row in connection.execute(f"EXPLAIN {query}", values | bounds).fetchall())
