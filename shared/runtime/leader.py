"""One active replica for the duties that must not run twice: a PostgreSQL session advisory lock.

The holder asks its session something every second. Without an answer for half of the takeover time it lets go by
itself; without a question for the whole of it (its process is stopped, or the network has swallowed it) PostgreSQL ends
the session, and the lock goes to a replica that waits. Should the old holder then wake up, it does no harm until it
notices: batches of the relay carry the sequence they expect, and positions move by compare-and-set.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import psycopg
import structlog

from shared.database.answering import AnsweringConnection, connect
from shared.runtime.duties import ended

log = structlog.get_logger(__name__)
TRY_SECONDS = 0.5
LOOK_SECONDS = 1.0
TAKEOVER_SECONDS = 10.0
LEADER_LOCK = 0x6C656164  # "lead"


class Leadership:
    """Waits for the lock of a service's database, leads while the session lives, and waits again when it is lost.

    `takeover_seconds`: how long a holder may be silent before another replica takes its place; by PostgreSQL's clock.
    """

    def __init__(
        self,
        name: str,
        url: str,
        lead: Callable[[], Coroutine[Any, Any, None]],
        takeover_seconds: float = TAKEOVER_SECONDS,
    ) -> None:
        self.name = name
        self.leading = False
        self._url = url
        self._lead = lead
        self._takeover_seconds = takeover_seconds

    async def run(self) -> None:
        """Until cancelled. `lead` is cancelled as soon as the session is found broken or silent."""
        while True:
            try:
                await self._term()
            except psycopg.Error as error:
                log.warning("leadership_lost", service=self.name, error=str(error).strip())
            await asyncio.sleep(TRY_SECONDS)

    async def _term(self) -> None:
        silent = f"-c idle_session_timeout={round(self._takeover_seconds * 1000)}"
        connection = await connect(self._url, self._takeover_seconds / 2, autocommit=True, options=silent)
        try:
            while not await self._locked(connection):  # noqa: ASYNC110 - the lock is held by another process
                await asyncio.sleep(TRY_SECONDS)
            await self._while_answered(connection)
        finally:
            self.leading = False
            await connection.close()

    async def _while_answered(self, connection: AnsweringConnection) -> None:
        self.leading = True
        log.info("leading", service=self.name)
        duties = asyncio.create_task(self._lead())
        try:
            while not duties.done():
                await connection.execute("SELECT 1")
                await asyncio.wait([duties], timeout=min(LOOK_SECONDS, self._takeover_seconds / 4))
            await duties
        finally:
            await ended([duties])

    async def _locked(self, connection: AnsweringConnection) -> bool:
        found = await connection.execute("SELECT pg_try_advisory_lock(%s)", (LEADER_LOCK,))
        row = await found.fetchone()
        return bool(row and row[0])
