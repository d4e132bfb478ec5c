"""A bus with the stream of one service, new for every test."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from shared.contracts.base import stream_of
from shared.embedded import EmbeddedNats
from shared.embedded.process import wait_until_gone
from shared.messaging.bus import connect
from shared.messaging.relay import Relay
from shared.messaging.streams import declare_stream
from tests.shared.messaging.logs import SERVICE, WITHIN, Log, Mark, publish


def kill(server: EmbeddedNats) -> None:
    """As a power cut would: nothing is flushed, nobody is told."""
    pid = server.pid
    os.kill(pid, signal.SIGKILL)
    assert wait_until_gone(pid, WITHIN)


StartRelay = Callable[..., Awaitable[tuple[Relay, Mark]]]


@pytest.fixture
def log() -> Log:
    return Log()


@pytest_asyncio.fixture
async def bus(nats_url: str) -> AsyncIterator[Client]:
    """A connection to the shared server, on which the stream of `SERVICE` is new and empty."""
    client = await connect(nats_url, "messaging-tests")
    await _forget(client)
    await declare_stream(client, SERVICE)
    yield client
    await _forget(client)
    await client.close()


async def _forget(client: Client) -> None:
    with contextlib.suppress(NotFoundError):
        await client.jetstream().delete_stream(stream_of(SERVICE))


@pytest.fixture
def own_server() -> Iterator[EmbeddedNats]:
    """A server that the test may kill."""
    directory = Path(tempfile.mkdtemp(prefix="chengce-test-"))
    server = EmbeddedNats(directory)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(directory)


@pytest_asyncio.fixture
async def own_bus(own_server: EmbeddedNats) -> AsyncIterator[Client]:
    """A connection to the server that the test may kill, with the stream of `SERVICE`."""
    client = await connect(own_server.url, "messaging-tests")
    await declare_stream(client, SERVICE)
    yield client
    await client.close()


@pytest_asyncio.fixture
async def start_relay(log: Log) -> AsyncIterator[StartRelay]:
    """Starts relays of the log that end with the test; each answers with a mark of what it has published."""
    async with AsyncExitStack() as running:

        async def start(nc: Client, **options: object) -> tuple[Relay, Mark]:
            mark = Mark()
            settings: dict[str, object] = {
                "read": log.read,
                "publish": publish,
                "wake": log.wake,
                "declare": lambda after: declare_stream(nc, SERVICE, after=after),
                "on_published": mark,
                "ack_seconds": 1.0,
            }
            relay = Relay(SERVICE, nc, **(settings | options))  # type: ignore[arg-type]
            task = asyncio.create_task(relay.run())
            running.push_async_callback(_ended, task)
            return relay, mark

        yield start


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    (result,) = await asyncio.gather(task, return_exceptions=True)
    assert isinstance(result, asyncio.CancelledError), f"a relay ended by itself: {result!r}"
