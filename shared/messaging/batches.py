"""Messages on their way into a stream: made from stored events, cut into batches, published all or nothing."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from nats.aio.client import Client

from shared.contracts.base import Outgoing, stream_of, subject_of
from shared.eventstore.events import Recorded
from shared.messaging.bus import request
from shared.messaging.cloudevents import body_for, headers_for
from shared.messaging.connection import head_of, raw

MOST_MESSAGES = 1000  # the server's limit of an atomic batch
_BATCH_BYTES = 1024 * 1024
_MARK_BYTES = 80  # what publishing in a batch adds to the headers
_MOST_MARK_BYTES = 320  # the same for the first, which says where the stream has to end
_END = b"\r\n"  # of a header block, once more after its last line
_EXPECTED = "Nats-Expected-Last-Sequence"


class PublishRefusedError(Exception):
    """The stream took nothing: it does not end where the publisher believed, or it cannot take the messages at all."""


class UnpublishableError(Exception):
    """A stored event that cannot be turned into a message; it holds up all later ones, for none may be skipped."""


@dataclass(frozen=True, slots=True)
class Message:
    """What will stand in the stream for the stored event at `position`, which happened `at`."""

    position: int
    at: datetime
    subject: str
    headers: dict[str, str]
    body: bytes
    head: bytes = field(init=False, repr=False, compare=False)  # the headers as they are sent

    def __post_init__(self) -> None:
        object.__setattr__(self, "head", head_of(self.headers))

    @property
    def size(self) -> int:
        """In bytes, with its headers, on its way to the server."""
        return len(self.head) + len(self.body) + _MARK_BYTES


@dataclass(frozen=True, slots=True)
class Prepared:
    """Messages of consecutive stored events, up to log position `position`; `failed` if the next one has none."""

    messages: Sequence[Message]
    position: int
    failed: UnpublishableError | None = None


def prepare(
    recorded: Sequence[Recorded],
    publish: Callable[[Recorded], Outgoing | None],
    service: str,
    *,
    position: int,
    previous: int,
    max_payload: int,
) -> Prepared:
    """The messages of stored events after `position`; `previous` is the log position of the message before them.

    Stops before the first event that cannot be published, so that those before it still go out.
    """
    messages: list[Message] = []
    for each in recorded:
        try:
            message = _message(each, publish(each), service, previous, max_payload)
        except Exception as error:  # noqa: BLE001 - whatever a service's mapping raises must name its event
            failed = UnpublishableError(f"event at log position {each.position} cannot be published: {error!r}")
            failed.__cause__ = error
            return Prepared(messages, position, failed)
        if message:
            messages.append(message)
            previous = each.position
        position = each.position
    return Prepared(messages, position)


def _message(
    recorded: Recorded, outgoing: Outgoing | None, service: str, previous: int, max_payload: int
) -> Message | None:
    if outgoing is None:
        return None
    headers = headers_for(recorded, outgoing, service, previous)
    body = body_for(outgoing)
    message = Message(
        recorded.position, recorded.at, subject_of(type(outgoing.event), outgoing.department), headers, body
    )
    # The server counts the headers too, and cuts the connection of who sends more; the client counts the body alone.
    if (size := message.size + _MOST_MARK_BYTES) > max_payload:
        raise ValueError(f"the message has {size} bytes with its headers, the server takes {max_payload}")
    return message


def batches(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    """The messages in batches the server takes whole and a connection's buffer holds."""
    start, size = 0, 0
    for end, message in enumerate(messages):
        if end > start and (end - start == MOST_MESSAGES or size + message.size > _BATCH_BYTES):
            yield messages[start:end]
            start, size = end, 0
        size += message.size
    if start < len(messages):
        yield messages[start:]


async def publish_batch(
    nc: Client, service: str, batch: Sequence[Message], stream_sequence: int, ack_seconds: float
) -> int:
    """Append the batch to a stream that ends at `stream_sequence`, all or nothing; returns where it ends then.

    Raises `PublishRefusedError`, and nats-py's `Error`s when no answer came: then it is unknown whether it was taken.
    """
    *before, last = batch
    if before:
        name = secrets.token_hex(16)
        await raw(nc).send(_first_of_batch(before, name, stream_sequence))
        marks = {"Nats-Batch-Id": name, "Nats-Batch-Sequence": str(len(batch)), "Nats-Batch-Commit": "1"}
    else:
        marks = {_EXPECTED: str(stream_sequence)}
    # Only the last is a request, and its answer is for all.
    reply = await request(nc, last.subject, last.body, seconds=ack_seconds, headers=last.headers | marks)
    answer = orjson.loads(reply.data)
    stream = stream_of(service)
    if error := answer.get("error"):
        raise PublishRefusedError(f"{stream}: {error.get('description')} (code {error.get('err_code')})")
    end: int = answer["seq"]
    if answer.get("stream") != stream or end != stream_sequence + len(batch):
        raise PublishRefusedError(
            f"{stream}: {len(batch)} messages after {stream_sequence} were answered with {answer}"
        )
    return end


def _first_of_batch(messages: Sequence[Message], name: str, stream_sequence: int) -> list[tuple[str, bytes, bytes]]:
    """All but the last of a batch, with what the server is told of it behind their own headers."""
    expected = f"{_EXPECTED}: {stream_sequence}\r\n"
    sent = []
    for number, each in enumerate(messages, start=1):
        told = f"Nats-Batch-Id: {name}\r\nNats-Batch-Sequence: {number}\r\n{expected if number == 1 else ''}\r\n"
        sent.append((each.subject, each.head.removesuffix(_END) + told.encode(), each.body))
    return sent
