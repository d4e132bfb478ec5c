"""Messages past nats-py: what they say is what nats-py would have said, and what nats-py keeps to itself is as we know it."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import textwrap
from collections.abc import AsyncIterator, Callable
from importlib.metadata import version
from typing import Any

import nats
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import ConnectionClosedError, OutboundBufferLimitError
from nats.js.api import Header as StatusHeader
from nats.protocol.parser import Parser

from shared.embedded import EmbeddedNats
from shared.messaging.bus import connect
from shared.messaging.connection import Connection, head_of, headers_of, raw, status_of
from tests.shared.messaging.conftest import kill
from tests.shared.messaging.logs import WITHIN

# What `Connection` overrides, calls and reads. When this fails nats-py has changed: read what is new there, see that
# `shared/messaging/connection.py` still does the same, and write down the new fingerprints.
KNOWN_VERSION = "2.16.0"
PRIVATE: dict[str, tuple[Callable[..., Any], str]] = {
    "Client.__init__": (Client.__init__, "31d7a36cc3776b43"),
    "Client._process_msg": (Client._process_msg, "8b7394aa3065b9d0"),
    "Client._process_headers": (Client._process_headers, "da97900c0cbcdccc"),
    "Client._remove_sub": (Client._remove_sub, "46decd389fd7faf0"),
    "Client._send_publish": (Client._send_publish, "8ec3ad606358b272"),
    "Client._send_command": (Client._send_command, "f706d58da4443d9e"),
    "Client._flush_pending": (Client._flush_pending, "56a6bb2428e4ba89"),
    "Client._read_loop": (Client._read_loop, "a9881fa975016600"),
    "Client.publish": (Client.publish, "45931c048eda2608"),
    "Client.subscribe": (Client.subscribe, "c8e4d7ac5d4b06e4"),
    "Parser.reset": (Parser.reset, "e76a078d752c219f"),
    "Parser.parse": (Parser.parse, "2181d5ed8b2d8f5d"),
}


def fingerprint(of: Callable[..., Any]) -> str:
    return hashlib.sha256(textwrap.dedent(inspect.getsource(of)).encode()).hexdigest()[:16]


def test_nats_py_is_the_one_whose_private_parts_are_known() -> None:
    assert version("nats-py") == KNOWN_VERSION


@pytest.mark.parametrize("name", PRIVATE)
def test_what_nats_py_keeps_to_itself_is_what_it_was(name: str) -> None:
    of, known = PRIVATE[name]
    assert fingerprint(of) == known, f"nats-py's {name} has changed"


# Receiving -----------------------------------------------------------------------------------------------------------


class Poured:
    """What came to a sink."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str, bytes, bytes]] = []
        self._news = asyncio.Event()

    def __call__(self, subject: bytes, reply: bytes, head: bytes, body: bytes) -> None:
        self.found.append((subject.decode(), reply.decode(), head, body))
        self._news.set()
        if body == b"fail":
            raise ValueError("the sink does not like this one")

    async def has(self, count: int) -> list[tuple[str, str, bytes, bytes]]:
        async with asyncio.timeout(WITHIN):
            while len(self.found) < count:
                self._news.clear()
                await self._news.wait()
        return self.found


@pytest_asyncio.fixture
async def ours(nats_url: str) -> AsyncIterator[Connection]:
    client = await connect(nats_url, "raw")
    yield client
    await client.close()


@pytest_asyncio.fixture
async def stock(nats_url: str) -> AsyncIterator[Client]:
    client = await nats.connect(nats_url)
    yield client
    await client.close()


async def test_a_sink_gets_what_nats_py_would_have_handed_over(ours: Connection, stock: Client) -> None:
    subject = ours.new_inbox()
    poured, seen = Poured(), list[Msg]()

    async def keep(message: Msg) -> None:
        seen.append(message)

    await ours.hear(subject, poured)
    await stock.subscribe(subject, cb=keep)
    await stock.flush()
    sent: list[tuple[bytes, str, dict[str, str] | None]] = [
        (b"plain", "", None),
        (b"", "", {"only": "a header"}),
        (b"with a reply", "answers.here", {"one": "1", "two": "2, and more: of it"}),
        (b"text of more than one byte", "", {"name": "澄策之窗"}),
        (b"x" * 300_000, "answers.here", {"larger": "than what is read at once"}),
        (b"\r\nHMSG a 1 2 3\r\n", "", {"body": "that looks like the protocol"}),
    ]
    for _ in range(20):
        for body, reply, headers in sent:
            await ours.publish(subject, body, reply=reply, headers=headers)
        assert (await ours.request("$JS.API.INFO", timeout=WITHIN)).data  # on the same connection, in between
    await stock.flush()
    await poured.has(20 * len(sent))
    await stock.flush()
    assert [(s, r, headers_of(head) or None, body) for s, r, head, body in poured.found] == [
        (each.subject, each.reply, each.headers, each.data) for each in seen
    ]
    assert ours.stats["in_msgs"] == 20 * (len(sent) + 1)


async def test_what_the_server_says_itself_comes_with_its_status(ours: Connection) -> None:
    poured = Poured()
    inbox = ours.new_inbox()
    await ours.hear(inbox, poured)
    await ours.publish("nobody.listens", b"", reply=inbox)
    ((_, _, head, body),) = await poured.has(1)
    assert status_of(head) == ("503", "")
    assert body == b""


async def test_a_sink_that_fails_on_a_message_gets_the_next(nats_url: str) -> None:
    errors: list[Exception] = []

    async def failed(error: Exception) -> None:
        errors.append(error)

    client = Connection()
    await client.connect(nats_url, error_cb=failed)
    poured, subject = Poured(), client.new_inbox()
    await client.hear(subject, poured)
    for body, headers in ((b"fail", None), (b"good", None), (b"fail", {"a": "b"}), (b"good", {"a": "b"})):
        await client.publish(subject, body, headers=headers)
    await poured.has(4)
    await client.flush()
    assert [str(error) for error in errors] == ["the sink does not like this one"] * 2
    await client.close()


