"""Claims what is due and hands it to the service; several replicas can run it at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from sqlalchemy import text

from shared.calendar import Clock
from shared.database.sessions import Database
from shared.deadlines.book import DeadlineBook, DeadlineRow, Deadlines
from shared.readmodels.projections import ReadModelBuildingError, live_session
from shared.readmodels.taking import AROUND

log = structlog.get_logger(__name__)
POLL_SECONDS = 0.2  # real seconds between looks
CLAIM_SECONDS = 30  # real seconds after which another replica may take over what one has claimed
CALENDAR_SECONDS = 3600  # real seconds between looks at provisional deadlines
AGAIN_SECONDS = 1.0  # real seconds after which what was postponed is tried again
AT_ONCE = 100

_CLAIM = """
UPDATE deadlines SET claimed_until = now() + make_interval(secs => :claim) WHERE id IN (
    SELECT id FROM deadlines WHERE due_at <= :now AND (claimed_until IS NULL OR claimed_until < now())
    ORDER BY due_at LIMIT :most FOR UPDATE SKIP LOCKED)
AND EXISTS (SELECT FROM platform.projections WHERE schema = current_schema() AND status = 'live')
RETURNING *
"""
# What it takes is not there: nothing is wrong with the deadline, and nobody has to look.
_POSTPONED = """
UPDATE deadlines SET claimed_until = now() + make_interval(secs => :again) WHERE id = :id
"""
_FAILED = """
UPDATE deadlines SET failures = failures + 1, last_error = :error,
    claimed_until = now() + make_interval(secs => least(300, power(2, failures))) WHERE id = :id
"""


class Scheduler:
    """Follows one service's deadlines by the platform's clock."""

    def __init__(
        self, runtime: Any, deadlines: Deadlines, book: DeadlineBook, database: Database, clock: Clock
    ) -> None:
        self._runtime = runtime
        self._deadlines = deadlines
        self._book = book
        self._database = database
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled. What is in hand when it is cancelled is finished by whoever claims it next."""
        looked_at_calendar = -CALENDAR_SECONDS * 1.0
        while True:
            loop_time = asyncio.get_running_loop().time()
            try:
                if self._deadlines.on_calendar and loop_time - looked_at_calendar >= CALENDAR_SECONDS:
                    await self._recompute()
                    looked_at_calendar = loop_time
                full = await self._round()
            except ReadModelBuildingError:  # readiness says so; what is due is raised when the book is filled
                full = False
            if not full:
                await asyncio.sleep(POLL_SECONDS)

    async def _round(self) -> bool:
        rows = await self._claim()
        results = await asyncio.gather(*(self._handle(row) for row in rows))
        return len(rows) == AT_ONCE and all(results)

    async def _claim(self) -> list[DeadlineRow]:
        params = {"now": self._clock.now(), "claim": CLAIM_SECONDS, "most": AT_ONCE}
        async with live_session(self._database, [self._book]) as session:
            found = await session.execute(text(_CLAIM), params)
            return [DeadlineRow(**row) for row in found.mappings()]

    async def _handle(self, row: DeadlineRow) -> bool:
        try:
            await self._deadlines.on_due(self._runtime, row)
        except AROUND as error:
            log.warning("deadline_postponed", id=row.id, due_at=row.due_at.isoformat(), error=repr(error))
            await self._put_off(_POSTPONED, {"id": row.id, "again": AGAIN_SECONDS})
            return False
        except Exception as error:
            log.exception("deadline_failed", id=row.id, due_at=row.due_at.isoformat())
            await self._put_off(_FAILED, {"id": row.id, "error": repr(error)[:2000]})
            return False
        return True

    async def _put_off(self, statement: str, params: Mapping[str, Any]) -> None:
        async with live_session(self._database, [self._book]) as session:
            await session.execute(text(statement), params)

    async def _recompute(self) -> None:
        """Asks the service to reckon its provisional deadlines again: the calendar may know more by now."""
        async with live_session(self._database, [self._book]) as session:
            found = await session.execute(text("SELECT * FROM deadlines WHERE provisional ORDER BY due_at"))
            rows = [DeadlineRow(**row) for row in found.mappings()]
        for row in rows:
            assert self._deadlines.on_calendar is not None  # noqa: S101 - run() has asked
            try:
                await self._deadlines.on_calendar(self._runtime, row)
            except Exception:
                log.exception("recompute_failed", id=row.id)
