"""Deadlines: what is due is raised once, by whichever replica, by the platform's clock."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from shared.calendar import FixedClock
from shared.database.sessions import Database
from shared.deadlines.book import DeadlineBook, DeadlineRow, Deadlines, Owed, Settled
from shared.deadlines.scheduler import Scheduler
from shared.readmodels.happened import Happened
from shared.readmodels.model import Writer
from shared.readmodels.projections import ReadModelBuildingError
from shared.readmodels.reading import create_read_models
from shared.runtime.tables import create_tables
from tests.support.counting import Counted

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


def owed_of(happened: Happened) -> Sequence[Owed | Settled]:
    """Counting by n owes something n days later; counting by 0 settles it."""
    assert isinstance(happened.event, Counted)
    days = happened.event.by
    return [Owed("late", happened.at + timedelta(days=days), provisional=days > 300)] if days else [Settled("late")]


@pytest.fixture
async def database(fresh_database: Callable[[str], str]) -> AsyncIterator[Database]:
    url = fresh_database("deadlines")
    create_tables(url)
    database = Database(url)
    await create_read_models(database, [DeadlineBook(owed_of)])
    yield database
    await database.close()


async def write(database: Database, *events: tuple[str, int]) -> None:
    book = DeadlineBook(owed_of)
    happened = [Happened("log", n, None, who, NOON, Counted(by=by)) for n, (who, by) in enumerate(events)]
    async with database.transaction([book.schema]) as session:
        await book.apply(happened, Writer(session))


class Raised:
    """Remembers what was due, and lets a test wait for it."""

    def __init__(self, fail: int = 0, error: Exception | None = None) -> None:
        self.count: Counter[str] = Counter()
        self.news = asyncio.Event()
        self.fail = fail
        self.error = error or RuntimeError("not now")

    async def on_due(self, runtime: Any, row: DeadlineRow) -> None:
        self.count[row.aggregate_id] += 1
        self.news.set()
        if self.fail:
            self.fail -= 1
            raise self.error
        async with runtime.transaction(["deadlines_v1"]) as session:  # as the event's projection would
            await session.execute(text("DELETE FROM deadlines WHERE id = :id"), {"id": row.id})

    async def until(self, who: str, times: int = 1) -> None:
        async with asyncio.timeout(180):
            while self.count[who] < times:
                self.news.clear()
                await self.news.wait()


def scheduler(database: Database, clock: FixedClock, raised: Raised, **more: Any) -> Scheduler:
    deadlines = Deadlines(of=owed_of, on_due=raised.on_due, **more)
    return Scheduler(database, deadlines, DeadlineBook(owed_of), database, clock)


async def test_nothing_is_raised_before_its_moment_and_all_of_it_after(database: Database) -> None:
    clock, raised = FixedClock(NOON), Raised()
    await write(database, ("tomorrow", 1), ("later", 5), ("settled", 1), ("settled", 0))
    running = asyncio.create_task(scheduler(database, clock, raised).run())
    clock.advance(timedelta(days=1, seconds=1))
    await raised.until("tomorrow")
    assert raised.count == {"tomorrow": 1}
    clock.advance(timedelta(days=5))
    await raised.until("later")
    assert raised.count == {"tomorrow": 1, "later": 1}
    running.cancel()


async def test_two_replicas_raise_each_once(database: Database) -> None:
    clock, raised = FixedClock(NOON + timedelta(days=2)), Raised()
    await write(database, *((f"n{n}", 1) for n in range(150)))
    running = [asyncio.create_task(scheduler(database, clock, raised).run()) for _ in range(2)]
    await asyncio.gather(*(raised.until(f"n{n}") for n in range(150)))
    assert set(raised.count.values()) == {1}
    for each in running:
        each.cancel()


async def test_a_failure_is_remembered_and_tried_again(database: Database) -> None:
    clock, raised = FixedClock(NOON + timedelta(days=2)), Raised(fail=1)
    await write(database, ("a", 1))
    running = asyncio.create_task(scheduler(database, clock, raised).run())
    await raised.until("a", times=2)
    running.cancel()
    assert raised.count == {"a": 2}


async def test_what_it_takes_may_be_away_for_a_while_and_that_is_no_failure(
    database: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    raised = Raised(fail=2, error=ReadModelBuildingError(["search to 7"]))
    await write(database, ("a", 1))
    running = asyncio.create_task(scheduler(database, FixedClock(NOON + timedelta(days=2)), raised).run())
    await raised.until("a", times=2)
    async with database.transaction(["deadlines_v1"]) as session:
        assert (await session.execute(text("SELECT failures FROM deadlines"))).scalars().all() == [0]
    await raised.until("a", times=3)
    running.cancel()
    told = capfd.readouterr().out
    assert told.count("deadline_postponed") == 2
    assert "Traceback" not in told


async def test_provisional_deadlines_are_reckoned_again_at_the_start(database: Database) -> None:
    asked: asyncio.Queue[str] = asyncio.Queue()

    async def on_calendar(_runtime: Any, row: DeadlineRow) -> None:
        await asked.put(row.aggregate_id)

    await write(database, ("fixed", 1), ("provisional", 400))
    running = asyncio.create_task(scheduler(database, FixedClock(NOON), Raised(), on_calendar=on_calendar).run())
    async with asyncio.timeout(60):
        assert await asked.get() == "provisional"
    running.cancel()
    assert asked.empty()
