"""From the log to the stream: everything that is published, once, in order, whatever breaks in between.

The relay keeps no position. It reads the stream's last message, whose headers name the log position, and appends what
comes after it in atomic batches that the stream takes only if it still ends where the relay saw it end, and still has
its last message. So a second relay, a repeat after a lost acknowledgement and a death in the middle can neither
duplicate, reorder nor leave half a batch; whatever goes wrong, the answer is to read the last message again. A stream
that is gone or empty is filled again from the first event; what somebody took out of its beginning or middle is not
noticed here, but by `shared.messaging.reconciling`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog
from nats.aio.client import Client
from nats.errors import ConnectionClosedError
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from shared.contracts.base import Outgoing, stream_of
from shared.eventstore.events import Recorded
from shared.messaging.batches import (
    MOST_MESSAGES,
    Message,
    Prepared,
    PublishRefusedError,
    batches,
    prepare,
    publish_batch,
)
from shared.messaging.streams import ForeignMessageError, LastPublished, last_position, subjects_of

log = structlog.get_logger(__name__)
ACK_SECONDS = 5.0
LOOK_SECONDS = 5.0  # between looks of an idle relay whether its stream is still what it was
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 10.0
_EXPECTED = "Nats-Expected-Last-Subject-Sequence"
_EXPECTED_OF = "Nats-Expected-Last-Subject-Sequence-Subject"


@dataclass(frozen=True, slots=True)
class RelayState:
    """How far the relay is, for readiness and metrics.

    Everything up to log position `position` is on the stream, which ends at `stream_sequence`. `last_error` is what
    holds it up since `since`, None while it works. `behind_since` is when the oldest event known to wait happened, by
    the clock of the events; None when none waits.
    """

    position: int = 0
    stream_sequence: int = 0
    last_error: str | None = None
    since: datetime | None = None
    behind_since: datetime | None = None


class Relay:
    """Publishes the log of one service to its stream.

    - `read(after, limit)`: stored events after a log position, in order.
    - `publish(recorded)`: the published event, or None; pure, for a rebuilt stream must be the same.
    - `wake`: set when there may be something new; otherwise the log is polled every `poll_seconds`.
    - `declare(after)`: makes the stream when it is gone, with sequences that go on after those of the old one.
    - `on_published(position)`: called when the stream has everything up to a log position.
    """

    def __init__(
        self,
        service: str,
        nc: Client,
        read: Callable[[int, int], Awaitable[Sequence[Recorded]]],
        publish: Callable[[Recorded], Outgoing | None],
        wake: asyncio.Event,
        *,
        declare: Callable[[int], Awaitable[None]],
        on_published: Callable[[int], None] | None = None,
        poll_seconds: float = 0.1,
        batch: int = MOST_MESSAGES,
        ack_seconds: float = ACK_SECONDS,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        if not 1 <= batch <= MOST_MESSAGES:
            raise ValueError(f"a batch has 1 to {MOST_MESSAGES} messages, not {batch}")
        self.service = service
        self.state = RelayState()
        self._nc = nc
        self._read = read
        self._publish = publish
        self._wake = wake
        self._declare = declare
        self._on_published = on_published or (lambda _position: None)
        self._poll_seconds = poll_seconds
        self._batch = batch
        self._ack_seconds = ack_seconds
        self._look_seconds = look_seconds
        self._known = False  # whether the stream's end was ever read
        self._message_sequence = 0  # of the stream's last message; lower than its end when that was deleted
        self._looked_at = time.monotonic()
        self._log = log.bind(stream=stream_of(service))

    async def run(self) -> None:
        """Until cancelled; every error is shown in `state` and tried again after a growing pause, no event is skipped.

        Raises nats-py's `ConnectionClosedError` when the connection was closed for good.
        """
        pause = _FIRST_PAUSE_SECONDS
        while True:
            begun = self.state.position
            try:
                await self._follow()
            except ConnectionClosedError:
                raise
            except Exception as error:  # noqa: BLE001 - the log's reader and the service's mapping may raise anything
                self._failed(error)
                await self._look_behind()
            pause = _FIRST_PAUSE_SECONDS if self.state.position > begun else min(2 * pause, _LONGEST_PAUSE_SECONDS)
            await asyncio.sleep(pause)

    async def _follow(self) -> None:
        """Publishes until an error; one stage ahead: while a batch is committed, the next is read and prepared."""
        last = await self._synchronised()
        position = previous = last.position
        committing: asyncio.Task[None] | None = None
        try:
            while True:
                self._wake.clear()
                recorded = await self._read(position, self._batch)
                prepared = self._prepared(recorded, position, previous)
                if committing:
                    await committing
                    committing = None
                if prepared.position > position:
                    committing = asyncio.create_task(self._commit(prepared))
                    position = prepared.position
                    previous = prepared.messages[-1].position if prepared.messages else previous
                if prepared.failed:
                    if committing:
                        await committing
                    raise prepared.failed
                if not recorded:
                    self.state = replace(self.state, last_error=None, since=None, behind_since=None)
                    await self._idle(LastPublished(self.state.stream_sequence, previous))
        finally:
            if committing:
                committing.cancel()
                await asyncio.gather(committing, return_exceptions=True)

    def _prepared(self, recorded: Sequence[Recorded], position: int, previous: int) -> Prepared:
        return prepare(
            recorded,
            self._publish,
            self.service,
            position=position,
            previous=previous,
            max_payload=self._nc.max_payload,
        )

    async def _synchronised(self) -> LastPublished:
        try:
            last = await last_position(self._nc, self.service)
        except NotFoundError:
            self._log.warning("stream_missing")
            await self._declare(self.state.stream_sequence)
            last = await last_position(self._nc, self.service)
        self.state = replace(self.state, position=last.position, stream_sequence=last.stream_sequence)
        self._message_sequence = last.message_sequence
        self._known = True
        self._on_published(last.position)
        return last

    async def _commit(self, prepared: Prepared) -> None:
        for batch in batches(prepared.messages):
            self.state = replace(self.state, behind_since=batch[0].at)
            guarded = self._guarded(batch)
            end = await publish_batch(self._nc, self.service, guarded, self.state.stream_sequence, self._ack_seconds)
            self._message_sequence = end
            self.state = replace(self.state, stream_sequence=end, position=batch[-1].position)
        self.state = replace(self.state, position=prepared.position, last_error=None, since=None, behind_since=None)
        self._on_published(prepared.position)

    def _guarded(self, batch: Sequence[Message]) -> Sequence[Message]:
        """The batch, to be refused also where the stream's last message is not the one that we know.

        A purge, or a deletion at the end, leaves the stream's sequence as it was: by that alone a batch would be taken,
        and what was lost would stay lost.
        """
        first, *rest = batch
        known = {_EXPECTED: str(self._message_sequence), _EXPECTED_OF: subjects_of(self.service)}
        return [replace(first, headers=first.headers | known), *rest]

    async def _idle(self, believed: LastPublished) -> None:
        """Until there may be something new. A stream that is not what it was is an error even when nothing comes."""
        if time.monotonic() - self._looked_at > self._look_seconds:
            found = await last_position(self._nc, self.service)
            self._looked_at = time.monotonic()
            if found != believed:
                raise PublishRefusedError(f"the stream ends at {found}, not at {believed}")
        try:
            async with asyncio.timeout(self._poll_seconds):
                await self._wake.wait()
        except TimeoutError:
            return  # nobody woke us; what another process stored is found by looking

    def _failed(self, error: Exception) -> None:
        if isinstance(error, (PublishRefusedError, NatsError)):  # a rival was faster, or the bus is away
            self._log.warning("relay_interrupted", error=repr(error), position=self.state.position)
        elif isinstance(error, ForeignMessageError):  # the text says it all, and it says it again and again
            self._log.error("relay_held_up", error=str(error), position=self.state.position)
        else:
            self._log.error("relay_held_up", error=repr(error), position=self.state.position, exc_info=error)
        since = self.state.since if self.state.last_error else datetime.now(UTC)
        self.state = replace(self.state, last_error=f"{type(error).__name__}: {error}", since=since)

    async def _look_behind(self) -> None:
        """Keeps the age of what waits true while nothing can be published."""
        if self.state.behind_since or not self._known:
            return
        try:
            waiting = await self._read(self.state.position, 1)
        except Exception as error:  # noqa: BLE001 - the reader may raise anything, and the next try says so in `state`
            self._log.warning("log_unreadable", error=repr(error))
            return
        if waiting:
            self.state = replace(self.state, behind_since=waiting[0].at)
