"""A log to relay from, and looking at what a stream holds."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

from nats.aio.client import Client

from shared.contracts.base import Outgoing, stream_of
from shared.contracts.policy import PolicyPublished
from shared.eventstore.events import Event, Recorded
from shared.messaging.batches import prepare, publish_batch
from shared.security.actor import system

SERVICE = "policy"
WITHIN = 120.0  # seconds; no test waits this long unless it fails
BEGIN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class Noted(Event):
    """A stored event of these tests."""

    TOPIC: ClassVar[str] = "messaging-test.noted"

    number: int
    published: bool = True
    text: str = ""


class Log:
    """Stored events in memory, with the holes in their ids that rollbacks leave."""

    def __init__(self) -> None:
        self.events: list[Recorded] = []
        self.wake = asyncio.Event()
        self._number = itertools.count(1)

    @property
    def position(self) -> int:
        return self.events[-1].position if self.events else 0

    def append(self, count: int = 1, *, published: bool = True, text: str = "", key: str = "doc") -> None:
        for number in itertools.islice(self._number, count):
            self.events.append(
                Recorded(
                    originator_id=f"{key}-{number % 7}",
                    originator_version=number,
                    at=BEGIN + timedelta(seconds=number),
                    event=Noted(number=number, published=published, text=text),
                    actor=system(SERVICE),
                    command_id=f"command-{number}",
                    position=self.position + (3 if number % 10 == 0 else 1),
                )
            )
        self.wake.set()

    async def read(self, after: int, limit: int) -> Sequence[Recorded]:
        await asyncio.sleep(0)
        return list(itertools.islice((each for each in self.events if each.position > after), limit))

    def published_positions(self) -> list[int]:
        return [each.position for each in self.events if publish(each)]


def publish(recorded: Recorded) -> Outgoing | None:
    """What these tests publish of an event."""
    noted = recorded.event
    assert isinstance(noted, Noted)
    if not noted.published:
        return None
    document = PolicyPublished(
        document_id=recorded.originator_id,
        number=f"第{noted.number}号",
        title=noted.text or "惠企政策",
        department="sti",
        issued_on=date(2026, 3, 1),
        decided_on=date(2026, 3, 2),
    )
    return Outgoing(document, "sti")


async def put(nc: Client, log: Log, *, after: int = 0, strangers: int = 0) -> None:
    """Publishes all of the log but its first `after` events, which the stream has already, beside `strangers` of others."""
    ready = prepare(log.events, publish, SERVICE, position=0, previous=0, max_payload=nc.max_payload)
    for start in range(after, len(ready.messages), 1000):
        await publish_batch(nc, SERVICE, ready.messages[start : start + 1000], start + strangers, WITHIN)


class Mark:
    """Awaits the log position that a relay says it has published."""

    def __init__(self) -> None:
        self.position = -1
        self.reports: list[int] = []
        self._moved = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, position: int) -> None:
        self.position = position
        self.reports.append(position)
        task = asyncio.ensure_future(self._tell())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self) -> None:
        async with self._moved:
            self._moved.notify_all()

    async def reaches(self, position: int) -> None:
        async with asyncio.timeout(WITHIN), self._moved:
            await self._moved.wait_for(lambda: self.position == position)

    async def falls_below(self, position: int) -> None:
        """Once a report lies below `position`; clear `reports` first."""
        async with asyncio.timeout(WITHIN), self._moved:
            await self._moved.wait_for(lambda: any(each < position for each in self.reports))


async def contents(nc: Client, service: str = SERVICE) -> list[tuple[int, str, str, str, bytes]]:
    """All messages of a stream as (stream sequence, subject, ce-id, ce-sequence<-ce-previous, body)."""
    js = nc.jetstream(timeout=WITHIN)
    state = (await js.stream_info(stream_of(service))).state
    found: list[tuple[int, str, str, str, bytes]] = []
    if not state.messages:
        return found
    subscription = await js.subscribe(f"chengce.{service}.>", ordered_consumer=True)
    pending = 1
    while pending:
        message = await subscription.next_msg(timeout=WITHIN)
        pending = message.metadata.num_pending
        headers = message.headers or {}
        found.append(
            (
                message.metadata.sequence.stream,
                message.subject,
                headers["ce-id"],
                f"{headers['ce-sequence']}<-{headers['ce-previous']}",
                message.data,
            )
        )
    await subscription.unsubscribe()
    return found


def expected(log: Log) -> list[tuple[str, str]]:
    """The ce-ids and links that a stream made from the log must have, in order."""
    positions = log.published_positions()
    linked = dict(zip(positions, [0, *positions], strict=False))
    return [
        (f"{each.originator_id}:{each.originator_version}", f"{each.position}<-{linked[each.position]}")
        for each in log.events
        if each.position in linked
    ]


async def holds_exactly(nc: Client, log: Log) -> None:
    """Asserts that the stream is the log: each published event once, in order, without a gap in the stream.

    A stream made again goes on with the sequences of the one it replaces.
    """
    found = await contents(nc)
    assert [(ce_id, link) for _, _, ce_id, link, _ in found] == expected(log)
    first = found[0][0] if found else 1
    assert [each[0] for each in found] == list(range(first, first + len(found)))
