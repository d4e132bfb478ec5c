"""A platform with a little record in it, and somebody at its command line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import nats
import pytest

from shared.cli.loading import read_rows
from shared.contracts.base import SERVICES, stream_of
from shared.database.sessions import create_database
from shared.runtime.settings import Settings
from shared.runtime.tables import create_tables
from shared.security.actor import Role
from tests.support.commands import Operator
from tests.support.running import Running, services_with, settings_for_tests
from tests.support.servers import nats_server

CODES = "/api/registry/codes/divisions/batch?edition=tests"


@pytest.fixture(scope="module")
async def recorded(database_url: str) -> AsyncIterator[Settings]:
    """The servers of a platform whose services have stopped, after they published what there is.

    In registry's record: three departments, then two imports of a code list; in policy's, between these: a document.
    Nothing is sealed.
    """
    with nats_server() as nats_url:
        settings = settings_for_tests(database_url, nats_url, seal_seconds=3600)
        for name in SERVICES:
            url = settings.database_of(name)
            create_database(settings.maintenance_database(), url)
            create_tables(url)
        async with services_with(("registry", "policy"), settings) as running:
            await _record(running)
            await _published(nats_url, "registry", 3)
            await _published(nats_url, "policy", 1)
        yield settings


async def _record(running: Running) -> None:
    bureau = running.sign_in(Role.DATA_BUREAU)

    async def post(path: str, form: Any) -> None:
        answer = await running.client.post(path, json=form, headers=bureau)
        assert answer.is_success, answer.text

    for row in read_rows(Path("samples/departments.json"))[:3]:
        await post("/api/registry/departments", {k: row[k] for k in ("code", "name", "short_name")})
    await post(CODES, {"rows": [{"code": "320281", "name": "甲市"}]})
    document = read_rows(Path("samples/documents.json"))[0]
    await post("/api/policy/documents", {k: v for k, v in document.items() if k != "sample"})
    await post(CODES, {"rows": [{"code": "320281", "name": "乙市"}, {"code": "320282", "name": "丙市"}]})


async def _published(nats_url: str, service: str, events: int) -> None:
    """Waits until a service has published so many."""
    bus = await nats.connect(nats_url)
    subscription = await bus.jetstream().subscribe(
        f"chengce.{service}.>", stream=stream_of(service), ordered_consumer=True
    )
    for _ in range(events):
        await subscription.next_msg(timeout=10)
    await bus.close()


@pytest.fixture
def chengce(recorded: Settings) -> Operator:
    return Operator(recorded)
