"""SIGKILL of the platform while it offers grants from one long list: nobody is offered twice, nobody is forgotten."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, LiteralString

import httpx
import psutil
import pytest

from tests.services.application.city import City, enterprise
from tests.system.faults.conftest import SECONDS
from tests.system.faults.outside import Outside
from tests.system.faults.site import within
from tests.system.platform import platform

LISTED = int(os.environ.get("CHENGCE_FAULT_LISTED", "2000"))  # enterprises on the list
PATIENCE = 300 + LISTED / 20
BATCH = 1000
AMOUNT = 50_000
OFFERED = "SELECT count(*), count(DISTINCT originator_id) FROM stored_events WHERE topic = 'application.grant-offered'"
TOLD = (
    "SELECT count(*), count(DISTINCT convert_from(state, 'UTF8')::jsonb -> 'data' ->> 'about') FROM stored_events"
    " WHERE topic = 'notify.message-written' AND convert_from(state, 'UTF8') LIKE '%grant-offered%'"
)

pytestmark = [pytest.mark.system, pytest.mark.timeout(SECONDS + 3 * PATIENCE)]


class Desk:
    """A department with a long list."""

    def __init__(self, outside: Outside) -> None:
        self.outside = outside
        self.city = City(outside)
        self.seconds: dict[str, float] = {}
        self.largest: dict[str, int] = {}

    async def knows(self) -> None:
        """All enterprises are registered."""
        for start in range(1, LISTED + 1, BATCH):
            await self.city.register(*range(start, min(start + BATCH, LISTED + 1)))

    async def hands_in(self, code: str) -> str:
        """The list as one file, handed in and taken."""
        await self.city.publish(code)
        key = await self.city.open_list(code)
        lines = [f"{enterprise(n)},样例{n}号（样例）,{AMOUNT}" for n in range(1, LISTED + 1)]
        file = "统一社会信用代码,企业名称,金额（元）\n" + "\n".join(lines)
        headers = self.city.maker | self.city.after | {"Content-Type": "text/csv"}
        began = time.monotonic()
        sent = await self.outside.client.post(
            f"/api/application/grant-lists/{key}/rows/file", content=file.encode(), headers=headers, timeout=PATIENCE
        )
        self.took("file", began)
        answer = sent.json()
        assert (answer.get("loaded"), answer.get("refused")) == (LISTED, []), sent.text[:500]
        await self.city.does(self.city.maker, f"grant-lists/{key}/submit")
        await self.city.does(self.city.bureau, f"grant-lists/{key}/accept")
        return key

    async def have(self, question: LiteralString, service: str, number: int) -> None:
        """Waits until a count has got so far."""

        async def found() -> bool | None:
            self._look()
            ((count, _),) = await self.outside.ask(service, question)
            return count >= number or None

        await within(PATIENCE, f"{number} in {service}", found)

    def took(self, what: str, began: float) -> None:
        self.seconds[what] = time.monotonic() - began

    def _look(self) -> None:
        """Resident bytes of the platform's processes, at their most."""
        platform = psutil.Process(self.outside.platform.pid)
        for process in (platform, *platform.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):  # PostgreSQL's come and go
                name = process.name()
                self.largest[name] = max(self.largest.get(name, 0), process.memory_info().rss)


async def test_everybody_on_a_long_list_is_offered_once_though_the_platform_is_killed(
    tmp_path: Path, record_property: Any
) -> None:
    async with (
        platform(tmp_path / "data", "--at", "2026-03-02T09:00:00") as running,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.port}", timeout=60, trust_env=False) as client,
    ):
        desk = Desk(Outside(running, client))
        await desk.knows()
        key = await desk.hands_in("gxj-long")
        began = time.monotonic()
        await desk.have(OFFERED, "application", LISTED // 3)
        await running.kill()
        await running.start()
        await desk.have(OFFERED, "application", LISTED)
        desk.took("offered, killed once", began)
        await desk.city.until(key, "offered")
        await desk.have(TOLD, "notify", LISTED)
        desk.took("told", began)
        assert await desk.outside.ask("application", OFFERED) == [(LISTED, LISTED)]
        assert await desk.outside.ask("notify", TOLD) == [(LISTED, LISTED)]
        shown = await desk.city.sees(desk.city.bureau, f"grant-lists/{key}")
        assert shown["figures"] == {"rows": {"offered": LISTED}, "fen": {"offered": LISTED * AMOUNT * 100}}
        record_property("seconds", desk.seconds)
        record_property("largest", desk.largest)
        print(desk.seconds, {name: f"{most / 2**20:.0f} MB" for name, most in desk.largest.items()})  # noqa: T201
