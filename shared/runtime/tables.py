"""The tables every service has: its log, and what the platform keeps beside it."""

from __future__ import annotations

from typing import LiteralString

import psycopg

from shared.database.sessions import PREPARE_LOCK
from shared.eventstore.recorder import create_log
from shared.eventstore.seals import DDL as SEALS_DDL
from shared.readmodels.deadletters import DDL as DEAD_LETTERS_DDL
from shared.readmodels.projections import DDL as PROJECTIONS_DDL
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
"""


def create_tables(url: str) -> None:
    """Creates the log and the platform's tables once; safe to call from several places at the same time."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (PREPARE_LOCK,))
        for ddl in (
            PLATFORM_DDL,
            PROJECTIONS_DDL,
            DEAD_LETTERS_DDL,
            PERSON_KEYS_DDL,
            OPERATIONS_DDL,
            SEALS_DDL,
        ):
            connection.execute(ddl)
        if connection.execute("SELECT to_regclass('public.stored_events')").fetchone() == (None,):
            create_log(url)
