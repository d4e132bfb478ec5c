"""Many large files at once, through the front door as in production: what the processes hold does not grow with them."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.cli.up import environment
from shared.embedded.address import port_of, reserved_port
from shared.runtime.host import installed_services, prepare
from shared.runtime.settings import Settings
from shared.security.actor import Actor, Role
from shared.security.tokens import issue
from tests.services.application.city import enterprise
from tests.support.running import SECRET, settings_for_tests
from tests.support.s3 import s3_server
from tests.support.servers import nats_server

AT_ONCE = int(os.environ.get("CHENGCE_UPLOADS_AT_ONCE", "20"))
MB_EACH = int(os.environ.get("CHENGCE_UPLOAD_MB", "16"))
REPORT = os.environ.get("CHENGCE_UPLOAD_REPORT")  # a file that gets a line of figures
WITHIN = 120.0
PIECE = b"\xa5" * 2**16


@asynccontextmanager
async def served(service: str, settings: Settings) -> AsyncIterator[int]:
    """A process of its own, as `chengce serve` is one; its number."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "shared.cli", "serve", service, env=environment(settings)
    )
    try:
        async with asyncio.timeout(WITHIN), httpx.AsyncClient() as client:
            while True:
                try:
                    if (await client.get(f"http://127.0.0.1:{settings.port}/readyz")).status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        await process.wait()


def memory(pid: int, what: str) -> float:
    """Megabytes: `VmRSS`, or `VmHWM`, the most there was."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1024


def _report(path: Path, line: str) -> None:
    with path.open("a") as report:
        report.write(line)


async def upload(client: httpx.AsyncClient) -> str:
    async def content() -> AsyncIterator[bytes]:
        yield b"%PDF-1.7".ljust(2**16, b" ")
        for _ in range(MB_EACH * 16 - 1):
            yield PIECE

    answer = await client.post("/api/application/attachments", content=content())
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def download(client: httpx.AsyncClient, key: str) -> int:
    size = 0
    async with client.stream("GET", f"/api/application/attachments/{key}/file") as answer:
        async for piece in answer.aiter_raw():
            size += len(piece)
    return size


@pytest.mark.parametrize(("kind", "most_mb_each"), [("folder", 4), ("s3", 12)])
async def test_memory_does_not_grow_with_the_files(database_url: str, kind: str, most_mb_each: int) -> None:
    async with AsyncExitStack() as stack:
        nats_url = stack.enter_context(nats_server())
        ports = [port_of(stack.enter_context(reserved_port())) for _ in range(2)]
        more: dict[str, Any] = stack.enter_context(s3_server()).settings("memory") if kind == "s3" else {}
        settings = settings_for_tests(database_url, nats_url, port=ports[0], log_level="WARNING", **more)
        door = settings.model_copy(
            update={"port": ports[1], "service_urls": {"application": f"http://127.0.0.1:{settings.port}"}}
        )
        for name in ("application", "portal"):
            await prepare(installed_services(name)[name], settings)
        pids = [
            await stack.enter_async_context(served(name, with_settings))
            for name, with_settings in (("application", settings), ("portal", door))
        ]
        somebody = Actor(subject="user", roles=(Role.APPLICANT,), enterprise=enterprise(1))
        token = issue(somebody, SECRET, datetime(2000, 1, 1, tzinfo=UTC), timedelta(days=36_500))
        client = await stack.enter_async_context(
            httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{door.port}", timeout=WITHIN, headers={"Authorization": f"Bearer {token}"}
            )
        )
        key = await upload(client)  # what the first one loads is no matter of many
        assert await download(client, key) == MB_EACH * 2**20
        before = [memory(pid, "VmRSS") for pid in pids]
        began = asyncio.get_running_loop().time()
        keys = await asyncio.gather(*(upload(client) for _ in range(AT_ONCE)))
        took = asyncio.get_running_loop().time() - began
        sizes = await asyncio.gather(*(download(client, key) for key in keys))
        grown = [memory(pid, "VmHWM") - held for pid, held in zip(pids, before, strict=True)]
        assert set(sizes) == {MB_EACH * 2**20}
        if REPORT:
            line = f"{kind}: {AT_ONCE} x {MB_EACH} MB in {took:.1f} s; application, portal grew by {grown} MB\n"
            await asyncio.to_thread(_report, Path(REPORT), line)
        assert grown[0] < most_mb_each * AT_ONCE
        assert grown[1] < 2 * AT_ONCE
