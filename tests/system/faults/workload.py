"""Clients that go on sending commands through the portal's door, whatever breaks behind it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from uuid import uuid4

import httpx
from stdnum.cn import uscc

from shared.security.actor import Role
from tests.system.faults.book import REFUSED_MARK, Answered, Book, Command, Effect
from tests.system.faults.site import Site

CLIENTS = 4
PAUSE_SECONDS = 0.05  # between two commands of a client: two cores also run what is tested
AGAIN_SECONDS = 0.2
REQUEST_SECONDS = 20.0  # within which every request has some answer
COMMAND_SECONDS = 90.0  # within which every command is acknowledged or refused, through any fault
LIVELY = 12  # acknowledgements that show that the platform works


class Load:
    """The clients of one site while they are at work."""

    def __init__(self, site: Site) -> None:
        self.book: Book = site.book
        self._platform = site.platform
        self._mark = os.urandom(3).hex()
        self._serial = int.from_bytes(os.urandom(2)) * 100
        self._stopping = False
        self._acknowledged = asyncio.Condition()
        self._put_off = asyncio.Condition()
        self.answered_at: list[tuple[float, float]] = []  # when the command was begun, and when acknowledged
        self.seen: dict[str, float] = {}  # seconds that a test wants to be known
        self._roles = {
            "desk": site.platform.headers(Role.HOTLINE_AGENT),
            "bureau": site.platform.headers(Role.DATA_BUREAU),
            "officer": site.platform.headers(Role.OFFICER, department="gxj"),
        }

    async def acknowledges(self, count: int = LIVELY, seconds: float = COMMAND_SECONDS) -> float:
        """Waits until so many commands that begin from now on are acknowledged; how long the first of them took."""
        begun = time.monotonic()

        def later() -> list[float]:
            return [at for start, at in self.answered_at if start >= begun]

        async with asyncio.timeout(seconds), self._acknowledged:
            await self._acknowledged.wait_for(lambda: len(later()) >= count)
        return min(later()) - begun

    async def is_put_off(self, count: int = 3, seconds: float = COMMAND_SECONDS) -> None:
        """Waits until so many requests are answered with 503, as they must be while the record is away."""
        until = self.book.put_off + count
        async with asyncio.timeout(seconds), self._put_off:
            await self._put_off.wait_for(lambda: self.book.put_off >= until)

    def longest_silence(self) -> float:
        """The longest time without an acknowledgement, in seconds."""
        ends = sorted(end for _, end in self.answered_at)
        return max((later - earlier for earlier, later in pairwise(ends)), default=0.0)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[Load]:
        """While the block runs, commands are sent; at its end every one that was begun is brought to its answer."""
        clients = [asyncio.create_task(self._client(n)) for n in range(CLIENTS)]
        try:
            yield self
            self._stopping = True
            await asyncio.gather(*clients)
        finally:
            for each in clients:
                each.cancel()
            await asyncio.gather(*clients, return_exceptions=True)

    async def _client(self, number: int) -> None:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self._platform.port}", timeout=REQUEST_SECONDS, trust_env=False
        ) as http:
            while not self._stopping:
                async with aclosing(self._errands(number)) as errands:
                    command = await anext(errands)
                    with suppress(StopAsyncIteration):
                        while True:
                            answer = await self._bring(http, command)
                            command = await errands.asend(answer)
                            await asyncio.sleep(PAUSE_SECONDS)

    async def _errands(self, number: int) -> AsyncGenerator[Command, dict[str, Any]]:
        """A ticket's life and an enterprise, with what must be refused in between."""
        self._serial += 1
        name = f"{self._mark}-{number}-{self._serial}"
        ticket = _ticket(name, "企业询问设备补助的到账时间。")
        received = yield Command(
            "hotline", "/api/hotline/tickets", ticket, "desk", Effect("hotline", f"ticket-12345-{name}", _RECEIVED)
        )
        key, aggregate = received["id"], f"ticket-{received['id']}"
        yield Command("hotline", "/api/hotline/tickets", _ticket(name, REFUSED_MARK), "desk", None)
        code = _uscc(self._serial * 10 + number)
        enterprise = {"uscc": code, "name": f"江阴样例{name}有限公司", "contact": {"phone": "19900000001"}}
        yield Command(
            "registry", "/api/registry/enterprises", enterprise, "bureau",
            Effect("registry", f"enterprise-{code}", "registry.enterprise-registered"),
        )  # fmt: skip
        wrong = {"uscc": code[:-1] + "I", "name": REFUSED_MARK}
        yield Command("registry", "/api/registry/enterprises", wrong, "bureau", None)
        yield Command(
            "hotline", f"/api/hotline/tickets/{key}/dispatch", {"department": "gxj"}, "desk",
            Effect("hotline", aggregate, "hotline.ticket-dispatched"),
        )  # fmt: skip
        yield Command("hotline", f"/api/hotline/tickets/{key}/answer", {"text": REFUSED_MARK}, "desk", None)
        yield Command(
            "hotline", f"/api/hotline/tickets/{key}/answer", {"text": "补助将在本月底前拨付。"}, "officer",
            Effect("hotline", aggregate, "hotline.ticket-answered"),
        )  # fmt: skip

    async def _bring(self, http: httpx.AsyncClient, command: Command) -> dict[str, Any]:
        """Sends a command under one key until it is acknowledged or refused."""
        headers = {"Idempotency-Key": uuid4().hex} | self._roles[command.role]
        begun = time.monotonic()
        while time.monotonic() - begun < COMMAND_SECONDS:
            answer = await self._ask(http, command, headers)
            if answer is None or answer.status_code == 503:
                async with self._put_off:
                    self.book.put_off += 1
                    self._put_off.notify_all()
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            if answer.status_code < 300 and command.effect:
                body: dict[str, Any] = answer.json()
                seconds = time.monotonic() - begun
                self.book.acknowledged.append(Answered(command, body["position"], body["version"], seconds))
                async with self._acknowledged:
                    self.answered_at.append((begun, time.monotonic()))
                    self._acknowledged.notify_all()
                return body
            if 400 <= answer.status_code < 500 and command.effect is None:
                self.book.refused.append(command)
                return {}
            self.book.wrong.append(f"{command.path}: {answer.status_code} {answer.text[:300]}")
            if answer.status_code < 500:
                raise AssertionError(self.book.wrong[-1])
            await asyncio.sleep(AGAIN_SECONDS)
        raise AssertionError(f"{command.path} was neither acknowledged nor refused within {COMMAND_SECONDS:g} s")

    async def _ask(self, http: httpx.AsyncClient, command: Command, headers: dict[str, str]) -> httpx.Response | None:
        self.book.tries += 1
        try:
            return await http.post(command.path, json=command.body, headers=headers)
        except httpx.TimeoutException as error:
            self.book.unanswered.append(f"{command.path}: {error!r} after {REQUEST_SECONDS:g} s")
        except httpx.TransportError:  # the door itself is down
            return None
        return None


_RECEIVED = "hotline.ticket-received"


def _ticket(number: str, content: str) -> dict[str, Any]:
    return {
        "number": number, "source": "12345", "channel": "电话", "nature": "consultation",
        "title": "咨询补助到账（样例）", "content": content, "received_at": _NOW,
        "caller": {"name": "样例来电人", "phone": "19900000002"},
    }  # fmt: skip


_NOW = datetime.now(UTC).isoformat()


def _uscc(serial: int) -> str:
    base = f"91320281{serial:09d}"
    return base + uscc.calc_check_digit(base)
