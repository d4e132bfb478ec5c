"""Streams and consumers are made once, and what operations set stays."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest
from nats.aio.client import Client
from nats.js.api import StreamConfig
from nats.js.errors import NotFoundError

from shared.contracts.base import stream_of
from shared.messaging.streams import (
    LastPublished,
    StreamUnfitError,
    declare_reaction_consumer,
    declare_stream,
    first_after,
    last_position,
    message_at,
)
from tests.shared.messaging.logs import SERVICE, WITHIN, Log, put

STREAM = stream_of(SERVICE)


async def ask(nc: Client, request: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    reply = await nc.request(f"$JS.API.{request}", orjson.dumps(body) if body else b"", timeout=WITHIN)
    answer: dict[str, Any] = orjson.loads(reply.data)
    assert "error" not in answer, answer
    return answer


async def test_a_declared_stream_is_durable_unlimited_and_takes_atomic_batches(bus: Client) -> None:
    config = (await ask(bus, f"STREAM.INFO.{STREAM}"))["config"]
    wanted = {
        "subjects": ["chengce.policy.>"],
        "retention": "limits",
        "storage": "file",
        "compression": "s2",
        "allow_atomic": True,
        "allow_direct": True,
        "deny_delete": False,
        "max_msgs": -1,
        "max_bytes": -1,
        "max_age": 0,
        "num_replicas": 1,
    }
    assert {name: config[name] for name in wanted} == wanted


async def test_declaring_again_leaves_what_operations_have_set(bus: Client) -> None:
    config = (await ask(bus, f"STREAM.INFO.{STREAM}"))["config"]
    changed = config | {"max_bytes": 1 << 30, "description": "kept by operations"}
    await ask(bus, f"STREAM.UPDATE.{STREAM}", changed)
    await declare_stream(bus, SERVICE, replicas=3)
    after = (await ask(bus, f"STREAM.INFO.{STREAM}"))["config"]
    assert (after["max_bytes"], after["description"], after["num_replicas"]) == (1 << 30, "kept by operations", 1)


async def test_replicas_that_declare_at_once_do_not_disturb_each_other(bus: Client) -> None:
    for _ in range(5):
        await bus.jetstream().delete_stream(STREAM)
        await asyncio.gather(*(declare_stream(bus, SERVICE) for _ in range(8)))
        await asyncio.gather(
            *(declare_reaction_consumer(bus, SERVICE, "one", ack_wait_seconds=30, max_ack_pending=10) for _ in range(8))
        )


async def test_a_stream_without_atomic_batches_is_an_error_that_says_what_to_do(bus: Client) -> None:
    await bus.jetstream().delete_stream(STREAM)
    await bus.jetstream().add_stream(StreamConfig(name=STREAM, subjects=["chengce.policy.>"]))
    with pytest.raises(StreamUnfitError, match=r"takes no atomic batches: set allow_atomic"):
        await declare_stream(bus, SERVICE)


async def test_a_stream_with_other_subjects_is_an_error_that_names_them(bus: Client) -> None:
    config = (await ask(bus, f"STREAM.INFO.{STREAM}"))["config"]
    await ask(bus, f"STREAM.UPDATE.{STREAM}", config | {"subjects": ["chengce.policy.item-published.>"]})
    with pytest.raises(StreamUnfitError, match=r"has subjects \['chengce.policy.item-published.>'\]"):
        await declare_stream(bus, SERVICE)


async def test_a_reaction_consumer_is_durable_and_acknowledged_one_by_one(bus: Client) -> None:
    await declare_reaction_consumer(bus, SERVICE, "grants", ack_wait_seconds=12.5, max_ack_pending=77)
    config = (await ask(bus, f"CONSUMER.INFO.{STREAM}.grants"))["config"]
    wanted = {
        "durable_name": "grants",
        "ack_policy": "explicit",
        "deliver_policy": "all",
        "max_deliver": -1,
        "ack_wait": 12_500_000_000,
        "max_ack_pending": 77,
    }
    assert {name: config[name] for name in wanted} == wanted
    await declare_reaction_consumer(bus, SERVICE, "grants", ack_wait_seconds=1, max_ack_pending=1)
    assert (await ask(bus, f"CONSUMER.INFO.{STREAM}.grants"))["config"] == config


async def test_a_consumer_of_a_missing_stream_is_an_error(bus: Client) -> None:
    await bus.jetstream().delete_stream(STREAM)
    with pytest.raises(NotFoundError):
        await declare_reaction_consumer(bus, SERVICE, "grants", ack_wait_seconds=1, max_ack_pending=1)
    with pytest.raises(NotFoundError):
        await last_position(bus, SERVICE)


async def test_the_last_position_is_that_of_the_last_message(bus: Client, log: Log) -> None:
    assert await last_position(bus, SERVICE) == LastPublished(0, 0)
    log.append(25)
    await put(bus, log)
    assert await last_position(bus, SERVICE) == LastPublished(25, log.position)
    await bus.jetstream().delete_msg(STREAM, 25)
    assert await last_position(bus, SERVICE) == LastPublished(25, log.events[23].position)
    await bus.jetstream().purge_stream(STREAM)
    assert await last_position(bus, SERVICE) == LastPublished(25, 0)


async def test_the_place_after_every_position_is_found_without_a_hint(bus: Client, log: Log) -> None:
    log.append(40)
    await put(bus, log)
    for sequence in (1, 2, 3, 11, 12, 39):
        await bus.jetstream().delete_msg(STREAM, sequence)
    left = [
        (number, each.position)
        for number, each in enumerate(log.events, start=1)
        if number not in {1, 2, 3, 11, 12, 39}
    ]
    for position in range(1, log.position + 3):
        start = await first_after(bus, SERVICE, position)
        assert [p for number, p in left if number >= start] == [p for _, p in left if p > position], position


async def test_a_message_is_looked_up_by_its_stream_sequence(bus: Client, log: Log) -> None:
    log.append(3)
    await put(bus, log)
    found = await message_at(bus, SERVICE, 2)
    assert found and found.position == log.events[1].position
    assert await message_at(bus, SERVICE, 4) is None
    assert await message_at(bus, SERVICE, 0) is None
