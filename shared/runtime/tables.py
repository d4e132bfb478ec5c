"""The tables every service has: its log, and what the platform keeps beside it."""

from __future__ import annotations

from typing import LiteralString

import psycopg

from shared.database.sessions import PREPARE_LOCK
from shared.eventstore.recorder import LogRecorder, datastore, snapshots
from shared.runtime.operations import DDL as OPERATIONS_DDL
from shared.security.keystore import DDL as PERSON_KEYS_DDL

PLATFORM_DDL: LiteralString = """
CREATE SCHEMA IF NOT EXISTS platform;
CREATE TABLE IF NOT EXISTS platform.idempotency (
    key text PRIMARY KEY, fingerprint text NOT NULL, aggregate_id text NOT NULL, version bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS platform.positions (
    name text NOT NULL, source text NOT NULL, position bigint NOT NULL DEFAULT 0,
    stream_sequence bigint NOT NULL DEFAULT 0, moved_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (name, source));
CREATE TABLE IF NOT EXISTS platform.dead_letters (
    id bigserial PRIMARY KEY, name text NOT NULL, source text NOT NULL, position bigint NOT NULL,
    aggregate_id text NOT NULL, type text NOT NULL, error text NOT NULL, attempts int NOT NULL,
    waiting boolean NOT NULL, traceparent text, at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (name, source, position));
CREATE INDEX IF NOT EXISTS dead_letters_aggregate ON platform.dead_letters (name, source, aggregate_id);
"""


def create_tables(url: str) -> None:
    """Creates the log and the platform's tables once; safe to call from several places at the same time."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (PREPARE_LOCK,))
        for ddl in (PLATFORM_DDL, PERSON_KEYS_DDL, OPERATIONS_DDL):
            connection.execute(ddl)
        if connection.execute("SELECT to_regclass('public.stored_events')").fetchone() == (None,):
            store = datastore(url)
            try:
                LogRecorder(store).create_table()
                snapshots(store).create_table()
            finally:
                store.close()
