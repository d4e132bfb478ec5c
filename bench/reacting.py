"""(f) FastStream's share: handling messages through the platform's factory, beside nats-py alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from uuid import uuid4

import nats
import orjson

from bench import replay
from bench.material import SERVICE
from bench.plan import Against, Bars, Found, Group, Plan, Scale
from bench.stage import at_rest, servers
from shared.contracts.base import stream_of
from shared.eventstore.ledger import Intent
from shared.messaging.reactions import ACK_WAIT_SECONDS, BATCH, Reaction, Reactor
from shared.messaging.streams import declare_reaction_consumer
from shared.readmodels.happened import Happened, Unreadable
from shared.readmodels.positions import also_move
from shared.runtime.collecting import collect_seldom
from shared.runtime.service import Runtime

_WITHIN_SECONDS = 600.0
_FETCH_SECONDS = 5.0


async def reactor_rate(runtime: Runtime, url: str, n: int) -> float:
    """Messages a second through the factory, from the first in hand to the position at the last.

    The reaction makes no commands, so that its position is all that is written.
    """
    began = 0.0

    def react(_happened: Happened) -> Sequence[Intent]:
        nonlocal began
        began = began or time.perf_counter()
        return ()

    reaction = Reaction(f"nothing-{uuid4().hex}", (SERVICE,), react)
    reactor = Reactor("bench", reaction, SERVICE, runtime.ledger, runtime.database, runtime.positions)
    running = asyncio.create_task(reactor.run(runtime.bus, url))
    arrived = await runtime.positions.wait_for(reactor.name, SERVICE, n, _WITHIN_SECONDS)
    took = time.perf_counter() - began
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await runtime.bus.jetstream().delete_consumer(stream_of(SERVICE), reactor.name)
    if not arrived:
        raise RuntimeError(f"the reaction stands at {reactor.state}")
    return n / took


async def bare_rate(runtime: Runtime, url: str, n: int) -> float:
    """The same by hand: as many are fetched at once, parsed, the position moved by the same statement, acknowledged."""
    name = f"bench-bare-{uuid4().hex}"
    await runtime.positions.register(name, SERVICE)
    await declare_reaction_consumer(
        runtime.bus, SERVICE, name, ack_wait_seconds=ACK_WAIT_SECONDS, max_ack_pending=BATCH
    )
    nc = await nats.connect(url)
    subscription = await nc.jetstream().pull_subscribe_bind(name, stream_of(SERVICE))
    position, began = 0, 0.0
    while position < n:
        fetched = await subscription.fetch(BATCH, timeout=_FETCH_SECONDS)
        began = began or time.perf_counter()
        for message in fetched:
            orjson.loads(message.data)
        last = int((fetched[-1].headers or {})["ce-sequence"])
        place = Unreadable(SERVICE, last, None, "", "", "", fetched[-1].metadata.sequence.stream)
        await runtime.ledger.react((), [also_move(name, SERVICE, position, place)])
        for message in fetched:
            await message.ack()
        position = last
    took = time.perf_counter() - began
    await nc.close()
    await runtime.bus.jetstream().delete_consumer(stream_of(SERVICE), name)
    return n / took


@asynccontextmanager
async def stage(scale: Scale, _found: Found) -> AsyncIterator[Plan]:
    """A stream, and a service's record to keep the position in. Whole batches: a part of one would wait for company."""
    collect_seldom()
    n = max(1, scale.reacted // BATCH) * BATCH
    with servers() as settings:
        async with at_rest("analytics", settings) as runtime:
            await replay.fill(runtime.bus, n)
            url = settings.require_nats()
            plan = Plan()
            ours = plan.add("through the factory", partial(reactor_rate, runtime, url, n))
            bare = plan.add("nats-py alone", partial(bare_rate, runtime, url, n))
            plan.against.append(Against(ours, bare))
            plan.pictures.append(Bars("Messages per second", (ours, bare)))
            yield plan


reacting = Group(
    name="reacting",
    title="(f) FastStream's share",
    what=(
        f"A reaction that makes no commands hears a stream through the platform's FastStream factory: batches of {BATCH}, "
        "decoded by contract, the position moved in the record, each message acknowledged after that. Beside it nats-py's "
        "fetch of as many, the body parsed, the position moved by the same statement, each message acknowledged. Counted "
        "from the first message in hand."
    ),
    stage=stage,
)
