"""Events that could not be processed; later ones of the same aggregate wait behind them, all others go on.

The first letter of an aggregate has failed, or its turn has come; what stands behind it waits. Letters are added by the
consumer alone, in the transaction that moves its position, and taken out by operators under the lock of that position:
so whoever holds the row of `platform.positions` sees which aggregates are held back, and nobody can change it meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, LiteralString

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.sessions import Database
from shared.eventstore.recorder import Also, PositionMovedError
from shared.readmodels.happened import Heard

BEHIND: Final = "waits behind an earlier event of the same aggregate"
ITS_TURN: Final = "its turn has come: what it waited behind is gone"
ERROR_LENGTH: Final = 4000

DDL: LiteralString = """
CREATE TABLE IF NOT EXISTS platform.dead_letters (
    id bigserial PRIMARY KEY, name text NOT NULL, source text NOT NULL, position bigint NOT NULL,
    aggregate_id text NOT NULL, type text NOT NULL, error text NOT NULL, attempts int NOT NULL,
    waiting boolean NOT NULL, traceparent text, at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (name, source, position));
ALTER TABLE platform.dead_letters ADD COLUMN IF NOT EXISTS stream_sequence bigint NOT NULL DEFAULT 0;
ALTER TABLE platform.dead_letters ADD COLUMN IF NOT EXISTS tried_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX IF NOT EXISTS dead_letters_aggregate ON platform.dead_letters (name, source, aggregate_id, position);
CREATE TABLE IF NOT EXISTS platform.discarded_letters (
    id bigint PRIMARY KEY, name text NOT NULL, source text NOT NULL, position bigint NOT NULL,
    aggregate_id text NOT NULL, type text NOT NULL, error text NOT NULL, attempts int NOT NULL, traceparent text,
    at timestamptz NOT NULL, operation bigint NOT NULL, discarded_at timestamptz NOT NULL DEFAULT now(), event json);
"""
_ADD: LiteralString = (
    "INSERT INTO platform.dead_letters"
    " (name, source, position, aggregate_id, type, error, attempts, waiting, traceparent, stream_sequence)"
    " SELECT %(name)s, %(source)s, %(position)s, %(aggregate_id)s, %(type)s, %(error)s, %(attempts)s, %(waiting)s,"
    " %(traceparent)s, %(stream_sequence)s"
)
_AGAIN: LiteralString = (
    " ON CONFLICT (name, source, position) DO UPDATE SET error = excluded.error, attempts = excluded.attempts,"
    " waiting = excluded.waiting, tried_at = now()"
)
_SOMETHING_IN_FRONT: LiteralString = (
    " WHERE EXISTS (SELECT FROM platform.dead_letters WHERE name = %(name)s AND source = %(source)s"
    " AND aggregate_id = %(aggregate_id)s AND position < %(position)s)"
)
_LOCK: LiteralString = "SELECT 1 FROM platform.positions WHERE name = %(name)s AND source = %(source)s FOR UPDATE"
_TAKE_OUT_FIRST: LiteralString = (
    "DELETE FROM platform.dead_letters AS this WHERE id = ANY(%(ids)s) AND NOT EXISTS ("
    "SELECT FROM platform.dead_letters AS d WHERE d.name = this.name AND d.source = this.source"
    " AND d.aggregate_id = this.aggregate_id AND d.position < this.position AND d.id <> ALL(%(ids)s))"
)
_NEXT_HAS_ITS_TURN: LiteralString = (
    "UPDATE platform.dead_letters SET waiting = false, error = %(its_turn)s WHERE waiting AND id = ("
    "SELECT id FROM platform.dead_letters WHERE name = %(name)s AND source = %(source)s"
    " AND aggregate_id = %(aggregate_id)s ORDER BY position LIMIT 1)"
)
_KEEP_DISCARDED: LiteralString = (
    "INSERT INTO platform.discarded_letters"
    " (id, name, source, position, aggregate_id, type, error, attempts, traceparent, at, operation, event)"
    " SELECT id, name, source, position, aggregate_id, type, error, attempts, traceparent, at, %(operation)s,"
    " CAST(%(event)s AS json) FROM platform.dead_letters WHERE id = %(id)s"
)


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter: consumer (`name`) and place, what went wrong, and when it was set aside and last tried."""

    id: int
    name: str
    source: str
    position: int
    aggregate_id: str
    type: str
    error: str
    attempts: int
    waiting: bool
    traceparent: str | None
    stream_sequence: int
    at: datetime
    tried_at: datetime


_COLUMNS: Final = ", ".join(Letter.__slots__)


@dataclass(frozen=True, slots=True)
class Chain:
    """The letters of one aggregate at one consumer: the first, and how many wait behind it."""

    first: Letter
    behind: int


async def carry_out(session: AsyncSession, also: Sequence[Also]) -> None:
    """Carries out statements in the session's transaction. Raises `PositionMovedError` when one finds too few rows."""
    connection = await session.connection()
    for each in also:
        done = await connection.exec_driver_sql(each.sql, dict(each.params))
        if each.rows is not None and done.rowcount != each.rows:
            raise PositionMovedError(str(dict(each.params)))


