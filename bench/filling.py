"""Logs that stand there before anything is measured."""

from __future__ import annotations

from collections.abc import Iterable
from typing import LiteralString

import psycopg
from eventsourcing.persistence import StoredEvent

_EVENTS: LiteralString = "COPY stored_events (originator_id, originator_version, topic, state) FROM STDIN"
_SNAPSHOTS: LiteralString = "COPY snapshots (originator_id, originator_version, topic, state) FROM STDIN"


def fill_log(url: str, events: Iterable[StoredEvent]) -> None:
    """Puts events into a log, in one transaction."""
    _copy(url, _EVENTS, events)


def fill_snapshots(url: str, snapshots: Iterable[StoredEvent]) -> None:
    """Puts snapshots beside it."""
    _copy(url, _SNAPSHOTS, snapshots)


def _copy(url: str, statement: LiteralString, rows: Iterable[StoredEvent]) -> None:
    with psycopg.connect(url) as connection, connection.cursor().copy(statement) as copy:
        for row in rows:
            copy.write_row((row.originator_id, row.originator_version, row.topic, row.state))
