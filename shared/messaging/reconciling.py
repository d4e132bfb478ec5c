"""Log and stream side by side: what the stream lacks, what it has too much, and what stands in it differently.

Both are walked once, in order, in constant memory. What counts is the pure function from stored event to message: the
stream must hold exactly its results, once each, in the order of the log.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import structlog
from nats.aio.client import Client

from shared.contracts.base import Outgoing, stream_of
from shared.eventstore.events import Recorded
from shared.messaging.batches import Message
from shared.messaging.cloudevents import Header, header_of
from shared.messaging.connection import headers_of
from shared.messaging.walking import PublishedLog, Stored, StreamReplacedError, StreamWalk

log = structlog.get_logger(__name__)
LAG_SECONDS = 5.0  # what the relay has not published within this is a difference, and no longer lag
_AGAIN = 3  # walks begun anew because the stream was deleted meanwhile
_MOST_PLACES = 10_000  # of loss that are kept apart; beyond them a message that comes late counts as lost and doubled
_MOST_LATE = 100_000
_MOST_TEXT = 2000
_LINE, _SERVERS = b"\r\n", "Nats-"
_LIMITS = ("max_age", "max_msgs", "max_bytes", "max_msgs_per_subject")


class Kind(StrEnum):
    """How a stream can differ from its log."""

    MISSING = "missing"  # published by the log, not in the stream, which goes on after it
    UNRELAYED = "unrelayed"  # the log's end, which the relay has not published in time
    EXTRA = "extra"  # of an event that the log has not, or does not publish
    DIFFERENT = "different"  # other subject, headers or body than the log gives
    OUT_OF_ORDER = "out-of-order"  # after a message of a later event
    DOUBLED = "doubled"  # a second time
    FOREIGN = "foreign"  # not written by this service's relay


@dataclass(slots=True)
class Difference:
    """One difference: `position` to `until` in the log (0: none), where in the stream (0: not there), how many messages.

    `expected` and `found` hold what differs: `subject`, `body`, or the name of a header.
    """

    kind: Kind
    position: int = 0
    until: int = 0
    stream_sequence: int = 0
    count: int = 1
    ce_id: str = ""
    expected: dict[str, str] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Comparison:
    """What a walk has found. `first` holds the first differences in full, `counts` how many messages of each kind.

    `log_end` is the log position up to which was compared, `published` how many messages the log gives up to there,
    `messages` how many of the stream were looked at. `limits`: what lets the server drop old messages by itself.
    """

    service: str
    log_end: int
    published: int = 0
    messages: int = 0
    stream_exists: bool = True
    seconds: float = 0.0
    counts: dict[Kind, int] = field(default_factory=dict)
    first: list[Difference] = field(default_factory=list)
    limits: dict[str, int] = field(default_factory=dict)

    @property
    def differences(self) -> int:
        """How many messages are missing, too many, or not what they should be."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class Source:
    """The log of a service: its reader, the function that makes published events, and its last position now."""

    service: str
    read: Callable[[int, int], Awaitable[Sequence[Recorded]]]
    publish: Callable[[Recorded], Outgoing | None]
    end: Callable[[], Awaitable[int]]


async def compare(
    nc: Client,
    source: Source,
    *,
    show: int = 20,
    page: int = 1000,
    share: float = 1.0,
    lag_seconds: float = LAG_SECONDS,
    progress: Callable[[int, int], None] = lambda _position, _end: None,
) -> Comparison:
    """Compares the service's stream with its log as they are now, also while both grow.

    `show`: how many differences are kept in full. `share`: how much of the time it may take for itself, 0 to 1.
    `progress(position, log_end)` is called after each page. Raises `UnpublishableError` when a stored event gives no
    message at all, `StreamReplacedError` when the stream is deleted again and again meanwhile, `StreamSilentError`, and
    nats-py's `Error`s.
    """
    began = time.monotonic()
    for attempt in range(1, _AGAIN + 1):
        try:
            found = await _walk(nc, source, _Walk(show, page, share, lag_seconds, progress))
        except StreamReplacedError as error:
            if attempt == _AGAIN:
                raise
            log.info("comparison_begins_anew", stream=stream_of(source.service), reason=str(error))
        else:
            found.seconds = time.monotonic() - began
            return found
    raise AssertionError("the last attempt returns or raises")


@dataclass(frozen=True)
class _Walk:
    show: int
    page: int
    share: float
    lag_seconds: float
    progress: Callable[[int, int], None]


async def _walk(nc: Client, source: Source, how: _Walk) -> Comparison:
    # The stream's end first: what stands in it then was in the log before, so nothing there is too new to be judged.
    stream = await StreamWalk.opened(nc, source.service, how.lag_seconds)
    end = await source.end()
    expected = PublishedLog(source.service, source.read, source.publish, end, how.page, nc.max_payload)
    found = Comparison(source.service, end, stream_exists=stream is not None)
    merge = _Merge(found, expected, how.show, stream.last_sequence if stream else 0)
    if stream is None:
        await merge.rest(Kind.MISSING)
        return found
    found.limits = {name: stream.config[name] for name in _LIMITS if stream.config.get(name, -1) > 0}
    async with aclosing(stream.batches(how.page, how.lag_seconds)) as batches:
        while stream.seen < stream.last_sequence or await expected.next():
            begun = time.monotonic()
            batch = await anext(batches)
            if not batch and stream.seen >= stream.last_sequence:
                break  # the rest of the log has had its time
            for message in batch:
                await merge.take(message)
            how.progress(merge.position, end)
            if merge.beyond:
                break
            await asyncio.sleep((time.monotonic() - begun) * (1 / how.share - 1))
    await merge.rest(Kind.MISSING if merge.beyond else Kind.UNRELAYED)
    how.progress(end, end)
    return found


