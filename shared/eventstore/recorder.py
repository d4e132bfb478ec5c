"""The log's tables, made by the library's recorders, and what is written beside its events (docs/decisions/0002, 0010)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, LiteralString

from eventsourcing.postgres import PostgresAggregateRecorder, PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

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


def create_log(url: str) -> None:
    """Creates the tables of events and of snapshots, in the library's form with text aggregate ids."""
    parts = conninfo_to_dict(url)
    store = PostgresDatastore(
        dbname=str(parts["dbname"]),
        host=str(parts.get("host", "127.0.0.1")),
        port=str(parts.get("port", 5432)),
        user=str(parts.get("user", "")),
        password=str(parts.get("password", "")),
        pool_size=1,
        originator_id_type="text",
    )
    try:
        PostgresApplicationRecorder(store).create_table()
        PostgresAggregateRecorder(store, events_table_name="snapshots").create_table()
    finally:
        store.close()
