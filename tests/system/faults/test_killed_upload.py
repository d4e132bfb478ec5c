"""SIGKILL of the service, and of the whole platform, under uploads: what was acknowledged is there whole, nothing else stays."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psycopg
import pytest

from shared.security.actor import Role
from tests.system.faults.conftest import SECONDS
from tests.system.faults.site import within
from tests.system.platform import AGAIN_SECONDS, Platform, platform

UPLOADERS = 8
KILLS = 3
BYTES = 3 * 2**20
A_DAY_AGO = 2 * 86_400

pytestmark = [pytest.mark.system, pytest.mark.timeout(SECONDS)]


class Uploads:
    """Files that were acknowledged, by number with their digest."""

    def __init__(self, running: Platform, client: httpx.AsyncClient) -> None:
        self.acknowledged: dict[str, str] = {}
        self._client = client
        self._headers = running.headers(Role.APPLICANT)
        self._over = asyncio.Event()

    async def go_on(self) -> None:
        """One after the other until it is over, whatever is killed."""
        while not self._over.is_set():
            content = b"%PDF-1.7 " + os.urandom(BYTES)

            async def pieces(content: bytes = content) -> AsyncIterator[bytes]:
                for at in range(0, len(content), 2**16):
                    yield content[at : at + 2**16]

            try:
                answer = await self._client.post(
                    "/api/application/attachments", content=pieces(), headers=self._headers
                )
            except httpx.TransportError:
                continue
            if answer.status_code == 201:
                self.acknowledged[answer.json()["id"]] = hashlib.sha256(content).hexdigest()
            else:
                assert answer.status_code == 503, answer.text

    async def until_more(self, count: int) -> None:
        """So many more than there are now."""
        wanted = len(self.acknowledged) + count

        async def there() -> bool | None:
            return len(self.acknowledged) >= wanted or None

        await within(AGAIN_SECONDS, f"{wanted} uploads", there)

    def end(self) -> None:
        self._over.set()

    async def digest_of(self, key: str) -> str:
        answer = await self._client.get(f"/api/application/attachments/{key}/file", headers=self._headers)
        assert answer.status_code == 200, answer.text
        return hashlib.sha256(answer.content).hexdigest()


async def recorded(running: Platform) -> set[str]:
    """The attachments that the record has."""
    url = json.loads((running.data / "addresses.json").read_text())["database_url"]
    async with await psycopg.AsyncConnection.connect(url, dbname="chengce_application") as connection:
        found = await connection.execute(
            "SELECT originator_id FROM stored_events WHERE topic = 'application.attachment-uploaded'"
        )
        return {str(name) for (name,) in await found.fetchall()}


async def test_what_was_acknowledged_is_there_whole_and_what_was_not_is_swept(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "objects" / "application"
    async with (
        platform(tmp_path / "data", "--split") as running,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.port}", timeout=60, trust_env=False) as client,
    ):
        uploads = Uploads(running, client)
        async with asyncio.TaskGroup() as group:
            for _ in range(UPLOADERS):
                group.create_task(uploads.go_on())
            for _ in range(KILLS):
                await uploads.until_more(10)
                os.kill(running.child("application"), signal.SIGKILL)
            await uploads.until_more(10)
            await running.kill()
            await running.start()
            await uploads.until_more(10)
            uploads.end()
        for key, digest in uploads.acknowledged.items():
            assert await uploads.digest_of(key) == digest
        named = await recorded(running)
        left = [*folder.glob("[!.]*"), *folder.glob(".incoming/*")]
        assert len(left) > len(named), "it was killed between content and event, or in the middle of content"
        for path in left:
            os.utime(path, (path.stat().st_mtime - A_DAY_AGO,) * 2)  # a day later
        await running.stop()
        await running.start()

        async def swept() -> bool | None:
            kept = {path.name for path in folder.glob("[!.]*")}
            return (kept == named and not list(folder.glob(".incoming/*"))) or None

        await within(AGAIN_SECONDS, "swept", swept)
        for key, digest in uploads.acknowledged.items():
            assert await uploads.digest_of(key) == digest
