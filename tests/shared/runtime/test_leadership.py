"""One replica leads; another takes over when the first one's session ends. Duties never end in silence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import psycopg
import pytest

from shared.runtime.duties import Duty
from shared.runtime.leader import LEADER_LOCK, Leadership
from tests.support.proxy import Proxy

WITHIN = 120.0


class Lead:
    """Duties that tell when they begin and when they are cancelled."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.ended = asyncio.Event()

    async def __call__(self) -> None:
        self.ended.clear()
        self.began.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.set()


async def test_one_leads_and_another_takes_over_when_the_session_is_terminated(
    fresh_database: Callable[[str], str],
) -> None:
    url = fresh_database("leaders")
    leads = [Lead(), Lead()]
    leaderships = [Leadership(f"replica-{n}", url, lead) for n, lead in enumerate(leads)]
    tasks = [asyncio.create_task(each.run()) for each in leaderships]
    async with asyncio.timeout(WITHIN):
        await asyncio.wait([asyncio.create_task(lead.began.wait()) for lead in leads], return_when="FIRST_COMPLETED")
        first = 0 if leads[0].began.is_set() else 1
        assert [each.leading for each in leaderships].count(True) == 1
        leads[1 - first].began.clear()
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = %s"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                (LEADER_LOCK,),
            )
        await leads[first].ended.wait()
        leads[first].began.clear()
        waits = [asyncio.create_task(lead.began.wait()) for lead in leads]
        await asyncio.wait(waits, return_when="FIRST_COMPLETED")
        assert [each.leading for each in leaderships].count(True) == 1
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert all(lead.ended.is_set() or not lead.began.is_set() for lead in leads)


async def test_a_leader_that_falls_silent_lets_go_by_itself_and_another_takes_over(
    fresh_database: Callable[[str], str],
) -> None:
    url = fresh_database("silent")
    first, second = Lead(), Lead()
    async with Proxy(url) as proxy, asyncio.timeout(WITHIN):
        leading = Leadership("first", proxy.url, first, takeover_seconds=1.0)
        tasks = [asyncio.create_task(leading.run())]
        await first.began.wait()
        tasks.append(asyncio.create_task(Leadership("second", url, second, takeover_seconds=1.0).run()))
        proxy.silence()
        await second.began.wait()
        await first.ended.wait()
        assert not leading.leading
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_another_leads_when_the_first_one_stops(fresh_database: Callable[[str], str]) -> None:
    url = fresh_database("successors")
    leads = [Lead(), Lead()]
    first, second = (asyncio.create_task(Leadership(f"replica-{n}", url, lead).run()) for n, lead in enumerate(leads))
    async with asyncio.timeout(WITHIN):
        await asyncio.wait([asyncio.create_task(lead.began.wait()) for lead in leads], return_when="FIRST_COMPLETED")
        (leading, waiting) = (0, 1) if leads[0].began.is_set() else (1, 0)
        assert not leads[waiting].began.is_set()
        task, rest = (first, second) if leading == 0 else (second, first)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert leads[leading].ended.is_set(), "its duties end with it"
        await leads[waiting].began.wait()
        rest.cancel()
        await asyncio.gather(rest, return_exceptions=True)


async def test_duties_that_fail_give_the_lead_up_and_take_it_again(fresh_database: Callable[[str], str]) -> None:
    terms: asyncio.Queue[int] = asyncio.Queue()

    async def lead() -> None:
        await terms.put(1)
        raise ValueError("not today")

    leadership = Leadership("replica", fresh_database("failing"), lead)
    duty = Duty("leadership", leadership.run)
    task = asyncio.create_task(duty.run())
    async with asyncio.timeout(WITHIN):
        for _ in range(3):
            await terms.get()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not leadership.leading
    assert "not today" in (duty.last_error or "")


async def test_a_duty_that_ends_is_started_again() -> None:
    begun: asyncio.Queue[int] = asyncio.Queue()

    async def work() -> None:
        await begun.put(1)

    duty = Duty("testing", work)
    task = asyncio.create_task(duty.run())
    async with asyncio.timeout(WITHIN):
        for _ in range(2):
            await begun.get()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (duty.last_error, duty.running) == ("ended", False)


async def test_a_failing_duty_is_started_again_and_its_error_is_kept() -> None:
    tries: asyncio.Queue[int] = asyncio.Queue()

    async def work() -> None:
        await tries.put(1)
        raise ValueError("not today")

    duty = Duty("testing", work)
    task = asyncio.create_task(duty.run())
    async with asyncio.timeout(WITHIN):
        for _ in range(3):
            await tries.get()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert duty.last_error is not None
    assert "not today" in duty.last_error
    assert duty.failures >= 2
