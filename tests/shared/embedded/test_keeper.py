"""Servers that end by themselves come back at their addresses, with their data; and stopping wins over starting."""

import asyncio
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import nats
import psycopg
import pytest
from nats.js.errors import NotFoundError
from structlog.testing import capture_logs

from shared.embedded import ServerLost, Servers
from shared.embedded.process import wait_until, wait_until_gone
from tests.support.processes import children_of
from tests.support.servers import database_address


@pytest.fixture
def logged() -> Iterator[list[dict[str, object]]]:
    with capture_logs() as entries:
        yield entries  # type: ignore[misc]


def restarts(logged: list[dict[str, object]]) -> list[object]:
    return [entry["server"] for entry in logged if entry["event"] == "server_restarted"]


def kill(server: object) -> None:
    """As the kernel does when memory runs out; returns when it is gone."""
    pid: int = server.pid  # type: ignore[attr-defined]
    os.kill(pid, signal.SIGKILL)
    assert wait_until_gone(pid, 10)


def words(servers: Servers) -> list[str]:
    with psycopg.connect(database_address(servers.database_url, "postgres")) as connection:
        return [word for (word,) in connection.execute("SELECT word FROM kept ORDER BY word")]


def keep_a_word(servers: Servers) -> None:
    with psycopg.connect(database_address(servers.database_url, "postgres"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT '留下的' AS word")


async def last_word(url: str) -> bytes | None:
    connection = await nats.connect(url)
    try:
        return (await connection.jetstream().get_last_msg("KEPT", "kept")).data
    finally:
        await connection.close()


async def publish(url: str, word: bytes) -> None:
    connection = await nats.connect(url)
    try:
        await connection.jetstream().add_stream(name="KEPT", subjects=["kept"])
        await connection.jetstream().publish("kept", word)
    finally:
        await connection.close()


async def until(condition: Callable[[], bool]) -> None:
    assert await asyncio.to_thread(wait_until, condition, 20)


async def test_each_server_that_is_killed_comes_back_with_its_data_and_address(
    tmp_path: Path, logged: list[dict[str, object]]
) -> None:
    with Servers(tmp_path) as servers:
        addresses = (servers.database_url, servers.nats_url)
        keep_a_word(servers)
        await publish(servers.nats_url, b"stays")
        for n in range(1, 3):
            kill(servers.postgres)
            kill(servers.nats)
            await until(lambda n=n: len(restarts(logged)) == 2 * n)  # type: ignore[misc]
            assert words(servers) == ["留下的"]
            assert await last_word(servers.nats_url) == b"stays"
        assert (servers.database_url, servers.nats_url) == addresses
    assert sorted(restarts(logged)) == ["NATS", "NATS", "PostgreSQL", "PostgreSQL"]  # type: ignore[type-var]
    assert {entry["code"] for entry in logged if entry["event"] == "server_restarted"} == {-signal.SIGKILL}


async def test_a_bus_that_lost_its_folder_comes_back_empty_at_the_same_address(
    tmp_path: Path, logged: list[dict[str, object]]
) -> None:
    with Servers(tmp_path, database_url="postgresql://elsewhere") as servers:
        assert servers.nats
        url = servers.nats_url
        await publish(url, b"gone")
        shutil.rmtree(servers.nats.directory)
        kill(servers.nats)
        await until(lambda: restarts(logged) == ["NATS"])
        assert servers.nats_url == url
        with pytest.raises(NotFoundError):
            await last_word(url)


def interrupted(seconds: float) -> bool:
    """Whether Ctrl-C comes to this thread, which is the main one, within so many seconds."""
    try:
        time.sleep(seconds)
    except KeyboardInterrupt:
        return True
    return False


def test_a_record_that_is_gone_is_not_replaced_by_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: list[dict[str, object]]
) -> None:
    monkeypatch.setattr("shared.embedded.keeper.ATTEMPTS", 2)
    servers = Servers(tmp_path, nats_url="nats://elsewhere")
    assert servers.postgres
    with pytest.raises(ServerLost, match=r"PostgreSQL 意外结束，连续 2 次.*(?s:.*)不见了.*chengce restore"), servers:
        servers.postgres.cluster.rename(tmp_path / "elsewhere")
        kill(servers.postgres)
        assert interrupted(20)
    assert not servers.postgres.cluster.exists()
    assert restarts(logged) == []
    with Servers(tmp_path / "next", nats_url="nats://elsewhere"):  # the process can go on
        pass


def test_a_port_that_another_program_took_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: list[dict[str, object]]
) -> None:
    monkeypatch.setattr("shared.embedded.keeper._SHORTEST_LIFE_SECONDS", 3.0)  # time for the other program
    with Servers(tmp_path, database_url="postgresql://elsewhere") as servers:
        assert servers.nats
        port = int(servers.nats_url.rpartition(":")[2])
        kill(servers.nats)
        with socket.create_server(("127.0.0.1", port)):
            assert wait_until(lambda: any(entry["event"] == "server_start_failed" for entry in logged), 20)
        assert wait_until(lambda: restarts(logged) == ["NATS"], 20)
        assert servers.nats_url.endswith(f":{port}")


def test_stopping_does_not_wait_for_a_start_that_hangs(tmp_path: Path, logged: list[dict[str, object]]) -> None:
    with Servers(tmp_path, nats_url="nats://elsewhere") as servers:
        assert servers.postgres
        # A child of the killed server that lives on keeps the start waiting, for up to a minute.
        slow = children_of(servers.postgres.pid)[0]
        os.kill(slow, signal.SIGSTOP)
        kill(servers.postgres)
        threading.Timer(1.0, os.kill, (slow, signal.SIGKILL)).start()
        began = time.monotonic()
    assert time.monotonic() - began < 5
    assert not servers.postgres.alive()
    assert restarts(logged) == []
    with Servers(tmp_path, nats_url="nats://elsewhere") as servers:
        assert servers.postgres
        assert servers.postgres.alive()
