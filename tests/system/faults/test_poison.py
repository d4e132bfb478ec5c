"""Events that cannot be processed: set aside as dead letters with what comes after them, while all others go on."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import psycopg
import pytest
from nats.aio.client import Client

from services.analytics.readmodels.daily import Daily
from services.hotline.events import TicketAnswered
from services.hotline.readmodels.tickets import Tickets
from shared.eventstore.events import Event, Recorded
from shared.eventstore.mapper import EventMapper
from shared.eventstore.recorder import LOG_LOCK
from shared.messaging.bus import connect
from shared.messaging.streams import last_position
from shared.security.actor import system
from tests.system.faults.checking import PLANTED
from tests.system.faults.conftest import Sites, UnderLoad
from tests.system.faults.site import Site, within

pytestmark = pytest.mark.system


async def letters(site: Site, service: str, aggregate: str) -> list[tuple[str, str, bool]]:
    """The dead letters of an aggregate: whose, of what type, and whether it only waits."""
    async with await psycopg.AsyncConnection.connect(f"{site.postgres.url}/chengce_{service}") as connection:
        found = await connection.execute(
            "SELECT name, type, waiting FROM platform.dead_letters WHERE aggregate_id = %s ORDER BY name, position",
            (aggregate,),
        )
        return await found.fetchall()


async def planted_in_the_log(site: Site, aggregate: str, *events: Event) -> None:
    """Stores events past the decider, as a slip of a former release may have left them."""
    mapper = EventMapper()
    async with await psycopg.AsyncConnection.connect(f"{site.postgres.url}/chengce_hotline") as connection:
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOG_LOCK,))
        for version, event in enumerate(events, start=1):
            row = mapper.to_stored_event(
                Recorded(aggregate, version, datetime.now(UTC), event, system("hotline"), "planted")
            )
            await connection.execute(
                "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (%s, %s, %s, %s)",
                (row.originator_id, row.originator_version, row.topic, row.state),
            )


async def planted_in_the_stream(site: Site, bus: Client, aggregate: str, type_: str, body: bytes) -> None:
    """Puts a message into hotline's stream in its order: at a place of the log that no event will ever have."""
    async with await psycopg.AsyncConnection.connect(f"{site.postgres.url}/chengce_hotline") as connection:
        # Nobody appends until it stands in the stream, and the relay has nothing to publish.
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOG_LOCK,))
        found = await connection.execute("SELECT max(notification_id) FROM stored_events")
        (end,) = await found.fetchone() or (0,)

        async def published() -> int | None:
            last = await last_position(bus, "hotline")
            return last.stream_sequence if last.position == end else None

        stream_sequence = await within(90, "hotline's stream is not at the end of its log", published)
        found = await connection.execute("SELECT nextval(pg_get_serial_sequence('stored_events', 'notification_id'))")
        (place,) = await found.fetchone() or (0,)
        headers = {
            "ce-specversion": "1.0", "ce-id": f"{aggregate}:1", "ce-source": "/chengce/hotline", "ce-type": type_,
            "ce-subject": aggregate, "ce-time": datetime.now(UTC).isoformat(), "content-type": "application/json",
            "ce-sequence": str(place), "ce-previous": str(end),
        }  # fmt: skip
        expected = {"Nats-Expected-Last-Sequence": str(stream_sequence)}
        await bus.jetstream().publish("chengce.hotline.planted.none", body, headers=headers | expected)


def answered() -> TicketAnswered:
    """An answer to a ticket that was never received: the read model has no row for it."""
    return TicketAnswered(
        source="12345", number="planted", title="样例", nature="consultation", enterprise=None, department=None,
        unit=None, text="样例", answered_at=datetime.now(UTC), answered_on=datetime.now(UTC).date(), in_time=True,
        historic=False, put_right=None, lead=None, joined=(), close_at=None,
    )  # fmt: skip


async def test_a_stored_event_that_a_read_model_cannot_take_holds_back_its_aggregate_alone(
    sites: Sites, under_load: UnderLoad
) -> None:
    site = await sites.get(1)
    aggregate = f"ticket-{PLANTED}-{os.urandom(3).hex()}"
    async with under_load(site) as load:
        await planted_in_the_log(site, aggregate, answered(), answered())
        await load.acknowledges()
    topic, tickets = "hotline.ticket-answered", Tickets().schema
    assert [each for each in await letters(site, "hotline", aggregate) if each[0] == tickets] == [
        (tickets, topic, False),
        (tickets, topic, True),
    ]


@pytest.mark.parametrize(
    ("type_", "body"),
    [
        ("chengce.hotline.ticket-received.v9", b'{"tickets_of_a_later_release": true}'),
        ("chengce.hotline.ticket-received.v1", b"\xff\x00 not even JSON"),
    ],
    ids=["newer-schema", "unreadable"],
)
async def test_a_message_that_no_consumer_can_read_is_set_aside_by_each_and_all_others_go_on(
    type_: str, body: bytes, sites: Sites, under_load: UnderLoad
) -> None:
    site = await sites.get(1)
    aggregate = f"ticket-{PLANTED}-{os.urandom(3).hex()}"
    bus = await connect(site.nats.url, "planting")
    async with under_load(site) as load:
        await planted_in_the_stream(site, bus, aggregate, type_, body)
        await load.acknowledges()
    await bus.close()
    assert await letters(site, "analytics", aggregate) == [(Daily().schema, type_, False)]
    assert await letters(site, "notify", aggregate) == [("notify-messages", type_, False)]
