"""Notify at work beside a registry that answers over HTTP, with a stream of applications that tests write by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, LiteralString, TypeVar

import psycopg
import pytest
from nats.aio.client import Client
from nats.js.client import JetStreamContext

from shared.contracts.base import Delivered, Outgoing, Published, stream_of, subject_of
from shared.eventstore.events import Recorded
from shared.messaging.bus import connect
from shared.messaging.cloudevents import body_for, delivered, headers_for
from shared.runtime.settings import Settings
from shared.security.actor import Role, system
from tests.services.notify.histories import USCC, written
from tests.support.running import Running, running_services, services_with, settings_for_tests
from tests.support.servers import nats_server
from tests.support.sms_receiver import WITHIN, SmsReceiver, listening, serving, sms_receiver, url_of

PHONE = "19900000019"
P = TypeVar("P", bound=Published)


@pytest.fixture(scope="module")
async def registry_url(database_url: str) -> AsyncIterator[str]:
    """A registry that answers over HTTP and knows one enterprise with a phone number."""
    async with running_services("registry", database_url=database_url) as running:
        form = {"uscc": USCC, "name": "样例精密制造有限公司", "contact": {"phone": PHONE}}
        bureau = running.sign_in(Role.DATA_BUREAU)
        answer = await running.client.post("/api/registry/enterprises", json=form, headers=bureau)
        assert answer.status_code == 201, answer.text
        app = running.client._transport.app  # type: ignore[attr-defined] # the same one, on a port
        with listening() as listener:
            async with serving(app, listener):
                yield url_of(listener)


@pytest.fixture
async def sms() -> AsyncIterator[SmsReceiver]:
    async with sms_receiver() as receiver:
        yield receiver


@dataclass
class Bench:
    """A bus of its own with other services' streams, which tests write by hand, and an ear for what notify publishes."""

    settings: Settings
    bus: Client
    ear: JetStreamContext.PullSubscription | Any = None
    position: int = 0

    @asynccontextmanager
    async def notify(self, **more: Any) -> AsyncIterator[Running]:
        """Notify at work; leaving the block stops it, entering again is a restart."""
        async with services_with(("notify",), self.settings.model_copy(update=more)) as running:
            if self.ear is None:
                self.ear = await self.bus.jetstream().subscribe("chengce.notify.>", ordered_consumer=True)
            yield running

    async def happens(self, event: Published, *, at: datetime | None = None) -> int:
        """Publishes an event in its service's name; answers with its position. One service in a test."""
        previous, self.position = self.position, self.position + 2  # logs have holes
        outgoing = Outgoing(event, getattr(event, "department", None))
        recorded = Recorded(
            f"thing-{self.position}",
            1,
            at or datetime.now(UTC),
            written(),  # in a real log this is the stored event behind the published one
            system(event.service()),
            f"command-{self.position}",
            position=self.position,
        )
        headers = headers_for(recorded, outgoing, event.service(), previous)
        subject = subject_of(type(event), outgoing.department)
        await self.bus.jetstream().publish(subject, body_for(outgoing), headers=headers)
        return self.position

    async def hears(self, kind: type[P] | tuple[type[P], ...]) -> tuple[P, Delivered]:
        """The next event of these kinds that notify publishes; others are passed over."""
        async with asyncio.timeout(WITHIN):
            while True:
                heard = delivered(await self.ear.next_msg(timeout=WITHIN))
                if isinstance(heard.event, kind):
                    return heard.event, heard

    async def claims_run_out(self) -> None:
        """What a process had in hand when it stopped is free after half a minute; here at once."""
        await self._in_database("UPDATE deadlines_v1.deadlines SET claimed_until = NULL")

    async def repeats_everything(self) -> None:
        """As after a restored backup of the position: notify hears the whole stream again."""
        await self.bus.jetstream().delete_consumer(stream_of("application"), "notify-messages")
        await self._in_database(
            "UPDATE platform.positions SET position = 0, stream_sequence = 0 WHERE name = 'notify-messages'"
        )

    async def _in_database(self, statement: LiteralString) -> None:
        address = self.settings.database_of("notify")
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
            await connection.execute(statement)


async def told(running: Running, source: str, position: int) -> dict[str, str]:
    """Waits until notify has reacted up to a position of another service; answers with headers to read after that."""
    runtime = running.runtimes["notify"]
    assert await runtime.positions.wait_for("notify-messages", source, position, WITHIN)
    return {"Chengce-Wait-For": f"notify:{await running.end_of_log('notify')}"}


def after(heard: Delivered) -> dict[str, str]:
    """Headers with which a read shows what was heard."""
    return {"Chengce-Wait-For": f"notify:{heard.sequence}"}


@pytest.fixture
async def bench(database_url: str, registry_url: str, sms: SmsReceiver) -> AsyncIterator[Bench]:
    with nats_server() as nats_url:
        settings = settings_for_tests(
            database_url,
            nats_url,
            service_urls={"registry": registry_url},
            sms_url=sms.url,
            sms_token=sms.token,
            sms_retry_seconds=1,
            sms_give_up_seconds=3,
        )
        bus = await connect(nats_url, "notify-tests")
        yield Bench(settings, bus)
        await bus.close()
