"""FastStream through one factory that fixes what its defaults get wrong for a system of record (docs/decisions/0003)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.message import NatsBatchMessage
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import ConnectionClosedError
from nats.errors import TimeoutError as NatsTimeoutError

from shared.contracts.base import stream_of
from shared.database.sessions import Database
from shared.eventstore.ledger import Intent, Ledger
from shared.eventstore.recorder import Also
from shared.messaging.bus import PING_SECONDS, PINGS_UNANSWERED
from shared.messaging.hearing import heard_on_stream
from shared.messaging.streams import consumer_exists, declare_reaction_consumer
from shared.readmodels.happened import Happened, Heard
from shared.readmodels.positions import Positions, also_move
from shared.readmodels.taking import AROUND, Taking
from shared.telemetry.tracing import span

log = structlog.get_logger(__name__)
BATCH = 200
BATCH_SECONDS = 0.1  # FastStream waits this out before it hands a batch over
# A delivery that the client loses (its pull waits with `asyncio.wait_for`, which may drop what arrives at the very end)
# comes again after this; until then what follows it is held back.
ACK_WAIT_SECONDS = 3.0
AGAIN_SECONDS = 1.0  # before a refused delivery comes again
STOP_SECONDS = 10.0
LOOK_SECONDS = 2.0  # between looks whether the consumer still exists: FastStream would spin in silence without it


class ConsumerGoneError(LookupError):
    """Somebody deleted a reaction's consumer; it is declared anew by whoever supervises the reaction."""


@dataclass(frozen=True)
class Reaction:
    """What a service does when events of other services arrive: commands, as a pure function of each event.

    Where more than the event is needed, `consider` is given instead: it gets the service's runtime, may read, and answers
    for events of one batch together; a read model that is still being built postpones the batch.
    """

    name: str
    sources: tuple[str, ...]
    react: Callable[[Happened], Sequence[Intent]] | None = None
    consider: Callable[[Any, Sequence[Happened]], Awaitable[Sequence[Intent]]] | None = None

    async def intents(self, runtime: Any, events: Sequence[Happened]) -> list[Intent]:
        """The commands that these events lead to, in order."""
        intents = [intent for happened in events for intent in (self.react(happened) if self.react else ())]
        return [*intents, *(await self.consider(runtime, events) if self.consider and events else ())]


