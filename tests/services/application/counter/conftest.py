"""A counter at work, for the tests of its doors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from tests.services.application.counter.window import SERVICES, Counter
from tests.services.application.test_api import AT
from tests.support.running import running_services


@pytest.fixture(scope="package")
async def counter(database_url: str) -> AsyncIterator[Counter]:
    clock = {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": 1.0}
    async with running_services(*SERVICES, database_url=database_url, **clock) as running:
        made = Counter(running)
        await made.register(1, 2)
        await made.publish("counter-a", procedure="simple", title="技改设备补助（样例）")
        yield made
