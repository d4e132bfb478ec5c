"""The platform as the city's people ask it: over HTTP, from outside."""

from __future__ import annotations

import json
from typing import Any, LiteralString

import httpx
import psycopg

from shared.security.actor import Role
from tests.system.platform import Platform


class Outside:
    """The platform as City asks it: its doors over HTTP, and its log where that is kept."""

    def __init__(self, platform: Platform, client: httpx.AsyncClient) -> None:
        self.platform = platform
        self.client = client

    def sign_in(
        self, *roles: Role, department: str | None = None, enterprise: str | None = None, subject: str = ""
    ) -> dict[str, str]:
        """As `Running.sign_in`."""
        return self.platform.headers(*roles, department=department, enterprise=enterprise, subject=subject)

    async def end_of_log(self, service: str) -> int:
        """As `Running.end_of_log`."""
        ((end,),) = await self.ask(service, "SELECT coalesce(max(notification_id), 0) FROM stored_events")
        return int(end)

    async def ask(self, service: str, question: LiteralString) -> list[Any]:
        """What stands in a service's database."""
        url = json.loads((self.platform.data / "addresses.json").read_text())["database_url"]
        async with await psycopg.AsyncConnection.connect(url, dbname=f"chengce_{service}") as connection:
            return await (await connection.execute(question)).fetchall()
