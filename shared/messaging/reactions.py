"""FastStream through one factory that fixes what its defaults get wrong for a system of record (docs/decisions/0003)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.message import NatsBatchMessage
from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.contracts.base import stream_of
from shared.database.sessions import Database
from shared.eventstore.ledger import Intent, Ledger
from shared.messaging.hearing import heard_on_stream
from shared.messaging.streams import consumer_exists, declare_reaction_consumer
from shared.readmodels.happened import Happened, Heard
from shared.readmodels.positions import GapError, Positions, also_move
from shared.readmodels.taking import AROUND, Taking
from shared.telemetry.tracing import span

log = structlog.get_logger(__name__)
BATCH = 200
BATCH_SECONDS = 0.1  # FastStream waits this out before it hands a batch over
ACK_WAIT_SECONDS = 30.0
AGAIN_SECONDS = 1.0  # before a refused delivery comes again
LOOK_SECONDS = 2.0  # between looks whether the consumer still exists: FastStream would spin in silence without it


class ConsumerGoneError(LookupError):
    """Somebody deleted a reaction's consumer; it is declared anew by whoever supervises the reaction."""


@dataclass(frozen=True)
class Reaction:
    """What a service does when events of other services arrive: commands, as a pure function of each event."""

    name: str
    sources: tuple[str, ...]
    react: Callable[[Happened], Sequence[Intent]]


class Reactor(Taking):
    """Carries out one reaction to one source: its events and its position in one transaction."""

    def __init__(
        self, service: str, reaction: Reaction, source: str, ledger: Ledger, database: Database, positions: Positions
    ) -> None:
        super().__init__(f"{service}-{reaction.name}", source, database, positions)
        self.reaction = reaction
        self.ledger = ledger

    async def write(self, good: Sequence[Happened], waiting: Sequence[Heard], old: int, last: Heard) -> None:
        """Appends what the events lead to, sets the waiting ones aside and moves the position, all or nothing."""
        intents: list[Intent] = []
        for happened in good:
            intents.extend(self.reaction.react(happened))
        also = [also_move(self.name, self.source, old, last)]
        also += [self.dead_letters.also_wait_behind(each) for each in waiting]
        trace = next((h.traceparent for h in good if h.traceparent), None)
        with span(f"react {self.name}", trace):
            await self.ledger.react(intents, also)

    async def run(self, connection: Client, url: str) -> None:
        """Until cancelled. Raises when the consumer is gone, so that whoever supervises declares it anew."""
        await self.positions.register(self.name, self.source)
        await declare_reaction_consumer(
            connection, self.source, self.name, ack_wait_seconds=ACK_WAIT_SECONDS, max_ack_pending=4 * BATCH
        )
        await self.begin()
        broker = self._broker(url)
        await broker.start()
        try:
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                if not await consumer_exists(connection, self.source, self.name):
                    raise ConsumerGoneError(f"consumer {self.name} on {stream_of(self.source)} is gone")
        finally:
            await broker.stop()

    def _broker(self, url: str) -> NatsBroker:
        broker = NatsBroker(
            url,
            apply_types=False,
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
        return broker

    async def _deliver(self, messages: list[Msg]) -> None:
        try:
            await self.take([heard_on_stream(message) for message in messages])
        except GapError as gap:
            log.info("out_of_order", name=self.name, gap=str(gap))
            await self._again(messages)
        except AROUND as error:
            log.warning("reaction_postponed", name=self.name, source=self.source, error=repr(error))
            await self.begin()
            await self._again(messages)
        else:
            for message in messages:
                await message.ack()

    async def _again(self, messages: Sequence[Msg]) -> None:
        for message in messages:
            await message.nak(delay=AGAIN_SECONDS)


async def _raw(message: NatsBatchMessage) -> list[Msg]:
    """The messages as they came: decoding is ours, so that one that cannot be read is set aside and not lost."""
    return list(message.raw_message)
