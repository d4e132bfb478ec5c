"""A connection to a service's log: a round trip for each look-up and each append, however many commands share it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import psycopg
from eventsourcing.persistence import InterfaceError, Notification, OperationalError, StoredEvent

from shared.database.answering import AnsweringConnection, connect
from shared.eventstore.recorder import LOG_LOCK, Also, PositionMovedError

# Longer than any round trip on a healthy server, shorter than somebody waits in front of a form.
ANSWER_SECONDS: Final = 5.0
# All it does is look up keys. A plan made while a table was small must not stay with it when the table has grown.
_SESSION: Final = "-c enable_seqscan=off"

_LOOK: Final = """
WITH wanted AS (
    SELECT w.id, greatest(w.known, s.originator_version) AS known, w.known < s.originator_version AS from_snapshot
    FROM unnest(%(ids)b::text[], %(known)b::bigint[]) AS w (id, known)
    LEFT JOIN LATERAL (
        SELECT originator_version FROM snapshots WHERE originator_id = w.id AND NOT %(whole)s
        ORDER BY originator_version DESC LIMIT 1) AS s ON true)
SELECT 's', s.originator_id, s.originator_version, s.topic, s.state, 0
FROM wanted AS w CROSS JOIN LATERAL (
    SELECT * FROM snapshots AS s WHERE s.originator_id = w.id AND s.originator_version = w.known LIMIT 1) AS s
WHERE w.from_snapshot
UNION ALL
SELECT 'e', e.originator_id, e.originator_version, e.topic, e.state, e.notification_id
FROM wanted AS w CROSS JOIN LATERAL (
    SELECT * FROM stored_events AS e WHERE e.originator_id = w.id AND e.originator_version > w.known
    ORDER BY e.originator_version) AS e
UNION ALL
SELECT 'k', i.key, i.version, i.aggregate_id, i.fingerprint::bytea, e.notification_id
FROM unnest(%(keys)b::text[]) AS k (key)
CROSS JOIN LATERAL (SELECT * FROM platform.idempotency AS i WHERE i.key = k.key LIMIT 1) AS i
LEFT JOIN stored_events AS e ON e.originator_id = i.aggregate_id AND e.originator_version = i.version
"""
_AFTER: Final = (
    "SELECT notification_id, originator_id, originator_version, topic, state FROM stored_events"
    " WHERE notification_id > %s ORDER BY notification_id LIMIT %s"
)
_LOCK: Final = "SELECT pg_advisory_xact_lock(%s)"
_APPEND: Final = (
    "INSERT INTO stored_events (originator_id, originator_version, topic, state)"
    " SELECT id, version, topic, state FROM unnest(%b::text[], %b::bigint[], %b::text[], %b::bytea[])"
    " WITH ORDINALITY AS e (id, version, topic, state, n) ORDER BY n RETURNING notification_id"
)
_KEEP_KEYS: Final = (
    "INSERT INTO platform.idempotency (key, fingerprint, aggregate_id, version)"
    " SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::bigint[])"
)
_KEEP_SNAPSHOTS: Final = (
    "INSERT INTO snapshots (originator_id, originator_version, topic, state)"
    " SELECT * FROM unnest(%b::text[], %b::bigint[], %b::text[], %b::bytea[]) ON CONFLICT DO NOTHING"
)
_PLACES: Final = (
    "SELECT e.notification_id FROM unnest(%b::text[], %b::bigint[], %b::text[], %b::bytea[])"
    " WITH ORDINALITY AS w (id, version, topic, state, n) JOIN stored_events AS e"
    " ON e.originator_id = w.id AND e.originator_version = w.version AND e.topic = w.topic AND e.state = w.state"
    " ORDER BY n"
)


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of an idempotency key before."""

    fingerprint: str
    aggregate_id: str
    version: int
    position: int


@dataclass(frozen=True)
class Found:
    """What stands in the record: the latest snapshot and the events after it of each aggregate, and the keys answered.

    Events come with the position each stands at.
    """

    snapshots: dict[str, StoredEvent] = field(default_factory=dict)
    events: dict[str, list[tuple[StoredEvent, int]]] = field(default_factory=dict)
    answered: dict[str, Answered] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Key:
    """An idempotency key to be kept with the events it stands for."""

    key: str
    fingerprint: str
    aggregate_id: str
    version: int