class Reactor(Taking):
    """Carries out one reaction to one source: its events and its position in one transaction."""

    def __init__(
        self,
        service: str,
        reaction: Reaction,
        source: str,
        ledger: Ledger,
        database: Database,
        positions: Positions,
        runtime: Any = None,
    ) -> None:
        super().__init__(f"{service}-{reaction.name}", source, database, positions)
        self._runtime = runtime
        self.reaction = reaction
        self.ledger = ledger
        self._early: dict[int, tuple[Heard, Msg]] = {}  # delivered, not yet acknowledged

    async def write(self, good: Sequence[Happened], waiting: Sequence[Heard], old: int, last: Heard) -> None:
        """Appends what the events lead to, sets the waiting ones aside and moves the position, all or nothing."""
        also = [also_move(self.name, self.source, old, last)]
        also += [self.dead_letters.also_wait_behind(each) for each in waiting]
        await self.carry_out(good, also)

    async def carry_out(self, good: Sequence[Happened], also: Sequence[Also]) -> None:
        """Appends what the events lead to and carries out the statements, all or nothing; for redriving, too."""
        intents = await self.reaction.intents(self._runtime, good)
        trace = next((h.traceparent for h in good if h.traceparent), None)
        with span(f"react {self.name}", trace):
            await self.ledger.react(intents, also)

    async def run(self, connection: Client, url: str) -> None:
        """Until cancelled. Raises when the consumer is gone, so that whoever supervises declares it anew."""
        await self.positions.register(self.name, self.source)
        await declare_reaction_consumer(
            connection, self.source, self.name, ack_wait_seconds=ACK_WAIT_SECONDS, max_ack_pending=BATCH
        )
        self._early.clear()
        await self.begin()
        closed = asyncio.Event()
        broker, subscriber = self._broker(url, closed)
        await broker.start()
        _mend_timeouts(subscriber)
        try:
            while not await _set_within(closed, LOOK_SECONDS):
                if not await consumer_exists(connection, self.source, self.name):
                    raise ConsumerGoneError(f"consumer {self.name} on {stream_of(self.source)} is gone")
            raise ConnectionClosedError  # FastStream's own, which nobody would open again
        finally:
            # Not for ever: the last words to a server that takes none any more would never be through.
            await asyncio.wait([asyncio.create_task(broker.stop())], timeout=STOP_SECONDS)

    def _broker(self, url: str, closed: asyncio.Event) -> tuple[NatsBroker, Any]:
        async def told() -> None:
            closed.set()

        broker = NatsBroker(
            url,
            apply_types=False,
            closed_cb=told,
            ping_interval=PING_SECONDS,
            max_outstanding_pings=PINGS_UNANSWERED,
            max_reconnect_attempts=-1,  # the default gives up after two minutes and then freezes the process
            logger=None,
            graceful_timeout=20.0,
        )
        subscriber = broker.subscriber(
            f"chengce.{self.source}.>",
            durable=self.name,
            stream=JStream(stream_of(self.source), declare=False),  # the platform declares, never a subscriber
            pull_sub=PullSub(batch_size=BATCH, timeout=BATCH_SECONDS, batch=True),
            ack_policy=AckPolicy.MANUAL,  # ours, after the commit
            decoder=_raw,
            title=f"{self.name} <- {self.source}",
        )
        subscriber(self._deliver)
        return broker, subscriber

    async def _deliver(self, messages: list[Msg]) -> None:
        for message in messages:
            try:
                heard = heard_on_stream(message)
            except ValueError as error:  # it has no place in the log, so nothing of the log is lost with it
                log.error("foreign_message", name=self.name, subject=message.subject, error=str(error))
                await message.term()
            else:
                self._early[heard.position] = (heard, message)
        news, done = self._in_order()
        try:
            await self.take([heard for heard, _ in news])
        except AROUND as error:
            log.warning("reaction_postponed", name=self.name, source=self.source, error=repr(error))
            await self.begin()
            await self._again()
            return
        for message in [*done, *(message for _, message in news)]:
            await message.ack()
        for heard, _ in news:
            del self._early[heard.position]
        if self._early:
            log.info("waits_for_an_earlier_event", name=self.name, position=self.state.position, held=len(self._early))

    def _in_order(self) -> tuple[list[tuple[Heard, Msg]], list[Msg]]:
        """What follows the position without a gap, and what was done before. Redeliveries come in any order."""
        news: list[tuple[Heard, Msg]] = []
        done: list[Msg] = []
        position = self.state.position
        for place in sorted(self._early):
            heard, message = self._early[place]
            if place <= position:
                done.append(self._early.pop(place)[1])
            elif heard.previous is not None and heard.previous > position:
                break
            else:
                news.append((heard, message))
                position = place
        return news, done

    async def _again(self) -> None:
        held, self._early = self._early, {}
        for _, message in held.values():
            await message.nak(delay=AGAIN_SECONDS)


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


def _mend_timeouts(subscriber: Any) -> None:
    """FastStream's pull loop knows nats-py's TimeoutError only, and nats-py now and then raises Python's own: that would
    end the loop, and drop what it had fetched, without a word. On a closed connection it asks again at once, for ever,
    and nobody else of the process would have a turn."""
    subscription = subscriber.subscription
    fetch = subscription.fetch

    async def fetch_mended(batch: int, timeout: float | None) -> list[Msg]:  # noqa: ASYNC109 - nats-py's signature
        try:
            messages: list[Msg] = await fetch(batch=batch, timeout=timeout)
        except TimeoutError as error:
            raise NatsTimeoutError from error
        except ConnectionClosedError:
            await asyncio.sleep(BATCH_SECONDS)
            raise
        return messages

    subscription.fetch = fetch_mended


async def _raw(message: NatsBatchMessage) -> list[Msg]:
    """The messages as they came: decoding is ours, so that one that cannot be read is set aside and not lost."""
    return list(message.raw_message)
