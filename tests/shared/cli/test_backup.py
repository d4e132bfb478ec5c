"""`chengce backup` and `restore` as somebody types them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from shared.cli.main import app
from shared.cli.up import NotWhole, _refuse_half_restored
from shared.embedded import Servers
from shared.runtime.settings import Settings
from tests.support.logs import plain_logs


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A command sets logs up for its own process, which here is the tests' own."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    plain_logs()


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHENGCE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("CHENGCE_DATABASE_URL", raising=False)
    return tmp_path / "data"


def chengce(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_backup_and_restore_say_what_they_did_and_what_comes_next(data_dir: Path, tmp_path: Path) -> None:
    with Servers(data_dir, nats_url="nats://elsewhere"):
        shown = chengce("backup")
        assert shown.exit_code == 0, shown.stderr
        assert "密钥不在备份中" in shown.stderr
        assert str(data_dir / "wal-archive") in shown.stderr
        printed = json.loads(chengce("backup", "--to", tmp_path / "here.tar", "--keep", 1, "--json").stdout)
    assert printed["path"] == str(tmp_path / "here.tar")
    assert printed["bytes"] > 1_000_000
    assert [Path(path).parent for path in printed["removed"]] == [data_dir / "backups"]
    result = json.loads(chengce("restore", tmp_path / "here.tar", "--data", tmp_path / "new", "--json").stdout)
    assert result["data_dir"] == str(tmp_path / "new")
    assert result["moment"] == printed["ended_at"].replace("Z", "+00:00")
    shown = chengce("restore", tmp_path / "here.tar", "--yes")
    assert shown.exit_code == 0, shown.stderr
    for said in ("已恢复到", "原有数据库", "启动之前请把 secret 文件放回", "启动后请重新做一次备份"):
        assert said in shown.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["backup"], "请先用 make run 启动平台再备份"),
        (["restore", "nowhere"], "不能作为备份打开"),
        (["restore", "nowhere", "--at", "昨天"], "看不懂时刻 昨天"),
        (["restore", "nowhere", "--at", "2026-01-01", "--latest"], "只能给出一个"),
        (["restore", "nowhere", "--platform-time"], "请同时给出 --at"),
    ],
)
def test_what_cannot_be_done_is_refused_with_what_to_do(arguments: list[str], said: str) -> None:
    result = chengce(*arguments)
    assert result.exit_code == 1
    assert said in result.stderr


def test_a_server_that_is_not_ours_is_backed_up_by_its_own_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHENGCE_DATABASE_URL", "postgresql://elsewhere")
    result = chengce("backup")
    assert result.exit_code == 1
    assert "由它自己的工具负责" in result.stderr


def test_a_platform_does_not_start_on_half_a_restore(data_dir: Path) -> None:
    (data_dir / "restore.new").mkdir(parents=True)
    with pytest.raises(NotWhole, match="请重新运行 chengce restore"):
        _refuse_half_restored(Settings(data_dir=data_dir))


def test_a_database_without_its_secret_gets_no_new_one(data_dir: Path) -> None:
    (data_dir / "postgres" / "cluster").mkdir(parents=True)
    with pytest.raises(NotWhole, match="secret 文件放回"):
        _refuse_half_restored(Settings(data_dir=data_dir))
    assert not (data_dir / "secret").exists()
    _refuse_half_restored(Settings(data_dir=data_dir, secret="x" * 40))


def test_the_secret_is_there_before_the_first_database(data_dir: Path) -> None:
    _refuse_half_restored(Settings(data_dir=data_dir))
    assert len((data_dir / "secret").read_text()) >= 32
    assert (data_dir / "secret").stat().st_mode & 0o777 == 0o600
