"""Hotline at work on the Thursday before the Mid-Autumn holiday of 2026."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx
import pytest

from shared.security.actor import Role
from tests.services.hotline.tickets import shanghai
from tests.support.running import Running, running_services

NOW = shanghai("2026-09-24T16:00")
_numbers = count(1)


@pytest.fixture(scope="package")
async def hotline(database_url: str) -> AsyncIterator[Running]:
    clock = {"clock_at": NOW, "clock_origin": datetime.now(UTC)}
    async with running_services("hotline", database_url=database_url, **clock) as running:
        yield running


class Desk:
    """Somebody signed in at hotline's doors; reads wait for what was written last."""

    def __init__(self, running: Running, *roles: Role, **who: str) -> None:
        self.running = running
        self.headers = running.sign_in(*roles, **who)

    async def post(self, path: str, body: Any, **more: Any) -> httpx.Response:
        headers = self.headers | more.pop("headers", {})
        return await self.running.client.post(f"/api/hotline/{path}", json=body, headers=headers, **more)

    async def get(self, path: str, after: httpx.Response | None = None, **query: Any) -> httpx.Response:
        wait = {"Chengce-Wait-For": after.headers["Chengce-Position"]} if after is not None else {}
        return await self.running.client.get(f"/api/hotline/{path}", params=query, headers=self.headers | wait)

    async def ask(self, method: str, path: str, body: Any) -> httpx.Response:
        """Another method with a body."""
        return await self.running.client.request(method, f"/api/hotline/{path}", json=body, headers=self.headers)

    async def does(self, path: str, body: Any = None, status: int = 200) -> dict[str, Any]:
        """What is answered; the status as expected."""
        answer = await self.post(path, body)
        assert answer.status_code == status, answer.text
        return dict(answer.json())

    async def sees(self, path: str, **query: Any) -> Any:
        """What is read, after everything that was written so far."""
        end = await self.running.end_of_log("hotline")
        headers = self.headers | {"Chengce-Wait-For": f"hotline:{end}"}
        answer = await self.running.client.get(f"/api/hotline/{path}", params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def take_in(self, **changes: Any) -> tuple[str, httpx.Response]:
        """A new ticket; its key and the answer."""
        answer = await self.post("tickets", form(**changes))
        assert answer.status_code == 201, answer.text
        return answer.json()["id"], answer


def form(**changes: Any) -> dict[str, Any]:
    """A ticket's form with a number of its own."""
    return {
        "number": f"JY-{next(_numbers)}",
        "channel": "电话",
        "nature": "consultation",
        "title": "咨询技改奖励（样例）",
        "content": "企业询问设备投入奖励的申报时间。",
        "received_at": "2026-09-24T15:00:00+08:00",
    } | changes


@pytest.fixture
def agent(hotline: Running) -> Desk:
    return Desk(hotline, Role.HOTLINE_AGENT)


@pytest.fixture
def officer(hotline: Running) -> Desk:
    return Desk(hotline, Role.OFFICER, department="gxj")


@pytest.fixture
def stranger(hotline: Running) -> Desk:
    return Desk(hotline, Role.OFFICER, department="kjj")


@pytest.fixture
def head(hotline: Running) -> Desk:
    return Desk(hotline, Role.DEPARTMENT_HEAD, department="gxj", subject="head")


@pytest.fixture
def bureau(hotline: Running) -> Desk:
    return Desk(hotline, Role.DATA_BUREAU, department="szj")


@pytest.fixture
def enterprise(hotline: Running) -> Desk:
    return Desk(hotline, Role.APPLICANT, enterprise="91320281000000019H", subject="enterprise-user")


@pytest.fixture
def person(hotline: Running) -> Desk:
    return Desk(hotline, Role.APPLICANT, subject="somebody-else")


@pytest.fixture
async def hotline_fast(database_url: str) -> AsyncIterator[Desk]:
    """A hotline of its own whose ten minutes are over in a second."""
    clock = {"clock_at": NOW, "clock_origin": datetime.now(UTC), "clock_speed": 600}
    async with running_services("hotline", database_url=database_url, **clock) as running:
        yield Desk(running, Role.HOTLINE_AGENT)
