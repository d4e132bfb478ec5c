"""Streams and consumers, declared by the platform alone, and looking things up in them.

Requests to the JetStream API are made by hand: nats-py knows neither `allow_atomic` nor a consumer that is only made
when it is absent. Messages are read from the stream's leader, never by direct get, which a lagging replica may answer.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

import orjson
import structlog
from nats.aio.client import Client
from nats.js.errors import APIError, NotFoundError

from shared.contracts.base import stream_of
from shared.messaging.bus import request
from shared.messaging.cloudevents import SEQUENCE

log = structlog.get_logger(__name__)
REQUEST_SECONDS = 5.0
NAME_TAKEN = 10058
CONSUMER_EXISTS = (10013, 10105, 10148)
_NO_MESSAGE = 10037
_SECOND = 1_000_000_000


class StreamUnfitError(ValueError):
    """An existing stream cannot carry what the platform publishes; the text says what to change."""


class ForeignMessageError(ValueError):
    """A message in a service's stream that no relay wrote; the text says how to remove it."""


@dataclass(frozen=True, slots=True)
class LastPublished:
    """Where a stream ends: its last stream sequence, and the log position of its last message (0: nothing there).

    `message_sequence` is that message's own; the stream's goes on beyond it when the end was deleted or purged.
    """

    stream_sequence: int
    position: int
    message_sequence: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Placed:
    """A message's place: in the stream, and in the log of its service."""

    stream_sequence: int
    position: int


async def declare_stream(nc: Client, service: str, *, replicas: int = 1, after: int = 0) -> None:
    """Make the service's stream where it is absent; settings of an existing one belong to operations and stay.

    `after` is where the stream ended that this one replaces: sequences go on from there, so that a publisher who still
    believes in the old stream can never be right about the new one by chance.

    Raises `StreamUnfitError` when an existing stream takes no atomic batches or has other subjects, nats-py's `Error`s
    when the server does not answer or refuses.
    """
    stream = stream_of(service)
    config = {
        "name": stream,
        "subjects": [subjects_of(service)],
        "retention": "limits",
        "storage": "file",
        "num_replicas": replicas,
        "compression": "s2",
        "allow_atomic": True,
        "allow_direct": True,
        "deny_delete": False,
    }
    if after:
        config["first_seq"] = after + 1
    try:
        existing = await ask(nc, f"STREAM.INFO.{stream}")
    except NotFoundError:
        try:
            await ask(nc, f"STREAM.CREATE.{stream}", config)
        except APIError as error:
            if error.err_code != NAME_TAKEN:  # else another replica with other settings was faster
                raise
            existing = await ask(nc, f"STREAM.INFO.{stream}")
        else:
            log.info("stream_created", stream=stream, replicas=replicas)
            return
    _require_fit(existing["config"], config)


