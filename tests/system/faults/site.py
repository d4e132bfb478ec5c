"""A platform on the split layout whose servers are ours to break, and whose connections to them lead through proxies."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx

from shared.embedded import EmbeddedNats, EmbeddedPostgres
from tests.support.proxy import Proxy
from tests.system.faults.book import Book
from tests.system.platform import Platform

T = TypeVar("T")
# Short enough for a test, long enough for two busy cores.
TAKEOVER_SECONDS = 5.0
ANSWER_SECONDS = 3.0
ENVIRONMENT = {
    "CHENGCE_TAKEOVER_SECONDS": str(TAKEOVER_SECONDS),
    "CHENGCE_DATABASE_ANSWER_SECONDS": str(ANSWER_SECONDS),
}


@dataclass
class Site:
    """Servers, the proxies in front of them, the platform on both, and the book of all that was asked of it."""

    postgres: EmbeddedPostgres
    nats: EmbeddedNats
    to_postgres: Proxy
    to_nats: Proxy
    platform: Platform
    replicas: int
    book: Book = field(default_factory=Book)
    sound: bool = True  # false while something is broken, and after a test that failed

    def kill_postgres(self) -> None:
        """SIGKILL to the postmaster; its children end with it."""
        os.kill(self.postgres.pid, signal.SIGKILL)

    def kill_nats(self) -> None:
        os.kill(self.nats.pid, signal.SIGKILL)

    async def holder(self, service: str, besides: int = 0) -> int:
        """The process that leads a service; waits for one other than `besides`."""

        async def looked() -> int | None:
            for pid in self.platform.children(service):
                if pid != besides and await _leads(self.platform.port_of(pid)):
                    return pid
            return None

        return await within(180, f"nobody leads {service}", looked)


async def within(seconds: float, what: str, look: Callable[[], Awaitable[T | None]]) -> T:
    """What `look` finds, once it finds something."""
    deadline = time.monotonic() + seconds
    while (found := await look()) is None:
        assert time.monotonic() < deadline, f"{what} after {seconds:g} s"
        await asyncio.sleep(0.1)
    return found


async def _leads(port: int) -> bool:
    try:
        async with httpx.AsyncClient(timeout=4) as client:
            return any(each["leading"] for each in (await client.get(f"http://127.0.0.1:{port}/readyz")).json())
    except httpx.TransportError:
        return False


@asynccontextmanager
async def site(replicas: int = 1, *arguments: str, **environment: str) -> AsyncIterator[Site]:
    """A site at work; everything of it ends with the block."""
    async with AsyncExitStack() as stack:
        # Directly under the system's folder: nobody, as whom root's PostgreSQL may have to run, cannot enter pytest's.
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chengce-test-")))
        postgres, nats = EmbeddedPostgres(directory / "postgres"), EmbeddedNats(directory / "nats")
        for server in (postgres, nats):
            stack.callback(server.stop)
            server.start()
        to_postgres = await stack.enter_async_context(Proxy(postgres.url))
        to_nats = await stack.enter_async_context(Proxy(nats.url))
        platform = Platform(
            directory / "data",
            "--split",
            *(("--replicas", str(replicas)) if replicas > 1 else ()),
            *arguments,
            CHENGCE_DATABASE_URL=to_postgres.url,
            CHENGCE_NATS_URL=to_nats.url,
            **ENVIRONMENT,
            **environment,
        )
        stack.push_async_callback(platform.end)
        await platform.start()
        yield Site(postgres, nats, to_postgres, to_nats, platform, replicas)
