"""`chengce events verify` finds what was planted, names the first event of it, and ends accordingly."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from shared.cli.up import environment
from shared.runtime.settings import Settings
from tests.support.commands import Answer, Operator
from tests.support.sealed import connected

Connection = psycopg.Connection[Any]


@pytest.fixture
async def sealed(chengce: Operator) -> None:
    """Everything that is recorded has been sealed."""
    answer = await chengce("events", "seal")
    assert answer.code == 0, answer.said


@pytest.fixture
def registry(recorded: Settings, sealed: None) -> Iterator[Connection]:
    """A connection to registry's database; events and seals come back afterwards as they were."""
    with connected(recorded.database_of("registry")) as connection:
        connection.autocommit = True
        connection.execute("CREATE TEMP TABLE events_before AS SELECT * FROM stored_events")
        connection.execute("CREATE TEMP TABLE seals_before AS SELECT * FROM platform.seals")
        yield connection
        connection.execute("BEGIN; DELETE FROM stored_events; INSERT INTO stored_events SELECT * FROM events_before;"
                           "DELETE FROM platform.seals; INSERT INTO platform.seals SELECT * FROM seals_before; COMMIT")  # fmt: skip


def position_of(connection: Connection, nth: int) -> int:
    rows = connection.execute("SELECT notification_id FROM stored_events ORDER BY 1").fetchall()
    return int(rows[nth][0])


def finding(answer: Answer) -> dict[str, Any]:
    """The first thing that is wrong with the one service."""
    assert answer.code == 1, answer.output + answer.said
    (verdict,) = answer.result
    assert not verdict["ok"]
    first = verdict["findings"][0]
    assert isinstance(first, dict)
    return first


async def test_an_untouched_platform_is_well(chengce: Operator, sealed: None) -> None:
    answer = await chengce("events", "verify", "--all", "--json")
    assert answer.code == 0, answer.output
    verdicts = {each["service"]: each for each in answer.result}
    assert len(verdicts) == 7
    assert all(each["ok"] for each in verdicts.values())
    assert (verdicts["registry"]["events"], verdicts["registry"]["unsealed"]) == (5, 0)
    assert verdicts["registry"]["stream"] == "compared"
    shown = await chengce("events", "verify", "registry")
    assert (shown.code, len(shown.output.splitlines())) == (0, 1)
    assert "完好" in shown.output


async def test_a_planted_change_is_named(chengce: Operator, registry: Connection) -> None:
    at = position_of(registry, 1)
    registry.execute(
        "UPDATE stored_events SET state = replace(convert_from(state, 'UTF8'), '局', '厅')::bytea"
        " WHERE notification_id = %s",
        (at,),
    )
    first = finding(await chengce("events", "verify", "registry", "--json"))
    assert (first["wrong"], first["position"], first["version"]) == ("event-changed", at, 1)
    assert first["topic"] == "registry.department-registered"
    answer = await chengce("events", "verify", "registry")
    assert answer.code == 1
    assert f"第一处 位置 {at}，聚合 {first['aggregate']} 第 1 版" in answer.output
    assert "保留现场" in answer.said


async def test_a_planted_removal_is_named(chengce: Operator, registry: Connection) -> None:
    at = position_of(registry, 3)
    registry.execute("DELETE FROM stored_events WHERE notification_id = %s", (at,))
    first = finding(await chengce("events", "verify", "registry", "--json"))
    assert (first["wrong"], first["position"]) == ("event-removed", at)
    assert (first["aggregate"].split("-")[0], first["version"]) == ("codes", 1), "told by the hole in its versions"
    assert "已被删除" in (await chengce("events", "verify", "registry")).output


async def test_a_removed_event_that_no_hole_tells_of_is_named_by_what_was_published(
    chengce: Operator, registry: Connection
) -> None:
    at = position_of(registry, 1)
    row = registry.execute("SELECT originator_id FROM stored_events WHERE notification_id = %s", (at,)).fetchone()
    assert row
    registry.execute("DELETE FROM stored_events WHERE notification_id = %s", (at,))
    first = finding(await chengce("events", "verify", "registry", "--json"))
    assert (first["position"], first["aggregate"], first["version"]) == (at, row[0], 1)
    assert first["topic"] == "chengce.registry.department-registered.v1"
    unnamed = finding(await chengce("events", "verify", "registry", "--json", "--no-stream"))
    assert (unnamed["position"], unnamed["aggregate"]) == (at, None)


async def test_a_planted_insertion_is_named(chengce: Operator, registry: Connection) -> None:
    registry.execute(
        "INSERT INTO stored_events SELECT 'department-new', 1, topic, state, 0 FROM stored_events WHERE notification_id = %s",
        (position_of(registry, 0),),
    )
    first = finding(await chengce("events", "verify", "registry", "--json"))
    assert (first["wrong"], first["position"], first["aggregate"]) == ("event-inserted", 0, "department-new")
    assert "插入" in (await chengce("events", "verify", "registry")).output


async def test_what_is_not_sealed_yet_is_counted_and_the_end_is_guarded_by_the_stream(
    chengce: Operator, registry: Connection
) -> None:
    registry.execute("INSERT INTO stored_events VALUES ('department-new', 1, 'testing.counted', '{}')")
    answer = await chengce("events", "verify", "registry", "--no-stream", "--json")
    assert (answer.code, answer.result[0]["unsealed"], answer.result[0]["stream"]) == (0, 1, "not-asked")
    end = position_of(registry, 2)  # the last event that was published
    registry.execute("DELETE FROM stored_events WHERE notification_id >= %s", (end,))
    registry.execute("DELETE FROM platform.seals")
    alone = await chengce("events", "verify", "registry", "--no-stream")
    assert alone.code == 0, "what is left is in itself whole, and not sealed"
    first = finding(await chengce("events", "verify", "registry", "--json"))
    assert (first["wrong"], first["position"]) == ("log-behind-stream", end)


