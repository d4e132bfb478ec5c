"""Clocks that jump forward, go back, or differ between replicas: no deadline is lost, and none is raised twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from shared.runtime.settings import Settings
from shared.security.actor import Role
from tests.support.running import Running, services_with, settings_for_tests
from tests.support.servers import nats_server
from tests.system.faults.site import within

pytestmark = pytest.mark.system
MONDAY = datetime(2026, 10, 12, 1, 0, tzinfo=UTC)  # 9:00 in Shanghai, in weeks without a holiday
OVERDUE = datetime(2026, 10, 15, 16, 0, tzinfo=UTC)  # midnight in Shanghai after three working days


@pytest.fixture
async def settings(database_url: str) -> AsyncIterator[Settings]:
    with nats_server() as nats_url:
        yield settings_for_tests(database_url, nats_url)


@asynccontextmanager
async def hotline(settings: Settings, at: datetime) -> AsyncIterator[Running]:
    """A replica of hotline whose clock shows `at` now."""
    clock = {"clock_at": at, "clock_origin": datetime.now(UTC), "clock_speed": 1.0}
    async with services_with(["hotline"], settings.model_copy(update=clock)) as running:
        yield running


async def dispatched(running: Running, *numbers: str) -> None:
    """Tickets of the department, each with three working days to answer from `MONDAY`'s week on."""
    desk = running.sign_in(Role.HOTLINE_AGENT)
    for number in numbers:
        ticket = {
            "number": number, "source": "12345", "channel": "电话", "nature": "consultation", "title": "样例",
            "content": "样例。", "received_at": (MONDAY - timedelta(hours=1)).isoformat(),
        }  # fmt: skip
        assert (await running.client.post("/api/hotline/tickets", json=ticket, headers=desk)).status_code == 201
        path = f"/api/hotline/tickets/12345-{number}/dispatch"
        answer = await running.client.post(path, json={"department": "gxj", "limit_days": 3}, headers=desk)
        assert answer.status_code == 200, answer.text


async def raised(settings: Settings) -> Counter[str]:
    """How often each ticket was said to be overdue."""
    async with await psycopg.AsyncConnection.connect(settings.database_of("hotline")) as connection:
        found = await connection.execute(
            "SELECT originator_id FROM stored_events WHERE topic = 'hotline.ticket-overdue'"
        )
        return Counter(row[0].removeprefix("ticket-12345-") for row in await found.fetchall())


async def open_deadlines(settings: Settings) -> int:
    """Of the answers alone: a ticket owes its warning and its supervision beside."""
    async with await psycopg.AsyncConnection.connect(settings.database_of("hotline")) as connection:
        found = await connection.execute("SELECT count(*) FROM deadlines_v1.deadlines WHERE kind = 'answer-overdue'")
        (count,) = await found.fetchone() or (-1,)
        return int(count)


async def has_raised(settings: Settings, *numbers: str) -> None:
    async def all_of_them() -> bool | None:
        return True if set(numbers) <= set(await raised(settings)) else None

    await within(90, f"not all of {numbers} were raised", all_of_them)


async def settles(settings: Settings, left: int) -> None:
    """Waits until so many deadlines are open."""

    async def so_many() -> bool | None:
        return True if await open_deadlines(settings) == left else None

    await within(90, f"there are not {left} open deadlines", so_many)


async def test_a_clock_that_jumps_forward_raises_every_deadline_it_passes_once(settings: Settings) -> None:
    numbers = [f"J{n}" for n in range(20)]
    async with hotline(settings, MONDAY) as running:
        await dispatched(running, *numbers)
        await settles(settings, len(numbers))
        assert not await raised(settings)
    async with hotline(settings, OVERDUE + timedelta(days=40)):
        await has_raised(settings, *numbers)
        await settles(settings, 0)
    assert await raised(settings) == Counter(numbers)


async def test_a_clock_that_goes_back_neither_doubles_nor_loses_a_deadline(settings: Settings) -> None:
    async with hotline(settings, MONDAY) as running:
        await dispatched(running, "B1", "B2")
        await settles(settings, 2)
    async with hotline(settings, OVERDUE + timedelta(seconds=1)):
        await has_raised(settings, "B1", "B2")
    async with hotline(settings, OVERDUE - timedelta(minutes=30)) as running:
        await dispatched(running, "B3")
        await settles(settings, 1)
    async with hotline(settings, OVERDUE + timedelta(days=40)):
        await has_raised(settings, "B3")
        await settles(settings, 0)
    assert await raised(settings) == Counter(["B1", "B2", "B3"])


async def test_replicas_whose_clocks_differ_raise_each_deadline_once(settings: Settings) -> None:
    numbers = [f"D{n}" for n in range(20)]
    async with hotline(settings, MONDAY) as running:
        await dispatched(running, *numbers)
        await settles(settings, len(numbers))
    async with hotline(settings, OVERDUE - timedelta(seconds=2)), hotline(settings, OVERDUE + timedelta(minutes=5)):
        await has_raised(settings, *numbers)
        await settles(settings, 0)
    assert await raised(settings) == Counter(numbers)
