"""Read models: once in effect, in order, with failing events set aside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import ClassVar

import pytest
from sqlalchemy import text
from sqlmodel import Field, SQLModel

from shared.database.sessions import Database
from shared.eventstore.recorder import PositionMovedError
from shared.readmodels.happened import Happened, Heard, Unreadable
from shared.readmodels.model import ReadModel, RowModel, Writer
from shared.readmodels.positions import GapError, Positions
from shared.readmodels.projector import Projector
from shared.readmodels.reading import Reads, create_read_models
from shared.runtime.tables import create_tables
from tests.support.counting import Counted

POISON = 666


class TallyRow(SQLModel, table=True):
    __tablename__ = "testing_tally"

    id: str = Field(primary_key=True)
    n: int
    note: str


class SumRow(SQLModel, table=True):
    __tablename__ = "testing_sum"

    kind: str = Field(primary_key=True)
    n: int


class Tally(RowModel[TallyRow]):
    name = "tally"
    table = TallyRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (TallyRow,)

    def key(self, happened: Happened) -> str | None:
        return happened.aggregate_id

    def evolve(self, row: TallyRow | None, happened: Happened) -> TallyRow | None:
        assert isinstance(happened.event, Counted)
        if happened.event.by == POISON:
            raise ValueError("this one cannot be folded")
        if happened.event.by < 0:
            return None
        n = row.n if row else 0
        return TallyRow(id=happened.aggregate_id, n=n + happened.event.by, note="with a NUL: \x00")


class Sums(ReadModel):
    name = "sums"
    sources: ClassVar[tuple[str, ...]] = ("elsewhere",)
    tables: ClassVar[tuple[type[SQLModel], ...]] = (SumRow,)

    async def apply(self, events: Sequence[Happened], writer: Writer) -> None:
        total = sum(e.event.by for e in events if isinstance(e.event, Counted))
        await writer.add(SumRow, [{"kind": "all", "n": total}])


def happened(position: int, by: int = 1, who: str = "a", previous: int | None = None, source: str = "log") -> Happened:
    return Happened(source, position, previous, f"counter-{who}", datetime.now(UTC), Counted(by=by))


def feed_of(*batches: Sequence[Heard]) -> Callable[[int, int], AsyncGenerator[Sequence[Heard], None]]:
    """A feed that ends after these batches."""

    async def feed(_position: int, _stream_sequence: int) -> AsyncGenerator[Sequence[Heard], None]:
        for batch in batches:
            yield batch

    return feed


class Bench:
    """A database with a read model on it."""

    def __init__(self, database: Database, model: ReadModel) -> None:
        self.database = database
        self.model = model
        self.positions = Positions(database)
        self.reads = Reads("testing", [model], database, self.positions)

    async def run(self, *batches: Sequence[Heard]) -> Projector:
        source = self.model.sources[0]
        projector = Projector(self.model, source, feed_of(*batches), self.database, self.positions)
        await projector.run()
        return projector

    async def rows(self) -> dict[str, int]:
        async with self.reads.session() as session:
            table = "testing_tally" if isinstance(self.model, Tally) else "testing_sum"
            return {row[0]: row[1] for row in await session.execute(text(f"SELECT * FROM {table}"))}

    async def dead_letters(self) -> list[tuple[int, bool]]:
        async with self.database.transaction() as session:
            found = await session.execute(text("SELECT position, waiting FROM platform.dead_letters ORDER BY position"))
            return [(row.position, row.waiting) for row in found]


@asynccontextmanager
async def bench(url: str, model: ReadModel) -> AsyncIterator[Bench]:
    create_tables(url)
    database = Database(url)
    try:
        await create_read_models(database, [model])
        yield Bench(database, model)
    finally:
        await database.close()


@pytest.fixture
async def tally(fresh_database: Callable[[str], str]) -> AsyncIterator[Bench]:
    async with bench(fresh_database("tally"), Tally()) as made:
        yield made


async def test_rows_are_folded_in_order_over_batches(tally: Bench) -> None:
    await tally.run([happened(1), happened(3, 5), happened(4, 2, "b")], [happened(7, 10)])
    assert await tally.rows() == {"counter-a": 16, "counter-b": 2}


async def test_what_was_heard_before_changes_nothing(tally: Bench) -> None:
    await tally.run([happened(1), happened(2)])
    await tally.run([happened(1), happened(2), happened(3)])
    assert await tally.rows() == {"counter-a": 3}


async def test_a_row_can_go_and_come_back(tally: Bench) -> None:
    await tally.run([happened(1), happened(2, -1)])
    assert await tally.rows() == {}
    await tally.run([happened(3, 4)])
    assert await tally.rows() == {"counter-a": 4}


async def test_a_failing_event_holds_back_its_aggregate_only(tally: Bench) -> None:
    await tally.run(
        [happened(1), happened(2, POISON), happened(3), happened(4, 7, "b")], [happened(5), happened(6, 1, "b")]
    )
    assert await tally.rows() == {"counter-a": 1, "counter-b": 8}
    assert await tally.dead_letters() == [(2, False), (3, True), (5, True)]


async def test_what_is_held_back_stays_so_after_a_restart(tally: Bench) -> None:
    await tally.run([happened(1, POISON)])
    await tally.run([happened(2), happened(3, 2, "b")])
    assert await tally.rows() == {"counter-b": 2}
    assert await tally.dead_letters() == [(1, False), (2, True)]


async def test_an_unreadable_event_is_set_aside_with_its_reason(tally: Bench) -> None:
    unreadable = Unreadable("log", 2, None, "counter-a", "chengce.x.v9", "no contract for it")
    await tally.run([happened(1), unreadable, happened(3, 1, "b")])
    assert await tally.rows() == {"counter-a": 1, "counter-b": 1}
    async with tally.database.transaction() as session:
        error = (await session.execute(text("SELECT error FROM platform.dead_letters"))).scalar_one()
    assert "no contract for it" in error


async def test_a_gap_on_a_stream_is_refused_and_never_skipped(fresh_database: Callable[[str], str]) -> None:
    async with bench(fresh_database("gap"), Sums()) as sums:
        await sums.run([happened(4, 2, previous=0, source="elsewhere")])
        with pytest.raises(GapError):
            await sums.run([happened(9, 1, previous=7, source="elsewhere")])
        await sums.run([happened(7, 1, previous=4, source="elsewhere"), happened(9, 1, previous=7, source="elsewhere")])
        assert await sums.rows() == {"all": 4}


async def test_two_writers_of_one_read_model_count_once(tally: Bench) -> None:
    batches = [[happened(n)] for n in range(1, 30)]
    results = await asyncio.gather(tally.run(*batches), tally.run(*batches), return_exceptions=True)
    assert all(isinstance(r, Projector | PositionMovedError) for r in results), results
    await tally.run(*batches)
    assert await tally.rows() == {"counter-a": 29}


async def test_a_reader_waits_until_it_sees_what_was_written(tally: Bench) -> None:
    waiting = asyncio.create_task(tally.reads.caught_up({"testing": 5}))
    await tally.run([happened(4)])
    assert not waiting.done()
    await tally.run([happened(5)])
    assert await waiting
    assert not await tally.reads.caught_up({"testing": 6}, seconds=0.1)


async def test_a_nul_in_a_text_holds_nothing_back(tally: Bench) -> None:
    await tally.run([happened(1)])
    assert await tally.dead_letters() == []
    async with tally.reads.session() as session:
        assert (await session.execute(text("SELECT note FROM testing_tally"))).scalar_one() == "with a NUL: "
