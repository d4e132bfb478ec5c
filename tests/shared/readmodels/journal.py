"""A read model and a reaction that keep what they were given in the order in which they were, and fail when told to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar, cast

import orjson
from sqlalchemy import text
from sqlmodel import Field, SQLModel

from shared.database.sessions import Database
from shared.eventstore.ledger import Intent
from shared.eventstore.recorder import Also
from shared.messaging.reactions import Reaction, Reactor
from shared.readmodels.deadletters import Letter, Letters
from shared.readmodels.happened import Happened, Heard
from shared.readmodels.model import ReadModel, Writer, table_of
from shared.readmodels.positions import Positions
from shared.readmodels.projector import Feed, Projector
from shared.readmodels.reading import create_read_models
from shared.readmodels.redriving import Consumer, EventMissingError, effect_of_model
from shared.readmodels.taking import Taking
from tests.support.counting import Counted, count, ledger_on

SOURCE = "elsewhere"


class Entry(SQLModel, table=True):
    __tablename__ = "testing_journal"

    n: int | None = Field(default=None, primary_key=True)
    aggregate_id: str
    position: int


class Journal(ReadModel):
    """Not idempotent on purpose: what is applied twice stands there twice."""

    name = "journal"
    sources: ClassVar[tuple[str, ...]] = (SOURCE,)
    tables: ClassVar[tuple[type[SQLModel], ...]] = (Entry,)

    def __init__(self, broken: set[int]) -> None:
        self.broken = broken
        self.breaks_off = False

    async def apply(self, events: Sequence[Happened], writer: Writer) -> None:
        for each in events:
            if each.position in self.broken:
                raise ValueError(f"event {each.position} cannot be applied")
        if events:
            rows = [{"aggregate_id": each.aggregate_id, "position": each.position} for each in events]
            await writer.session.execute(table_of(Entry).insert(), rows)
        if self.breaks_off:
            self.breaks_off = False
            await writer.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


@dataclass
class Platform:
    """One consumer on a database, what has happened, and which events it fails on at present."""

    database: Database
    positions: Positions
    new_taking: Callable[[], Taking]
    consumer: Consumer
    kept: Callable[[], Awaitable[list[tuple[str, int]]]]
    broken: set[int]
    break_off: Callable[[Taking], None]  # this consumer's next transaction ends after its statements, before its commit
    happened: dict[int, Happened] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)

    @property
    def letters(self) -> Letters:
        return Letters(self.database)

    def happen(self, *aggregates: str) -> list[Heard]:
        """The next events, one of each of these aggregates; positions have holes."""
        found: list[Heard] = []
        for aggregate in aggregates:
            previous = max(self.happened, default=0)
            position = previous + 1 + previous % 3
            each = Happened(SOURCE, position, previous, aggregate, datetime.now(UTC), Counted(by=position))
            self.happened[position] = each
            found.append(each)
        return found

    async def fetch(self, letter: Letter) -> Heard:
        if letter.position in self.gone:
            raise EventMissingError("not there at present")
        return self.happened[letter.position]

    async def in_order(self, aggregate: str) -> list[int]:
        """The positions that took effect, in the order in which they did."""
        return [position for found, position in await self.kept() if found == aggregate]

    async def all_letters(self) -> list[tuple[str, int, bool]]:
        """Aggregate, position and whether it waits."""
        query = "SELECT aggregate_id, position, waiting FROM platform.dead_letters ORDER BY position"
        async with self.database.transaction() as session:
            return [(row.aggregate_id, row.position, row.waiting) for row in await session.execute(text(query))]

    async def start_afresh(self) -> None:
        """Without dead letters and broken events, and a new consumer heard everything: for the next run of a machine."""
        self.broken.clear()
        self.gone.clear()
        async with self.database.transaction() as session:
            await session.execute(text("DELETE FROM platform.dead_letters"))
            await session.execute(
                text("UPDATE platform.positions SET position = :end"), {"end": max(self.happened, default=0)}
            )

    def positions_of(self, aggregate: str, but: Iterable[int] = ()) -> list[int]:
        """Every position of an aggregate that has happened."""
        return [p for p, each in self.happened.items() if each.aggregate_id == aggregate and p not in set(but)]


@asynccontextmanager
async def journal_on(url: str) -> AsyncIterator[Platform]:
    """The read model on a new database."""
    broken: set[int] = set()
    model = Journal(broken)
    database = Database(url)
    positions = Positions(database)
    try:
        await create_read_models(database, [model])

        async def kept() -> list[tuple[str, int]]:
            async with database.transaction([model.schema]) as session:
                rows = await session.execute(text("SELECT aggregate_id, position FROM testing_journal ORDER BY n"))
                return [(row.aggregate_id, row.position) for row in rows]

        def new_taking() -> Taking:
            return Projector(model, SOURCE, cast(Feed, _no_feed), database, positions)

        def break_off(taking: Taking) -> None:
            assert isinstance(taking, Projector)
            taking.model = Journal(broken)
            taking.model.breaks_off = True

        async def fetch(letter: Letter) -> Heard:
            return await platform.fetch(letter)

        effect = effect_of_model(model, model.schema, database)
        consumer = Consumer(model.schema, SOURCE, fetch, effect)
        platform = Platform(database, positions, new_taking, consumer, kept, broken, break_off)
        yield platform
    finally:
        await database.close()


@asynccontextmanager
async def reaction_on(url: str) -> AsyncIterator[Platform]:
    """The reaction on a new database: each event is counted by its position under its aggregate, in the log."""
    broken: set[int] = set()

    def react(happened: Happened) -> Sequence[Intent]:
        if happened.position in broken:
            raise ValueError(f"event {happened.position} cannot be reacted to")
        return [count(happened.aggregate_id, by=happened.position, limit=1_000_000_000)]

    async with AsyncExitStack() as stack:
        ledger = await stack.enter_async_context(ledger_on(url))
        database = Database(url)
        stack.push_async_callback(database.close)
        positions = Positions(database)
        reaction = Reaction("journal", (SOURCE,), react)

        def new_taking() -> Reactor:
            return Reactor("testing", reaction, SOURCE, ledger, database, positions)

        async def kept() -> list[tuple[str, int]]:
            query = "SELECT originator_id, state FROM public.stored_events ORDER BY notification_id"
            async with database.transaction() as session:
                rows = await session.execute(text(query))
                return [
                    (row.originator_id.removeprefix("counter-"), orjson.loads(bytes(row.state))["data"]["by"])
                    for row in rows
                ]

        def break_off(taking: Taking) -> None:
            assert isinstance(taking, Reactor)
            carry_out = taking.carry_out

            async def found_nothing_at_the_end(good: Sequence[Happened], also: Sequence[Also]) -> None:
                await carry_out(good, [*also, Also("SELECT WHERE false", {}, rows=1)])

            taking.carry_out = found_nothing_at_the_end  # type: ignore[method-assign]

        async def fetch(letter: Letter) -> Heard:
            return await platform.fetch(letter)

        reactor = new_taking()
        await positions.register(reactor.name, SOURCE)

        consumer = Consumer(reactor.name, SOURCE, fetch, reactor.carry_out)
        platform = Platform(database, positions, new_taking, consumer, kept, broken, break_off)
        yield platform


def _no_feed(_position: int, _stream_sequence: int) -> None:
    raise AssertionError("these tests hand batches over themselves")
