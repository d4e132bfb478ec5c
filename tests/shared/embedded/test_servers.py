import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nats
import psycopg
import pytest

from shared.embedded import DataDirectoryInUse, EmbeddedServerError, Servers
from shared.embedded.process import wait_until_gone
from tests.support.processes import children_of
from tests.support.servers import database_address

PROJECT = Path(__file__).parents[3]


@contextmanager
def holder_of(data_dir: Path) -> Iterator[tuple["subprocess.Popen[str]", dict[str, Any]]]:
    """Another platform process that holds `data_dir`, and what it says it holds."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.shared.embedded.holder", str(data_dir)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout
        try:
            yield holder, json.loads(holder.stdout.readline())
        finally:
            holder.kill()


def test_nothing_is_started_or_written_when_both_addresses_are_given(tmp_path: Path) -> None:
    with Servers(tmp_path / "unused", "postgresql://elsewhere", "nats://elsewhere") as servers:
        assert (servers.database_url, servers.nats_url) == ("postgresql://elsewhere", "nats://elsewhere")
    assert not (tmp_path / "unused").exists()


async def test_only_the_server_that_is_not_given_is_started(tmp_path: Path) -> None:
    with Servers(tmp_path, database_url="postgresql://elsewhere") as servers:
        assert servers.database_url == "postgresql://elsewhere"
        connection = await nats.connect(servers.nats_url)
        account = await connection.jetstream().account_info()
        await connection.close()
    assert account.streams == 0
    assert not (tmp_path / "postgres").exists()


def test_a_server_that_fails_takes_the_others_and_the_lock_with_it(tmp_path: Path) -> None:
    broken = Servers(tmp_path, sync_interval="sometimes")
    with pytest.raises(EmbeddedServerError, match="NATS"), broken:
        pytest.fail("entered without NATS")
    assert broken.postgres
    assert not broken.postgres.alive()
    with Servers(tmp_path) as servers:
        assert servers.postgres
        assert servers.postgres.alive()


async def test_a_killed_holder_leaves_no_process_and_the_next_one_has_its_data(tmp_path: Path) -> None:
    with holder_of(tmp_path) as (holder, held):
        with psycopg.connect(database_address(held["database_url"], "postgres"), autocommit=True) as database:
            database.execute("CREATE TABLE kept AS SELECT '留下的' AS word")
        connection = await nats.connect(held["nats_url"])
        await connection.jetstream().add_stream(name="KEPT", subjects=["kept"])
        await connection.jetstream().publish("kept", b"stays")
        await connection.close()
        processes = [*held["pids"].values(), *children_of(held["pids"]["postgres"])]

        holder.send_signal(signal.SIGKILL)
        holder.wait()

        with Servers(tmp_path) as servers:  # at once: the old servers may still be on their way out
            assert all(wait_until_gone(pid, 0) for pid in processes)
            assert (servers.database_url, servers.nats_url) == (held["database_url"], held["nats_url"])
            with psycopg.connect(database_address(servers.database_url, "postgres")) as database:
                assert database.execute("SELECT word FROM kept").fetchone() == ("留下的",)
            connection = await nats.connect(servers.nats_url)
            assert (await connection.jetstream().get_last_msg("KEPT", "kept")).data == b"stays"
            await connection.close()
    assert len(processes) > 3


def test_a_killed_holder_leaves_no_process_although_nobody_comes_after_it(tmp_path: Path) -> None:
    with holder_of(tmp_path) as (holder, held):
        processes = [*held["pids"].values(), *children_of(held["pids"]["postgres"])]
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        assert [pid for pid in processes if not wait_until_gone(pid, 20)] == []
        assert len(processes) > 3


def test_a_second_platform_on_one_data_directory_is_told_who_holds_it(tmp_path: Path) -> None:
    with holder_of(tmp_path) as (holder, held):
        with pytest.raises(DataDirectoryInUse) as refused, Servers(tmp_path):
            pytest.fail("two platforms on one data directory")
        assert str(refused.value) == (
            f"数据目录 {tmp_path} 正由另一个平台进程（进程号 {holder.pid}）使用。"
            "请先停止该进程，或另选一个数据目录后再启动。"
        )
        with psycopg.connect(database_address(held["database_url"], "postgres")) as database:
            assert database.execute("SELECT 1").fetchone() == (1,)
        os.kill(held["pids"]["nats"], 0)