class LogConnection:
    """Opened when it is first needed, and again after it broke; used by one task at a time, the others wait.

    Every method raises the library's `OperationalError` or `InterfaceError` when the record does not answer within
    `ANSWER_SECONDS` or the connection breaks; after `append` it is then unknown whether it was committed.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: AnsweringConnection | None = None
        self._turn = asyncio.Lock()
        self._broken = 0  # how often it broke

    async def look(self, known: Mapping[str, int], keys: Sequence[str], *, whole: bool = False) -> Found:
        """What there is of each aggregate after the version `known` of it; snapshots are passed over for `whole`."""
        found = Found()
        params = {"ids": list(known), "known": list(known.values()), "keys": list(keys), "whole": whole}
        async with self._opened() as connection:
            rows = await (await connection.execute(_LOOK, params, binary=True)).fetchall()
        for what, key, version, topic, state, position in rows:
            if what == "e":
                found.events.setdefault(key, []).append((StoredEvent(key, version, topic, state), position))
            elif what == "s":
                found.snapshots[key] = StoredEvent(key, version, topic, state)
            else:
                found.answered[key] = Answered(state.decode(), topic, version, position or 0)
        return found

    async def after(self, position: int, limit: int) -> list[Notification]:
        """Up to `limit` stored events after a position, in their order."""
        async with self._opened() as connection:
            rows = await (await connection.execute(_AFTER, (position, limit), binary=True)).fetchall()
        return [Notification(key, version, topic, state, id=place) for place, key, version, topic, state in rows]

    async def append(self, events: Sequence[StoredEvent], keys: Sequence[Key], also: Sequence[Also] = ()) -> list[int]:
        """Stores all of it in one transaction, under the log's lock; returns the events' positions.

        Raises `psycopg.errors.UniqueViolation` for a taken version or key, `PositionMovedError`.
        """
        async with self._opened() as connection:
            if also:
                async with connection.transaction():
                    return await self._pipelined(connection, events, keys, also)
            # Without a BEGIN, what is sent up to the end of the pipeline is one transaction.
            return await self._pipelined(connection, events, keys, ())

    async def positions_of(self, events: Sequence[StoredEvent]) -> list[int] | None:
        """The positions of exactly these events, or None unless all of them are stored, byte for byte.

        Waits for the log's lock first: a transaction whose connection broke may still be committing.
        """
        async with self._opened() as connection, connection.transaction():
            await connection.execute(_LOCK, (LOG_LOCK,))
            rows = await (await connection.execute(_PLACES, _columns(events), binary=True)).fetchall()
        return [row[0] for row in rows] if len(rows) == len(events) else None

    async def keep_snapshots(self, snapshots: Sequence[StoredEvent]) -> None:
        """Stores snapshots; those that exist stay."""
        async with self._opened() as connection:
            await connection.execute(_KEEP_SNAPSHOTS, _columns(snapshots))

    async def close(self) -> None:
        """Closes the connection; the next use opens another."""
        connection, self._connection = self._connection, None
        if connection:
            await connection.close()

    async def _pipelined(
        self,
        connection: AnsweringConnection,
        events: Sequence[StoredEvent],
        keys: Sequence[Key],
        also: Sequence[Also],
    ) -> list[int]:
        async with connection.pipeline():
            await connection.execute(_LOCK, (LOG_LOCK,))
            effects = [(await connection.execute(each.sql, each.params), each) for each in also]
            if keys:
                columns = ([k.key for k in keys], [k.fingerprint for k in keys], [k.aggregate_id for k in keys])
                await connection.execute(_KEEP_KEYS, (*columns, [k.version for k in keys]))
            places = await connection.execute(_APPEND, _columns(events), binary=True) if events else None
        for cursor, each in effects:
            if each.rows is not None and cursor.rowcount != each.rows:
                raise PositionMovedError(str(dict(each.params)))
        return [row[0] for row in await places.fetchall()] if places else []

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[AnsweringConnection]:
        broken = self._broken
        async with self._turn:
            if self._broken > broken:  # or a queue would wait for a silent server one after the other
                raise OperationalError("the record did not answer who asked before")
            async with self._mended():
                if self._connection is None or self._connection.closed:
                    self._connection = await connect(
                        self._url, ANSWER_SECONDS, autocommit=True, prepare_threshold=2, options=_SESSION
                    )
                yield self._connection

    @asynccontextmanager
    async def _mended(self) -> AsyncIterator[None]:
        try:
            yield
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self._broken += 1
            await self.close()
            wrapped = InterfaceError if isinstance(error, psycopg.InterfaceError) else OperationalError
            raise wrapped(repr(error)) from error
        except asyncio.CancelledError:
            await self.close()
            raise


def _columns(events: Sequence[StoredEvent]) -> tuple[list[str], list[int], list[str], list[bytes]]:
    return (
        [str(e.originator_id) for e in events],
        [e.originator_version for e in events],
        [e.topic for e in events],
        [e.state for e in events],
    )
