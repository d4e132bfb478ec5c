"""The load that measures: every answer is read whole, and one that is no success ends it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from bench.client import connected, get, post
from bench.latency import quantile
from bench.load import PLACE, Load, send

CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nChengce-Position: hotline:7\r\n\r\n{}"


@asynccontextmanager
async def door(*pieces: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Answers each request with these pieces, one after another; its port, and the requests it had."""
    had: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n") if not reader.at_eof() else b"":
            length = next((int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length")), 0)
            had.append(head + await reader.readexactly(length))
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)

    async def quietly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except asyncio.IncompleteReadError:
            writer.close()

    server = await asyncio.start_server(quietly, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], had
    finally:
        server.close()


def load_to(port: int, rate: float | None = None, seconds: float = 0.2) -> Load:
    return Load(port, "/tickets", f'{{"number":"{PLACE}"}}', {"A": "b"}, "x", clients=3, seconds=seconds, rate=rate)


@pytest.mark.parametrize(
    "pieces", [[CREATED], [CREATED[:9], CREATED[9:70], CREATED[70:]], [CREATED[:-1], CREATED[-1:]]]
)
async def test_an_answer_is_read_whole_however_it_arrives(pieces: Sequence[bytes]) -> None:
    async with door(*pieces) as (port, had):
        connection = await connected(port)
        for _ in range(2):
            answer = await connection.ask(post("/tickets", b"{}", {}))
            assert (answer.status, answer.body, answer.header("chengce-position")) == (201, b"{}", "hotline:7")
        with pytest.raises(LookupError):
            answer.header("Age")
        connection.close()
    assert had == [post("/tickets", b"{}", {})] * 2


async def test_an_answer_without_its_length_is_refused() -> None:
    async with door(b"HTTP/1.1 200 OK\r\n\r\n") as (port, _had):
        connection = await connected(port)
        with pytest.raises(ValueError, match="without its length"):
            await connection.ask(get("/", {}))
        connection.close()


async def test_a_load_sends_each_number_once_and_counts_every_answer() -> None:
    async with door(CREATED) as (port, had):
        answers = await send(load_to(port))
    numbers = {request.rpartition(b'"number":"')[2] for request in had}
    assert answers.answered == len(had) == len(numbers) > 0


async def test_a_load_with_a_rate_sends_no_more_than_that() -> None:
    async with door(CREATED) as (port, had):
        answers = await send(load_to(port, rate=50.0, seconds=0.4))
    assert len(had) == answers.answered == 20


async def test_a_load_that_is_refused_ends_with_what_it_was_told() -> None:
    async with door(b"HTTP/1.1 422 No\r\nContent-Length: 3\r\n\r\nbad") as (port, _had):
        with pytest.raises(RuntimeError, match="answered 422: bad"):
            await send(load_to(port))


def test_a_quantile_is_a_value_that_was_measured() -> None:
    values = [float(n) for n in range(1, 101)]
    assert (quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1.0)) == (50.0, 99.0, 100.0)
    assert quantile([7.0], 0.99) == 7.0
