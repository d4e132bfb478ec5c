"""Reads what stands in databases and streams, past the proxies; and waits until everything has arrived."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import psycopg
from eventsourcing.persistence import Notification
from nats.aio.client import Client
from nats.js.errors import NotFoundError
from psycopg.rows import dict_row

from shared.contracts.base import SERVICES, stream_of
from shared.eventstore.events import Recorded
from shared.eventstore.mapper import EventMapper
from shared.messaging.bus import connect
from shared.messaging.cloudevents import header_of
from shared.readmodels.happened import OWN_LOG
from shared.runtime.host import all_read_models, installed_services
from shared.runtime.service import Service
from tests.system.faults.checking import Found, InStream
from tests.system.faults.site import Site, within

SETTLE_SECONDS = 240.0
TABLES = {
    "hotline": {"tickets": "hotline_tickets"},
    "registry": {"enterprises": "registry_enterprises"},
    "analytics": {"daily": "analytics_daily"},
    "notify": {"inbox": "notify_messages"},
}
WITH_LOG = tuple(name for name in SERVICES if name != "portal")


async def settled(site: Site, seconds: float = SETTLE_SECONDS) -> float:
    """Waits until every event is on its stream and every consumer stands at the end of its source; the seconds."""
    begun = time.monotonic()
    bus = await connect(site.nats.url, "looking")
    try:
        await within(seconds, "not all has arrived", lambda: _arrived(site, bus))
    except AssertionError as error:
        raise AssertionError(f"{error}: {await _behind(site, bus)}") from error
    finally:
        await bus.close()
    return time.monotonic() - begun


async def _arrived(site: Site, bus: Client) -> bool | None:
    return None if await _behind(site, bus) else True


async def _behind(site: Site, bus: Client) -> list[str]:
    """What has not arrived where."""
    services = installed_services(*WITH_LOG)
    ends = {name: await _ends(site, service) for name, service in services.items()}
    late = []
    for name, service in services.items():
        last = await _last_message(bus, name)
        if last < ends[name][1]:
            late.append(f"{stream_of(name)} is at {last}, not {ends[name][1]}")
        consumers = {model.schema for model in all_read_models(service)}
        consumers |= {f"{name}-{reaction.name}" for reaction in service.reactions}
        async with await psycopg.AsyncConnection.connect(f"{site.postgres.url}/chengce_{name}") as connection:
            rows = await connection.execute("SELECT name, source, position FROM platform.positions")
            for consumer, source, position in await rows.fetchall():
                end = ends[name][0] if source == OWN_LOG else ends[source][1]
                if consumer in consumers and position < end:
                    late.append(f"{name}: {consumer} < {source} is at {position}, not {end}")
    return late


async def _ends(site: Site, service: Service) -> tuple[int, int]:
    """The position of the last event in the log, and of the last one that is published."""
    log = await _log(site, service.name, "ORDER BY notification_id DESC LIMIT 1")
    last = log[0].position if log else 0
    while log and not any(_outgoing(service, recorded) for recorded in log):
        earlier = f"WHERE notification_id < {log[-1].position} ORDER BY notification_id DESC LIMIT 50"
        log = await _log(site, service.name, earlier)
    published = next((recorded.position for recorded in log if _outgoing(service, recorded)), 0)
    return last, published


def _outgoing(service: Service, recorded: Recorded) -> Any:
    return service.publish(recorded)


async def _log(site: Site, service: str, which: str = "ORDER BY notification_id") -> list[Recorded]:
    mapper = EventMapper()
    found = []
    async with await psycopg.AsyncConnection.connect(f"{site.postgres.url}/chengce_{service}") as connection:
        rows = await connection.execute(
            f"SELECT notification_id, originator_id, originator_version, topic, state FROM stored_events {which}"
        )
        for position, originator, version, topic, state in await rows.fetchall():
            row = Notification(
                id=position, originator_id=originator, originator_version=version, topic=topic, state=bytes(state)
            )
            found.append(mapper.to_domain_event(row))
    return found


async def _last_message(bus: Client, service: str) -> int:
    """The log position of the last message; 0 for an empty stream, -1 where there is none yet."""
    try:
        messages = await _stream(bus, service, only_last=True)
    except NotFoundError:
        return -1
    return messages[-1].sequence if messages else 0


async def _stream(bus: Client, service: str, *, only_last: bool = False) -> list[InStream]:
    jetstream = bus.jetstream()
    info = await jetstream.stream_info(stream_of(service))
    if info.state.messages == 0:
        return []
    if only_last:
        raw = await jetstream.get_msg(stream_of(service), info.state.last_seq)
        return [_in_stream(raw.headers)]
    found = []
    subscription = await jetstream.subscribe(f"chengce.{service}.>", ordered_consumer=True)
    while len(found) < info.state.messages:
        found.append(_in_stream((await subscription.next_msg(timeout=10)).headers))
    await subscription.unsubscribe()
    return found


def _in_stream(headers: Mapping[str, str] | None) -> InStream:
    header = header_of(headers)
    return InStream(header.ce_id, header.ce_type, header.sequence, header.previous)


async def looked(site: Site) -> dict[str, Found]:
    """Everything that stands anywhere, at one moment: looked at again where a deadline has come meanwhile."""
    bus = await connect(site.nats.url, "looking")
    services = installed_services(*WITH_LOG)
    try:
        while True:
            before = {name: await _ends(site, service) for name, service in services.items()}
            found = {name: await _found(site, bus, service) for name, service in services.items()}
            if before == {name: await _ends(site, service) for name, service in services.items()}:
                return found
            await settled(site)
    finally:
        await bus.close()


async def _found(site: Site, bus: Client, service: Service) -> Found:
    name = service.name
    log = await _log(site, name)
    rows: dict[str, list[dict[str, Any]]] = {}
    async with await psycopg.AsyncConnection.connect(
        f"{site.postgres.url}/chengce_{name}", row_factory=dict_row
    ) as connection:
        for model in all_read_models(service):
            for short, table in TABLES.get(name, {}).items():
                if table in {each.__tablename__ for each in model.tables}:
                    found = await connection.execute(f'SELECT * FROM "{model.schema}".{table}')
                    rows[short] = await found.fetchall()
        letters = await connection.execute("SELECT aggregate_id FROM platform.dead_letters ORDER BY id")
        raw = await connection.execute("SELECT string_agg(convert_from(state, 'UTF8'), ' ') AS all FROM stored_events")
        stored = await raw.fetchone()
        return Found(
            log=log,
            outgoing=[_outgoing(service, recorded) for recorded in log],
            stream=await _stream(bus, name),
            dead_letters=[row["aggregate_id"] for row in await letters.fetchall()],
            rows=rows,
            raw=(str((stored or {}).get("all") or "") + str(rows)).encode(),
        )