class _Merge:
    """Judges each message of the stream by what the log gives next."""

    def __init__(self, found: Comparison, expected: PublishedLog, show: int, stream_end: int) -> None:
        self.position = 0  # of the last event that was looked at in the log
        self.beyond = False  # whether the stream has gone past all that is compared
        self._found = found
        self._expected = expected
        self._show = show
        self._stream_end = stream_end
        self._lost: list[Difference] = []  # places of loss, in the order of the log
        self._late: set[int] = set()  # what was lost there and came after all

    async def take(self, message: Stored) -> None:
        """The next message of the stream."""
        stream_sequence = message.stream_sequence
        expected = await self._expected.next()
        if expected and _same(expected, message):
            self._found.messages += 1
            self._pass(expected)
            return
        try:
            header = header_of(headers_of(message.head))
        except ValueError as error:
            self._add(
                Kind.FOREIGN, 0, stream_sequence, found={"subject": message.subject.decode(), "error": str(error)}
            )
        else:
            if header.service != self._found.service:
                self._add(Kind.FOREIGN, 0, stream_sequence, found={"ce-source": header.service})
            elif header.sequence > self._found.log_end and stream_sequence > self._stream_end:
                self.beyond = True
                return
            else:
                await self._judge(header, message, stream_sequence)
        self._found.messages += 1

    async def _judge(self, header: Header, message: Stored, stream_sequence: int) -> None:
        place = header.sequence
        expected = await self._expected.next()
        if not (expected and expected.position == place) and not await self._expected.publishes(place):
            self._add(Kind.EXTRA, place, stream_sequence, ce_id=header.ce_id, found=_told(message))
        elif place <= self.position:
            late = place not in self._late and self._was_lost(place)
            if late and len(self._late) < _MOST_LATE:
                self._late.add(place)
            self._add(Kind.OUT_OF_ORDER if late else Kind.DOUBLED, place, stream_sequence, ce_id=header.ce_id)
        else:
            while (expected := await self._expected.next()) and expected.position < place:
                self._lose(expected)
            if expected and not _same(expected, message):
                wanted, has = _differing(expected, message)
                self._add(Kind.DIFFERENT, place, stream_sequence, ce_id=header.ce_id, expected=wanted, found=has)
            if expected:
                self._pass(expected)

    async def rest(self, kind: Kind) -> None:
        """What the log gives beyond the stream's end; then everything is counted."""
        while expected := await self._expected.next():
            self._lose(expected, kind)
        self._found.published = self._expected.passed
        for late in self._late:
            if place := self._place_of(late):
                place.count -= 1
        lost = [place for place in self._lost if place.count]
        for place in lost:
            self._found.counts[place.kind] = self._found.counts.get(place.kind, 0) + place.count
        self._found.first = [*lost[: self._show], *self._found.first][: self._show]

    def _pass(self, expected: Message) -> None:
        self.position = expected.position
        self._expected.pass_next()

    def _lose(self, expected: Message, kind: Kind = Kind.MISSING) -> None:
        before = self._lost[-1] if self._lost else None
        goes_on = before and before.until == self.position and before.kind == kind
        if before and (goes_on or (len(self._lost) >= _MOST_PLACES and before.kind == kind)):
            before.until, before.count = expected.position, before.count + 1
        else:
            ce_id = expected.headers["ce-id"]
            self._lost.append(Difference(kind, expected.position, expected.position, ce_id=ce_id))
        self._pass(expected)

    def _was_lost(self, position: int) -> bool:
        return self._place_of(position) is not None

    def _place_of(self, position: int) -> Difference | None:
        low, high = 0, len(self._lost)
        while low < high:
            middle = (low + high) // 2
            if self._lost[middle].until < position:
                low = middle + 1
            else:
                high = middle
        return self._lost[low] if low < len(self._lost) and self._lost[low].position <= position else None

    def _add(self, kind: Kind, position: int, stream_sequence: int, **more: Any) -> None:
        self._found.counts[kind] = self._found.counts.get(kind, 0) + 1
        if len(self._found.first) < self._show:
            self._found.first.append(Difference(kind, position, position, stream_sequence, **more))


def _same(expected: Message, message: Stored) -> bool:
    if message.body != expected.body or message.subject != expected.subject.encode():
        return False
    own = expected.head.removesuffix(_LINE)
    if message.head.startswith(own):  # what follows is the server's, or too much
        return all(line.startswith(_SERVERS.encode()) for line in message.head[len(own) :].split(_LINE) if line)
    return _headers(message) == expected.headers


def _headers(message: Stored) -> dict[str, str]:
    """Without what publishing adds for the server (batch, expected end), which is no part of the message."""
    return {name: value for name, value in headers_of(message.head).items() if not name.startswith(_SERVERS)}


def _differing(expected: Message, message: Stored) -> tuple[dict[str, str], dict[str, str]]:
    wanted = {"subject": expected.subject, **expected.headers, "body": _text(expected.body)}
    has = _told(message)
    names = [name for name in [*wanted, *(has.keys() - wanted.keys())] if wanted.get(name) != has.get(name)]
    return {n: wanted[n] for n in names if n in wanted}, {n: has[n] for n in names if n in has}


def _told(message: Stored) -> dict[str, str]:
    return {"subject": message.subject.decode(), **_headers(message), "body": _text(message.body)}


def _text(body: bytes) -> str:
    return body[:_MOST_TEXT].decode(errors="replace")