class DeadLetters:
    """The dead letters of one read model or reaction of a service, as the consumer itself adds them."""

    def __init__(self, database: Database, name: str) -> None:
        self.database = database
        self.name = name

    async def held_back(self, source: str) -> set[str]:
        """The aggregates with a dead letter: their later events wait."""
        async with self.database.transaction() as session:
            rows = await session.execute(
                text("SELECT DISTINCT aggregate_id FROM platform.dead_letters WHERE name = :name AND source = :source"),
                {"name": self.name, "source": source},
            )
            return {row.aggregate_id for row in rows}

    async def add(self, session: AsyncSession, heard: Heard, error: str, *, attempts: int = 1) -> None:
        """Sets a failed event aside, inside the transaction that moves the position over it."""
        await carry_out(session, [Also(_ADD + _AGAIN, self._params(heard, error, attempts, waiting=False))])

    async def wait_behind(self, session: AsyncSession, heard: Heard) -> None:
        """Puts an event behind the dead letter of its aggregate, inside the transaction that moves the position.

        Raises `PositionMovedError` when there is none any more: then the event may be processed, and is not set aside.
        """
        await carry_out(session, [self.also_wait_behind(heard)])

    def also_wait_behind(self, heard: Heard) -> Also:
        """The same, for the transaction in which a reaction appends its events; after the position has moved in it."""
        return Also(_ADD + _SOMETHING_IN_FRONT + _AGAIN, self._params(heard, BEHIND, 0, waiting=True), rows=1)

    def _params(self, heard: Heard, error: str, attempts: int, *, waiting: bool) -> Mapping[str, Any]:
        return {
            "name": self.name,
            "source": heard.source,
            "position": heard.position,
            "aggregate_id": heard.aggregate_id,
            "type": heard.type,
            "error": _kept(error),
            "attempts": attempts,
            "waiting": waiting,
            "traceparent": heard.traceparent,
            "stream_sequence": heard.stream_sequence,
        }


class Letters:
    """All dead letters of a service, as operators see them and take them out."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def chains(self) -> list[Chain]:
        """The first letter of each aggregate at each consumer, in the order in which they were set aside."""
        rows = await self._rows(
            f"SELECT {_COLUMNS}, letters - 1 AS behind FROM (SELECT *, row_number() OVER (PARTITION BY"  # noqa: S608
            " name, source, aggregate_id ORDER BY position) AS place, count(*) OVER (PARTITION BY name, source,"
            " aggregate_id) AS letters FROM platform.dead_letters) AS placed WHERE place = 1"
            " ORDER BY name, source, position",
            {},
        )
        return [Chain(_letter(row), row["behind"]) for row in rows]

    async def find(self, id: int) -> Letter | None:
        """The letter with this number."""
        rows = await self._rows(f"SELECT {_COLUMNS} FROM platform.dead_letters WHERE id = :id", {"id": id})  # noqa: S608
        return _letter(rows[0]) if rows else None

    async def of_aggregate(self, name: str, source: str, aggregate_id: str, limit: int = 1) -> list[Letter]:
        """The first `limit` letters of an aggregate at a consumer, in the order of their events."""
        rows = await self._rows(
            f"SELECT {_COLUMNS} FROM platform.dead_letters WHERE name = :name AND source = :source"  # noqa: S608
            " AND aggregate_id = :aggregate_id ORDER BY position LIMIT :limit",
            {"name": name, "source": source, "aggregate_id": aggregate_id, "limit": limit},
        )
        return [_letter(row) for row in rows]

    async def failed_again(self, letter: Letter, error: str) -> None:
        """Counts one more attempt and keeps the new error."""
        async with self.database.transaction() as session:
            await session.execute(
                text(
                    "UPDATE platform.dead_letters SET attempts = attempts + 1, error = :error, waiting = false,"
                    " tried_at = now() WHERE id = :id"
                ),
                {"id": letter.id, "error": _kept(error)},
            )

    async def _rows(self, sql: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        async with self.database.transaction() as session:
            return [dict(row) for row in (await session.execute(text(sql), params)).mappings()]


def taking_out(letters: Sequence[Letter]) -> list[Also]:
    """The statements that take the first letters of one aggregate out, for the transaction of their effect.

    They wait for the consumer's transaction in hand and hold the next one up until the commit. They find too few rows,
    so that nothing at all is done, when one of the letters has gone meanwhile or another stands in front of them.
    """
    first = letters[0]
    params = {
        "ids": [letter.id for letter in letters],
        "name": first.name,
        "source": first.source,
        "aggregate_id": first.aggregate_id,
        "its_turn": ITS_TURN,
    }
    return [
        Also(_LOCK, params, rows=1),
        Also(_TAKE_OUT_FIRST, params, rows=len(letters)),
        Also(_NEXT_HAS_ITS_TURN, params),
    ]


def keeping_discarded(letter: Letter, operation: int, event: str | None) -> Also:
    """The statement that keeps a letter for the record before it is taken out; `event` is the whole event as JSON."""
    return Also(_KEEP_DISCARDED, {"id": letter.id, "operation": operation, "event": event}, rows=1)


def _kept(error: str) -> str:
    return error[:ERROR_LENGTH].replace("\x00", "")


def _letter(row: Mapping[str, Any]) -> Letter:
    return Letter(**{name: row[name] for name in Letter.__slots__})
