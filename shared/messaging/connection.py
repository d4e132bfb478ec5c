"""nats-py's client with two doors for many small messages: received as they came, and sent as one block of bytes.

The client parses the headers of each message before anybody asks for them, and checks and copies those of each message
it sends; for a feed and a relay that is most of what they spend (docs/decisions, "Messages past the client"). What is
overridden or called here is private to nats-py: `tests/shared/messaging/test_connection.py` fails when it changes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import ConnectionClosedError, ConnectionDrainingError, OutboundBufferLimitError
from nats.protocol.parser import AWAITING_CONTROL_LINE, Parser

# Takes subject, reply subject, header block (empty without one) and body. It does not wait: the connection reads no
# further until it returns.
Sink = Callable[[bytes, bytes, bytes, bytes], None]
_MESSAGE = re.compile(rb"HMSG ([^ \r\n]+) ([0-9]+) ([^ \r\n]+) ([0-9]+) ([0-9]+)\r\n").match
_VERSION = b"NATS/1.0"
_LINE = b"\r\n"


class Connection(Client):
    """A connection to NATS. Made by `shared.messaging.bus.connect`."""

    def __init__(self) -> None:
        super().__init__()
        self._sinks: dict[int, Sink] = {}
        self._ps = _SinksFirst(self)

    async def hear(self, subject: str, sink: Sink) -> Subscription:
        """Hands what comes on `subject` to `sink` as it came, until the subscription ends; nothing is ever dropped.

        An error of the sink goes where those of nats-py's callbacks go, and the next message comes all the same.
        """
        subscription = await self.subscribe(subject, cb=_never)
        self._sinks[subscription._id] = sink
        return subscription

    async def send(self, messages: Sequence[tuple[str, bytes, bytes]]) -> None:
        """Sends subjects with header blocks and bodies in their order; as nats-py's `publish`, without an answer.

        Raises nats-py's `Error`s as `publish` does.
        """
        if self.is_closed:
            raise ConnectionClosedError
        if self.is_draining_pubs:
            raise ConnectionDrainingError
        block = b"".join(
            [
                b"HPUB %b %d %d\r\n%b%b\r\n" % (subject.encode(), len(head), len(head) + len(body), head, body)
                for subject, head, body in messages
            ]
        )
        if not self.is_connected and len(block) + self._pending_data_size > self._max_pending_size:
            raise OutboundBufferLimitError
        self.stats["out_msgs"] += len(messages)
        self.stats["out_bytes"] += sum(len(body) for _, _, body in messages)
        await self._send_command(block)
        if self._flush_queue is not None and self._flush_queue.empty():
            await self._flush_pending()

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        sink = self._sinks.get(sid)
        if sink is None:
            await super()._process_msg(sid, subject, reply, data, headers)
            return
        self.stats["in_msgs"] += 1
        self.stats["in_bytes"] += len(data)
        try:
            sink(subject, reply, headers or b"", data)
        except Exception as error:  # noqa: BLE001 - else the client would stop reading without a word
            await self._error_cb(error)

    def _remove_sub(self, sid: int, max_msgs: int = 0) -> None:
        self._sinks.pop(sid, None)
        super()._remove_sub(sid, max_msgs)


class _SinksFirst(Parser):
    """The client's parser with a straight way to sinks; whatever else comes goes the client's own way, in its turn."""

    async def parse(self, data: bytes = b"") -> None:
        """Takes the next bytes from the server."""
        sinks = self.nc._sinks
        if self.state != AWAITING_CONTROL_LINE or not sinks:
            await super().parse(data)
            return
        if self.buf:
            data = bytes(self.buf) + data
        size, done, count, payload, whole = len(data), 0, 0, 0, True
        raised: list[Exception] = []
        while found := _MESSAGE(data, done):
            subject, sid, reply, head_size, total_size = found.groups()
            sink = sinks.get(int(sid))
            if sink is None:
                break
            begin = found.end()
            middle, end = begin + int(head_size), begin + int(total_size)
            if end + len(_LINE) > size:
                whole = False  # the rest is on its way
                break
            done = end + len(_LINE)
            count += 1
            payload += end - middle
            try:
                sink(subject, reply, data[begin:middle], data[middle:end])
            except Exception as error:  # noqa: BLE001 - else the client would stop reading without a word
                raised.append(error)
        self.buf = bytearray(data[done:])
        self.nc.stats["in_msgs"] += count
        self.nc.stats["in_bytes"] += payload
        for each in raised:
            await self.nc._error_cb(each)
        if whole and self.buf:
            await super().parse()


def raw(nc: Client) -> Connection:
    """The connection behind a `Client`. Raises TypeError for one that was not made by `shared.messaging.bus.connect`."""
    if not isinstance(nc, Connection):
        raise TypeError(f"{type(nc).__name__} has no raw messages: connect with shared.messaging.bus.connect")
    return nc


async def _never(_message: Msg) -> None:
    raise AssertionError("a raw message came to a callback")


def head_of(headers: Mapping[str, str]) -> bytes:
    """The header block of these headers. Raises ValueError where a name or value would break the line."""
    block = b"NATS/1.0\r\n%b\r\n" % "".join([f"{name}: {value}\r\n" for name, value in headers.items()]).encode()
    if block.count(b"\n") != len(headers) + 2 or block.count(b"\r") != len(headers) + 2:
        raise ValueError(f"a header of {list(headers)} has more than one line")
    return block


def headers_of(head: bytes) -> dict[str, str]:
    """The headers in a block, as nats-py reads them: the last of a name counts, what is no header is passed over."""
    found: dict[str, str] = {}
    for line in head.split(_LINE)[1:]:
        name, colon, value = line.partition(b":")
        key = name.strip()
        if colon and key.isascii() and not any(character.isspace() for character in key.decode()):
            found[key.decode()] = value.strip().decode("utf-8", "replace")
    return found


def status_of(head: bytes) -> tuple[str, str]:
    """Code and description of a message by which the server says something of its own; empty for any other."""
    line = head.partition(_LINE)[0].removeprefix(_VERSION)
    code, _, description = line.strip().partition(b" ")
    return code.decode("ascii", "replace"), description.decode("utf-8", "replace")
