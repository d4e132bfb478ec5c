"""What other systems send is taken in its order, acknowledged after the commit, and never dropped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from nats.aio.client import Client
from nats.js.errors import APIError, NoStreamResponseError
from sqlalchemy.exc import OperationalError

from shared.messaging.inbox import Inbox, InboxReader, Posted, declare_inbox, inbox_stream_of, inbox_subject
from shared.messaging.streams import ask
from shared.runtime.duties import Duty
from tests.shared.messaging.logs import WITHIN

SERVICE = "policy"
STREAM = inbox_stream_of(SERVICE)


class Record:
    """A service's record that now and then is away, dies, or cannot take a message."""

    def __init__(self) -> None:
        self.rows: list[bytes] = []
        self.aside: list[bytes] = []
        self.fail: Callable[[Sequence[bytes]], Exception | None] = lambda _bodies: None
        self.changed = asyncio.Condition()

    async def take(self, _runtime: Any, posted: Sequence[Posted]) -> None:
        bodies = [each.body for each in posted]
        assert {each.kind for each in posted} == {"rows"}
        if error := self.fail(bodies):
            raise error
        await self._keep(self.rows, [body for body in bodies if body not in self.rows])

    async def set_aside(self, _runtime: Any, posted: Posted, _error: Exception) -> None:
        await self._keep(self.aside, [posted.body])

    async def _keep(self, where: list[bytes], bodies: Sequence[bytes]) -> None:
        async with self.changed:
            where += bodies
            self.changed.notify_all()

    async def has(self, rows: int, aside: int = 0) -> None:
        async with asyncio.timeout(WITHIN), self.changed:
            await self.changed.wait_for(lambda: len(self.rows) == rows and len(self.aside) == aside)


@pytest.fixture
def record() -> Record:
    return Record()


@pytest.fixture
async def inbox(bus: Client, record: Record) -> AsyncIterator[Inbox]:
    inbox = Inbox(("rows",), record.take, record.set_aside)
    await declare_inbox(bus, SERVICE, inbox)
    yield inbox
    await ask(bus, f"STREAM.DELETE.{STREAM}")


@asynccontextmanager
async def reading(bus: Client, inbox: Inbox) -> AsyncIterator[asyncio.Task[None]]:
    duty = Duty("inbox", InboxReader(SERVICE, inbox, None, bus).run)
    task = asyncio.create_task(duty.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def send(bus: Client, *bodies: bytes) -> None:
    for body in bodies:
        await bus.jetstream().publish(inbox_subject(SERVICE, "rows"), body)


async def emptied(bus: Client) -> None:
    async with asyncio.timeout(WITHIN):
        while (await ask(bus, f"STREAM.INFO.{STREAM}"))["state"]["messages"]:
            await bus.flush()


async def test_everything_is_taken_in_its_order_also_what_came_while_nobody_read(
    bus: Client, inbox: Inbox, record: Record
) -> None:
    bodies = [b"%d" % n for n in range(1200)]
    await send(bus, *bodies[:700])
    async with reading(bus, inbox):
        await send(bus, *bodies[700:])
        await record.has(len(bodies))
        await emptied(bus)
    assert record.rows == bodies


async def test_what_was_committed_and_not_acknowledged_comes_once_more(
    bus: Client, inbox: Inbox, record: Record
) -> None:
    """A reader that dies between the two: the next one hears it again, and what is taken twice is taken once."""
    await ask(bus, f"CONSUMER.DELETE.{STREAM}.{SERVICE}")
    config = {"name": SERVICE, "durable_name": SERVICE, "ack_policy": "explicit", "ack_wait": 500_000_000}
    await ask(bus, f"CONSUMER.CREATE.{STREAM}.{SERVICE}", {"stream_name": STREAM, "config": config})
    await send(bus, b"a", b"b")
    died = await bus.jetstream().pull_subscribe_bind(SERVICE, STREAM)
    await record.take(None, [Posted("rows", (await died.fetch(1))[0].data, None)])  # type: ignore[arg-type]
    async with reading(bus, inbox):
        await record.has(2)
        await emptied(bus)
    assert record.rows == [b"a", b"b"]


async def test_while_the_record_is_away_nothing_is_lost_or_set_aside(bus: Client, inbox: Inbox, record: Record) -> None:
    tries = iter([OperationalError("away", None, Exception()), OSError("away")])
    record.fail = lambda _bodies: next(tries, None)
    await send(bus, b"a", b"b", b"c")
    async with reading(bus, inbox):
        await record.has(3)
        await emptied(bus)
    assert record.rows == [b"a", b"b", b"c"]
    assert next(tries, None) is None and not record.aside


async def test_one_message_that_nobody_can_take_holds_up_no_other(bus: Client, inbox: Inbox, record: Record) -> None:
    record.fail = lambda bodies: ValueError("a bug") if b"poison" in bodies else None
    await send(bus, b"a", b"poison", b"b")
    async with reading(bus, inbox):
        await record.has(2, aside=1)
        await emptied(bus)
    assert (record.rows, record.aside) == ([b"a", b"b"], [b"poison"])


async def test_a_full_queue_refuses_and_keeps_what_it_has(bus: Client, inbox: Inbox, record: Record) -> None:
    config = (await ask(bus, f"STREAM.INFO.{STREAM}"))["config"]
    await ask(bus, f"STREAM.UPDATE.{STREAM}", config | {"max_msgs": 2})
    await send(bus, b"a", b"b")
    with pytest.raises(APIError, match="maximum messages"):
        await send(bus, b"c")
    await declare_inbox(bus, SERVICE, inbox)  # what operations set stays
    async with reading(bus, inbox):
        await record.has(2)
        await emptied(bus)
    await send(bus, b"c")


@pytest.mark.parametrize("what", [f"CONSUMER.DELETE.{STREAM}.{SERVICE}", f"STREAM.DELETE.{STREAM}"])
async def test_a_consumer_or_queue_that_is_deleted_is_made_anew(
    bus: Client, inbox: Inbox, record: Record, what: str
) -> None:
    async with reading(bus, inbox):
        await send(bus, b"a")
        await record.has(1)
        await ask(bus, what)
        async with asyncio.timeout(WITHIN):
            while not await _sent(bus, b"b"):
                await bus.flush()
        await record.has(2)


async def _sent(bus: Client, body: bytes) -> bool:
    try:
        await send(bus, body)
    except NoStreamResponseError:
        return False
    return True
