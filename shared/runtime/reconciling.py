"""Comparing a service's stream with its log: by schedule in the leading replica, and for operators' commands."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.base import stream_of
from shared.eventstore.connection import LogConnection
from shared.messaging.reconciling import Comparison, Source, compare
from shared.runtime.following import LogTail
from shared.runtime.operations import DONE, recorded_operation
from shared.runtime.service import Runtime

log = structlog.get_logger(__name__)
RECONCILE = "stream reconcile"
BY_SCHEDULE = "schedule"
FIRST_SECONDS = 300.0  # after a start, when the last comparison is too long ago; services are spread over as long again
SHARE = 0.25  # of the time, at most: the leading replica has other things to do
_PAGE = 200


@asynccontextmanager
async def source_of(runtime: Runtime) -> AsyncIterator[Source]:
    """The service's log for a walk from its beginning, by a connection of its own so that nobody waits for it."""
    connection = LogConnection(runtime.settings.database_of(runtime.service.name))
    try:

        async def end() -> int:
            async with runtime.database.transaction() as session:
                found = await session.execute(text("SELECT coalesce(max(notification_id), 0) FROM stored_events"))
                return int(found.scalar_one())

        yield Source(runtime.service.name, LogTail(connection).read, runtime.service.publish, end)
    finally:
        await connection.close()


async def recorded_comparison(
    runtime: Runtime,
    why: str,
    *,
    who: str | None = None,
    show: int = 20,
    page: int = 1000,
    share: float = 1.0,
    progress: Callable[[int, int], None] = lambda _position, _end: None,
) -> Comparison:
    """Compares, and records what was found: readiness and metrics tell the last result. Raises as `compare`."""
    async with source_of(runtime) as source, recorded_operation(runtime.database, RECONCILE, why, {}, who=who) as run:
        found = await compare(runtime.bus, source, show=show, page=page, share=share, progress=progress)
        run.details |= {
            "differences": found.differences,
            "counts": {kind.value: count for kind, count in found.counts.items()},
            "log_end": found.log_end,
            "published": found.published,
            "messages": found.messages,
        }
    return found


@dataclass(frozen=True)
class LastComparison:
    """When the service's stream was last compared with its log, and how many differences there were."""

    at: datetime
    differences: int


async def last_comparison(session: AsyncSession) -> LastComparison | None:
    """The last one that came to its end, None before the first."""
    found = await session.execute(
        text(
            "SELECT ended_at, (details ->> 'differences')::bigint FROM platform.operations"
            " WHERE what = :what AND outcome = :done ORDER BY id DESC LIMIT 1"
        ),
        {"what": RECONCILE, "done": DONE},
    )
    row = found.one_or_none()
    return LastComparison(row[0], row[1]) if row else None


class ReconcileSchedule:
    """Compares every so many seconds of real time, whoever leads and however often the service is started."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._every = float(runtime.settings.reconcile_seconds)

    async def run(self) -> None:
        """Until cancelled. Raises what keeps it from comparing, so that it is tried again."""
        if not self._every:
            await asyncio.Event().wait()
        await asyncio.sleep(await self._first_pause())
        while True:
            await self._compare()
            await asyncio.sleep(self._every)

    async def _first_pause(self) -> float:
        async with self._runtime.database.transaction() as session:
            last = await last_comparison(session)
        spread = FIRST_SECONDS * (1 + zlib.crc32(self._runtime.service.name.encode()) / 2**32)
        due = self._every - (datetime.now(UTC) - last.at).total_seconds() if last else 0.0
        return min(self._every, max(spread, due))

    async def _compare(self) -> None:
        found = await recorded_comparison(
            self._runtime, BY_SCHEDULE, who=BY_SCHEDULE, show=3, page=_PAGE, share=SHARE
        )  # fmt: skip
        told = log.bind(stream=stream_of(found.service), messages=found.messages, log_end=found.log_end)
        if not found.differences:
            told.info("stream_agrees_with_log")
            return
        told.warning(
            "stream_differs_from_log",
            counts={kind.value: count for kind, count in found.counts.items()},
            first=[asdict(each) for each in found.first],
            remedy=f"chengce stream rebuild {found.service}",
        )
