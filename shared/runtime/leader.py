"""One active replica for the duties that must not run twice: a PostgreSQL session advisory lock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import structlog

log = structlog.get_logger(__name__)
TRY_SECONDS = 0.5
LOOK_SECONDS = 1.0
LEADER_LOCK = 0x6C656164  # "lead"


class Leadership:
    """Waits for the lock of a service's database, leads while the session lives, and waits again when it is lost."""

    def __init__(self, name: str, url: str, lead: Callable[[], Awaitable[None]]) -> None:
        self.name = name
        self.leading = False
        self._url = url
        self._lead = lead

    async def run(self) -> None:
        """Until cancelled. `lead` is cancelled as soon as the session is found broken."""
        while True:
            try:
                await self._term()
            except psycopg.Error as error:
                log.warning("leadership_lost", service=self.name, error=str(error).strip())
            self.leading = False
            await asyncio.sleep(TRY_SECONDS)

    async def _term(self) -> None:
        connection = await psycopg.AsyncConnection.connect(
            self._url, autocommit=True, connect_timeout=5, keepalives_idle=5, keepalives_interval=2, keepalives_count=3
        )
        async with connection:
            while not await self._locked(connection):  # noqa: ASYNC110 - the lock is held by another process
                await asyncio.sleep(TRY_SECONDS)
            self.leading = True
            log.info("leading", service=self.name)
            duties = asyncio.ensure_future(self._lead())
            try:
                while not duties.done():
                    await connection.execute("SELECT 1")
                    await asyncio.wait([duties], timeout=LOOK_SECONDS)
                await duties
            finally:
                duties.cancel()
                await asyncio.gather(duties, return_exceptions=True)
                self.leading = False

    async def _locked(self, connection: psycopg.AsyncConnection[tuple[object, ...]]) -> bool:
        found = await connection.execute("SELECT pg_try_advisory_lock(%s)", (LEADER_LOCK,))
        row = await found.fetchone()
        return bool(row and row[0])
