"""Whatever drops a cancellation, a service that stops comes to its end."""

from __future__ import annotations

import asyncio

import pytest

from shared.runtime import duties
from shared.runtime.duties import ended


async def stubborn(times: int, heard: list[str], begun: asyncio.Event) -> None:
    """Drops as many cancellations."""
    begun.set()
    for _ in range(times):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            heard.append("dropped")
    await asyncio.Event().wait()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duties, "CANCEL_AGAIN_SECONDS", 0.01)


async def begun(times: int, heard: list[str]) -> asyncio.Task[None]:
    ready = asyncio.Event()
    task = asyncio.create_task(stubborn(times, heard, ready))
    await ready.wait()
    return task


async def test_tasks_that_drop_a_cancellation_are_cancelled_again() -> None:
    heard: list[str] = []
    tasks = [await begun(times, heard) for times in (0, 1, 3)]
    async with asyncio.timeout(60):
        await ended(tasks)
    assert [task.cancelled() for task in tasks] == [True, True, True]
    assert len(heard) == 4


async def test_who_is_cancelled_while_ending_others_ends_them_first() -> None:
    heard: list[str] = []
    inner = await begun(2, heard)
    outer = asyncio.create_task(ended([inner]))
    await asyncio.sleep(0)
    outer.cancel()
    async with asyncio.timeout(60):
        await asyncio.wait([outer])
    assert inner.cancelled()
    assert outer.cancelled()


async def test_what_has_ended_already_is_left_alone() -> None:
    async def done() -> None:
        return

    task = asyncio.create_task(done())
    await task
    await ended([task])
    assert not task.cancelled()
