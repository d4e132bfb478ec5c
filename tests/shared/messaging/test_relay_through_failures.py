"""The relay while its server is killed and its connection is cut: nothing twice, nothing lost, nothing out of order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from nats.aio.client import Client

from shared.embedded import EmbeddedNats
from shared.eventstore.events import Recorded
from shared.messaging.bus import connect
from shared.messaging.streams import last_position
from tests.shared.messaging.conftest import StartRelay, kill
from tests.shared.messaging.logs import BEGIN, SERVICE, WITHIN, Log, holds_exactly
from tests.support.proxy import Proxy


async def test_a_server_killed_between_batches_loses_and_repeats_nothing(
    own_server: EmbeddedNats, own_bus: Client, log: Log, start_relay: StartRelay
) -> None:
    _, mark = await start_relay(own_bus, batch=100)
    for _ in range(3):
        log.append(250)
        await mark.reaches(log.position)
        kill(own_server)
        log.append(250)
        own_server.start()
        await mark.reaches(log.position)
    await holds_exactly(own_bus, log)


# About 700 bytes an event: at the first byte, in the first batch, at its commit, in the next, much later.
@pytest.mark.parametrize("sent", [1, 20_000, 68_000, 100_000, 400_000])
async def test_a_server_killed_in_the_middle_of_a_batch_keeps_no_part_of_it(
    own_server: EmbeddedNats, own_bus: Client, log: Log, start_relay: StartRelay, sent: int
) -> None:
    async with Proxy(own_server.url) as proxy:
        nc = await connect(proxy.url, "relay")
        _, mark = await start_relay(nc, batch=100)
        await mark.reaches(0)
        proxy.break_after(sent, lambda: kill(own_server))
        log.append(1000)
        async with asyncio.timeout(WITHIN):
            await proxy.broke.wait()
        own_server.start()
        await mark.reaches(log.position)
        await holds_exactly(own_bus, log)
        await nc.close()


async def test_what_a_dead_relay_had_sent_of_a_batch_never_appears(
    own_server: EmbeddedNats, own_bus: Client, log: Log, start_relay: StartRelay
) -> None:
    async with Proxy(own_server.url) as proxy:
        nc = await connect(proxy.url, "relay")
        _, mark = await start_relay(nc, batch=100)
        await mark.reaches(0)
        log.append(100)
        proxy.break_after(30_000, lambda: None)
        async with asyncio.timeout(WITHIN):
            await proxy.broke.wait()
        assert (await last_position(own_bus, SERVICE)).stream_sequence == 0
        await mark.reaches(log.position)
        await holds_exactly(own_bus, log)
        await nc.close()


async def test_a_batch_whose_acknowledgement_is_lost_is_not_published_twice(
    own_server: EmbeddedNats, own_bus: Client, log: Log, start_relay: StartRelay
) -> None:
    async with Proxy(own_server.url) as proxy:
        nc = await connect(proxy.url, "relay")
        _, mark = await start_relay(nc)
        for count in (1, 300):
            await mark.reaches(log.position)
            proxy.broke.clear()
            proxy.swallow_next_answer()
            log.append(count)
            async with asyncio.timeout(WITHIN):
                await proxy.broke.wait()
            assert (await last_position(own_bus, SERVICE)).position == log.position
            await mark.reaches(log.position)
        await holds_exactly(own_bus, log)
        await nc.close()


async def test_while_the_server_is_away_the_state_says_since_when_events_wait(
    own_server: EmbeddedNats, own_bus: Client, log: Log, start_relay: StartRelay
) -> None:
    looked, found_waiting = asyncio.Event(), asyncio.Event()

    async def read(after: int, limit: int) -> Sequence[Recorded]:
        rows = await log.read(after, limit)
        if limit == 1:  # the look at what waits, after a failed try
            (found_waiting if rows else looked).set()
        return rows

    relay, mark = await start_relay(own_bus, read=read, look_seconds=0.05)
    await mark.reaches(0)
    kill(own_server)
    async with asyncio.timeout(WITHIN):
        await looked.wait()
        assert relay.state.behind_since is None
        log.append(2)
        await found_waiting.wait()
    assert relay.state.behind_since == BEGIN + timedelta(seconds=1)
    assert relay.state.last_error
    assert relay.state.since
    own_server.start()
    await mark.reaches(log.position)
    assert relay.state.behind_since is None
    assert relay.state.last_error is None