async def test_nothing_comes_after_the_end_of_a_subscription(ours: Connection) -> None:
    poured, other, subject = Poured(), Poured(), ours.new_inbox()
    subscription = await ours.hear(subject, poured)
    await ours.hear(subject, other)
    await ours.publish(subject, b"first", headers={"a": "b"})
    await poured.has(1)
    await subscription.unsubscribe()
    await ours.publish(subject, b"second", headers={"a": "b"})
    await other.has(2)
    assert [body for *_, body in poured.found] == [b"first"]


async def test_a_sink_is_heard_of_again_after_the_server_was_gone(own_server: EmbeddedNats) -> None:
    client = await connect(own_server.url, "raw")
    poured = Poured()
    await client.hear("still.here", poured)
    for count in (1, 2):
        kill(own_server)
        own_server.start()
        other = await connect(own_server.url, "other")
        async with asyncio.timeout(WITHIN):
            while len(poured.found) < count:  # until ours is back as well
                await other.publish("still.here", b"x", headers={"a": "b"})
                await other.flush()
                await asyncio.sleep(0.02)
        await other.close()
        poured.found = poured.found[:count]
    await client.close()


# Sending -------------------------------------------------------------------------------------------------------------


async def test_a_block_of_messages_arrives_as_if_each_had_been_published(ours: Connection, stock: Client) -> None:
    subject = ours.new_inbox()
    arriving = await stock.subscribe(subject)
    await stock.flush()
    headers = {"ce-id": "a:1", "name": "澄策之窗", "last": "one"}
    await ours.send([(subject, head_of(headers), b"1"), (subject, head_of({}), b""), (subject, head_of(headers), b"3")])
    await ours.publish(subject, b"4", headers=headers)
    found = [await arriving.next_msg(timeout=WITHIN) for _ in range(4)]
    assert [(each.data, each.headers) for each in found] == [
        (b"1", headers), (b"", None), (b"3", headers), (b"4", headers),
    ]  # fmt: skip


async def test_sending_on_a_closed_connection_is_refused(nats_url: str) -> None:
    client = await connect(nats_url, "raw")
    await client.close()
    with pytest.raises(ConnectionClosedError):
        await client.send([("a", head_of({}), b"")])


async def test_sending_while_the_server_is_away_waits_in_the_buffer_and_no_further(own_server: EmbeddedNats) -> None:
    client = await connect(own_server.url, "raw")
    poured = Poured()
    await client.hear("kept", poured)
    await client.flush()
    kill(own_server)
    async with asyncio.timeout(WITHIN):
        while client.is_connected:  # noqa: ASYNC110 - nats-py has no event for it
            await asyncio.sleep(0.01)
    await client.send([("kept", head_of({"a": "b"}), b"meanwhile")])
    with pytest.raises(OutboundBufferLimitError):
        await client.send([("kept", head_of({}), b"x" * 1_000_000)] * 40)
    own_server.start()
    assert [body for *_, body in await poured.has(1)] == [b"meanwhile"]
    await client.close()


def test_a_header_of_two_lines_is_refused() -> None:
    for wrong in ({"a": "b\r\nc: d"}, {"a": "b\n"}, {"a\r": "b"}):
        with pytest.raises(ValueError, match="more than one line"):
            head_of(wrong)


def test_a_client_that_was_not_made_here_has_no_raw_messages() -> None:
    with pytest.raises(TypeError, match=r"shared\.messaging\.bus\.connect"):
        raw(Client())


# Header blocks -------------------------------------------------------------------------------------------------------


def as_nats_py_reads(block: bytes) -> dict[str, str] | None:
    coroutine = Client()._process_headers(block)
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    raise AssertionError("nats-py waits for something")


LINES = st.lists(
    st.one_of(
        st.binary(max_size=20).filter(lambda line: b"\r\n" not in line and not line.endswith(b"\r")),
        st.builds(
            lambda name, gap, value: f"{name}:{gap}{value}".encode(),
            st.sampled_from(["ce-id", "CE-Id", "Nats-Batch-Id", "a b", "", "名"]),
            st.sampled_from(["", " ", "\t", "  "]),
            st.text(max_size=10).filter(lambda text: "\r" not in text and "\n" not in text),
        ),
    ),
    max_size=5,
)


@given(LINES)
def test_a_header_block_says_what_nats_py_reads_in_it(lines: list[bytes]) -> None:
    block = b"".join([b"NATS/1.0\r\n", *(line + b"\r\n" for line in lines), b"\r\n"])
    assert headers_of(block) == (as_nats_py_reads(block) or {})


@pytest.mark.parametrize(
    "block",
    [
        b"NATS/1.0 503\r\n\r\n",
        b"NATS/1.0 404 No Messages\r\n\r\n",
        b"NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: 1016\r\nNats-Last-Stream: 1024\r\n\r\n",
        b"NATS/1.0 408 Request Timeout\r\nNats-Pending-Messages: 7\r\nNats-Pending-Bytes: 0\r\n\r\n",
        b"NATS/1.0 409 Consumer Deleted\r\n\r\n",
        b"NATS/1.0\r\nplain: header\r\n\r\n",
    ],
)
def test_a_status_is_what_nats_py_reads(block: bytes) -> None:
    read = as_nats_py_reads(block) or {}
    assert status_of(block) == (
        read.pop(StatusHeader.STATUS.value, ""), read.pop(StatusHeader.DESCRIPTION, "")
    )  # fmt: skip
    assert headers_of(block) == read
