"""The connection: patient at the first time, for ever afterwards."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

from shared.embedded import EmbeddedNats
from shared.messaging.bus import BusUnavailableError, connect, request
from tests.shared.messaging.conftest import kill
from tests.shared.messaging.logs import WITHIN


async def test_a_server_that_never_comes_is_an_error_without_the_password(own_server: EmbeddedNats) -> None:
    url = own_server.url
    own_server.stop()
    address = url.rpartition("@")[2]
    with pytest.raises(BusUnavailableError, match=f"NATS at {address} took no connection within 0.5 s") as refused:
        await connect(url, "too-early", first_connect_seconds=0.5)
    assert "ConnectionRefused" in str(refused.value)
    assert url.split(":")[2].split("@")[0] not in str(refused.value)


async def test_a_wrong_password_is_an_error_that_says_so(own_server: EmbeddedNats) -> None:
    url = f"nats://chengce:wrong@{own_server.url.rpartition('@')[2]}"
    with pytest.raises(BusUnavailableError, match="Authorization Violation"):
        await connect(url, "wrong", first_connect_seconds=0.6)


async def test_the_first_connection_waits_for_a_server_that_is_late(own_server: EmbeddedNats) -> None:
    url = own_server.url
    own_server.stop()
    connecting = asyncio.create_task(connect(url, "early", first_connect_seconds=WITHIN))
    await asyncio.sleep(0)  # the first attempt is on its way, and refused
    own_server.start()
    client = await connecting
    assert (await client.request("$JS.API.INFO", timeout=WITHIN)).data
    await client.close()


async def test_a_connection_comes_back_with_its_subscriptions(own_server: EmbeddedNats) -> None:
    client = await connect(own_server.url, "long-lived")

    async def answer(message: Msg) -> None:
        await message.respond(b"still here")

    await client.subscribe("question", cb=answer)
    for _ in range(3):
        kill(own_server)
        own_server.start()
        other = await connect(own_server.url, "other")
        assert (await answered(other)).data == b"still here"
        await other.close()
    await client.close()


async def test_a_connection_comes_back_when_the_server_has_ended_it_with_an_error(own_server: EmbeddedNats) -> None:
    client = await connect(own_server.url, "at-fault")
    for _ in range(3):
        # The server counts the headers too, and cuts the connection of who sends more than it takes.
        await client.publish("too.much", b"x" * client.max_payload, headers={"more": "than it takes"})
        with pytest.raises(NatsError):
            await request(client, "$JS.API.INFO", b"", seconds=0.2)
        async with asyncio.timeout(WITHIN):
            while not client.is_connected:  # noqa: ASYNC110 - nats-py has no event for it
                await asyncio.sleep(0.01)
        assert (await request(client, "$JS.API.INFO", b"", seconds=WITHIN)).data
    await client.close()


async def answered(nc: Client) -> Msg:
    """The answer to a question, once somebody is there to give it."""
    async with asyncio.timeout(WITHIN):
        while True:
            try:
                return await request(nc, "question", b"", seconds=WITHIN)
            except NoRespondersError:
                await asyncio.sleep(0.01)


async def test_a_cancellation_that_comes_with_the_answer_is_not_forgotten(own_server: EmbeddedNats) -> None:
    client = await connect(own_server.url, "cancelled")
    asking: asyncio.Task[object] | None = None

    async def cancel_as_the_answer_arrives(_message: object) -> None:
        assert asking
        asking.cancel()

    await request(client, "$JS.API.INFO", b"", seconds=WITHIN)  # the client subscribes to answers at the first request
    await client.subscribe("_INBOX.>", cb=cancel_as_the_answer_arrives)
    for _ in range(20):
        asking = asyncio.create_task(request(client, "$JS.API.INFO", b"", seconds=WITHIN))
        await asyncio.wait([asking])
        assert asking.cancelled()
    await client.close()


async def test_one_of_several_addresses_is_enough() -> None:
    with tempfile.TemporaryDirectory(prefix="chengce-test-") as directory:
        server = EmbeddedNats(Path(directory))
        server.start()
        try:
            client = await connect(f"nats://127.0.0.1:1, {server.url}", "several", first_connect_seconds=WITHIN)
            assert client.is_connected
            await client.close()
        finally:
            server.stop()
