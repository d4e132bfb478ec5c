"""Streams and consumers that somebody deletes while the platform runs, and connections that NATS itself ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from nats.js import JetStreamContext

from shared.contracts.base import stream_of
from shared.messaging.bus import connect
from tests.system.faults.conftest import ROUNDS, SECONDS, Sites, UnderLoad
from tests.system.faults.looking import WITH_LOG
from tests.system.faults.site import Site

pytestmark = [pytest.mark.system, pytest.mark.timeout(SECONDS)]


@asynccontextmanager
async def jetstream(site: Site) -> AsyncIterator[JetStreamContext]:
    """Past the proxy, as an operator's tool would reach it."""
    connection = await connect(site.nats.url, "operator")
    try:
        yield connection.jetstream()
    finally:
        await connection.close()


async def test_deleted_streams_come_back_with_the_same_messages_in_the_same_order(
    sites: Sites, under_load: UnderLoad
) -> None:
    site = await sites.get(1)
    for _ in range(ROUNDS):
        async with under_load(site) as load, jetstream(site) as operator:
            for service in WITH_LOG:
                await operator.delete_stream(stream_of(service))
            await load.acknowledges()


async def test_deleted_consumers_are_declared_anew(sites: Sites, under_load: UnderLoad) -> None:
    site = await sites.get(1)
    for _ in range(ROUNDS):
        async with under_load(site) as load, jetstream(site) as operator:
            deleted = []
            for service in WITH_LOG:
                for consumer in await operator.consumers_info(stream_of(service)):
                    await operator.delete_consumer(stream_of(service), consumer.name)
                    deleted.append(consumer.name)
            assert "notify-messages" in deleted, "the reactions' consumers"
            assert any(name.startswith("feed-") for name in deleted), "the read models' consumers"
            await load.acknowledges()


async def test_connections_that_nats_ends_with_an_error_come_back(sites: Sites, under_load: UnderLoad) -> None:
    site = await sites.get(1)
    for _ in range(ROUNDS):
        async with under_load(site) as load:
            assert site.to_nats.connections
            site.to_nats.say(b"-ERR 'Maximum Payload Violation'\r\n")
            await load.acknowledges()
