"""Registry at work with a record of departments, for tests of what operators do with read models."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from sqlalchemy import text

from shared.http.app import platform_app
from shared.readmodels.model import ReadModel
from shared.readmodels.projections import Build, Projections
from shared.runtime.assembly import assembled
from shared.runtime.host import all_read_models, installed_services
from shared.runtime.service import Runtime, Service
from shared.runtime.settings import Settings
from shared.security.actor import Role
from tests.support.running import Running, running_services

WITHIN = 120.0


class City:
    """Registry (its directory) at work; `beside` is the operator's own runtime, without duties."""

    def __init__(self, running: Running, beside: Runtime) -> None:
        self.running = running
        self.beside = beside
        self.made = 0

    @property
    def service(self) -> Service:
        return self.beside.service

    @property
    def directory(self) -> ReadModel:
        return next(model for model in all_read_models(self.service) if model.name == "directory")

    @property
    def projections(self) -> Projections:
        return Projections(self.beside.database)

    async def register(self, departments: int = 1) -> str:
        """Registers departments through the door; answers with the position of the last one, to wait for."""
        headers = self.running.sign_in(Role.DATA_BUREAU)
        answers = await asyncio.gather(
            *(
                self.running.client.post("/api/registry/departments", json=self._form(), headers=headers)
                for _ in range(departments)
            )
        )
        assert all(answer.status_code == 201 for answer in answers), [a.text for a in answers if a.status_code != 201]
        return max((a.headers["Chengce-Position"] for a in answers), key=lambda said: int(said.split(":")[1]))

    def _form(self) -> dict[str, str]:
        self.made += 1
        return {"code": f"d{self.made:06d}", "name": f"第{self.made}号部门", "short_name": f"第{self.made}号"}

    async def shown(self, wait_for: str | None = None) -> set[str]:
        """The departments that a reader sees, who waits for a position if one is given."""
        answer = await self.read(wait_for)
        assert answer.status_code == 200, answer.text
        return {each["code"] for each in answer.json()}

    async def read(self, wait_for: str | None = None) -> httpx.Response:
        headers = {"Chengce-Wait-For": wait_for} if wait_for else {}
        return await self.running.client.get("/api/registry/departments", headers=headers)

    async def live(self) -> Build:
        live = await self.projections.live(self.directory)
        assert live is not None
        return live

    async def execute(self, statement: str) -> None:
        """Something that nobody should do by hand."""
        async with self.beside.database.transaction() as session:
            await session.execute(text(statement))

    async def operations(self) -> list[Any]:
        async with self.beside.database.transaction() as session:
            rows = await session.execute(
                text("SELECT what, who, why, outcome, arguments, details FROM platform.operations"
                     " WHERE what LIKE 'projection %' ORDER BY id")
            )  # fmt: skip
            return list(rows)


@asynccontextmanager
async def city(database_url: str, *more: str) -> AsyncIterator[City]:
    """Registry at work, with further services if named."""
    registry = installed_services("registry")["registry"]
    async with (
        running_services("registry", *more, database_url=database_url) as running,
        assembled(registry, running.settings) as beside,
    ):
        yield City(running, beside)


@asynccontextmanager
async def door_of(service: Service, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The door of one more replica, of this or another release."""
    app = platform_app({service.name: service}, settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client
