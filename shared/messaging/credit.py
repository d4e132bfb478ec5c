"""One pull consumer on a core subscription: two requests of half the credit overlap, so that messages never pause."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import UTC, datetime

import orjson
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.js.api import Header as StatusHeader

from shared.messaging.cloudevents import sequences_of

log = structlog.get_logger(__name__)
_SECOND = 1_000_000_000
_EXPIRES_SECONDS = 30.0
_HEARTBEAT_SECONDS = 1
_SILENCE_SECONDS = 2.5  # two heartbeats missed
# Ends of a request that are no fault of the consumer: it ran out, or there was nothing.
_ENDED = ("404", "408")


class ConsumerLostError(Exception):
    """The consumer is gone, silent, or has lost a message on the way."""


class CreditPull:
    """Messages of one consumer, in its order; nothing that was not handed over survives its loss."""

    def __init__(self, nc: Client, stream: str, consumer: str, credit: int, expires_seconds: float) -> None:
        self.heard_at: datetime | None = None
        self._nc = nc
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        self._delete = f"$JS.API.CONSUMER.DELETE.{stream}.{consumer}"
        self._credit = credit
        self._expires_seconds = expires_seconds
        self._inbox = nc.new_inbox()
        self._subscription: Subscription | None = None
        self._arrived: deque[Msg] = deque()
        self._asked = 0  # messages asked for that have not arrived
        self._consumer_sequence = 0
        self._lost: str | None = None
        self._news = asyncio.Event()

    @classmethod
    async def open(
        cls, nc: Client, stream: str, consumer: str, credit: int, *, expires_seconds: float = _EXPIRES_SECONDS
    ) -> CreditPull:
        """Begins to pull; a request the stream has nothing for is made anew after `expires_seconds`.

        Raises nats-py's `Error`s.
        """
        pull = cls(nc, stream, consumer, credit, expires_seconds)
        # Nothing is dropped here: what can be pending is bounded by the credit.
        pull._subscription = await nc.subscribe(pull._inbox, cb=pull._receive, pending_bytes_limit=0)
        await pull._ask()
        return pull

    async def take(self, limit: int) -> list[Msg]:
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

    async def _receive(self, message: Msg) -> None:
        self.heard_at = datetime.now(UTC)
        self._news.set()
        if self._lost:
            return
        sequence = sequences_of(message.reply)[1]
        if not sequence:
            self._control(message.headers or {})
        elif sequence != self._consumer_sequence + 1:
            self._lost = f"message {sequence} came after {self._consumer_sequence}"
        else:
            self._consumer_sequence = sequence
            self._asked -= 1
            self._arrived.append(message)

    def _control(self, headers: dict[str, str]) -> None:
        status = headers.get(StatusHeader.STATUS.value, "")
        unserved = headers.get("Nats-Pending-Messages")
        if status == "100":
            delivered = int(headers.get("Nats-Last-Consumer", self._consumer_sequence))
            if delivered != self._consumer_sequence:
                self._lost = f"message {delivered} was sent, but {self._consumer_sequence} is the last that came"
        elif unserved is not None:  # the request ended before it was served whole
            self._asked -= int(unserved)
        elif status not in _ENDED:
            # The client keeps this one under its enum, which does not hash as the text.
            self._lost = f"{status} {headers.get(StatusHeader.DESCRIPTION, '')}".strip().partition("\n")[0]
        else:
            self._asked = 0  # an end that does not say how much it left open
