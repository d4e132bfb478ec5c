"""The platform as a user starts it: `chengce up` in a process of its own, on a data directory."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from nats.js.errors import NotFoundError

from shared.calendar import ClockFace
from shared.cli.loading import sign_in
from shared.cli.split import PROCESSES
from shared.embedded.address import port_of, reserved_port
from shared.messaging.bus import connect
from shared.messaging.hearing import heard_on_stream
from shared.readmodels.happened import Happened
from shared.security.actor import Actor, Role
from shared.security.tokens import issue

READY = "平台已就绪"
START_SECONDS = 300
AGAIN_SECONDS = 90


class Platform:
    """One running platform; `data` outlives it."""

    def __init__(self, data: Path, *arguments: str, **environment: str) -> None:
        self.data = data
        self._holder = reserved_port()
        self.port = port_of(self._holder)
        self.arguments = arguments
        self.environment = environment
        self.output: list[str] = []
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    async def start(self) -> None:
        """Starts it and waits until it says that it is ready."""
        self._ready.clear()
        began = len(self.output)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("CHENGCE_")} | {
            "CHENGCE_PORT": str(self.port),
            "CHENGCE_DATA_DIR": str(self.data),
            "CHENGCE_SMS_RECEIPT_TOKEN": "receipts",
            **self.environment,
        }
        # Later starts go on with the clock of the data directory.
        fresh = [] if (self.data / "clock.json").exists() else list(self.arguments)
        kept = _layout(self.arguments) if not fresh else []
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "shared.cli", "up", "--no-samples", *fresh, *kept,
            env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self._reader = asyncio.create_task(self._read())
        with suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                await self._ready.wait()
        said = self.output[began:]
        assert any(READY in line for line in said), "the platform did not get ready:\n" + "".join(said[:200])

    async def _read(self) -> None:
        assert self._process is not None and self._process.stdout is not None
        async for line in self._process.stdout:
            self.output.append(line.decode())
            if READY in self.output[-1]:
                self._ready.set()
        self._ready.set()  # it has ended: nobody waits for it any more

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    def child(self, service: str) -> int:
        """The process of one service in the split layout, the first of several."""
        found = self.children(service)
        assert found, f"no process of {service}"
        return found[0]

    def children(self, service: str) -> list[int]:
        """The living processes of one service in the split layout; the one that the portal asks comes first."""
        return [each["pid"] for each in self._processes() if each["service"] == service and _lives(each["pid"])]

    def port_of(self, pid: int) -> int:
        """Where the door of one service's process is."""
        return next(int(each["port"]) for each in self._processes() if each["pid"] == pid)

    def _processes(self) -> list[dict[str, Any]]:
        known: list[dict[str, Any]] = json.loads((self.data / PROCESSES).read_text())
        return known

    async def kill(self) -> None:
        """SIGKILL, as the machine would."""
        os.kill(self.pid, signal.SIGKILL)
        await self._ended()

    async def stop(self) -> int:
        """Ctrl-C; the exit code."""
        os.kill(self.pid, signal.SIGINT)
        return await self._ended()

    async def end(self) -> None:
        """Stops it if it runs; its port is free then."""
        if self.runs:
            await self.stop()
        self._holder.close()

    async def _ended(self) -> int:
        assert self._process is not None and self._reader is not None
        async with asyncio.timeout(90):
            code = await self._process.wait()
        self._reader.cancel()
        return code

    def now(self) -> datetime:
        """The platform's time."""
        return ClockFace.from_json((self.data / "clock.json").read_text()).reads(datetime.now(UTC))

    def secret(self) -> str:
        return (self.data / "secret").read_text().strip()

    def nats_url(self) -> str:
        return str(json.loads((self.data / "addresses.json").read_text())["nats_url"])

    def headers(
        self, *roles: Role, department: str | None = None, enterprise: str | None = None, subject: str = ""
    ) -> dict[str, str]:
        """Headers of somebody with these roles."""
        name = subject or f"test-{department or enterprise or 'somebody'}"
        actor = Actor(subject=name, roles=roles, department=department, enterprise=enterprise)
        token = issue(actor, self.secret(), datetime(2000, 1, 1, tzinfo=UTC), timedelta(days=36_500))
        return {"Authorization": f"Bearer {token}"}

    def command_line_headers(self) -> dict[str, str]:
        """Headers of the command line."""
        return {"Authorization": f"Bearer {sign_in(self.secret())}"}

    async def chengce(self, *arguments: str) -> tuple[int, str]:
        """A `chengce` command on this platform: exit code and output."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "shared.cli", *arguments,
            env={k: v for k, v in os.environ.items() if not k.startswith("CHENGCE_")}
            | {"CHENGCE_PORT": str(self.port), "CHENGCE_DATA_DIR": str(self.data), "COLUMNS": "200"},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output, _ = await process.communicate()
        return process.returncode or 0, output.decode()


def _layout(arguments: Sequence[str]) -> list[str]:
    """Of the arguments of `up`, those that say which processes there are."""
    kept = ["--split"] if "--split" in arguments else []
    if "--replicas" in arguments:
        kept += ["--replicas", arguments[arguments.index("--replicas") + 1]]
    return kept


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@asynccontextmanager
async def platform(data: Path, *arguments: str, **environment: str) -> AsyncIterator[Platform]:
    """A platform at work; killed at the end if the test did not stop it."""
    running = Platform(data, *arguments, **environment)
    try:
        await running.start()
        yield running
    finally:
        await running.end()


class Desk:
    """An HTTP client that behaves as a careful user: sees what was just done, and asks again when a service restarts.

    Writes carry an idempotency key, so that asking again does nothing twice.
    """

    def __init__(self, base: str) -> None:
        self._client = httpx.AsyncClient(base_url=base, timeout=30)
        self._seen: dict[str, int] = {}
        self._keys = 0
        self._run = os.urandom(6).hex()

    async def __aenter__(self) -> Desk:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    def saw(self, service: str, position: int) -> None:
        """What was heard elsewhere is waited for as well."""
        self._seen[service] = max(position, self._seen.get(service, 0))

    async def post(self, path: str, body: Any, headers: dict[str, str], **params: str) -> httpx.Response:
        """A write."""
        self._keys += 1
        headers = {"Idempotency-Key": f"{self._run}-{self._keys}"} | headers
        answer = await self._ask("POST", path, headers=headers, json=body, params=params)
        service, _, position = answer.headers.get("Chengce-Position", "").partition(":")
        if service:
            self.saw(service, int(position))
        return answer

    async def get(self, path: str, headers: dict[str, str] | None = None, **params: str) -> Any:
        """A read of what has been written so far."""
        wait = ",".join(f"{service}:{position}" for service, position in self._seen.items())
        answer = await self._ask("GET", path, headers={"Chengce-Wait-For": wait} | (headers or {}), params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def _ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        deadline = asyncio.get_running_loop().time() + AGAIN_SECONDS
        while True:
            try:
                answer = await self._client.request(method, path, **request)
                if answer.status_code != 503:
                    return answer
            except httpx.TransportError as error:
                if asyncio.get_running_loop().time() > deadline:
                    raise AssertionError(f"{path}: {error!r}") from error
            if asyncio.get_running_loop().time() > deadline:
                return answer
            await asyncio.sleep(0.2)  # what Retry-After asks of a client


class Listener:
    """Another government system on the bus: hears everything that is published, from the beginning."""

    def __init__(self) -> None:
        self.heard: list[Happened] = []
        self._news = asyncio.Condition()
        self._tasks: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def listening(self, url: str, *services: str) -> AsyncIterator[Listener]:
        connection = await connect(url, "listener")
        self._tasks = [asyncio.create_task(self._follow(connection, service)) for service in services]
        try:
            yield self
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await connection.close()

    async def _follow(self, connection: Any, service: str) -> None:
        subscription = await self._subscribed(connection, service)
        async for message in subscription.messages:
            happened = heard_on_stream(message)
            assert isinstance(happened, Happened), happened
            async with self._news:
                self.heard.append(happened)
                self._news.notify_all()

    async def _subscribed(self, connection: Any, service: str) -> Any:
        """Once there is a stream: one that was lost is declared by its relay at the next look."""
        while True:
            try:
                return await connection.jetstream().subscribe(f"chengce.{service}.>", ordered_consumer=True)
            except NotFoundError:
                await asyncio.sleep(0.2)  # between looks

    def position(self, service: str) -> int:
        """The last position heard of a service."""
        return max((h.position for h in self.heard if h.source == service), default=0)

    def of(self, type_: str, **fields: Any) -> list[Any]:
        """The events of a type with these field values."""
        events = [h.event for h in self.heard if h.type == type_]
        return [e for e in events if all(getattr(e, name) == value for name, value in fields.items())]

    async def hear(self, type_: str, seconds: float = 180, **fields: Any) -> Any:
        """Waits for an event of a type with these field values."""
        try:
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(lambda: self.of(type_, **fields))
        except TimeoutError:
            raise AssertionError(f"never heard {type_} {fields}; heard {[h.type for h in self.heard]}") from None
        return self.of(type_, **fields)[0]
