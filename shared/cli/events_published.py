"""What the bus knows beside the log: how far a service has published, and whose event it was that the log has lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from shared.contracts.base import stream_of
from shared.eventstore.verification import Finding, Wrong
from shared.messaging.bus import BusUnavailableError, connect
from shared.messaging.cloudevents import header_of
from shared.messaging.streams import ForeignMessageError, last_position, published_from
from shared.runtime.settings import Settings

BUS_SECONDS = 5.0
MOST_NAMES = 5
_SILENT = (NatsError, ForeignMessageError, TimeoutError)


async def ends_of(settings: Settings, services: Sequence[str]) -> dict[str, int | None]:
    """The position that each service published last; None where the bus does not tell. Ask before the log is read."""
    ends: dict[str, int | None] = dict.fromkeys(services)
    if not settings.nats_url:
        return ends
    async with _bus(settings) as bus:
        if bus is None:
            return ends
        for service in services:
            try:
                ends[service] = (await last_position(bus, service)).position
            except NotFoundError:
                ends[service] = 0  # no stream: nothing was published, or the relay is about to make it again
            except _SILENT:
                ends[service] = None
    return ends


async def named(settings: Settings, service: str, findings: Sequence[Finding]) -> list[Finding]:
    """The findings, the first removed events among them with the name under which they were published."""
    known = list(findings)
    removed = [n for n, each in enumerate(known) if each.wrong is Wrong.EVENT_REMOVED][:MOST_NAMES]
    async with _bus(settings) as bus:
        if bus is None:
            return known
        for n in removed:
            try:
                known[n] = await _named(bus, service, known[n])
            except _SILENT:
                return known
    return known


async def _named(bus: Client, service: str, finding: Finding) -> Finding:
    sequence = await _sequence_of(bus, service, finding.position or 0)
    if sequence is None:
        return finding
    message = await bus.jetstream().get_msg(stream_of(service), sequence)
    header = header_of(message.headers)
    version = header.ce_id.rpartition(":")[2]
    return replace(finding, aggregate=header.aggregate_id, version=int(version), topic=header.ce_type)


async def _sequence_of(bus: Client, service: str, position: int) -> int | None:
    """Where in its stream the event of a log position is; None when it was not published."""
    low, high = 1, (await last_position(bus, service)).stream_sequence + 1
    while low < high:
        middle = (low + high) // 2
        found = await published_from(bus, service, middle)
        if found is None or found.position > position:
            high = middle
        elif found.position < position:
            low = found.stream_sequence + 1
        else:
            return found.stream_sequence
    return None


@asynccontextmanager
async def _bus(settings: Settings) -> AsyncIterator[Client | None]:
    """A connection for the block, or None when there is none to be had."""
    try:
        bus = await connect(settings.nats_url or "", "chengce-verify", first_connect_seconds=BUS_SECONDS)
    except BusUnavailableError:
        yield None
        return
    try:
        yield bus
    finally:
        await bus.close()
