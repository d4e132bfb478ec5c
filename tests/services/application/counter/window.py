"""The counter of the tests: its hall, its clerks, and what they do there."""

from __future__ import annotations

import asyncio
import io
from typing import Any
from urllib.parse import quote

from PIL import Image

from shared.security.actor import Role
from tests.services.application.city import PATIENCE, City, enterprise
from tests.services.application.counter.people import HALL, ONE
from tests.support.running import Running

SERVICES = ("registry", "policy", "application", "hotline", "notify")
USCC, OTHER = enterprise(1), enterprise(2)
VISITOR = {"name": "样例办理人", "phone": "199 0000 0001", "enterprise": USCC, "capacity": "employee"}


class Counter(City):
    """The city, its hall, and the clerks there."""

    def __init__(self, running: Running) -> None:
        super().__init__(running)
        self.clerk, self.other = (
            running.sign_in(Role.COUNTER_CLERK, department="szj", subject=f"clerk-{n}") for n in (1, 2)
        )
        self.own = self.of(USCC)

    async def opened(self, hall: str) -> None:
        answer = await self.running.client.put(f"/api/application/halls/{hall}", json=HALL, headers=self.bureau)
        assert answer.status_code == 200, answer.text

    async def served(self, hall: str, counter: str = ONE, service: str = "application") -> str:
        """A visit that has begun."""
        number = (await self.does(self.clerk, f"halls/{hall}/numbers", {"service": service}, 201))["number"]
        assert (await self.does(self.clerk, f"halls/{hall}/call", {"counter": counter}))["number"] == number
        return str((await self.does(self.clerk, f"halls/{hall}/numbers/{number}/serve"))["visit"])

    async def uploads(self, who: dict[str, str], content: bytes, visit: str | None = None, name: str = "页.jpg") -> Any:
        headers = who | {"Chengce-File-Name": quote(name)}
        params = {"visit": visit} if visit else {}
        post = self.running.client.post
        return await post("/api/application/attachments", content=content, headers=headers, params=params)

    async def scanned(self, visit: str, pages: int = 2, name: str = "扫描件.pdf") -> str:
        """Pages uploaded one by one and joined; the attachment's number."""
        keys = [(await self.uploads(self.clerk, jpeg(n), visit)).json()["id"] for n in range(pages)]
        body = {"name": name, "pages": keys}
        return str((await self.does(self.clerk, f"attachments/join?visit={visit}", body, 201))["id"])

    async def agreed(self, visit: str, *scope: str) -> None:
        await self.does(self.clerk, f"visits/{visit}/visitor", VISITOR)
        paper = await self.scanned(visit, name="同意书（样例）")
        said = {"scope": scope or ["apply", "prefill"], "how": "paper", "text_version": 1, "attachment": paper}
        await self.does(self.clerk, f"visits/{visit}/consent", said)

    async def hotline(self, method: str, path: str, who: dict[str, str], body: Any = None) -> Any:
        return await self.running.client.request(method, f"/api/hotline/{path}", json=body, headers=who)

    async def until_closed(self, hall: str, day: str) -> Any:
        """The figures of a day that is over."""
        async with asyncio.timeout(PATIENCE):
            while True:
                figures = await self.sees(self.clerk, f"halls/{hall}/figures", day=day)
                if figures["closed"]:
                    return figures
                await asyncio.sleep(0.05)

    async def until_found(self, path: str, who: dict[str, str]) -> Any:
        """What hotline answers once it has heard."""
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = await self.hotline("GET", path, who)
                if answer.status_code != 404:
                    return answer
                await asyncio.sleep(0.05)


def jpeg(shade: int) -> bytes:
    made = io.BytesIO()
    Image.new("L", (248, 351), 100 + shade).save(made, "JPEG")
    return made.getvalue()
