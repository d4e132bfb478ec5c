"""Following what happens: the own log, and other services' streams."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from nats.aio.client import Client

from shared.eventstore.connection import LogConnection
from shared.eventstore.events import Recorded
from shared.eventstore.mapper import EventMapper
from shared.messaging.hearing import heard_from_feed
from shared.messaging.pull import StreamFeed
from shared.readmodels.happened import Heard, from_log
from shared.readmodels.projector import Feed

LOG_BATCH = 1000
MOST_RECENT = 4000
BREATH = 200  # events after which others of the process get their turn
PACE_SECONDS = 0.05  # what comes within it shares the next transaction; the first is not kept waiting
LOG_POLL_SECONDS = 0.1  # finds what another replica wrote; own writes wake at once
QUIET_SECONDS = 0.09  # for so long everybody at the end believes the one who looked last


class LogTail:
    """The own log for those who follow it: relay, projectors, seals. What one of them has read the next need not read."""

    def __init__(self, connection: LogConnection) -> None:
        self._connection = connection
        self._mapper = EventMapper()
        self._wakes: list[asyncio.Event] = []
        self._recent: list[Recorded] = []  # all there is after the position `_since`, as far as it was read
        self._since = 0
        self._appends = 0
        self._quiet_until = 0.0
        self._at_the_end = asyncio.Lock()

    def new_wake(self) -> asyncio.Event:
        """An event that is set whenever this process appends."""
        wake = asyncio.Event()
        self._wakes.append(wake)
        return wake

    def appended(self, _position: int) -> None:
        """Called after each commit."""
        self._appends += 1
        self._quiet_until = 0.0
        for wake in self._wakes:
            wake.set()

    async def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """Up to `limit` recorded events after a position.

        Of all who wait at the end only one asks the database, for two dozen read models would ask it all the time.
        """
        if known := self._known(after, limit):
            return known
        if after != self._end:
            return await self._looked(after, limit)
        async with self._at_the_end:
            if known := self._known(after, limit):
                return known
            if asyncio.get_running_loop().time() < self._quiet_until:
                return ()
            return await self._looked(after, limit)

    async def _looked(self, after: int, limit: int) -> Sequence[Recorded]:
        began, appends = asyncio.get_running_loop().time(), self._appends
        recorded: list[Recorded] = []
        for row in await self._connection.after(after, limit):
            recorded.append(self._mapper.to_domain_event(row))
            if len(recorded) % BREATH == 0:
                await asyncio.sleep(0)
        self._remember(after, recorded)
        quiet = not recorded and appends == self._appends
        self._quiet_until = began + QUIET_SECONDS if quiet else 0.0
        return recorded

    @property
    def _end(self) -> int:
        return self._recent[-1].position if self._recent else self._since

    def _known(self, after: int, limit: int) -> Sequence[Recorded]:
        if after < self._since:
            return ()
        start = bisect_right(self._recent, after, key=lambda each: each.position)
        return self._recent[start : start + limit]

    def _remember(self, after: int, recorded: Sequence[Recorded]) -> None:
        if after != self._end:
            self._recent, self._since = [], after
        self._recent.extend(recorded)
        if len(self._recent) > MOST_RECENT:
            self._since = self._recent[-MOST_RECENT - 1].position
            del self._recent[:-MOST_RECENT]

    async def follow(self, position: int, _stream_sequence: int) -> AsyncGenerator[Sequence[Heard], None]:
        """A feed of the own log, for ever."""
        wake = self.new_wake()
        try:
            while True:
                wake.clear()
                batch = await self.read(position, LOG_BATCH)
                if batch:
                    yield [from_log(recorded) for recorded in batch]
                    position = batch[-1].position
                    if len(batch) < LOG_BATCH:
                        await asyncio.sleep(PACE_SECONDS)
                else:
                    await _wait(wake, LOG_POLL_SECONDS)
        finally:
            self._wakes.remove(wake)


async def _wait(wake: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await wake.wait()
    except TimeoutError:
        return  # time to look for what other replicas wrote


def stream_feed(bus: Client, source: str) -> Feed:
    """A feed of another service's stream, for ever."""

    async def follow(position: int, stream_sequence: int) -> AsyncGenerator[Sequence[Heard], None]:
        feed = StreamFeed(bus, source, after=position, hint=stream_sequence)
        async with aclosing(feed.batches()) as batches:  # so that its consumer goes with it
            async for batch in batches:
                yield [heard_from_feed(each) for each in batch]

    return follow
