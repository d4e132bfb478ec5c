"""One pull consumer on a core subscription: two requests of half the credit overlap, so that messages never pause."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Generic, TypeVar

import orjson
import structlog
from nats.aio.client import Client
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError

from shared.messaging.cloudevents import sequences_of
from shared.messaging.connection import headers_of, raw, status_of

log = structlog.get_logger(__name__)
_SECOND = 1_000_000_000
_EXPIRES_SECONDS = 30.0
_HEARTBEAT_SECONDS = 1
_SILENCE_SECONDS = 2.5  # two heartbeats missed
# Ends of a request that are no fault of the consumer: it ran out, or there was nothing.
_ENDED = ("404", "408")


Read = TypeVar("Read")


class ConsumerLostError(Exception):
    """The consumer is gone, silent, or has lost a message on the way."""


class CreditPull(Generic[Read]):
    """Messages of one consumer, in its order; nothing that was not handed over survives its loss.

    Each is read as it arrives, by `read(stream sequence, subject, header block, body)`: so that happens while whoever
    takes them waits for the database. A message that `read` fails on is lost with the consumer.
    """

    def __init__(
        self,
        nc: Client,
        stream: str,
        consumer: str,
        credit: int,
        expires_seconds: float,
        read: Callable[[int, bytes, bytes, bytes], Read],
    ) -> None:
        self._heard_at: float | None = None
        self._nc = nc
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        self._delete = f"$JS.API.CONSUMER.DELETE.{stream}.{consumer}"
        self._mine = f"$JS.ACK.{stream}.{consumer}.".encode()
        self._credit = credit
        self._expires_seconds = expires_seconds
        self._inbox = nc.new_inbox()
        self._subscription: Subscription | None = None
        self._read = read
        self._arrived: deque[Read] = deque()
        self._asked = 0  # messages asked for that have not arrived
        self._consumer_sequence = 0
        self._lost: str | None = None
        self._news = asyncio.Event()

    @classmethod
    async def open(
        cls,
        nc: Client,
        stream: str,
        consumer: str,
        credit: int,
        read: Callable[[int, bytes, bytes, bytes], Read],
        *,
        expires_seconds: float = _EXPIRES_SECONDS,
    ) -> CreditPull[Read]:
        """Begins to pull; a request the stream has nothing for is made anew after `expires_seconds`.

        Raises nats-py's `Error`s.
        """
        pull = cls(nc, stream, consumer, credit, expires_seconds, read)
        # Nothing is dropped here: what can be pending is bounded by the credit.
        pull._subscription = await raw(nc).hear(pull._inbox, pull._receive)
        await pull._ask()
        return pull

    @property
    def heard_at(self) -> datetime | None:
        """When the server was last heard of, a message or a heartbeat."""
        return datetime.fromtimestamp(self._heard_at, UTC) if self._heard_at else None

    async def take(self, limit: int) -> list[Read]:
        """What has arrived, at least one message. Raises `ConsumerLostError` once nothing good is left."""
        while not self._arrived:
            if self._lost:
                raise ConsumerLostError(self._lost)
            self._news.clear()
            try:
                async with asyncio.timeout(_SILENCE_SECONDS):
                    await self._news.wait()
            except TimeoutError:
                raise ConsumerLostError(f"nothing heard of {self._subject} for {_SILENCE_SECONDS} s") from None
            await self._ask()
        taken = [self._arrived.popleft() for _ in range(min(limit, len(self._arrived)))]
        await self._ask()
        return taken

    async def close(self) -> None:
        """Stops hearing, and takes the consumer away without waiting for the answer."""
        if not self._subscription:
            return
        try:
            await self._subscription.unsubscribe()
            await self._nc.publish(self._delete)
        except NatsError as error:  # closed or draining: the server forgets the consumer by itself
            log.debug("consumer_left_behind", subject=self._subject, error=repr(error))

    async def _ask(self) -> None:
        free = self._credit - self._asked - len(self._arrived)
        if self._lost or free < (self._credit + 1) // 2:
            return
        self._asked += free
        request = {
            "batch": free,
            "expires": int(self._expires_seconds * _SECOND),
            "idle_heartbeat": _HEARTBEAT_SECONDS * _SECOND,
        }
        await self._nc.publish(self._subject, orjson.dumps(request), reply=self._inbox)

    def _receive(self, subject: bytes, reply: bytes, head: bytes, body: bytes) -> None:
        self._heard_at = time.time()
        self._news.set()
        if self._lost:
            return
        stream_sequence, sequence = self._place(reply)
        if not sequence:
            self._control(head)
        elif sequence != self._consumer_sequence + 1:
            self._lost = f"message {sequence} came after {self._consumer_sequence}"
        else:
            self._arrived.append(self._read(stream_sequence, subject, head, body))
            self._consumer_sequence = sequence
            self._asked -= 1

    def _place(self, reply: bytes) -> tuple[int, int]:
        """Stream and consumer sequence, zeros for what the server says itself."""
        if reply.startswith(self._mine):  # the form of a server without a domain, in half the time
            _, stream_sequence, sequence, _ = reply[len(self._mine) :].split(b".", 3)
            return int(stream_sequence), int(sequence)
        return sequences_of(reply.decode())

    def _control(self, head: bytes) -> None:
        status, description = status_of(head)
        headers = headers_of(head)
        unserved = headers.get("Nats-Pending-Messages")
        if status == "100":
            delivered = int(headers.get("Nats-Last-Consumer", self._consumer_sequence))
            if delivered != self._consumer_sequence:
                self._lost = f"message {delivered} was sent, but {self._consumer_sequence} is the last that came"
        elif unserved is not None:  # the request ended before it was served whole
            self._asked -= int(unserved)
        elif status not in _ENDED:
            self._lost = f"{status} {description}".strip()
        else:
            self._asked = 0  # an end that does not say how much it left open
