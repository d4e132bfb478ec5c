"""The command line: kinds of files, clear refusals, the clock of a data directory, settings for child processes."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shared.calendar import ClockFace
from shared.cli.kinds import LoadError, kind_of
from shared.cli.loading import read_rows, source_of
from shared.cli.main import app
from shared.cli.serving import unkept
from shared.cli.up import ClockRefused, _clock_face, environment
from shared.runtime.host import installed_services
from shared.runtime.settings import Settings
from tests.support.logs import plain_logs

runner = CliRunner()
SAMPLES = Path("samples")
REAL = {
    "policy_cards_beijing.json": "policy-cards",
    "enterprises_uscc_real.csv": "enterprises",
    "divisions_counties_2023.csv": "divisions",
    "divisions_jiangsu_towns.csv": "divisions",
    "gb4754_2017.csv": "industries",
    "tickets_fuzhou12345.csv": "ticket-export",
    "tickets_teddy_labelled.csv": "ticket-export",
    "tickets_teddy_unlabelled.csv": "ticket-export",
    "tickets_teddy_votes.csv": "ticket-export",
    "tickets_teddy_with_reply.csv": "ticket-export",
    "messages_leader_board.csv": "ticket-export",
    "boston311_2019_sla.csv": "ticket-export",
}


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A command sets logs up for its own process, which here is the tests' own."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    plain_logs()


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_every_sample_file_is_recognised_by_its_columns(path: Path) -> None:
    assert kind_of(path, read_rows(path)).name == path.stem


@pytest.mark.realdata
@pytest.mark.parametrize(("name", "kind"), REAL.items())
def test_real_files_are_recognised_by_their_columns(name: str, kind: str, realdata: Path) -> None:
    path = realdata / name
    assert kind_of(path, read_rows(path)).name == kind


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "颜色,形状\n红,圆\n", "不属于任何可载入的资料"),
        ("a.csv", "", "没有数据行"),
        ("a.json", "{", "无法读取"),
        ("a.json", '{"a": 1}', "不是由对象组成的列表"),
        ("a.xls", "x", "格式不支持"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_refused_with_one_clear_sentence(
    name: str, content: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(LoadError, match=said):
        kind_of(path, read_rows(path))


def test_loading_without_a_platform_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHENGCE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CHENGCE_SECRET", "s" * 32)
    answer = runner.invoke(app, ["load", "samples/departments.json", "--url", "http://127.0.0.1:9"])
    assert answer.exit_code == 1
    assert "make run" in answer.output


def test_a_source_is_the_files_name_and_safe_in_keys() -> None:
    assert source_of(Path("tickets_2026.rejected.csv")) == source_of(Path("tickets_2026.csv")) == "tickets_2026"
    assert source_of(Path("十二月工单.csv")).startswith("file-")
    assert source_of(Path("十二月工单.csv")) != source_of(Path("一月工单.csv"))


def test_settings_and_version_are_told() -> None:
    shown = runner.invoke(app, ["settings"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    assert "CHENGCE_DATABASE_URL" in shown.output
    assert runner.invoke(app, ["version"]).output.strip()


def test_an_unknown_service_is_refused() -> None:
    answer = runner.invoke(app, ["serve", "nobody"])
    assert answer.exit_code == 2


def test_a_service_that_keeps_files_does_not_run_where_nobody_has_said_where(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CHENGCE_DATA_DIR", "DATA", "CHENGCE_OBJECT_STORE_URL"):
        monkeypatch.delenv(name, raising=False)
    services = installed_services("application", "registry")
    answer = runner.invoke(app, ["serve", "application"])
    assert answer.exit_code == 1
    assert "请设置 CHENGCE_OBJECT_STORE_URL" in answer.stderr
    assert unkept(Settings(), services["application"])
    assert not unkept(Settings(), services["registry"])
    assert not unkept(Settings(object_store_url="s3://bucket/prefix"), services["application"])
    monkeypatch.setenv("CHENGCE_DATA_DIR", "/srv/chengce")
    assert not unkept(Settings(), services["application"])


def test_a_data_directory_keeps_its_clock(tmp_path: Path) -> None:
    assert _clock_face(tmp_path, None, None) is None
    first = _clock_face(tmp_path, datetime(2026, 3, 2, 9), 3600.0)  # noqa: DTZ001 - Shanghai, as on the command line
    assert first is not None
    assert first.at == datetime(2026, 3, 2, 1, tzinfo=UTC)
    assert _clock_face(tmp_path, None, None) == first
    assert ClockFace.from_json((tmp_path / "clock.json").read_text()) == first


def test_a_clock_that_was_never_set_is_the_machines_own_and_may_only_run_faster(tmp_path: Path) -> None:
    before = datetime.now(UTC)
    face = _clock_face(tmp_path, None, 60.0)
    assert face is not None
    assert before <= face.at <= datetime.now(UTC)
    assert (face.origin, face.speed) == (face.at, 60.0)


def test_a_clock_is_never_set_back(tmp_path: Path) -> None:
    first = _clock_face(tmp_path, datetime(2026, 3, 2, 1, tzinfo=UTC), 3600.0)
    with pytest.raises(ClockRefused, match="不能拨回"):
        _clock_face(tmp_path, datetime(2026, 1, 1, tzinfo=UTC), None)
    assert _clock_face(tmp_path, None, None) == first, "a refusal changes nothing"


def test_a_clock_set_forward_keeps_its_speed(tmp_path: Path) -> None:
    _clock_face(tmp_path, datetime(2026, 3, 2, 1, tzinfo=UTC), 3600.0)
    later = _clock_face(tmp_path, datetime(2036, 3, 2, 1, tzinfo=UTC), None)
    assert later is not None
    assert (later.at, later.speed) == (datetime(2036, 3, 2, 1, tzinfo=UTC), 3600.0)
    assert _clock_face(tmp_path, None, None) == later


@pytest.mark.parametrize("speed", [1.0, 86_400.0])
def test_a_clock_changes_its_speed_without_a_jump(tmp_path: Path, speed: float) -> None:
    first = _clock_face(tmp_path, datetime(2026, 3, 2, 1, tzinfo=UTC), 3600.0)
    changed = _clock_face(tmp_path, None, speed)
    assert first is not None
    assert changed is not None
    assert changed.at == first.reads(changed.origin)
    assert (changed.speed, _clock_face(tmp_path, None, None)) == (speed, changed)


def test_child_processes_read_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(
        database_url="postgresql://a:b@127.0.0.1:1/x", nats_url="nats://127.0.0.1:2", secret="s" * 40,
        clock_at=datetime(2026, 3, 2, tzinfo=UTC), clock_origin=datetime(2026, 11, 1, tzinfo=UTC), clock_speed=60.0,
        dev_sign_in=True, service_urls={"policy": "http://127.0.0.1:3"}, port=1234,
    )  # fmt: skip
    monkeypatch.setattr(os, "environ", environment(settings))
    assert Settings() == settings


def test_what_a_database_address_says_more_holds_for_every_database() -> None:
    settings = Settings(database_url="postgresql://a:b@db.example:5433?sslmode=verify-full")
    assert settings.database_of("policy") == "postgresql://a:b@db.example:5433/chengce_policy?sslmode=verify-full"
    assert settings.maintenance_database() == "postgresql://a:b@db.example:5433/postgres?sslmode=verify-full"


def test_empty_variables_are_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")
    monkeypatch.setenv("DATA", "")
    assert (Settings().port, Settings().data_dir) == (8000, Path(".data"))
