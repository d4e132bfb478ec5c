"""Who feeds which build: a session advisory lock for each, all in one session, which ends with its process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import psycopg

from shared.database.answering import AnsweringConnection, connect

CLAIM_LOCK: Final = 0x70726F6A  # "proj"
ANSWER_SECONDS: Final = 5.0
_HELD = (
    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid = %s"
    " AND objid = hashtext(%s)::oid AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
)


class Claims:
    """Claims on builds. All are lost with the session: every method raises `psycopg.Error` once it is broken."""

    def __init__(self, connection: AnsweringConnection) -> None:
        self._connection = connection
        self.held: set[str] = set()

    async def claim(self, schema: str) -> bool:
        """Tries to become the one who feeds this build."""
        if schema not in self.held and await self._ask("SELECT pg_try_advisory_lock(%s, hashtext(%s))", schema):
            self.held.add(schema)
        return schema in self.held

    async def release(self, schema: str) -> None:
        """Lets somebody else feed it."""
        self.held.discard(schema)
        await self._ask("SELECT pg_advisory_unlock(%s, hashtext(%s))", schema)

    async def alive(self) -> None:
        """Raises when the session, and with it every claim, is gone."""
        await self._connection.execute("SELECT 1")

    async def taken(self, schema: str) -> bool:
        """Whether anybody feeds it."""
        return await self._ask(_HELD, schema)

    async def _ask(self, question: Any, schema: str) -> bool:
        row = await (await self._connection.execute(question, (CLAIM_LOCK, schema))).fetchone()
        return bool(row and row[0])


@asynccontextmanager
async def claims(url: str, silent_seconds: float | None = None) -> AsyncIterator[Claims]:
    """A session for claims. PostgreSQL ends it, and so frees what it holds, after `silent_seconds` without a question.

    Raises `psycopg.Error` when there is no connection or no answer within `ANSWER_SECONDS`.
    """
    connection = await connect(url, ANSWER_SECONDS, autocommit=True)
    try:
        if silent_seconds is not None:
            await connection.execute(f"SET idle_session_timeout = {round(silent_seconds * 1000)}")
        yield Claims(connection)
    finally:
        _finish(connection)


def _finish(connection: psycopg.AsyncConnection[Any]) -> None:
    # Not its `close`, which may wait for a server that says nothing: the claims go with the session.
    connection.pgconn.finish()
