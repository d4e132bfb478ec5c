"""A database that falls silent is given up in time, and asked again when it answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from shared.database.answering import AnsweringThreadConnection, connect, session_settings
from shared.database.sessions import Database
from tests.support.proxy import Proxy

SILENT = 0.5  # seconds after which these tests give up
WITHIN = 10.0


@pytest.fixture
async def proxy(fresh_database: Callable[[str], str]) -> AsyncIterator[Proxy]:
    async with Proxy(fresh_database("answering")) as proxy:
        yield proxy


async def test_a_question_without_an_answer_is_given_up_and_the_connection_closed(proxy: Proxy) -> None:
    connection = await connect(proxy.url, SILENT)
    proxy.silence()
    began = time.monotonic()
    with pytest.raises(psycopg.OperationalError, match="has not answered"):
        await connection.execute("SELECT 1")
    assert SILENT <= time.monotonic() - began < WITHIN
    assert connection.closed


async def test_a_slow_answer_within_the_time_is_waited_for(proxy: Proxy) -> None:
    connection = await connect(proxy.url, 5 * SILENT)
    found = await connection.execute("SELECT pg_sleep(%s)", (2 * SILENT,))
    assert await found.fetchone() is not None
    await connection.close()


async def test_sessions_fail_while_the_database_is_silent_and_work_again_afterwards(proxy: Proxy) -> None:
    database = Database(proxy.url, pool_size=2, answer_seconds=SILENT)

    async def ask() -> int:
        async with database.transaction() as session:
            return int((await session.execute(text("SELECT 42"))).scalar_one())

    assert await ask() == 42
    proxy.silence()
    for failed in await asyncio.gather(*(ask() for _ in range(4)), return_exceptions=True):
        assert isinstance(failed, OperationalError)
    proxy.mend()
    assert await ask() == 42
    await database.close()


async def test_a_thread_gives_up_as_well(proxy: Proxy) -> None:
    def ask() -> None:
        with AnsweringThreadConnection.connect(proxy.url, autocommit=True) as connection:
            connection.answer_seconds = SILENT
            connection.execute("SELECT 1")
            loop.call_soon_threadsafe(proxy.silence)
            while True:
                connection.execute("SELECT 1")

    loop = asyncio.get_running_loop()
    async with asyncio.timeout(WITHIN):
        with pytest.raises(psycopg.OperationalError, match="has not answered"):
            await asyncio.to_thread(ask)


async def test_postgresql_ends_a_transaction_whose_client_has_vanished(proxy: Proxy) -> None:
    url = proxy.url
    vanished = await connect(url, 1)
    await vanished.execute("SELECT pg_advisory_xact_lock(1)")
    begun = time.monotonic()
    other = await connect(url, WITHIN, autocommit=True)
    await other.execute("SELECT pg_advisory_xact_lock(1)")
    assert time.monotonic() - begun >= 0.5, "it had held the lock"
    with pytest.raises(psycopg.Error):
        await vanished.execute("SELECT 1")
    for each in (vanished, other):
        await each.close()


def test_what_the_address_asks_of_a_session_stays() -> None:
    settings = session_settings("postgresql://localhost/x?options=-c%20work_mem%3D8MB", 5)
    assert settings["options"].startswith("-c work_mem=8MB -c ")
