"""An event read again at its place: from the own log by its position, from another service's stream by its message."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import orjson
from eventsourcing.persistence import Notification
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError
from sqlalchemy import text

from shared.contracts.base import stream_of
from shared.eventstore.mapper import EventMapper
from shared.messaging.cloudevents import decoded, header_of
from shared.messaging.hearing import heard_from_feed
from shared.messaging.pull import Undecodable
from shared.messaging.streams import first_after
from shared.readmodels.deadletters import Letter
from shared.readmodels.happened import OWN_LOG, Heard, Unreadable, from_log
from shared.readmodels.redriving import EventMissingError
from shared.runtime.service import Runtime

_STORED = (
    "SELECT originator_id, originator_version, topic, state FROM public.stored_events WHERE notification_id = :position"
)


@dataclass(frozen=True)
class Original:
    """An event as its consumer hears it, and as it stands in the record: personal fields are sealed there."""

    heard: Heard
    stored: dict[str, Any]


async def original_of(runtime: Runtime, letter: Letter) -> Original:
    """The event of a letter. Raises `EventMissingError` when it is not there, nats-py's `Error`s without the bus."""
    return await (_in_log(runtime, letter) if letter.source == OWN_LOG else _in_stream(runtime, letter))


async def _in_log(runtime: Runtime, letter: Letter) -> Original:
    async with runtime.database.transaction() as session:
        found = await session.execute(text(_STORED), {"position": letter.position})
        row = found.one_or_none()
    if row is None:
        raise EventMissingError(f"the log of {runtime.service.name} has no event at position {letter.position}")
    state = bytes(row.state)
    stored = {
        "position": letter.position,
        "originator_id": row.originator_id,
        "originator_version": row.originator_version,
        "topic": row.topic,
        "state": orjson.loads(state),
    }
    heard: Heard
    try:
        event = Notification(row.originator_id, row.originator_version, row.topic, state, id=letter.position)
        heard = from_log(EventMapper().to_domain_event(event))
    except ValueError as error:
        heard = Unreadable(OWN_LOG, letter.position, None, row.originator_id, row.topic, str(error))
    return Original(heard, stored)


async def _in_stream(runtime: Runtime, letter: Letter) -> Original:
    stream = stream_of(letter.source)
    try:
        sequence = await first_after(runtime.bus, letter.source, letter.position, letter.stream_sequence) - 1
        found = await runtime.bus.jetstream().get_msg(stream, sequence) if sequence > 0 else None
        header = header_of(found.headers) if found else None
    except (NotFoundError, ValueError) as error:
        raise _missing(letter) from error
    if found is None or header is None or header.sequence != letter.position:
        raise _missing(letter)
    body = found.data or b""
    heard: Heard
    try:
        heard = heard_from_feed(decoded(header, body, sequence))
    except ValueError as error:
        heard = heard_from_feed(Undecodable(header, str(error), body, sequence))
    return Original(heard, _as_received(stream, sequence, found, body))


def _missing(letter: Letter) -> EventMissingError:
    return EventMissingError(
        f"stream {stream_of(letter.source)} has no event of log position {letter.position} of {letter.source}: "
        f"when the stream is being rebuilt, wait; else rebuild it from the log"
    )


def _as_received(stream: str, sequence: int, found: RawStreamMsg, body: bytes) -> dict[str, Any]:
    return {
        "stream": stream,
        "stream_sequence": sequence,
        "subject": found.subject,
        "headers": dict(found.headers or {}),
        "body": _readable(body),
    }


def _readable(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return {"base64": base64.b64encode(body).decode()}
