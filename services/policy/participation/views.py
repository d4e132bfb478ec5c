"""Visits (访问次数, article 24) counted without storing who looked at what: no person, no address, no cookie.

Each replica counts in memory and hands in every `FLUSH_SECONDS`, and when it stops. A replica that is killed loses what
it counted since it last handed in: at most that many seconds' worth.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from uuid import uuid4

import structlog

from services.policy.decider.views import CountViews, views
from services.policy.events.participation import SubjectKind, ViewCount
from shared.calendar import civil_date
from shared.eventstore.decider import Refused
from shared.readmodels.taking import AROUND
from shared.runtime.service import Runtime
from shared.security.actor import Actor, Role

log = structlog.get_logger(__name__)
FLUSH_SECONDS = 60.0
MOST_IN_EVENT = 1000


def counts_as_visitor(actor: Actor | None) -> bool:
    """The public: anybody not signed in, and applicants. Departments and the data bureau are at work."""
    return actor is None or (actor.department is None and set(actor.roles) <= {Role.APPLICANT})


class ViewCounter:
    """One replica's counts, by day and thing."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._counts: Counter[tuple[date, SubjectKind, str, str]] = Counter()
        self._owed: list[tuple[str, CountViews]] = []
        self._lock = asyncio.Lock()

    def seen(self, kind: SubjectKind, key: str, department: str) -> None:
        """Somebody of the public has looked at it now."""
        self._counts[(civil_date(self._runtime.clock.now()), kind, key, department)] += 1

    async def flush(self) -> None:
        """Hands in what was counted. What cannot be written is kept, under the key with which it was tried.

        Raises the errors of the record.
        """
        async with self._lock:
            self._owed += self._commands()
            while self._owed:
                key, command = self._owed[0]
                await self._runtime.execute(views, command.day.isoformat(), command, idempotency_key=key)
                self._owed.pop(0)

    def _commands(self) -> list[tuple[str, CountViews]]:
        counted, self._counts = self._counts, Counter()
        by_day: defaultdict[date, list[ViewCount]] = defaultdict(list)
        for (day, kind, key, department), number in sorted(counted.items()):
            by_day[day].append(ViewCount(kind=kind, key=key, department=department, views=number))
        return [
            (uuid4().hex, CountViews(day=day, counts=tuple(counts[start : start + MOST_IN_EVENT])))
            for day, counts in by_day.items()
            for start in range(0, len(counts), MOST_IN_EVENT)
        ]

    async def flush_now_and_then(self) -> None:
        """Until cancelled. While the record cannot be reached, what was counted waits."""
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            try:
                await self.flush()
            except (Refused, *AROUND) as error:
                log.warning("views_wait", error=repr(error), batches=len(self._owed))


@asynccontextmanager
async def counting(runtime: Runtime) -> AsyncIterator[ViewCounter]:
    """A counter at work; at the end it hands in the rest."""
    counter = ViewCounter(runtime)
    task = asyncio.create_task(counter.flush_now_and_then(), name=f"{runtime.service.name}: views")
    try:
        yield counter
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        try:
            await counter.flush()
        except (Refused, *AROUND) as error:
            log.error("views_lost", error=repr(error))
