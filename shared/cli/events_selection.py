"""Stored events by what is asked for, straight from the log, page by page: memory does not grow with the log."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from typing import Any, LiteralString

import orjson
import psycopg
from eventsourcing.persistence import Notification
from psycopg.rows import tuple_row

from shared.eventstore.seals import HIGHEST, LOWEST

PAGE = 1000
EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_TRACE = re.compile(r"(?:[0-9a-f]{2}-)?([0-9a-f]{32})(?:-[0-9a-f]{16}-[0-9a-f]{2})?")
_COLUMNS: LiteralString = (
    "SELECT notification_id, originator_id, originator_version, topic, state FROM public.stored_events"
)
# OFFSET 0 keeps the planner from reading the JSON once for each condition. `->` and not `->>`: text with \u0000 in it
# has no other form in PostgreSQL.
_SAID: LiteralString = " CROSS JOIN LATERAL (SELECT convert_from(state, 'UTF8')::json AS said OFFSET 0) AS content"
_BETWEEN: LiteralString = "notification_id > %(low)s AND notification_id <= %(high)s"
_AT: LiteralString = "trim(both '\"' from (said->'at')::text)::timestamptz"


def trace_id_of(text: str) -> str | None:
    """The trace id in itself or in a traceparent (W3C Trace Context), or None."""
    found = _TRACE.fullmatch(text.strip().lower())
    return found[1] if found else None


@dataclass(frozen=True)
class Wanted:
    """Which events: all conditions hold together. `since` is included, `until` is not; `after` is not, `until_position` is."""

    aggregate: str | None = None
    types: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    after: int | None = None
    until_position: int | None = None
    trace: str | None = None
    actor: str | None = None

    @property
    def by_position_alone(self) -> bool:
        """Whether nothing is left out in between."""
        return self == Wanted(after=self.after, until_position=self.until_position)

    @cached_property
    def _conditions(self) -> tuple[LiteralString, dict[str, Any]]:
        """What is asked beside the position, as SQL."""
        columns: list[tuple[Any, LiteralString]] = [
            (self.aggregate, "originator_id = %(aggregate)s"),
            (list(self.types), "topic = ANY(%(types)s)"),
        ]
        said: list[tuple[Any, LiteralString]] = [
            (self.since, f"{_AT} >= %(since)s"),
            (self.until, f"{_AT} < %(until)s"),
            (self.trace, "(said->'trace')::text LIKE '\"__-' || %(trace)s || '-%%'"),
            (self.actor, "(said->'actor'->'subject')::text = %(actor)s"),
        ]
        values = {name: getattr(self, name) for name in ("aggregate", "since", "until", "trace")}
        values |= {"types": list(self.types), "actor": orjson.dumps(self.actor or "").decode()}
        inside = [sql for value, sql in said if value]
        asked = [sql for value, sql in columns if value] + inside
        return (_SAID if inside else "") + " WHERE " + " AND ".join([*asked, _BETWEEN]), values

    def rows(
        self, connection: psycopg.Connection[Any], *, reverse: bool = False, limit: int | None = None
    ) -> Iterator[Notification]:
        """The events, oldest position first, or newest with `reverse`. Raises psycopg's `Error`s."""
        return islice(self._pages(connection, reverse, min(limit or PAGE, PAGE)), limit)

    def query(self, *, reverse: bool = False) -> tuple[LiteralString, dict[str, Any]]:
        """The SQL of one page, and its values but for `low`, `high` and `page`."""
        conditions, values = self._conditions
        # An aggregate's events are found by its id: the sum keeps the planner from walking through all positions instead.
        order: LiteralString = "notification_id + 0" if self.aggregate else "notification_id"
        direction: LiteralString = " DESC" if reverse else ""
        return f"{_COLUMNS}{conditions} ORDER BY {order}{direction} LIMIT %(page)s", values

    def _pages(self, connection: psycopg.Connection[Any], reverse: bool, page: int) -> Iterator[Notification]:
        query, values = self.query(reverse=reverse)
        low = LOWEST if self.after is None else self.after
        high = HIGHEST if self.until_position is None else self.until_position
        cursor = connection.cursor(binary=True, row_factory=tuple_row)
        while True:
            found = cursor.execute(query, values | {"low": low, "high": high, "page": page}).fetchall()
            for position, aggregate, version, topic, state in found:
                yield Notification(aggregate, version, topic, state, id=position)
            if len(found) < page:
                return
            low, high = (low, found[-1][0] - 1) if reverse else (found[-1][0], high)


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored event of a service, with what its state says; an unreadable state is told as such."""

    service: str
    row: Notification
    said: Mapping[str, Any]

    @property
    def at(self) -> datetime | None:
        """When it was recorded; None where the state does not say."""
        try:
            return datetime.fromisoformat(self.said["at"]).astimezone(UTC)
        except (KeyError, TypeError, ValueError):
            return None


def stored(service: str, row: Notification) -> Stored:
    """The event with its state read as JSON; of a state that is none, `{"unreadable": ...}` in its place."""
    try:
        said = orjson.loads(row.state)
    except (orjson.JSONDecodeError, TypeError):
        said = None
    return Stored(service, row, said if isinstance(said, dict) else {"unreadable": repr(row.state)[:200]})


def merged(
    connections: Mapping[str, psycopg.Connection[Any]],
    wanted: Wanted,
    *,
    reverse: bool = False,
    limit: int | None = None,
) -> Iterator[Stored]:
    """Events of several services by the time they were recorded; those of one service stay in the order of its log."""
    start = LATEST if reverse else EARLIEST
    feeds = [_timed(name, wanted.rows(each, reverse=reverse, limit=limit), start) for name, each in connections.items()]
    by_time = heapq.merge(*feeds, key=lambda timed: timed[0], reverse=reverse)
    return (each for _, each in islice(by_time, limit))


def _timed(service: str, rows: Iterator[Notification], start: datetime) -> Iterator[tuple[datetime, Stored]]:
    at = start
    for row in rows:
        each = stored(service, row)
        at = each.at or at  # where the state does not say, as the one before
        yield at, each
