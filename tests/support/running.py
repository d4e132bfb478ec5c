"""A service at work in the test's own process, on the real servers, asked through its HTTP door."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import text

from shared.http.app import platform_app
from shared.runtime.host import installed_services, prepare
from shared.runtime.service import Runtime
from shared.runtime.settings import Settings
from shared.security.actor import Actor, Role
from shared.security.tokens import issue
from shared.telemetry.tracing import set_up_tracing
from tests.support.servers import nats_server

SECRET = "a-secret-for-tests-of-at-least-32-characters"


@dataclass
class Running:
    """Services on one port, as `client` reaches them; `runtimes` by name."""

    client: httpx.AsyncClient
    runtimes: dict[str, Runtime]
    settings: Settings

    def sign_in(
        self, *roles: Role, department: str | None = None, enterprise: str | None = None, subject: str = "test"
    ) -> dict[str, str]:
        """Headers of somebody with these roles."""
        actor = Actor(subject=subject, roles=roles, department=department, enterprise=enterprise)
        token = issue(actor, SECRET, datetime(2000, 1, 1, tzinfo=UTC), timedelta(days=36_500))
        return {"Authorization": f"Bearer {token}"}

    async def end_of_log(self, name: str) -> int:
        """The position of a service's last stored event."""
        async with self.runtimes[name].database.transaction() as session:
            found = await session.execute(text("SELECT coalesce(max(notification_id), 0) FROM stored_events"))
            return int(found.scalar_one())


def settings_for_tests(database_url: str, nats_url: str, **more: Any) -> Settings:
    """Settings with databases and a folder of their own, so that tests do not meet on one server."""
    prefix = f"t{uuid4().hex[:10]}_"
    folder = Path(tempfile.gettempdir()) / f"chengce-test-data-{prefix}"
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    values = {
        "data_dir": folder,
        "secret": SECRET,
        "dev_sign_in": True,
        "database_prefix": prefix,
        "sms_receipt_token": "receipts",
    }
    return Settings(database_url=database_url, nats_url=nats_url, **(values | more))


@asynccontextmanager
async def running_services(*names: str, database_url: str, **more: Any) -> AsyncIterator[Running]:
    """The named services, prepared and at work, in databases and on a NATS server of their own.

    `more` are settings; `clock_at`, `clock_origin` and `clock_speed` set a demonstration clock.
    """
    with nats_server() as nats_url:
        async with services_with(names, settings_for_tests(database_url, nats_url, **more)) as running:
            yield running


@asynccontextmanager
async def services_with(names: Sequence[str], settings: Settings) -> AsyncIterator[Running]:
    """The same with given settings; a second time with the same ones is a second replica, or a restart."""
    set_up_tracing(None)
    chosen = installed_services(*names)
    for service in chosen.values():
        await prepare(service, settings)
    app = platform_app(chosen, settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            runtimes = {runtime.service.name: runtime for runtime in app.state.runtimes}
            yield Running(client, runtimes, settings)
