"""Two walks in constant memory: through what a log publishes, and through what a stream holds."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import structlog
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from shared.contracts.base import Outgoing, stream_of
from shared.eventstore.events import Recorded
from shared.messaging.batches import Message, prepare
from shared.messaging.credit import ConsumerLostError, CreditPull
from shared.messaging.streams import ask, create_feed_consumer, last_message

log = structlog.get_logger(__name__)
_CREDIT = 4000
_INACTIVE_SECONDS = 60.0
_LOOK_SECONDS = 0.1
_PATIENCE = 6  # silent spells of a stream that has more to give


class StreamReplacedError(Exception):
    """The stream was deleted, or made anew, while it was being walked."""


class StreamSilentError(Exception):
    """A stream has more messages, but none of them comes."""


class Stored(NamedTuple):
    """A message as it stands in the stream."""

    stream_sequence: int
    subject: bytes
    head: bytes
    body: bytes


class PublishedLog:
    """What a log publishes up to position `end`, one message after the other."""

    def __init__(
        self,
        service: str,
        read: Callable[[int, int], Awaitable[Sequence[Recorded]]],
        publish: Callable[[Recorded], Outgoing | None],
        end: int,
        page: int,
        max_payload: int,
    ) -> None:
        self.passed = 0
        self._service = service
        self._read = read
        self._publish = publish
        self._end = end
        self._page = page
        self._max_payload = max_payload
        self._ready: deque[Message] = deque()
        self._position = self._previous = 0
        self._aside: tuple[int, int, set[int]] = (0, 0, set())

    async def next(self) -> Message | None:
        """The next message, None after the last. Raises `UnpublishableError`."""
        while not self._ready and self._position < self._end:
            recorded = await self._until_end(self._position)
            prepared = prepare(
                recorded,
                self._publish,
                self._service,
                position=self._position,
                previous=self._previous,
                max_payload=self._max_payload,
            )
            if prepared.failed:
                raise prepared.failed
            self._ready.extend(prepared.messages)
            self._position = prepared.position if recorded else self._end
            self._previous = self._ready[-1].position if self._ready else self._previous
        return self._ready[0] if self._ready else None

    def pass_next(self) -> None:
        """Goes on to the one after `next`."""
        self._ready.popleft()
        self.passed += 1

    async def publishes(self, position: int) -> bool:
        """Whether the event at exactly this position exists and is published. Looks a page ahead, for it is asked in runs."""
        if not 0 < position <= self._end:
            return False
        after, until, published = self._aside
        if not after < position <= until:
            recorded = await self._until_end(position - 1)
            published = {each.position for each in recorded if self._publish(each) is not None}
            self._aside = (position - 1, recorded[-1].position if recorded else self._end, published)
        return position in published

    async def _until_end(self, after: int) -> Sequence[Recorded]:
        recorded = await self._read(after, self._page)
        return [each for each in recorded if each.position <= self._end]


class StreamWalk:
    """All messages of a stream from its first on; `last_sequence` is that of the last one when the walk began."""

    def __init__(self, nc: Client, service: str, info: dict[str, Any], last_sequence: int) -> None:
        self.config: dict[str, Any] = info["config"]
        self.last_sequence = last_sequence
        self.seen = 0
        self._nc = nc
        self._service = service
        self._created = info["created"]
        self._pull: CreditPull[Stored] | None = None

    @classmethod
    async def opened(cls, nc: Client, service: str, within_seconds: float) -> StreamWalk | None:
        """The walk through a service's stream, None when there is none in time. Raises nats-py's `Error`s."""
        until = time.monotonic() + within_seconds
        while True:
            try:
                info = await ask(nc, f"STREAM.INFO.{stream_of(service)}")
                last = await last_message(nc, service)
            except NotFoundError:
                if time.monotonic() >= until:
                    return None
                await asyncio.sleep(_LOOK_SECONDS)  # a relay makes it, somewhere; nobody tells
            else:
                return cls(nc, service, info, last["seq"] if last else 0)

    async def batches(self, limit: int, quiet_seconds: float) -> AsyncGenerator[list[Stored], None]:
        """At most `limit` messages at a time, for ever; none when nothing more has come for `quiet_seconds`.

        Goes on where it was after the loss of its consumer. Raises `StreamReplacedError`, `StreamSilentError`, nats-py's
        `Error`s.
        """
        silences = 0
        try:
            while True:
                batch = await self._take(limit, quiet_seconds)
                if not batch:
                    last = await last_message(self._nc, self._service)
                    self.last_sequence = min(self.last_sequence, last["seq"] if last else 0)
                    if last and last["seq"] > self.seen:
                        silences += 1
                        if silences == _PATIENCE:
                            raise StreamSilentError(f"nothing came after message {self.seen} of {last['seq']}")
                        continue
                silences = 0
                yield batch
        except NotFoundError as error:
            raise StreamReplacedError(f"stream {stream_of(self._service)} is gone") from error
        finally:
            if self._pull:
                await self._pull.close()

    async def _take(self, limit: int, quiet_seconds: float) -> list[Stored]:
        with suppress(TimeoutError):
            async with asyncio.timeout(quiet_seconds):
                while True:
                    pull = self._pull or await self._placed()
                    try:
                        batch = await pull.take(limit)
                    except ConsumerLostError as error:
                        log.info("walk_interrupted", stream=stream_of(self._service), reason=str(error))
                        self._pull = None
                        await pull.close()
                    else:
                        self.seen = batch[-1].stream_sequence
                        return batch
        return []

    async def _placed(self) -> CreditPull[Stored]:
        stream = stream_of(self._service)
        if (await ask(self._nc, f"STREAM.INFO.{stream}"))["created"] != self._created:
            raise StreamReplacedError(f"stream {stream} was made anew")
        name = f"walk-{secrets.token_hex(8)}"
        await create_feed_consumer(
            self._nc, self._service, name, start=self.seen + 1, inactive_seconds=_INACTIVE_SECONDS
        )
        self._pull = await CreditPull.open(self._nc, stream, name, _CREDIT, Stored)
        return self._pull
