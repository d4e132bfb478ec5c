"""The account of those who may only send."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from nats.errors import Error

from shared.embedded import EmbeddedNats

SUBJECT = "chengce-intake.hotline.tickets"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedNats]:
    server = EmbeddedNats(tmp_path / "nats")
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def platform(server: EmbeddedNats) -> AsyncIterator[Client]:
    async with await nats.connect(server.url) as connection:
        await connection.jetstream().add_stream(name="QUEUE", subjects=["chengce-intake.>"])
        await connection.jetstream().add_stream(name="EVENTS", subjects=["chengce.>"])
        yield connection


@pytest.fixture
async def heard() -> list[str]:
    return []


@pytest.fixture
async def sender(server: EmbeddedNats, heard: list[str]) -> AsyncIterator[Client]:
    async def error(what: Exception) -> None:
        heard.append(str(what).lower())

    async with await nats.connect(server.sender_url, error_cb=error) as connection:
        yield connection


async def count(platform: Client, stream: str) -> int:
    return (await platform.jetstream().stream_info(stream)).state.messages


async def test_what_a_sender_sends_is_acknowledged_by_the_stream(platform: Client, sender: Client) -> None:
    acknowledged = await sender.jetstream().publish(SUBJECT, b"{}")
    assert (acknowledged.stream, acknowledged.seq) == ("QUEUE", 1)


async def test_a_sender_sends_nowhere_else(platform: Client, sender: Client, heard: list[str]) -> None:
    await sender.publish("chengce.hotline.ticket-received", b"{}")
    await sender.publish("$JS.API.STREAM.DELETE.EVENTS", b"")
    await sender.flush()
    assert await count(platform, "EVENTS") == 0
    assert sum("permissions violation for publish" in each for each in heard) == 2


async def test_a_sender_hears_nothing_of_the_platform(platform: Client, sender: Client, heard: list[str]) -> None:
    everything = await sender.subscribe("chengce.>")
    answers = await sender.subscribe("_INBOX.>")  # allowed, and in an account where only senders' answers pass
    await sender.flush()
    await platform.jetstream().publish("chengce.hotline.ticket-received", b"{}")
    for silent in (everything, answers):
        with pytest.raises((Error, TimeoutError)):
            await silent.next_msg(timeout=0.3)
    assert any("permissions violation for subscription" in each for each in heard)


async def test_an_acknowledgement_cannot_be_sent_into_our_streams(platform: Client, sender: Client) -> None:
    await sender.publish(SUBJECT, b"{}", reply="chengce.hotline.ticket-received")
    await sender.flush()
    async with asyncio.timeout(60):
        while await count(platform, "QUEUE") < 1:
            await platform.flush()
    await platform.flush()
    assert await count(platform, "EVENTS") == 0


async def test_the_password_of_senders_is_their_own_and_kept(server: EmbeddedNats) -> None:
    before = server.sender_url
    server.stop()
    server.start()
    assert server.sender_url == before != server.url
    assert (server.directory / "sender-password").stat().st_mode & 0o777 == 0o600
