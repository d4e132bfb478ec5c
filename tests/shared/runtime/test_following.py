"""Those who wait at the end of a log: they hear of everything, and do not all ask the database all the time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from eventsourcing.persistence import StoredEvent

from shared.eventstore.connection import LogConnection
from shared.eventstore.ledger import Ledger
from shared.runtime.following import LOG_POLL_SECONDS, LogTail
from tests.support.counting import count, ledger_on

FOLLOWERS = 20
LOOKED_FOR = 1.0


class CountedConnection(LogConnection):
    """A real one that counts how often the log is asked."""

    asked = 0

    async def after(self, position: int, limit: int) -> list[StoredEvent]:  # type: ignore[override]
        self.asked += 1
        return await super().after(position, limit)  # type: ignore[return-value]


@pytest.fixture
def url(fresh_database: Callable[[str], str]) -> str:
    return fresh_database("following")


async def _followed(tail: LogTail, heard: list[int], enough: asyncio.Semaphore) -> None:
    async for batch in tail.follow(0, 0):
        heard.extend(each.position for each in batch)
        for _ in batch:
            enough.release()


async def test_everybody_hears_everything_from_this_and_other_replicas_and_one_asks_for_all(url: str) -> None:
    async with ledger_on(url) as own, ledger_on(url) as other:
        connection = CountedConnection(url)
        tail = LogTail(connection)
        heard: list[list[int]] = [[] for _ in range(FOLLOWERS)]
        enough = asyncio.Semaphore(0)
        following = [asyncio.create_task(_followed(tail, each, enough)) for each in heard]
        positions = []
        for ledger, wakes in ((own, True), (other, False), (own, True), (other, False)):
            position = await _appended(ledger)
            positions.append(position)
            if wakes:
                tail.appended(position)
            async with asyncio.timeout(60):
                for _ in range(FOLLOWERS):
                    await enough.acquire()
        assert heard == [positions] * FOLLOWERS

        connection.asked = 0
        await asyncio.sleep(LOOKED_FOR)
        assert 0 < connection.asked <= 2 * LOOKED_FOR / LOG_POLL_SECONDS
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
        await connection.close()


async def _appended(ledger: Ledger) -> int:
    return (await ledger.execute(count(by=1))).position


async def test_whoever_catches_up_does_not_wait_for_those_at_the_end(url: str) -> None:
    async with ledger_on(url) as ledger:
        positions = [await _appended(ledger) for _ in range(30)]
        connection = LogConnection(url)
        tail = LogTail(connection)
        assert not await tail.read(positions[-1], 10)
        read = []
        while batch := await tail.read(read[-1] if read else 0, 7):
            read += [each.position for each in batch]
            assert not await tail.read(positions[-1], 10)
        assert read == positions
        await connection.close()