async def test_a_bus_that_cannot_be_reached_is_told_and_no_finding(
    chengce: Operator, sealed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.cli.events_published.BUS_SECONDS", 0.5)
    answer = await chengce("events", "verify", "registry", CHENGCE_NATS_URL="nats://127.0.0.1:9")
    assert answer.code == 0
    assert "总线连接不上" in answer.output


async def test_a_noted_head_finds_that_the_end_was_cut_off(
    chengce: Operator, registry: Connection, tmp_path: Path
) -> None:
    head = tmp_path / "head.json"
    written = await chengce("events", "verify", "--write-head", str(head))
    assert written.code == 0, written.output
    assert set(json.loads(head.read_bytes())["heads"]) >= {"registry", "policy"}
    assert (await chengce("events", "verify", "--head", str(head))).code == 0
    registry.execute("DELETE FROM stored_events WHERE notification_id >= %s", (position_of(registry, -1),))
    registry.execute("DELETE FROM platform.seals")
    before = head.read_bytes()
    first = finding(
        await chengce(
            "events", "verify", "registry", "--head", str(head), "--write-head", str(head), "--json", "--no-stream"
        )
    )
    assert first["wrong"] == "seals-truncated"
    assert head.read_bytes() == before, "no head is noted of a log that is not well"
    await chengce("events", "seal", "registry")
    first = finding(await chengce("events", "verify", "registry", "--head", str(head), "--json", "--no-stream"))
    assert first["wrong"] == "head-differs"


async def test_an_auditor_verifies_with_the_public_key_and_without_the_secret(
    chengce: Operator, registry: Connection, tmp_path: Path
) -> None:
    key = tmp_path / "seals.pem"
    key.write_text((await chengce("events", "public-key")).output)
    without = {"CHENGCE_SECRET": "", "CHENGCE_NATS_URL": "", "CHENGCE_DATA_DIR": str(tmp_path)}
    answer = await chengce("events", "verify", "registry", "--public-key", str(key), "--json", **without)
    assert (answer.code, answer.result[0]["events"]) == (0, 5), answer.said
    assert (await chengce("events", "verify", "registry", **without)).code != 0, "there is no secret"
    registry.execute("UPDATE platform.seals SET signature = set_byte(signature, 0, get_byte(signature, 0) # 1)")
    first = finding(await chengce("events", "verify", "registry", "--public-key", str(key), "--json", **without))
    assert first["wrong"] == "seal-forged"


async def test_a_key_of_its_own_and_the_earlier_one_trusted_by_its_public_key(
    chengce: Operator, registry: Connection, tmp_path: Path
) -> None:
    earlier, own = tmp_path / "earlier.pem", tmp_path / "own.key"
    earlier.write_text((await chengce("events", "public-key")).output)
    own.write_text("k" * 48 + "\n")
    with_key = {"CHENGCE_SEAL_KEY": str(own), "CHENGCE_SECRET": ""}
    first = finding(await chengce("events", "verify", "registry", "--json", **with_key))
    assert first["wrong"] == "seal-key-unknown"
    trusted = {"CHENGCE_SEAL_TRUSTED": json.dumps([str(earlier)])}
    registry.execute("INSERT INTO stored_events VALUES ('department-new', 1, 'testing.counted', '{}')")
    assert (await chengce("events", "seal", "registry", **with_key)).code == 0
    answer = await chengce("events", "verify", "registry", "--json", **with_key, **trusted)
    assert (answer.code, answer.result[0]["events"]) == (0, 6), answer.output


@pytest.mark.parametrize(
    ("option", "content", "said"),
    [
        ("--head", "{}", "--write-head"),
        ("--head", "no json", "--write-head"),
        ("--public-key", "no key", "public key"),
        ("--public-key", None, "No such file"),
    ],
)
async def test_a_file_that_is_none_is_told_before_anything_is_verified(
    chengce: Operator, tmp_path: Path, option: str, content: str | None, said: str
) -> None:
    file = tmp_path / "file"
    if content is not None:
        file.write_text(content)
    answer = await chengce("events", "verify", "registry", option, str(file))
    assert (answer.code, answer.output) == (2, "")
    assert said in answer.said


async def test_only_the_first_findings_are_listed_and_all_are_counted(chengce: Operator, registry: Connection) -> None:
    registry.execute("UPDATE stored_events SET topic = 'x'")
    answer = await chengce("events", "verify", "registry", "--most", "2", "--json")
    (verdict,) = answer.result
    assert (verdict["count"], len(verdict["findings"])) == (5, 2)
    assert "其余 3 处" in (await chengce("events", "verify", "registry", "--most", "2")).output


def test_child_processes_believe_the_same_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(seal_key=Path("/keys/own.key"), seal_trusted=[Path("/keys/earlier.pem")], seal_seconds=3)
    monkeypatch.setattr(os, "environ", environment(settings))
    read = Settings()
    assert (read.seal_key, read.seal_trusted, read.seal_seconds) == (settings.seal_key, settings.seal_trusted, 3)
