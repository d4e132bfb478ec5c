"""The key store of `shared.security.personal` in PostgreSQL."""

from __future__ import annotations

from typing import LiteralString

from psycopg_pool import ConnectionPool

from shared.database.answering import AnsweringThreadConnection, session_settings

DDL = """\
CREATE SCHEMA IF NOT EXISTS platform;
CREATE TABLE IF NOT EXISTS platform.person_keys (
    key_id text PRIMARY KEY,
    wrapped bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
"""


_SECONDS = 5.0


class _Connection(AnsweringThreadConnection):
    answer_seconds = _SECONDS


class PostgresKeyStore:
    """Wrapped keys in `platform.person_keys`; safe for use by several threads. `close` gives the connections back.

    Every call is a transaction of its own, committed when it returns. Raises psycopg's `Error`s when the database
    cannot be reached within ten seconds. An erased row stays in write-ahead logs and backups for as long as those are
    kept, wrapped by the master key.
    """

    def __init__(self, url: str) -> None:
        self._pool = ConnectionPool(
            url,
            min_size=0,  # most services seal seldom
            max_size=4,
            timeout=_SECONDS,
            connection_class=_Connection,
            kwargs={"autocommit": True, **session_settings(url, _SECONDS)},
            check=ConnectionPool.check_connection,  # a connection that a restart of the server has cut is replaced
            name="person-keys",
            open=True,
        )

    def get(self, key_id: str) -> bytes | None:
        """The wrapped key, None when there is none."""
        return self._wrapped("SELECT wrapped FROM platform.person_keys WHERE key_id = %s", key_id)

    def create(self, key_id: str, wrapped: bytes) -> bytes:
        """Store it unless there is one already; returns the one that is stored, whoever was first."""
        # DO UPDATE, though it changes nothing: DO NOTHING would return no row when another was first.
        stored = self._wrapped(
            "INSERT INTO platform.person_keys AS kept (key_id, wrapped) VALUES (%s, %s) "
            "ON CONFLICT (key_id) DO UPDATE SET wrapped = kept.wrapped RETURNING wrapped",
            key_id,
            wrapped,
        )
        if stored is None:
            raise RuntimeError("INSERT with RETURNING has returned no row")
        return stored

    def erase(self, key_id: str) -> None:
        """Remove it; nothing happens when there is none."""
        with self._pool.connection() as connection:
            connection.execute("DELETE FROM platform.person_keys WHERE key_id = %s", (key_id,))

    def close(self) -> None:
        """Close the connections; the store is not usable afterwards."""
        self._pool.close()

    def _wrapped(self, query: LiteralString, *values: object) -> bytes | None:
        with self._pool.connection() as connection:
            row = connection.execute(query, values).fetchone()
        return None if row is None else bytes(row[0])
