"""The library's PostgreSQL recorder with three changes, each for a measured reason (docs/decisions/0002)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresAggregateRecorder, PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

# One writer of a log at a time, so that ids become visible in their order and no tailing reader passes over one.
LOG_LOCK = 0x63686E67  # "chng"


class PositionMovedError(Exception):
    """Somebody else moved the position that a change was conditioned on; nothing was written."""


@dataclass(frozen=True)
class Also:
    """A statement that belongs into the transaction of the events; `rows` is how many it must touch."""

    sql: LiteralString
    params: Mapping[str, Any]
    rows: int | None = None


def datastore(url: str, pool_size: int = 5) -> PostgresDatastore:
    """The library's connection pool for a PostgreSQL URL, with text aggregate ids."""
    parts = conninfo_to_dict(url)
    return PostgresDatastore(
        dbname=str(parts["dbname"]),
        host=str(parts.get("host", "127.0.0.1")),
        port=str(parts.get("port", 5432)),
        user=str(parts.get("user", "")),
        password=str(parts.get("password", "")),
        pool_size=1,
        max_overflow=pool_size,
        pre_ping=True,
        originator_id_type="text",
    )


class LogRecorder(PostgresApplicationRecorder):
    """Appends events under a transaction-scoped advisory lock.

    - No table lock: LOCK TABLE costs a round trip and blocks autovacuum; the advisory lock orders writers as well.
    - No NOTIFY: it holds an instance-wide lock until commit; the relay is woken in process, and polls.
    - No blind retry: after a lost connection the commit may have happened; the ledger reads back instead.
    """

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """Stores events and the `also` statements in one transaction; returns the events' positions.

        Raises the library's `IntegrityError` for a taken version or key, `PositionMovedError`, and `OperationalError`
        when the connection broke: then it is unknown whether the transaction was committed.
        """
        also: Sequence[Also] = kwargs.get("also", ())
        with self.datastore.get_connection() as conn, conn.transaction(), conn.pipeline() as pipeline:
            conn.execute("SELECT pg_advisory_xact_lock(%s)", (LOG_LOCK,))
            effects = [(conn.execute(each.sql, each.params), each) for each in also]
            rows = conn.cursor()
            if stored_events:
                records = [
                    self.construct_pg_stored_event(e.originator_id, e.originator_version, e.topic, e.state)
                    for e in stored_events
                ]
                rows.execute(self.insert_events_statement, (records,))
            pipeline.sync()
            for cursor, each in effects:
                if each.rows is not None and cursor.rowcount != each.rows:
                    raise PositionMovedError(str(dict(each.params)))
            return [row["notification_id"] for row in rows.fetchall()] if stored_events else []

    def positions_of(self, stored_events: Sequence[StoredEvent]) -> list[int] | None:
        """The positions of exactly these events, or None unless all of them are stored, byte for byte.

        Waits for the log's lock first: a transaction whose connection broke may still be committing.
        """
        statement = SQL(
            "SELECT notification_id, topic, state FROM {schema}.{table} WHERE originator_id=%s AND originator_version=%s"
        ).format(schema=Identifier(self.datastore.schema), table=Identifier(self.events_table_name))
        found: list[int] = []
        with self.datastore.get_connection() as conn, conn.transaction():
            conn.execute("SELECT pg_advisory_xact_lock(%s)", (LOG_LOCK,))
            for event in stored_events:
                row = conn.execute(statement, (event.originator_id, event.originator_version)).fetchone()
                if row is None or row["topic"] != event.topic or bytes(row["state"]) != event.state:
                    return None
                found.append(row["notification_id"])
        return found

    def query(self, sql: LiteralString, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Rows of a read in the log's own database."""
        with self.datastore.get_connection() as conn:
            return [dict(row) for row in conn.execute(sql, params).fetchall()]


def violated_constraint(error: BaseException) -> str:
    """The name of the constraint behind the library's `IntegrityError`, or an empty string."""
    cause = error.__cause__
    return (cause.diag.constraint_name or "") if isinstance(cause, psycopg.Error) else ""


def snapshots(store: PostgresDatastore) -> PostgresAggregateRecorder:
    """The library's recorder for snapshots, in a table of their own."""
    return PostgresAggregateRecorder(store, events_table_name="snapshots")
