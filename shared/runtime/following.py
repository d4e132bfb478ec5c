"""Following what happens: the own log, and other services' streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

from nats.aio.client import Client

from shared.eventstore.aggregates import Aggregates
from shared.eventstore.events import Recorded
from shared.eventstore.recorder import LogRecorder
from shared.messaging.hearing import heard_from_feed
from shared.messaging.pull import StreamFeed
from shared.readmodels.happened import Heard, from_log
from shared.readmodels.projector import Feed

LOG_BATCH = 1000
LOG_POLL_SECONDS = 0.1  # finds what another replica wrote; own writes wake at once


class LogTail:
    """Wakes whoever follows the own log."""

    def __init__(self, ledger_reads: Any, aggregates: Aggregates, recorder: LogRecorder) -> None:
        self._call = ledger_reads
        self._mapper = aggregates.mapper
        self._recorder = recorder
        self._wakes: list[asyncio.Event] = []

    def new_wake(self) -> asyncio.Event:
        """An event that is set whenever this process appends."""
        wake = asyncio.Event()
        self._wakes.append(wake)
        return wake

    def appended(self, _position: int) -> None:
        """Called after each commit."""
        for wake in self._wakes:
            wake.set()

    async def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """Up to `limit` recorded events after a position."""

        def fetch() -> list[Recorded]:
            rows = self._recorder.select_notifications(after, limit, inclusive_of_start=False)
            return [self._mapper.to_domain_event(row) for row in rows]

        return await self._call(fetch)  # type: ignore[no-any-return]

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
        async with aclosing(feed.batches(LOG_BATCH)) as batches:  # so that its consumer goes with it
            async for batch in batches:
                yield [heard_from_feed(each) for each in batch]

    return follow
