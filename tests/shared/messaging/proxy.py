"""A TCP proxy before a NATS server that breaks at a chosen moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit


class Proxy:
    """Forwards to `url`; can run `then` after so many bytes to the server, or swallow the server's next words."""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self.broke = asyncio.Event()
        self._bytes_left: int | None = None
        self._then: Callable[[], None] = lambda: None
        self._swallow = False
        self._streams: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._streams:
            writer.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        port = self._server.sockets[0].getsockname()[1]
        who = self._target.netloc.rpartition("@")[0]
        return f"nats://{who}@127.0.0.1:{port}" if who else f"nats://127.0.0.1:{port}"

    def break_after(self, count: int, then: Callable[[], None]) -> None:
        """Pass on `count` more bytes to the server, run `then`, and cut the connection."""
        self._bytes_left, self._then = count, then

    def swallow_next_answer(self) -> None:
        """Cut the connection instead of passing on what the server says next."""
        self._swallow = True

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(self._target.hostname, self._target.port)
        except ConnectionRefusedError:  # the server is down; so is the proxy for this client
            writer.close()
            return
        self._streams |= {writer, far_writer}
        try:
            await asyncio.gather(self._to_server(reader, far_writer), self._to_client(far_reader, writer))
        except ConnectionError:  # one side is gone, so the other goes too
            return
        finally:
            for each in (writer, far_writer):
                each.close()
                self._streams.discard(each)

    async def _to_server(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65536):
            if self._bytes_left is not None:
                chunk = chunk[: self._bytes_left]
                self._bytes_left -= len(chunk)
            writer.write(chunk)
            await writer.drain()
            if self._bytes_left == 0:
                self._bytes_left = None
                self._then()
                self.broke.set()
                break
        raise ConnectionAbortedError

    async def _to_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65536):
            if self._swallow:
                self._swallow = False
                self.broke.set()
                break
            writer.write(chunk)
            await writer.drain()
        raise ConnectionAbortedError