def _require_fit(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    name = wanted["name"]
    if found.get("subjects") != wanted["subjects"]:
        raise StreamUnfitError(
            f"stream {name} has subjects {found.get('subjects')}, not {wanted['subjects']}: "
            "correct them, or delete the stream, it is then rebuilt from the log"
        )
    if not found.get("allow_atomic"):
        raise StreamUnfitError(
            f"stream {name} takes no atomic batches: set allow_atomic (nats stream edit {name} --allow-batch), "
            "or delete the stream, it is then rebuilt from the log"
        )


async def declare_reaction_consumer(
    nc: Client, service: str, durable: str, *, ack_wait_seconds: float, max_ack_pending: int
) -> None:
    """Make the durable pull consumer of a reaction on a service's stream where it is absent; an existing one stays.

    All messages from the first, acknowledged one by one, without a limit of deliveries: the dead-letter store is the
    limit. Raises nats-py's `Error`s, `NotFoundError` when the stream is missing.
    """
    stream = stream_of(service)
    try:
        await ask(nc, f"CONSUMER.INFO.{stream}.{durable}")
    except NotFoundError:
        config = {
            "name": durable,
            "durable_name": durable,
            "ack_policy": "explicit",
            "deliver_policy": "all",
            "ack_wait": int(ack_wait_seconds * _SECOND),
            "max_ack_pending": max_ack_pending,
        }
        wanted = {"stream_name": stream, "action": "create", "config": config}
        try:
            await ask(nc, f"CONSUMER.CREATE.{stream}.{durable}", wanted)
        except APIError as error:
            if error.err_code not in CONSUMER_EXISTS:  # else another replica was faster
                raise


async def consumer_exists(nc: Client, service: str, durable: str) -> bool:
    """Whether the durable consumer is still there. Raises nats-py's `Error`s when the server does not answer."""
    try:
        await ask(nc, f"CONSUMER.INFO.{stream_of(service)}.{durable}")
    except NotFoundError:
        return False
    return True


async def create_feed_consumer(nc: Client, service: str, name: str, *, start: int, inactive_seconds: float) -> None:
    """Make an ephemeral pull consumer in memory, without acknowledgements, from stream sequence `start` on."""
    stream = stream_of(service)
    config = {
        "name": name,
        "ack_policy": "none",
        "deliver_policy": "by_start_sequence",
        "opt_start_seq": start,
        "inactive_threshold": int(inactive_seconds * _SECOND),
        "mem_storage": True,
        "num_replicas": 1,
    }
    await ask(nc, f"CONSUMER.CREATE.{stream}.{name}", {"stream_name": stream, "action": "create", "config": config})


async def last_position(nc: Client, service: str) -> LastPublished:
    """Where the service's stream ends; zeros for an empty one.

    Raises `NotFoundError` when there is no stream, `ForeignMessageError` when its last message is not a relay's.
    """
    stream = stream_of(service)
    state = (await ask(nc, f"STREAM.INFO.{stream}"))["state"]
    last = await last_message(nc, service)
    # After deletions at the end the stream's sequence is beyond its last message; a rival may have just moved both.
    if last is None:
        return LastPublished(state["last_seq"], 0)
    if (position := _position_of(last)) is None:
        raise ForeignMessageError(
            f"message {last['seq']} of stream {stream} on {last['subject']} has no {SEQUENCE}: no relay wrote it. "
            f"Remove it (nats stream rmm {stream} {last['seq']}) and find out who may publish there"
        )
    return LastPublished(max(state["last_seq"], last["seq"]), position, last["seq"])


async def last_message(nc: Client, service: str) -> dict[str, Any] | None:
    """The last message in the service's stream as the server tells it, whoever wrote it; None for an empty one."""
    return await _message(nc, stream_of(service), {"last_by_subj": subjects_of(service)})


async def message_at(nc: Client, service: str, stream_sequence: int) -> Placed | None:
    """The message of a relay at exactly this stream sequence, or None. Raises `NotFoundError` without a stream."""
    found = await _message(nc, stream_of(service), {"seq": stream_sequence}) if stream_sequence > 0 else None
    position = _position_of(found) if found else None
    return Placed(stream_sequence, position) if position is not None else None


async def first_after(nc: Client, service: str, position: int, hint: int = 0) -> int:
    """The stream sequence where messages of log positions above `position` begin; one beyond the end without any.

    `hint` is the stream sequence at which the message of `position` was once seen: it is looked at first. Without a
    good hint the place is found by bisection, which passes over deleted messages and those that no relay wrote.
    Raises `NotFoundError` when there is no stream.
    """
    if position <= 0:
        return 1
    stream = stream_of(service)
    if (hinted := await message_at(nc, service, hint)) and hinted.position == position:
        return hint + 1
    state = (await ask(nc, f"STREAM.INFO.{stream}"))["state"]
    low: int = max(1, state["first_seq"])
    high: int = state["last_seq"] + 1
    before = 0
    while low < high:  # all messages below `low` are at most at `position`, all from `high` on are above
        middle = (low + high) // 2
        found = await published_from(nc, service, middle)
        if found is None or found.stream_sequence >= high or found.position > position:
            high = middle
        else:
            low, before = found.stream_sequence + 1, found.position
    if before != position:
        log.warning("position_not_in_stream", stream=stream, position=position, before=before, goes_on_at=low)
    return low


async def published_from(nc: Client, service: str, stream_sequence: int) -> Placed | None:
    """The first message of a relay at or after a stream sequence. Raises `NotFoundError` without a stream."""
    while True:
        which = {"seq": stream_sequence, "next_by_subj": subjects_of(service)}
        if (found := await _message(nc, stream_of(service), which)) is None:
            return None
        if (position := _position_of(found)) is not None:
            return Placed(found["seq"], position)
        stream_sequence = found["seq"] + 1


def subjects_of(service: str) -> str:
    """All subjects of a service's stream."""
    return f"chengce.{service}.>"


async def _message(nc: Client, stream: str, which: dict[str, Any]) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = (await ask(nc, f"STREAM.MSG.GET.{stream}", which))["message"]
    except NotFoundError as error:
        if error.err_code == _NO_MESSAGE:
            return None
        raise
    return found


def _position_of(message: dict[str, Any]) -> int | None:
    wanted = SEQUENCE.encode() + b":"
    for line in base64.b64decode(message.get("hdrs", "")).split(b"\r\n"):
        if line.startswith(wanted) and (position := line.removeprefix(wanted).strip()).isdigit():
            return int(position)
    return None


async def ask(nc: Client, operation: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """A request to the JetStream API, `STREAM.INFO.<stream>` for one.

    Raises nats-py's `Error`s: `APIError`, and of those `NotFoundError`, when the server refuses.
    """
    payload = orjson.dumps(body) if body is not None else b""
    reply = await request(nc, f"$JS.API.{operation}", payload, seconds=REQUEST_SECONDS)
    answer: dict[str, Any] = orjson.loads(reply.data)
    if "error" in answer:
        APIError.from_error(answer["error"])  # raises, the class by the code
    return answer
