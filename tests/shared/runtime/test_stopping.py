"""A service that is asked to stop finishes what is in hand, and then ends well."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import orjson
import pytest

from shared.cli.up import environment
from shared.embedded.address import port_of, reserved_port
from shared.runtime.host import installed_services, prepare
from shared.runtime.settings import Settings
from shared.security.actor import Actor, Role
from shared.security.tokens import issue
from tests.support.running import SECRET, settings_for_tests
from tests.support.servers import nats_server

WITHIN = 40
BODY = orjson.dumps({"code": "kjj", "name": "江阴市科学技术局", "short_name": "市科技局"})


@dataclass
class Served:
    """Registry in a process of its own."""

    process: asyncio.subprocess.Process
    settings: Settings

    async def is_ready(self) -> None:
        """Until it says so."""
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.settings.port}") as client:
            while True:
                try:
                    if (await client.get("/readyz")).status_code == 200:
                        return
                except httpx.TransportError:
                    assert self.process.returncode is None, "it ended instead of opening its door"
                await asyncio.sleep(0.1)

    async def post_slowly(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A request whose form is still to come; returns when the service asks for it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.settings.port)
        bureau = Actor(subject="bureau", roles=(Role.DATA_BUREAU,))
        token = issue(bureau, SECRET, datetime.now(UTC), timedelta(hours=1))
        head = (
            f"POST /api/registry/departments HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\nExpect: 100-continue\r\n\r\n"
        )
        writer.write(head.encode())
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        return reader, writer

    async def takes_nobody_new(self) -> None:
        """Until the door is closed."""
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.settings.port)
            except ConnectionRefusedError:
                return
            writer.close()
            await asyncio.sleep(0.05)


@pytest.fixture
async def served(database_url: str) -> AsyncIterator[Served]:
    with nats_server() as nats_url, reserved_port() as holder:
        settings = settings_for_tests(database_url, nats_url, port=port_of(holder))
        await prepare(installed_services("registry")["registry"], settings)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "shared.cli", "serve", "registry", env=environment(settings)
        )
        try:
            registry = Served(process, settings)
            async with asyncio.timeout(WITHIN):
                await registry.is_ready()
            yield registry
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
async def test_a_request_in_flight_is_answered_and_kept_and_nobody_new_is_let_in(
    served: Served, sign: signal.Signals
) -> None:
    async with asyncio.timeout(WITHIN):
        reader, writer = await served.post_slowly()
        served.process.send_signal(sign)
        await served.takes_nobody_new()
        assert served.process.returncode is None, "it waits for the request"
        writer.write(BODY)
        answer = await reader.read()
        writer.close()
        assert answer.startswith(b"HTTP/1.1 201 "), answer
        assert b"chengce-position: registry:1" in answer
        assert await served.process.wait() == 0


async def test_a_service_with_nothing_in_hand_ends_at_once(served: Served) -> None:
    async with asyncio.timeout(10):
        served.process.terminate()
        assert await served.process.wait() == 0
