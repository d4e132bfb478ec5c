"""Commands that keep coming, and what the platform made of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx

from shared.security.actor import Role
from tests.system.platform import Listener, Platform

WRITERS = 4
TICKET = {
    "source": "12345", "channel": "电话", "nature": "consultation", "title": "咨询（样例）", "content": "样例诉求。",
    "received_at": "2026-03-02T09:30:00+08:00", "caller": {"name": "样例来电人", "phone": "19900000002"},
}  # fmt: skip


class Writing:
    """Agents who register tickets all the time: when each was asked for, and when it was acknowledged."""

    def __init__(self, running: Platform) -> None:
        self._base = f"http://127.0.0.1:{running.port}"
        self._headers = running.headers(Role.HOTLINE_AGENT)
        self.asked: dict[str, datetime] = {}
        self.acknowledged: dict[str, datetime] = {}
        self._more = asyncio.Condition()

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """An answer other than "created" acknowledges nothing, and the agent goes on to the next ticket."""
        writers = [asyncio.create_task(self._write(n)) for n in range(WRITERS)]
        try:
            yield
        finally:
            for writer in writers:
                writer.cancel()
            await asyncio.gather(*writers, return_exceptions=True)

    async def _write(self, writer: int) -> None:
        async with httpx.AsyncClient(base_url=self._base, timeout=30, headers=self._headers) as client:
            for n in range(1_000_000):
                number = f"JY-{writer}-{n:06d}"
                self.asked[number] = datetime.now(UTC)
                try:
                    answer = await client.post("/api/hotline/tickets", json={"number": number, **TICKET})
                except httpx.TransportError:
                    continue
                if answer.status_code != 201:
                    continue
                async with self._more:
                    self.acknowledged[number] = datetime.now(UTC)
                    self._more.notify_all()

    async def more(self, count: int) -> None:
        """Waits until so many more have been acknowledged."""
        wanted = len(self.acknowledged) + count
        async with asyncio.timeout(240), self._more:
            await self._more.wait_for(lambda: len(self.acknowledged) >= wanted)

    def acknowledged_before(self, moment: datetime) -> set[str]:
        return {number for number, at in self.acknowledged.items() if at < moment}

    def asked_before(self, moment: datetime) -> set[str]:
        return {number for number, at in self.asked.items() if at < moment}


async def in_log(running: Platform) -> list[str]:
    """The tickets in the record, oldest first."""
    code, output = await running.chengce(
        "events", "cat", "hotline", "--type", "hotline.ticket-received", "--limit", "1000000", "--json"
    )
    assert code == 0, output
    return [json.loads(line)["data"]["number"] for line in output.splitlines() if line.startswith("{")]


async def in_stream(running: Platform, last: str) -> list[str]:
    """The tickets in the stream up to this one."""
    bus = Listener()
    async with bus.listening(running.nats_url(), "hotline"):
        await bus.hear("hotline.ticket-received", number=last)
        return [event.number for event in bus.of("hotline.ticket-received")]


async def in_read_model(running: Platform, count: int) -> list[str]:
    """The tickets that the hotline lists, once there are so many."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.port}", timeout=30) as client:
        return await _until(count, lambda: _listed(client, running.headers(Role.HOTLINE_AGENT)), len)


async def counted_elsewhere(running: Platform, count: int) -> int:
    """How many tickets another service counted from the stream, once there are so many."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.port}", timeout=30) as client:

        async def counted() -> int:
            answer = await client.get("/api/analytics/departments", headers=running.headers(Role.DATA_BUREAU))
            figures = {each["department"]: each["figures"] for each in answer.json()} if answer.is_success else {}
            return int(figures.get("none", {}).get("tickets_received", 0))

        return await _until(count, counted, int)


async def _until(count: int, look: Any, size: Any) -> Any:
    """Looks until there are so many, or half a minute has passed."""
    deadline = asyncio.get_running_loop().time() + 30
    while True:
        found = await look()
        if size(found) >= count or asyncio.get_running_loop().time() > deadline:
            return found
        await asyncio.sleep(0.2)  # a page that is asked again, as a browser would


async def _listed(client: httpx.AsyncClient, headers: dict[str, str]) -> list[str]:
    numbers: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": "100"} | ({"cursor": cursor} if cursor else {})
        answer = await client.get("/api/hotline/tickets", params=params, headers=headers)
        if not answer.is_success:
            return numbers
        page = answer.json()
        numbers += [ticket["number"] for ticket in page["items"]]
        cursor = page["next"]
        if cursor is None:
            return numbers
