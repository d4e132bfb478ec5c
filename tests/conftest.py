"""What all tests share: real servers, and the reference material beside the project."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import nats
import pytest
import pytest_asyncio
from hypothesis import settings
from nats.aio.client import Client

from tests.support.logs import plain_logs
from tests.support.servers import database_server, nats_server, new_database

# A busy machine is no counterexample: pytest's own timeout ends what hangs.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
plain_logs()


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """A PostgreSQL server, without a database name."""
    with database_server() as url:
        yield url


@pytest.fixture(scope="session")
def nats_url() -> Iterator[str]:
    """A NATS server with JetStream, shared by all tests: name your streams so that no other test has them."""
    with nats_server() as url:
        yield url


@pytest.fixture
def fresh_database(database_url: str) -> Iterator[Callable[[str], str]]:
    """`fresh_database(name)` makes a new, empty database and answers with its address; gone after the test."""
    with ExitStack() as databases:
        yield lambda name: databases.enter_context(new_database(database_url, name))


@pytest_asyncio.fixture
async def nats_connection(nats_url: str) -> AsyncIterator[Client]:
    """A connection to the shared NATS, closed after the test."""
    connection = await nats.connect(nats_url)
    yield connection
    await connection.close()


def _realdata() -> Path:
    return Path(os.environ.get("CHENGCE_REALDATA") or Path(__file__).resolve().parents[2] / "shared" / "data")


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The folder of reference material; for tests marked `realdata`."""
    return _realdata()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest first, so that all processes end together; without those whose reference material is absent."""
    items.sort(key=lambda item: item.get_closest_marker("system") is None)
    if _realdata().is_dir():
        return
    if os.environ.get("CHENGCE_REALDATA"):
        raise pytest.UsageError(f"CHENGCE_REALDATA names no folder: {_realdata()}")
    left_out = [item for item in items if item.get_closest_marker("realdata")]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say so, since a deselection alone names no reason."""
    if not _realdata().is_dir():
        terminalreporter.write_line(
            f"realdata: tests deselected, there is no reference material at {_realdata()} (set CHENGCE_REALDATA)"
        )
