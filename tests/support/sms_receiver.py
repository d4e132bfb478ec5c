"""An SMS provider for tests: a real HTTP server that keeps what it receives, and fails when it is told to.

async with sms_receiver() as sms:
    settings: sms_url=sms.url, sms_token=sms.token
    sms.fail(3)                       # the next three requests answer 503
    sms.refuse(only="19900000001")    # texts to this number are refused for good
    sms.say(b"<html>")                # every answer has this body
    sms.hold()                        # requests are recorded but get no answer until release()
    await sms.received(2)             # until two texts were taken over
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

WITHIN = 120.0  # seconds; no test waits this long unless it fails


@dataclass(frozen=True)
class Received:
    """One request, whatever it was answered with."""

    message_id: str
    phone: str
    text: str
    headers: dict[str, str]
    status: int


@dataclass
class SmsReceiver:
    """`requests` are all that came, `texts` those taken over, by message id: the same id again is the same text."""

    url: str
    token: str = "sms-token-for-tests"
    requests: list[Received] = field(default_factory=list)
    texts: dict[str, Received] = field(default_factory=dict)
    _failing: int = 0
    _failing_with: int = 503
    _saying: bytes | None = None
    _refused: Callable[[str], bool] = lambda _phone: False
    _answering: asyncio.Event = field(default_factory=asyncio.Event)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def __post_init__(self) -> None:
        self._answering.set()

    def fail(self, times: int, status: int = 503) -> None:
        """The next `times` requests answer with this status."""
        self._failing, self._failing_with = times, status

    def refuse(self, only: str | None = None) -> None:
        """Texts to this number, or to all, are refused for good."""
        self._refused = lambda phone: only in (None, phone)

    def say(self, body: bytes) -> None:
        """Texts are taken over, but the answers have this body."""
        self._saying = body

    def hold(self) -> None:
        """From now on requests are recorded and taken, but not answered."""
        self._answering.clear()

    def release(self) -> None:
        """Answers those held, and the following at once."""
        self._answering.set()

    async def received(self, texts: int) -> list[Received]:
        """Waits until so many texts were taken over."""
        await self._until(lambda: len(self.texts) >= texts)
        return list(self.texts.values())

    async def asked(self, requests: int) -> list[Received]:
        """Waits until so many requests came."""
        await self._until(lambda: len(self.requests) >= requests)
        return list(self.requests)

    async def _until(self, reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN), self._changed:
            await self._changed.wait_for(reached)

    async def take(self, request: Request) -> Response:
        """The provider's door."""
        content = await request.json()
        received = self._recorded(content, dict(request.headers))
        self.requests.append(received)
        if received.status == 200:
            self.texts.setdefault(received.message_id, received)
        async with self._changed:
            self._changed.notify_all()
        await self._answering.wait()
        if self._saying is not None:
            return Response(self._saying, received.status)
        answer = {"id": f"sms-{received.message_id}"} if received.status == 200 else {"error": "told to fail"}
        return JSONResponse(answer, received.status)

    def _recorded(self, content: dict[str, Any], headers: dict[str, str]) -> Received:
        status = 200
        if headers.get("authorization") != f"Bearer {self.token}":
            status = 401
        elif self._failing:
            self._failing -= 1
            status = self._failing_with
        elif self._refused(content["phone"]):
            status = 400
        return Received(**content, headers=headers, status=status)


@asynccontextmanager
async def sms_receiver() -> AsyncIterator[SmsReceiver]:
    """A provider on a port of its own."""
    with listening() as listener:
        receiver = SmsReceiver(url=f"{url_of(listener)}/messages")
        app = Starlette(routes=[Route("/messages", receiver.take, methods=["POST"])])
        async with serving(app, listener):
            try:
                yield receiver
            finally:
                receiver.release()


@contextmanager
def listening() -> Iterator[socket.socket]:
    """A port that is ours before anybody serves on it: who connects early waits."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def url_of(listener: socket.socket) -> str:
    """The address of a port."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # signals are the test run's


@asynccontextmanager
async def serving(app: Any, listener: socket.socket) -> AsyncIterator[None]:
    """An ASGI application on a port, without its lifespan."""
    server = _Server(uvicorn.Config(app, lifespan="off", log_config=None, timeout_graceful_shutdown=2))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await task
