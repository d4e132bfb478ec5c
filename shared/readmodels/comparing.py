"""Two builds of a read model compared row by row, set by set in SQL: counts, a hash for each row, the first differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, LiteralString

import psycopg
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier

from shared.readmodels.model import ReadModel, table_of

Connection = psycopg.AsyncConnection[TupleRow]
MOST_SHOWN: Final = 10
ONLY_LEFT, ONLY_RIGHT, CHANGED = "only-left", "only-right", "changed"
_COLUMNS: LiteralString = """
SELECT c.relname, a.attname, coalesce(array_position(i.indkey::int2[], a.attnum), -1) AS place
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = %s) AND c.relkind = 'r' ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Difference:
    """A row that is not the same: `columns` are those that differ, each with the left and the right value."""

    key: Mapping[str, Any]
    kind: str
    columns: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class TableComparison:
    """One table in both builds. `left` and `right` count rows; the hashes are over the rows' hashes in key order.

    `first` are the first differences by key; `left_out` the columns not compared, each with the reason.
    """

    table: str
    left: int
    right: int
    only_left: int
    only_right: int
    changed: int
    left_hash: str
    right_hash: str
    first: Sequence[Difference] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def same(self) -> bool:
        return not (self.only_left or self.only_right or self.changed)


@dataclass(frozen=True)
class Table:
    """A table as the database knows it: its columns, and those of its primary key in their order."""

    columns: frozenset[str]
    key: tuple[str, ...]


async def compare(
    connection: Connection, left: str, right: str, operational: Mapping[str, set[str]], most: int = MOST_SHOWN
) -> tuple[list[TableComparison], dict[str, str]]:
    """Compares the tables of two schemas as this connection's transaction sees them.

    Also answers which tables could not be compared, each with the reason. `operational` are the columns by table that
    are no part of the fold.
    """
    lefts, rights = await _tables(connection, left), await _tables(connection, right)
    left_out = {name: f"only in {left if name in lefts else right}" for name in lefts.keys() ^ rights.keys()}
    compared = []
    for name in sorted(lefts.keys() & rights.keys()):
        if not lefts[name].key or lefts[name].key != rights[name].key:
            left_out[name] = "the primary keys differ"
            continue
        pair = _Pair(connection, name, left, right, lefts[name], rights[name], operational.get(name, set()))
        compared.append(await pair.compared(most))
    return compared, left_out


def operational_columns(model: ReadModel) -> dict[str, set[str]]:
    """The columns that others than the fold write, by table."""
    return {
        table_of(table).name: {c.name for c in table_of(table).columns if c.info.get("operational")}
        for table in model.tables
    }


async def _tables(connection: Connection, schema: str) -> dict[str, Table]:
    found: dict[str, dict[str, int]] = {}
    for table, column, place in await (await connection.execute(_COLUMNS, (schema,))).fetchall():
        found.setdefault(table, {})[column] = place
    return {
        table: Table(
            frozenset(columns), tuple(sorted((c for c in columns if columns[c] >= 0), key=columns.__getitem__))
        )
        for table, columns in found.items()
    }


class _Pair:
    """One table in two schemas."""

    def __init__(
        self,
        connection: Connection,
        name: str,
        left: str,
        right: str,
        in_left: Table,
        in_right: Table,
        operational: set[str],
    ) -> None:
        self._connection = connection
        self._name = name
        self._left, self._right = Identifier(left, name), Identifier(right, name)
        self._key = in_left.key
        self._columns = sorted((in_left.columns & in_right.columns) - operational)
        self._left_out = dict.fromkeys(operational & (in_left.columns | in_right.columns), "operational") | {
            c: f"only in {left if c in in_left.columns else right}" for c in in_left.columns ^ in_right.columns
        }

    async def compared(self, most: int) -> TableComparison:
        statement = SQL(
            "WITH l AS (SELECT {key}, {left_hash} AS h FROM {left} AS l), r AS (SELECT {key}, {right_hash} AS h FROM {right} AS r)"
            " SELECT count(l.h), count(r.h), count(*) FILTER (WHERE r.h IS NULL), count(*) FILTER (WHERE l.h IS NULL),"
            " count(*) FILTER (WHERE l.h <> r.h), coalesce(md5(string_agg(l.h, '' ORDER BY {key})), ''),"
            " coalesce(md5(string_agg(r.h, '' ORDER BY {key})), '') FROM l FULL JOIN r USING ({key})"
        ).format(**self._parts())
        row = await (await self._connection.execute(statement)).fetchone()
        assert row is not None  # noqa: S101 - an aggregate has a row
        left, right, only_left, only_right, changed, left_hash, right_hash = row
        first = await self._first(most) if only_left or only_right or changed else []
        return TableComparison(
            self._name, left, right, only_left, only_right, changed, left_hash, right_hash, first, self._left_out
        )

    async def _first(self, most: int) -> list[Difference]:
        statement = SQL(
            "SELECT to_jsonb(l), to_jsonb(r) FROM {left} AS l FULL JOIN {right} AS r USING ({key})"
            " WHERE {left_hash} IS DISTINCT FROM {right_hash} ORDER BY {key} LIMIT %s"
        ).format(**self._parts())
        rows = await (await self._connection.execute(statement, (most,))).fetchall()
        return [self._difference(left, right) for left, right in rows]

    def _difference(self, left: dict[str, Any] | None, right: dict[str, Any] | None) -> Difference:
        there = left or right or {}
        key = {column: there[column] for column in self._key}
        if left is None or right is None:
            return Difference(key, ONLY_RIGHT if left is None else ONLY_LEFT)
        return Difference(key, CHANGED, {c: (left[c], right[c]) for c in self._columns if left[c] != right[c]})

    def _parts(self) -> dict[str, Identifier | Composed]:
        return {
            "left": self._left,
            "right": self._right,
            "key": SQL(", ").join(map(Identifier, self._key)),
            "left_hash": self._hash("l"),
            "right_hash": self._hash("r"),
        }

    def _hash(self, alias: str) -> Composed:
        columns = SQL(", ").join(Identifier(alias, column) for column in self._columns)
        return SQL("md5(ROW({})::text)").format(columns)
