"""The duty that seals the log as it grows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from shared.eventstore.seals import MOST_EVENTS, Seal, Sealer
from shared.runtime.sealing import Sealing
from shared.runtime.tables import create_tables
from shared.security.actor import Role
from tests.support.running import running_services
from tests.support.sealed import SERVICE, checked, connected, signing, write

WITHIN = 120.0


class Seen(Sealer):
    """Tells of every seal."""

    def __init__(self, url: str) -> None:
        super().__init__(url, SERVICE, signing())
        self.seals: asyncio.Queue[int] = asyncio.Queue()
        self.looks = 0

    async def seal_next(self, least: int = 1) -> tuple[Seal | None, int]:
        self.looks += 1
        made = await super().seal_next(least)
        if made[0]:
            await self.seals.put(made[0].events)
        return made


@asynccontextmanager
async def at_work(url: str, seconds: float) -> AsyncIterator[tuple[Seen, asyncio.Event]]:
    create_tables(url)
    sealer, wake = Seen(url), asyncio.Event()
    task = asyncio.create_task(Sealing(sealer, wake, seconds).run())
    try:
        async with asyncio.timeout(WITHIN):
            yield sealer, wake
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def url(fresh_database: Callable[[str], str]) -> str:
    return fresh_database("sealing")


async def test_a_lone_event_is_sealed_after_the_seconds(url: str) -> None:
    async with at_work(url, 0.2) as (sealer, wake):
        with connected(url) as connection:
            write(connection, 1)
            wake.set()
            assert await sealer.seals.get() == 1
            write(connection, 2)
            assert await sealer.seals.get() == 2, "also without a wake: another replica may have written"
            assert checked(connection)[0] == []


async def test_a_thousand_are_sealed_at_once_and_the_rest_waits(url: str) -> None:
    create_tables(url)
    with connected(url) as connection:
        write(connection, 2 * MOST_EVENTS + 5)
        async with at_work(url, 3600) as (sealer, _):
            assert [await sealer.seals.get(), await sealer.seals.get()] == [MOST_EVENTS] * 2
        assert checked(connection)[1].unsealed == 5


async def test_an_idle_log_is_hardly_looked_at(url: str) -> None:
    async with at_work(url, 0.4) as (sealer, _):
        await asyncio.sleep(1.0)
        assert 1 <= sealer.looks <= 4


async def test_a_running_service_seals_its_log(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: asyncio.Queue[tuple[str, int]] = asyncio.Queue()
    seal_next = Sealer.seal_next

    async def told(sealer: Sealer, least: int = 1) -> tuple[Seal | None, int]:
        seal, waiting = await seal_next(sealer, least)
        if seal:
            await made.put((sealer.service, seal.events))
        return seal, waiting

    monkeypatch.setattr(Sealer, "seal_next", told)
    async with running_services("registry", database_url=database_url, seal_seconds=0.2) as running:
        headers = running.sign_in(Role.DATA_BUREAU)
        form = {"code": "kjj", "name": "样例市科学技术局", "short_name": "市科技局"}
        answer = await running.client.post("/api/registry/departments", json=form, headers=headers)
        assert answer.status_code == 201, answer.text
        async with asyncio.timeout(WITHIN):
            assert await made.get() == ("registry", 1)
