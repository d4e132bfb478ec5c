"""The real servers tests run on: an address given, else servers from wheels, else containers; none is a failure."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from shared.embedded import BinaryUnavailable, EmbeddedNats, EmbeddedPostgres


class NoServer(RuntimeError):
    """Neither an address nor wheels nor containers: the tests cannot say anything, so they fail."""


def database_server() -> AbstractContextManager[str]:
    """The address of a PostgreSQL whose user may make databases."""
    return _server("CHENGCE_TEST_DATABASE_URL", EmbeddedPostgres, _postgres_container)


def nats_server() -> AbstractContextManager[str]:
    """The address of a NATS with JetStream."""
    return _server("CHENGCE_TEST_NATS_URL", EmbeddedNats, _nats_container)


def database_address(server_url: str, name: str) -> str:
    """The address of one database on a server; of the server itself when `name` is empty."""
    return urlsplit(server_url)._replace(path=f"/{name}" if name else "").geturl()


@contextmanager
def new_database(server_url: str, name: str) -> Iterator[str]:
    """A new, empty database, dropped at the end whoever is still connected; `name` gets a suffix of its own."""
    database = f"{name}_{secrets.token_hex(4)}"
    with psycopg.connect(database_address(server_url, "postgres"), autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    try:
        yield database_address(server_url, database)
    finally:
        with psycopg.connect(database_address(server_url, "postgres"), autocommit=True) as server:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))


@contextmanager
def _server(
    variable: str, embedded: type[EmbeddedPostgres | EmbeddedNats], container: Callable[[], AbstractContextManager[str]]
) -> Iterator[str]:
    if given := os.environ.get(variable):
        yield given
        return
    # Directly under the system's folder: pytest's own is closed to nobody, as whom root's server may have to run.
    directory = Path(tempfile.mkdtemp(prefix="chengce-test-"))
    server = embedded(directory)
    try:
        try:
            server.start()
        except BinaryUnavailable as no_wheel:
            if (reason := _engine_refuses()) is not None:
                raise NoServer(
                    f"no {embedded.__name__} to test on: set {variable}, or install the wheel ({no_wheel}), "
                    f"or start a container engine ({reason})"
                ) from no_wheel
            with container() as url:
                yield url
        else:
            yield server.url
    finally:
        server.stop()
        shutil.rmtree(directory)


def _engine_refuses() -> str | None:
    """Why no container can be started. A client that is installed says nothing: ask the engine."""
    import docker
    from docker.errors import DockerException

    try:
        docker.from_env().ping()
    except DockerException as error:
        return str(error)
    return None


@contextmanager
def _postgres_container() -> Iterator[str]:
    from testcontainers.community.postgres import PostgresContainer

    with PostgresContainer("postgres:18", driver=None) as container:
        yield database_address(container.get_connection_url(), "")


@contextmanager
def _nats_container() -> Iterator[str]:
    from testcontainers.community.nats import NatsContainer

    with NatsContainer("nats:2.15", jetstream=True) as container:
        yield container.nats_uri()
