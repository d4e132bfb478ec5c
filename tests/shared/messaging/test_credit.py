"""Pulling with credit: requests that run out are made anew, and a consumer that is gone is said to be gone."""

from __future__ import annotations

import asyncio

import pytest
from nats.aio.client import Client

from shared.contracts.base import stream_of
from shared.messaging.credit import ConsumerLostError, CreditPull
from shared.messaging.streams import create_feed_consumer
from tests.shared.messaging.logs import SERVICE, WITHIN, Log, put

STREAM = stream_of(SERVICE)


def place(stream_sequence: int, _subject: bytes, _head: bytes, _body: bytes) -> int:
    return stream_sequence


async def opened(bus: Client, credit: int, expires_seconds: float = 30.0) -> CreditPull[int]:
    await create_feed_consumer(bus, SERVICE, "pulled", start=1, inactive_seconds=60)
    return await CreditPull.open(bus, STREAM, "pulled", credit, place, expires_seconds=expires_seconds)


async def test_requests_that_ran_out_are_made_anew(bus: Client, log: Log) -> None:
    pull = await opened(bus, 10, expires_seconds=2.1)
    log.append(3)
    await put(bus, log)
    found = await pull.take(100)
    while len(found) < 3:
        found += await pull.take(100)
    ends = await bus.subscribe("_INBOX.>")
    taking = asyncio.create_task(pull.take(100))
    for _ in range(2):
        while (await ends.next_msg(timeout=WITHIN)).headers["Status"] != "408":  # type: ignore[index]
            assert not taking.done()
    log.append(1)
    await put(bus, log, after=3)
    found += await taking
    assert found == [1, 2, 3, 4]
    await pull.close()


async def test_a_deleted_consumer_is_reported_after_what_had_arrived(bus: Client, log: Log) -> None:
    log.append(5)
    await put(bus, log)
    pull = await opened(bus, 10)
    found = await pull.take(1)
    while len(found) < 4:
        found += await pull.take(1)
    await bus.jetstream().delete_consumer(STREAM, "pulled")
    found += await pull.take(1)
    assert len(found) == 5
    with pytest.raises(ConsumerLostError, match="409 Consumer Deleted"):
        await pull.take(1)
    await pull.close()


async def test_a_consumer_that_never_was_is_reported_at_once(bus: Client) -> None:
    pull = await CreditPull.open(bus, STREAM, "nobody", 10, place)
    with pytest.raises(ConsumerLostError, match="503"):
        await pull.take(1)
    await pull.close()
