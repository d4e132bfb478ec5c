"""CloudEvents 1.0 in binary mode: the attributes are ASCII headers, the body is the event as JSON."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote, unquote

import orjson
from nats.aio.msg import Msg
from pydantic import ValidationError

from shared.contracts.base import Delivered, Outgoing, contract
from shared.eventstore.events import Recorded

SEQUENCE = "ce-sequence"
PREVIOUS = "ce-previous"
_SOURCE = "/chengce/"
# HTTP binding of CloudEvents 1.0.2, 3.1.3.2: printable ASCII stays but for space, quote and percent.
_KEPT = "".join(set(string.ascii_letters + string.digits + string.punctuation) - set('"%'))
_contract = lru_cache(maxsize=1024)(contract)


@dataclass(frozen=True, slots=True)
class Header:
    """A published event's place and kind, readable also when its body is not.

    `sequence` is the log position in its service, `previous` the position published before it (0: none).
    """

    service: str
    sequence: int
    previous: int
    aggregate_id: str
    ce_id: str
    ce_type: str
    at: datetime
    department: str | None = None
    traceparent: str | None = None


def headers_for(recorded: Recorded, outgoing: Outgoing, service: str, previous: int) -> dict[str, str]:
    """The headers under which a stored event is published; a pure function, so that a rebuilt stream is the same.

    Raises ValueError for an event without a log position or time zone, or a contract of another service.
    """
    event = outgoing.event
    if event.service() != service:
        raise ValueError(f"{service} cannot publish {event.ce_type()}: it is a contract of {event.service()}")
    if recorded.position <= previous:
        raise ValueError(f"log position {recorded.position} does not come after {previous}")
    headers = {
        "ce-specversion": "1.0",
        "ce-id": _ascii(f"{recorded.originator_id}:{recorded.originator_version}"),
        "ce-source": f"{_SOURCE}{service}",
        "ce-type": event.ce_type(),
        "ce-subject": _ascii(recorded.originator_id),
        "ce-time": _instant(recorded.at),
        "ce-dataschema": f"urn:chengce:{event.TYPE}:v{event.VERSION}",
        SEQUENCE: str(recorded.position),
        PREVIOUS: str(previous),
        "content-type": "application/json",
    }
    if outgoing.department:
        headers["ce-department"] = _ascii(outgoing.department)
    if recorded.traceparent:
        headers["traceparent"] = _ascii(recorded.traceparent)
    return headers


def body_for(outgoing: Outgoing) -> bytes:
    """The event as JSON; dates and times in ISO 8601."""
    return orjson.dumps(outgoing.event.model_dump(mode="json"))


def header_of(headers: Mapping[str, str] | None) -> Header:
    """What the headers of a received message say. Raises ValueError, naming the header, when no relay has set them."""
    found = headers or {}
    source = _required(found, "ce-source")
    if not source.startswith(_SOURCE):
        raise ValueError(f"ce-source {source!r} is not a service of this platform")
    department = found.get("ce-department")
    try:
        at = datetime.fromisoformat(_required(found, "ce-time"))
    except ValueError as error:
        raise ValueError(f"ce-time is not a time: {error}") from error
    return Header(
        service=source.removeprefix(_SOURCE),
        sequence=_number(found, SEQUENCE),
        previous=_number(found, PREVIOUS),
        aggregate_id=unquote(_required(found, "ce-subject")),
        ce_id=unquote(_required(found, "ce-id")),
        ce_type=_required(found, "ce-type"),
        at=at,
        department=unquote(department) if department else None,
        traceparent=found.get("traceparent"),
    )


def delivered(msg: Msg, service: str | None = None) -> Delivered:
    """The published event of a received message; of `service`, when it is named.

    Raises `UnknownContractError` for a type this release does not know, ValueError for anything else that does not fit.
    """
    header = header_of(msg.headers)
    if service is not None and header.service != service:
        raise ValueError(f"event {header.ce_id} is of {header.service}, not of {service}")
    return decoded(header, msg.data, stream_sequence_of(msg))


def decoded(header: Header, body: bytes, stream_sequence: int) -> Delivered:
    """The published event of a header already read. Raises as `delivered`."""
    cls = _contract(header.ce_type)
    try:
        event = cls.model_validate_json(body)
    except ValidationError as error:
        # Without the input: a log or a dead letter is no place for what a body holds.
        reasons = "; ".join(
            f"{'.'.join(str(part) for part in each['loc']) or 'body'}: {each['msg']}"
            for each in error.errors(include_url=False, include_context=False, include_input=False)
        )
        raise ValueError(f"event {header.ce_id} does not fit {header.ce_type}: {reasons}") from error
    return Delivered(
        service=header.service,
        sequence=header.sequence,
        previous=header.previous,
        aggregate_id=header.aggregate_id,
        at=header.at,
        department=header.department,
        event=event,
        traceparent=header.traceparent,
        stream_sequence=stream_sequence,
    )


def stream_sequence_of(msg: Msg) -> int:
    """The stream sequence a consumer delivered the message with; 0 when no consumer delivered it."""
    return sequences_of(msg.reply)[0]


def sequences_of(reply: str) -> tuple[int, int]:
    """Stream and consumer sequence in the reply subject of a JetStream delivery; zeros for another message.

    `$JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>`, in newer servers with
    `<domain>.<account>` before the stream. By hand, because the client's metadata costs as much as the whole delivery.
    """
    tokens = reply.split(".")
    if len(tokens) < 9 or tokens[0] != "$JS" or tokens[1] != "ACK":
        return 0, 0
    at = 5 if len(tokens) == 9 else 7
    return int(tokens[at]), int(tokens[at + 1])


def _required(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name)
    if not value:
        raise ValueError(f"the message has no {name}")
    return value


def _number(headers: Mapping[str, str], name: str) -> int:
    value = _required(headers, name)
    if not (value.isascii() and value.isdigit()):
        raise ValueError(f"{name} {value!r} is not a log position")
    return int(value)


def _ascii(value: str) -> str:
    return quote(value, safe=_KEPT)


def _instant(at: datetime) -> str:
    if at.tzinfo is None:
        raise ValueError(f"an event's time {at.isoformat()} has no time zone")
    return at.astimezone(UTC).isoformat()
