"""HTTP/1.1 over one kept connection, in as few steps as Python allows: a client must not be what is measured."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status line and headers as they came, and the body."""

    head: bytes
    body: bytes

    @property
    def status(self) -> int:
        return int(self.head[9:12])

    def header(self, name: str) -> str:
        """One header. Raises LookupError when it is not there."""
        found = re.search(rb"\r\n" + name.encode() + rb": *([^\r]*)", self.head, re.IGNORECASE)
        if found is None:
            raise LookupError(name)
        return found[1].decode("latin-1")


class Connection(asyncio.Protocol):
    """One request at a time; answers must come with their length."""

    def __init__(self) -> None:
        self._received = b""
        self._answer: asyncio.Future[Answer] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(_END)
        if end < 0:
            return
        head = self._received[: end + 2]
        length = _LENGTH.search(head)
        if length is None:
            self._fail(ValueError(f"an answer without its length: {head!r}"))
            return
        whole = end + len(_END) + int(length[1])
        if len(self._received) >= whole:
            body, self._received = self._received[end + len(_END) : whole], self._received[whole:]
            if self._answer and not self._answer.done():
                self._answer.set_result(Answer(head, body))

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(error or ConnectionResetError("the server closed the connection"))

    async def ask(self, request: bytes) -> Answer:
        """Sends a request and waits for its answer. Raises when the connection breaks."""
        assert self._transport is not None  # noqa: S101 - connected when made
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Closes the connection."""
        if self._transport:
            self._transport.close()

    def _fail(self, error: Exception) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(error)


async def connected(port: int) -> Connection:
    """A connection to a door on this machine."""
    _, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
    return connection


def post(path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """A request with a JSON body."""
    given = {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
    return _head("POST", path, given) + body


def get(path: str, headers: Mapping[str, str]) -> bytes:
    """A request without a body."""
    return _head("GET", path, headers)


def _head(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
