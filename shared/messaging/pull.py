"""Following a stream: every message after a log position, in order, none left out, as fast as they come.

A pull consumer without acknowledgements and a credit: at most so many messages are asked for and not yet handed over.
The reader keeps its position in a transaction of its own, so the consumer here may be lost at any time; a new one is
placed by position.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

import structlog
from nats.aio.client import Client
from nats.errors import ConnectionClosedError
from nats.errors import Error as NatsError

from shared.contracts.base import Delivered, stream_of
from shared.messaging.cloudevents import Header, as_made, decoded, header_in
from shared.messaging.credit import ConsumerLostError, CreditPull
from shared.messaging.streams import create_feed_consumer, first_after

log = structlog.get_logger(__name__)
_INACTIVE_SECONDS = 60.0
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 10.0
_CALM_SECONDS = 10.0  # after which trouble counts as the first


@dataclass(frozen=True, slots=True)
class Undecodable:
    """A message in its place whose type or body this release cannot read."""

    header: Header
    error: str
    body: bytes
    stream_sequence: int


@dataclass(frozen=True, slots=True)
class FeedState:
    """For readiness: the consumer that feeds, None while there is none; position and stream sequence of the last
    message handed over; when the server was last heard of; what keeps the feed from going on."""

    consumer: str | None = None
    position: int = 0
    stream_sequence: int = 0
    last_heartbeat: datetime | None = None
    last_error: str | None = None


class _Foreign(NamedTuple):
    """A message that no relay wrote, and why not."""

    stream_sequence: int
    subject: str
    error: str


class _HoleError(Exception):
    """The next message in the stream says that there was one before it which the feed has not seen."""


_Received = Delivered | Undecodable | _Foreign


class StreamFeed:
    """The messages of a service's stream after log position `after`.

    `hint` is the stream sequence of the message at `after`, to find the place at once. At most `credit` messages are
    held in memory. A feed is read once: after an error in its reader make a new one from the stored position.
    """

    def __init__(self, nc: Client, service: str, *, after: int, hint: int = 0, credit: int = 4000) -> None:
        if credit < 2:
            raise ValueError(f"a feed needs a credit of at least 2 messages, not {credit}")
        self.service = service
        self._nc = nc
        self._credit = credit
        self._pull: CreditPull[_Received] | None = None
        self._placed_at = time.monotonic()
        self._state = FeedState(position=after, stream_sequence=hint)
        self._log = log.bind(stream=stream_of(service))

    @property
    def state(self) -> FeedState:
        """Where the feed is now."""
        heard = self._pull.heard_at if self._pull else self._state.last_heartbeat
        return replace(self._state, last_heartbeat=heard)

    async def batches(self, limit: int = 2000) -> AsyncGenerator[list[Delivered | Undecodable], None]:
        """What has arrived, at least one message and at most `limit`, for ever; waits for no more than is there.

        Where the stream has a hole, or does not reach the position yet because it is being rebuilt, it waits and
        warns, and never skips. Raises nats-py's `ConnectionClosedError` when the connection was closed for good. Close
        the iterator (`contextlib.aclosing`) to take the consumer away at once instead of after a minute.
        """
        pause = _FIRST_PAUSE_SECONDS
        try:
            while True:
                try:
                    pull = self._pull or await self._placed()
                    arrived = await pull.take(limit)
                    batch, trouble = self._in_order(arrived)
                except ConnectionClosedError:
                    raise
                except (ConsumerLostError, NatsError) as error:
                    batch, trouble = [], error
                if batch:
                    pause = _FIRST_PAUSE_SECONDS
                    yield batch
                if trouble:
                    if time.monotonic() - self._placed_at > _CALM_SECONDS:
                        pause = _FIRST_PAUSE_SECONDS
                    await self._leave(trouble)
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        finally:
            await self._leave()

    async def _placed(self) -> CreditPull[_Received]:
        start = await first_after(self._nc, self.service, self._state.position, self._state.stream_sequence)
        name = f"feed-{secrets.token_hex(8)}"
        await create_feed_consumer(self._nc, self.service, name, start=start, inactive_seconds=_INACTIVE_SECONDS)
        self._pull = await CreditPull.open(self._nc, stream_of(self.service), name, self._credit, _read)
        self._placed_at = time.monotonic()
        self._state = replace(self._state, consumer=name, last_error=None)
        self._log.debug("feed_placed", consumer=name, after=self._state.position, start=start)
        return self._pull

    async def _leave(self, trouble: Exception | None = None) -> None:
        if trouble:
            self._log.warning("feed_interrupted", error=str(trouble), position=self._state.position)
        self._state = replace(self.state, consumer=None, last_error=str(trouble) if trouble else None)
        if self._pull:
            pull, self._pull = self._pull, None
            await pull.close()

    def _in_order(self, arrived: list[_Received]) -> tuple[list[Delivered | Undecodable], Exception | None]:
        """What may be handed over, and why it is not all."""
        batch: list[Delivered | Undecodable] = []
        position, stream_sequence = self._state.position, self._state.stream_sequence
        trouble: Exception | None = None
        for message in arrived:
            if isinstance(message, _Foreign):  # it has no place in the log, so nothing of the log is lost with it
                self._log.error("foreign_message", **message._asdict())
                continue
            place = message if isinstance(message, Delivered) else message.header
            if place.sequence <= position:
                continue  # a repeat, from before our position in a stream that is being rebuilt
            if place.previous > position:
                trouble = _HoleError(
                    f"the stream goes from log position {position} to {place.sequence}, but {place.previous} comes "
                    f"before that: delete the stream, it is then rebuilt from the log"
                )
                break
            batch.append(message)
            position, stream_sequence = place.sequence, message.stream_sequence
        self._state = replace(self._state, position=position, stream_sequence=stream_sequence)
        return batch, trouble


def _read(stream_sequence: int, subject: bytes, head: bytes, body: bytes) -> _Received:
    if delivered := as_made(head, body, stream_sequence):
        return delivered
    try:
        header = header_in(head)
    except ValueError as error:
        return _Foreign(stream_sequence, subject.decode("utf-8", "replace"), str(error))
    try:
        return decoded(header, body, stream_sequence)
    except ValueError as error:
        return Undecodable(header, str(error), body, stream_sequence)
