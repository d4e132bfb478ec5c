"""What other systems send to a service over NATS: kept by a work queue until the service has it in its own record.

A sender publishes to `chengce-intake.<service>.<kind>` with JetStream and is done when the server acknowledges. Whoever may
publish there needs to read nothing: results are at the service's HTTP doors.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js.errors import APIError, NotFoundError

from shared.messaging.streams import CONSUMER_EXISTS, NAME_TAKEN, ask
from shared.readmodels.taking import AROUND

log = structlog.get_logger(__name__)
BATCH = 500  # messages fetched at once; no more are in flight, so that what was not taken comes again in its order
FETCH_SECONDS = 5.0
ACK_WAIT_SECONDS = 60.0
AGAIN_SECONDS = 1.0
MOST_BYTES = 1024 * 1024
_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Posted:
    """A message of another system: the last word of its subject, its body as it came, and when NATS had it."""

    kind: str
    body: bytes
    at: datetime


@dataclass(frozen=True)
class Inbox:
    """What a service takes in over NATS. `take` gets its runtime and returns when everything is in the record.

    A message may come once more, so taking it twice must be the same as once. `set_aside` keeps one that `take` failed on,
    when it is alone too: nothing else waits for it.
    """

    kinds: tuple[str, ...]
    take: Callable[[Any, Sequence[Posted]], Awaitable[None]]
    set_aside: Callable[[Any, Posted, Exception], Awaitable[None]]


def inbox_stream_of(service: str) -> str:
    """The name of a service's work queue."""
    return f"CHENGCE_INTAKE_{service.upper()}"


def inbox_subject(service: str, kind: str) -> str:
    """Where messages of a kind are sent."""
    return f"chengce-intake.{service}.{kind}"


async def declare_inbox(nc: Client, service: str, inbox: Inbox, *, replicas: int = 1) -> None:
    """Make the work queue and its consumer where they are absent; settings of existing ones belong to operations.

    A full queue refuses what is new: the sender hears of it, and nothing that was acknowledged is dropped.
    Raises nats-py's `Error`s.
    """
    stream = inbox_stream_of(service)
    config = {
        "name": stream,
        "subjects": [inbox_subject(service, kind) for kind in inbox.kinds],
        "retention": "workqueue",
        "discard": "new",
        "storage": "file",
        "num_replicas": replicas,
        "max_msg_size": MOST_BYTES,
    }
    await _absent_made(nc, f"STREAM.INFO.{stream}", f"STREAM.CREATE.{stream}", config, (NAME_TAKEN,))
    consumer = {
        "name": service,
        "durable_name": service,
        "ack_policy": "explicit",
        "deliver_policy": "all",
        "ack_wait": int(ACK_WAIT_SECONDS * _SECOND),
        "max_ack_pending": BATCH,
    }
    wanted = {"stream_name": stream, "action": "create", "config": consumer}
    name = f"{stream}.{service}"
    await _absent_made(nc, f"CONSUMER.INFO.{name}", f"CONSUMER.CREATE.{name}", wanted, CONSUMER_EXISTS)


async def _absent_made(nc: Client, look: str, make: str, body: dict[str, Any], made_by_another: Sequence[int]) -> None:
    try:
        await ask(nc, look)
    except NotFoundError:
        try:
            await ask(nc, make, body)
        except APIError as error:
            if error.err_code not in made_by_another:
                raise


@dataclass
class InboxReader:
    """Takes what was sent, in order, and acknowledges it after the commit. One replica reads at a time."""

    service: str
    inbox: Inbox
    runtime: Any
    nc: Client
    replicas: int = 1

    async def run(self) -> None:
        """Until cancelled. Raises when NATS or the consumer is gone: whoever supervises begins anew."""
        await declare_inbox(self.nc, self.service, self.inbox, replicas=self.replicas)
        stream = inbox_stream_of(self.service)
        subscription = await self.nc.jetstream().pull_subscribe_bind(self.service, stream)
        try:
            while True:
                try:
                    messages = await subscription.fetch(BATCH, timeout=FETCH_SECONDS)
                except (NatsTimeoutError, TimeoutError):
                    continue  # nothing was sent
                await self._take(messages)
        finally:
            await subscription.unsubscribe()

    async def _take(self, messages: list[Msg]) -> None:
        try:
            await self._record([_posted(message) for message in messages])
        except AROUND as error:
            log.warning("intake_postponed", service=self.service, messages=len(messages), error=repr(error))
            for message in messages:
                await message.nak(delay=AGAIN_SECONDS)
            await asyncio.sleep(AGAIN_SECONDS)
            return
        for message in messages:
            await message.ack()

    async def _record(self, posted: Sequence[Posted]) -> None:
        try:
            await self.inbox.take(self.runtime, posted)
        except AROUND:
            raise
        except Exception as error:
            log.exception("intake_failed", service=self.service, messages=len(posted))
            if len(posted) == 1:
                await self.inbox.set_aside(self.runtime, posted[0], error)
                return
            for each in posted:
                await self._record([each])


def _posted(message: Msg) -> Posted:
    at = message.metadata.timestamp
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return Posted(message.subject.rpartition(".")[2], message.data, at)
