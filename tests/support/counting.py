"""A tiny aggregate for tests of the backbone: a counter that refuses to go beyond its limit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar

from shared.calendar import FixedClock, WorkingCalendar
from shared.eventstore.aggregates import Aggregates
from shared.eventstore.connection import LogConnection
from shared.eventstore.decider import Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.eventstore.ledger import Intent, Ledger
from shared.runtime.tables import create_tables
from shared.security.actor import Actor

WHO = Actor(subject="test")


class Counted(Event):
    """Version 1 called its field `step`."""

    TOPIC: ClassVar[str] = "testing.counted"
    class_version: ClassVar[int] = 2
    by: int

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        data["by"] = data.pop("step")


class Count(Command):
    by: int = 1
    limit: int = 1_000_000


class CounterState(State):
    n: int = 0


def decide(state: CounterState | None, command: Count, _context: Context) -> Sequence[Event]:
    if command.by == 0:
        return []
    n = (state.n if state else 0) + command.by
    if n > command.limit:
        error = FieldError(field="by", code="limit", message="超过上限。")
        raise Refused("testing.limit", "超过上限，请减少数量。", [error])
    return [Counted(by=command.by)]


def evolve(state: CounterState | None, event: Event) -> CounterState:
    assert isinstance(event, Counted)
    return CounterState(n=(state.n if state else 0) + event.by)


counter = Decider("counter", CounterState, decide, evolve, snapshot_every=10)


@asynccontextmanager
async def ledger_on(url: str, connection_class: type[LogConnection] = LogConnection) -> AsyncIterator[Ledger]:
    """A ledger on a database; a second one on the same database is another replica."""
    create_tables(url)
    calendar = WorkingCalendar.announced()
    ledger = Ledger(connection_class(url), FixedClock(datetime(2026, 3, 2, 1, tzinfo=UTC)), lambda: calendar)
    try:
        yield ledger
    finally:
        await ledger.close()


def count(key: str = "a", by: int = 1, limit: int = 1_000_000, **more: Any) -> Intent:
    """An intent to count."""
    return Intent(counter, f"counter-{key}", Count(by=by, limit=limit), WHO, **more)


async def counted(url: str, key: str = "a") -> int:
    """Where a counter stands, from the record."""
    connection = LogConnection(url)
    try:
        state = (await Aggregates(connection).get(counter, f"counter-{key}")).state
    finally:
        await connection.close()
    return state.n if state else 0
