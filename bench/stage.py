"""The servers and services that figures are taken on: real ones, with databases of their own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from shared.cli.up import environment
from shared.embedded.address import port_of, reserved_port
from shared.runtime.assembly import assembled
from shared.runtime.host import installed_services, prepare
from shared.runtime.service import Runtime
from shared.runtime.settings import Settings
from tests.support.running import settings_for_tests
from tests.support.servers import database_server, nats_server

READY = b"ready\n"
START_SECONDS = 60


@contextmanager
def servers() -> Iterator[Settings]:
    """A PostgreSQL and a NATS for one group, and settings that lead there."""
    with database_server() as database_url, nats_server() as nats_url:
        yield settings_for_tests(database_url, nats_url, log_level="WARNING")


@asynccontextmanager
async def at_rest(service: str, settings: Settings) -> AsyncIterator[Runtime]:
    """A service with all its parts, prepared, but with nothing at work in it besides what is measured."""
    (chosen,) = installed_services(service).values()
    await prepare(chosen, settings)
    async with assembled(chosen, settings) as runtime:
        yield runtime


@asynccontextmanager
async def serving(kind: str, settings: Settings) -> AsyncIterator[int]:
    """A process that serves one of `bench.serving`'s kinds; its port. It ends with this block, or with this process."""
    with reserved_port() as holder:
        async with _serving_at(kind, settings.model_copy(update={"port": port_of(holder)})) as port:
            yield port


@asynccontextmanager
async def _serving_at(kind: str, at_port: Settings) -> AsyncIterator[int]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.serving", kind,
        env=environment(at_port), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin and process.stdout  # noqa: S101 - both are pipes
    try:
        async with asyncio.timeout(START_SECONDS):
            if await process.stdout.readline() != READY:
                raise RuntimeError(f"the {kind} process did not open its door; its log is above")
        yield at_port.port
    finally:
        process.stdin.close()  # which it takes as the word to stop
        await process.wait()
