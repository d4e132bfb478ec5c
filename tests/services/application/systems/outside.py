"""A department's own system outside of a running platform."""

from __future__ import annotations

import asyncio

import httpx

from services.application.systems.conformance.running import Verdict, run
from shared.security.actor import Role
from tests.services.application.systems.connecting import FORM
from tests.system.platform import Platform


class Connection:
    """A platform, and a system of a department that is connected to it."""

    def __init__(self, running: Platform, client_id: str, secret: str) -> None:
        self.running, self.client_id, self.secret = running, client_id, secret
        self.url = f"http://127.0.0.1:{running.port}"

    async def verdicts(self, url: str = "", *, sample: bool = True, **changed: str) -> dict[str, Verdict]:
        """What became of each case."""

        def tried() -> dict[str, Verdict]:
            asked = {"client_id": self.client_id, "secret": self.secret} | changed
            return {each.name: each for each in run(url or self.url, **asked, sample=sample)}

        return await asyncio.to_thread(tried)


async def connect(running: Platform, department: str) -> Connection:
    """A new system of a department."""
    head = running.headers(Role.DEPARTMENT_HEAD, department=department)
    bureau = running.headers(Role.DATA_BUREAU, department="szj")
    base = f"http://127.0.0.1:{running.port}/api/application/systems"
    async with httpx.AsyncClient(timeout=30) as client:
        made = (await client.post(base, json=FORM, headers=head)).json()["id"]
        assert (await client.post(f"{base}/{made}/approve", headers=bureau)).status_code == 200
        secret = (await client.post(f"{base}/{made}/secrets", json={}, headers=head)).json()["secret"]
    return Connection(running, made, secret)
