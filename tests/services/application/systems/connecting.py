"""A department's own system in the tests: connected through the doors, then asking by itself."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx

from tests.services.application.city import City

FORM = {"name": "项目管理系统（样例）", "office": "信息科（样例）", "phone": "0510-80000000"}


class SystemAtWork:
    """Who has a client id and a secret."""

    def __init__(self, city: City, client: str, secret: str) -> None:
        self.city, self.client, self.secret = city, client, secret
        self.headers: dict[str, str] = {}

    async def token(self, **form: Any) -> httpx.Response:
        """What it is answered when it signs in, with the header (RFC 6749, 2.3.1)."""
        return await self.city.running.client.post(
            "/api/application/system/token",
            data={"grant_type": "client_credentials"} | form,
            auth=(self.client, self.secret),
        )

    async def sign_in(self) -> SystemAtWork:
        answer = await self.token()
        assert answer.status_code == 200, answer.text
        self.headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        return self

    async def asks(self, path: str, **params: Any) -> httpx.Response:
        """A read of all that was done in application."""
        end = await self.city.running.end_of_log("application")
        headers = self.headers | {"Chengce-Wait-For": f"application:{end}"}
        return await self.city.running.client.get(f"/api/application/system/{path}", params=params, headers=headers)

    async def sees(self, path: str, **params: Any) -> Any:
        answer = await self.asks(path, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def does(self, number: str, path: str, body: Any, status: int = 200, key: str = "") -> Any:
        """A write on one application."""
        answer = await self.city.running.client.post(
            f"/api/application/system/applications/{number}/{path}",
            json=body,
            headers=self.headers | {"Idempotency-Key": key or uuid4().hex},
        )
        assert answer.status_code == status, answer.text
        return answer.json()


async def requested(city: City, who: dict[str, str] | None = None, **more: Any) -> str:
    """A system that waits for the data bureau."""
    return str((await city.does(who or city.head, "systems", FORM | more, 201))["id"])


async def connected(city: City, who: dict[str, str] | None = None, **more: Any) -> SystemAtWork:
    """A system that is signed in."""
    client = await requested(city, who, **more)
    await city.does(city.bureau, f"systems/{client}/approve")
    secret = (await city.does(who or city.head, f"systems/{client}/secrets", {}))["secret"]
    return await SystemAtWork(city, client, secret).sign_in()
