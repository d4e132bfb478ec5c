"""CloudEvents 1.0 in binary mode: the attributes are ASCII headers, the body is the event as JSON."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote

from nats.aio.msg import Msg
from pydantic import ValidationError

from shared.contracts.base import Delivered, Outgoing, Published, contract
from shared.eventstore.events import Recorded
from shared.messaging.connection import headers_of

SEQUENCE = "ce-sequence"
PREVIOUS = "ce-previous"
_SOURCE = "/chengce/"
# HTTP binding of CloudEvents 1.0.2, 3.1.3.2: printable ASCII stays but for space, quote and percent.
_PLAIN = re.compile(r"[!#$&-~]*").fullmatch
_KEPT = "".join(set(string.ascii_letters + string.digits + string.punctuation) - set('"%'))
# The header block exactly as `headers_for` makes it: one match, where a dictionary costs several times as much.
_AS_MADE = re.compile(
    r"NATS/1\.0\r\nce-specversion: 1\.0\r\nce-id: [^\r]+\r\nce-source: /chengce/([^\r]+)\r\nce-type: ([^\r]+)\r\n"
    r"ce-subject: ([^\r]+)\r\nce-time: ([^\r]+)\r\nce-dataschema: [^\r]+\r\nce-sequence: ([0-9]+)\r\n"
    r"ce-previous: ([0-9]+)\r\ncontent-type: application/json\r\n(?:ce-department: ([^\r]+)\r\n)?"
    r"(?:traceparent: ([^\r]+)\r\n)?"
).match
_COMPLETED = ("\r\n", "Nats-")  # what follows: the end, or what publishing a batch adds


class _Kind(NamedTuple):
    """What the headers of all events of one contract have in common."""

    service: str
    ce_source: str
    ce_type: str
    ce_dataschema: str


@lru_cache(maxsize=1024)
def _kind(event: type[Published]) -> _Kind:
    service = event.service()
    return _Kind(service, f"{_SOURCE}{service}", event.ce_type(), f"urn:chengce:{event.TYPE}:v{event.VERSION}")


class Header(NamedTuple):
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
    kind = _kind(type(outgoing.event))
    if kind.service != service:
        raise ValueError(f"{service} cannot publish {kind.ce_type}: it is a contract of {kind.service}")
    if recorded.position <= previous:
        raise ValueError(f"log position {recorded.position} does not come after {previous}")
    subject = _ascii(recorded.originator_id)
    headers = {
        "ce-specversion": "1.0",
        "ce-id": f"{subject}:{recorded.originator_version}",
        "ce-source": kind.ce_source,
        "ce-type": kind.ce_type,
        "ce-subject": subject,
        "ce-time": _instant(recorded.at),
        "ce-dataschema": kind.ce_dataschema,
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
    # What `model_dump_json` does, without the way through text.
    return outgoing.event.__pydantic_serializer__.to_json(outgoing.event)


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


def header_in(head: bytes) -> Header:
    """What a message's header block says. Raises as `header_of`."""
    return header_of(headers_of(head))


def delivered(msg: Msg, service: str | None = None) -> Delivered:
    """The published event of a received message; of `service`, when it is named.

    Raises `UnknownContractError` for a type this release does not know, ValueError for anything else that does not fit.
    """
    header = header_of(msg.headers)
    if service is not None and header.service != service:
        raise ValueError(f"event {header.ce_id} is of {header.service}, not of {service}")
    return decoded(header, msg.data, stream_sequence_of(msg))


def as_made(head: bytes, body: bytes, stream_sequence: int) -> Delivered | None:
    """The published event of a message with this header block, when a relay made it and this release can read it.

    The same as `decoded` with `header_in`, in a third of the time. None for every other message, which those two say
    more about.
    """
    text = head.decode("latin-1")
    found = _AS_MADE(text)
    if found is None or not text.isascii() or not text.startswith(_COMPLETED, found.end()):
        return None
    source, ce_type, subject, time, sequence, previous, department, traceparent = found.groups()
    if "%" in text or " " in source or " " in subject or " " in f"{department}{traceparent}":
        return None  # escapes to be undone, spaces to be cut off
    try:
        at = datetime.fromisoformat(time)
        event = _reader(ce_type)(body)
    except ValueError:
        return None
    return Delivered(source, int(sequence), int(previous), subject, at, department, event, traceparent, stream_sequence)


def decoded(header: Header, body: bytes, stream_sequence: int) -> Delivered:
    """The published event of a header already read. Raises as `delivered`."""
    try:
        event = _reader(header.ce_type)(body)
    except ValidationError as error:
        # Without the input: a log or a dead letter is no place for what a body holds.
        reasons = "; ".join(
            f"{'.'.join(str(part) for part in each['loc']) or 'body'}: {each['msg']}"
            for each in error.errors(include_url=False, include_context=False, include_input=False)
        )
        raise ValueError(f"event {header.ce_id} does not fit {header.ce_type}: {reasons}") from error
    return Delivered(
        header.service,
        header.sequence,
        header.previous,
        header.aggregate_id,
        header.at,
        header.department,
        event,
        header.traceparent,
        stream_sequence,
    )


@lru_cache(maxsize=1024)
def _reader(ce_type: str) -> Callable[[bytes], Published]:
    # What the class's `model_validate_json` calls, without the way there.
    read: Callable[[bytes], Published] = contract(ce_type).__pydantic_validator__.validate_json
    return read


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
    return value if _PLAIN(value) else quote(value, safe=_KEPT)


def _instant(at: datetime) -> str:
    if at.tzinfo is None:
        raise ValueError(f"an event's time {at.isoformat()} has no time zone")
    return (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat()
