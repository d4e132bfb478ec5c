"""From the log to the stream, beside hand-made pipelined windows of the same bytes; and from the stream to a feed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from nats.aio.client import Client

from shared.contracts.base import Outgoing, subject_of
from shared.contracts.policy import PolicyPublished
from shared.contracts.samples import sample_of
from shared.eventstore.events import Recorded
from shared.messaging.cloudevents import body_for, headers_for
from shared.messaging.pull import StreamFeed
from shared.messaging.relay import Relay
from shared.messaging.streams import declare_stream
from shared.security.actor import Actor
from tests.support.counting import Counted

WINDOW = 1000


def outgoing(_recorded: Recorded) -> Outgoing:
    """What each event publishes."""
    return Outgoing(sample_of(PolicyPublished), "gxj")


def recorded(position: int) -> Recorded:
    """An event in the log."""
    at = datetime(2026, 3, 2, tzinfo=UTC)
    return Recorded("document-1", position, at, Counted(by=1), Actor(subject="bench"), "c", position=position)


async def relay_rate(nc: Client, events: int) -> float:
    """Events a second through the relay, the log in memory."""
    log = [recorded(n) for n in range(1, events + 1)]
    done = asyncio.Event()

    async def read(after: int, limit: int) -> Sequence[Recorded]:
        return log[after : after + limit]

    await declare_stream(nc, "policy")
    relay = Relay(
        "policy", nc, read=read, publish=outgoing, wake=asyncio.Event(),
        declare=lambda: declare_stream(nc, "policy"),
        on_published=lambda position: done.set() if position == events else None,
    )  # fmt: skip
    began = time.perf_counter()
    running = asyncio.create_task(relay.run())
    await done.wait()
    took = time.perf_counter() - began
    running.cancel()
    return events / took


async def window_rate(nc: Client, events: int) -> float:
    """The same bytes in windows of pipelined publishes, each window awaited."""
    stream = nc.jetstream()
    await stream.add_stream(name="BENCH", subjects=["bench.>"])
    out = outgoing(recorded(1))
    headers, body = headers_for(recorded(1), out, "policy", 0), body_for(out)
    subject = f"bench.{subject_of(PolicyPublished, out.department)}"
    began = time.perf_counter()
    for _ in range(events // WINDOW):
        await asyncio.gather(*(stream.publish(subject, body, headers=dict(headers)) for _ in range(WINDOW)))
    took = time.perf_counter() - began
    await stream.delete_stream("BENCH")
    return events / took


async def feed_rate(nc: Client, events: int) -> float:
    """Decoded events a second from the stream that the relay filled."""
    feed, seen = StreamFeed(nc, "policy", after=0), 0
    began = time.perf_counter()
    async for batch in feed.batches():
        seen += len(batch)
        if seen >= events:
            break
    return events / (time.perf_counter() - began)
