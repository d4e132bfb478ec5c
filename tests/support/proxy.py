"""A TCP proxy before a server that breaks as networks break: cut, slow, or silent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit


class Proxy:
    """Forwards to the server at `url`; clients use the proxy's own `url`.

    Everything that breaks at once is a method: `cut` and `mend`, `drop`, `silence`, `delay`, `say`. What breaks at a chosen
    byte: `break_after` runs `then` after so many bytes to the server, `swallow_next_answer` cuts instead of passing on
    what the server says next.
    """

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self.broke = asyncio.Event()
        self._bytes_left: int | None = None
        self._then: Callable[[], None] = lambda: None
        self._swallow = False
        self._delay_seconds = 0.0
        self._refuses = False
        self._passes = asyncio.Event()
        self._passes.set()
        self._pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        port = self._server.sockets[0].getsockname()[1]
        who = self._target.netloc.rpartition("@")[0]
        return self._target._replace(netloc=f"{who}@127.0.0.1:{port}" if who else f"127.0.0.1:{port}").geturl()

    @property
    def connections(self) -> int:
        """How many clients are connected through to the server."""
        return len(self._pairs)

    def break_after(self, count: int, then: Callable[[], None]) -> None:
        """Pass on `count` more bytes to the server, run `then`, and cut the connection."""
        self._bytes_left, self._then = count, then

    def swallow_next_answer(self) -> None:
        """Cut the connection instead of passing on what the server says next."""
        self._swallow = True

    def drop(self) -> None:
        """Cut the connections there are; new ones are taken."""
        for pair in tuple(self._pairs):
            for writer in pair:
                writer.transport.abort()

    def say(self, words: bytes) -> None:
        """Tell every client something, as if the server had said it."""
        for writer, _ in self._pairs:
            writer.write(words)

    def cut(self) -> None:
        """Cut the connections there are and take no others, until `mend`."""
        self._refuses = True
        self.drop()

    def silence(self) -> None:
        """A black hole, until `mend`: connections stay open, new ones are taken, and not a byte comes through.

        What was sent meanwhile arrives afterwards, as TCP would send it again.
        """
        self._passes.clear()

    def delay(self, seconds: float) -> None:
        """Every piece takes so much longer, in either direction, until `mend`."""
        self._delay_seconds = seconds

    def mend(self) -> None:
        """The network is as it should be."""
        self._refuses, self._delay_seconds = False, 0.0
        self._passes.set()

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            await self._serve(reader, writer)
        except asyncio.CancelledError:  # the proxy ends
            return
        finally:
            writer.close()
            self._serving.discard(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            return
        await self._passes.wait()
        try:
            far_reader, far_writer = await asyncio.open_connection(self._target.hostname, self._target.port)
        except ConnectionError:  # the server is down; so is the proxy for this client
            return
        pair = (writer, far_writer)
        self._pairs.add(pair)
        both = [
            asyncio.create_task(self._to_server(reader, far_writer)),
            asyncio.create_task(self._to_client(far_reader, writer)),
        ]
        try:
            # One side is gone, so the other goes too.
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._pairs.discard(pair)
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            far_writer.close()

    async def _to_server(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await self._next(reader):
            if self._bytes_left is not None:
                chunk = chunk[: self._bytes_left]
                self._bytes_left -= len(chunk)
            writer.write(chunk)
            await writer.drain()
            if self._bytes_left == 0:
                self._bytes_left = None
                self._then()
                self.broke.set()
                return

    async def _to_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await self._next(reader):
            if self._swallow:
                self._swallow = False
                self.broke.set()
                return
            writer.write(chunk)
            await writer.drain()

    async def _next(self, reader: asyncio.StreamReader) -> bytes:
        chunk = await reader.read(65536)
        if self._delay_seconds:
            await asyncio.sleep(self._delay_seconds)
        await self._passes.wait()
        return chunk
