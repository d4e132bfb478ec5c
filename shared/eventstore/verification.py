"""Whether a log is still what its seals vouch for, and if not, which event was the first to be touched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, LiteralString

import psycopg
from psycopg.rows import TupleRow, tuple_row

from shared.eventstore.seals import EVENTS, LOWEST, MOST_EVENTS, Seal, leaf
from shared.security.signatures import KeyRing, SignatureKeyError, digest_of

_SEALS_AT_A_TIME = 16  # 40 kB each
# The columns of `Seal`; a date that Python cannot hold was put there by nobody of us, and reads as none.
_SEALS: LiteralString = (
    "SELECT number, first_position, last_position, events, leaves, root, previous, algorithm, key_id, signature,"
    " CASE WHEN sealed_at BETWEEN '0001-01-02Z' AND '9999-12-30Z' THEN sealed_at END"
    " FROM platform.seals WHERE number > %s ORDER BY number LIMIT %s"
)
_STAND: LiteralString = (
    "SELECT (SELECT count(*) FROM public.stored_events WHERE notification_id >= %s),"
    " (SELECT coalesce(max(notification_id), 0) FROM public.stored_events)"
)
_STORED: LiteralString = "SELECT 1 FROM public.stored_events WHERE notification_id = %s"
_ROOT: LiteralString = "SELECT root FROM platform.seals WHERE number = %s"
# Versions of an aggregate have no holes: one around a removed position tells whose event it was.
_HOLE: LiteralString = """
SELECT originator_id, CASE WHEN version = before + 2 THEN before + 1 END FROM (
    SELECT originator_id, originator_version AS version, notification_id AS position,
        lag(originator_version, 1, 0::bigint) OVER versions AS before,
        lag(notification_id, 1, %(lowest)s::bigint) OVER versions AS earlier
    FROM public.stored_events WINDOW versions AS (PARTITION BY originator_id ORDER BY originator_version)) AS neighbours
WHERE version > before + 1 AND earlier < %(position)s AND position > %(position)s LIMIT 2
"""


class Wrong(StrEnum):
    """What is wrong."""

    EVENT_CHANGED = "event-changed"
    EVENT_REMOVED = "event-removed"
    EVENT_INSERTED = "event-inserted"
    SEAL_REMOVED = "seal-removed"
    SEAL_INSERTED = "seal-inserted"
    SEAL_CHANGED = "seal-changed"
    SEAL_FORGED = "seal-forged"
    SEAL_KEY_UNKNOWN = "seal-key-unknown"
    SEAL_ALGORITHM_UNKNOWN = "seal-algorithm-unknown"
    CHAIN_BROKEN = "chain-broken"
    SEALS_TRUNCATED = "seals-truncated"
    HEAD_DIFFERS = "head-differs"
    LOG_TRUNCATED = "log-truncated"
    LOG_BEHIND_STREAM = "log-behind-stream"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, with what is known of it.

    Of a removed event the position is known; `aggregate` and `version` only when a hole in an aggregate's versions tells.
    Of a changed one they are as they stand in the log now.
    """

    wrong: Wrong
    position: int | None = None
    aggregate: str | None = None
    version: int | None = None
    topic: str | None = None
    seal: int | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """Where a log stood: number and root of its last seal, and the log's last position. Kept elsewhere, it tells a truncation."""

    number: int
    root: str
    last_position: int
    log_position: int


class Verification:
    """Goes once through the seals and the events of one service, at any time, beside running replicas.

    Holds some seals and the events of one at a time, whatever the length of the log. While `findings` are taken, `seals`
    and `events` count what was looked at; at the end `head` and `unsealed` say where the log stands.
    """

    def __init__(self, connection: psycopg.Connection[Any], service: str, ring: KeyRing) -> None:
        self.service = service
        self.seals = 0
        self.events = 0
        self.unsealed = 0
        self.head = Head(0, "", 0, 0)
        self._ring = ring
        self._connection = connection
        self._seal: Seal | None = None  # the one before
        self._names = 3  # each name of a removed event costs a walk through the whole log

    def findings(self) -> Iterator[Finding]:
        """Everything that is wrong, by position: the first is the first event that was touched. Raises psycopg's `Error`s."""
        number, low, root = 0, LOWEST, b""
        known = True  # whether the seal before is there and sound, so that it says where this one begins
        for row in self._sealed():
            self.seals += 1
            if row[0] <= number:
                yield Finding(Wrong.SEAL_INSERTED, seal=row[0])
                continue
            if row[0] > number + 1:
                yield Finding(Wrong.SEAL_REMOVED, seal=number + 1)
                known = False
            number = row[0]
            damage, seal = self._damage(row)
            if damage or seal is None:
                yield Finding(damage or Wrong.SEAL_CHANGED, position=row[1], seal=row[0])
                known = False
                continue
            if known and seal.previous != root:
                yield Finding(Wrong.CHAIN_BROKEN, position=seal.first_position, seal=seal.number)
            yield from self._compared(seal, low if known else seal.first_position)
            low, root, known = seal.last_position + 1, seal.root, True
            self._seal = seal
        self._stand(low)

    def against(self, noted: Head) -> Iterator[Finding]:
        """What a head that was noted earlier tells beside: seals, or events, that have gone from the end since then."""
        if noted.number:
            row = self._row(_ROOT, (noted.number,))
            if row is None:
                yield Finding(Wrong.SEALS_TRUNCATED, position=noted.last_position, seal=noted.number)
            elif bytes(row[0]).hex() != noted.root:
                yield Finding(Wrong.HEAD_DIFFERS, position=noted.last_position, seal=noted.number)
        if noted.log_position and self._row(_STORED, (noted.log_position,)) is None:
            yield Finding(Wrong.LOG_TRUNCATED, position=noted.log_position)

    def against_stream(self, published: int) -> Iterator[Finding]:
        """Whether the event that was published last, before `findings` were taken, is still in the log."""
        if published and self._row(_STORED, (published,)) is None:
            yield Finding(Wrong.LOG_BEHIND_STREAM, position=published)

    def _sealed(self) -> Iterator[TupleRow]:
        number = LOWEST
        while rows := self._rows(_SEALS, (number, _SEALS_AT_A_TIME)):
            yield from rows
            number = rows[-1][0]

    def _damage(self, row: TupleRow) -> tuple[Wrong | None, Seal | None]:
        """What is wrong with a seal in itself."""
        if None in row:
            return Wrong.SEAL_CHANGED, None
        seal = Seal(*row)
        try:
            digest = digest_of(seal.algorithm)
        except SignatureKeyError:
            return Wrong.SEAL_ALGORITHM_UNKNOWN, None
        if digest(seal.hashed(self.service)) != seal.root:
            return Wrong.SEAL_CHANGED, None
        if not self._ring.knows(seal.algorithm, seal.key_id):
            return Wrong.SEAL_KEY_UNKNOWN, None
        if not self._ring.verifies(seal.algorithm, seal.key_id, seal.signature, seal.signed()):
            return Wrong.SEAL_FORGED, None
        return None, seal

    def _compared(self, seal: Seal, low: int) -> Iterator[Finding]:
        """Walks a seal's leaves and the events from `low` to the seal's end, side by side.

        A thousand rows more than there are leaves is enough to see: so many were inserted, and each of them is told.
        """
        digest = digest_of(seal.algorithm)
        expected = seal.expected()
        at = 0
        for row in self._rows(EVENTS, (low, seal.last_position, len(expected) + MOST_EVENTS)):
            position = row[0]
            self.events += 1
            while at < len(expected) and expected[at][0] < position:
                yield self._removed(expected[at][0], seal)
                at += 1
            if at == len(expected) or expected[at][0] != position:
                yield Finding(Wrong.EVENT_INSERTED, position, row[1], row[2], row[3], seal.number)
                continue
            if leaf(row, digest) != expected[at][1]:
                yield Finding(Wrong.EVENT_CHANGED, position, row[1], row[2], row[3], seal.number)
            at += 1
        for position, _ in expected[at:]:
            yield self._removed(position, seal)

    def _removed(self, position: int, seal: Seal) -> Finding:
        found = self._rows(_HOLE, {"position": position, "lowest": LOWEST}) if self._names > 0 else []
        self._names -= 1
        aggregate, version = found[0] if len(found) == 1 else (None, None)
        return Finding(Wrong.EVENT_REMOVED, position, aggregate, version, seal=seal.number)

    def _stand(self, low: int) -> None:
        self.unsealed, log_position = self._rows(_STAND, (low,))[0]
        last = self._seal
        self.head = (
            Head(last.number, last.root.hex(), last.last_position, log_position)
            if last
            else Head(0, "", 0, log_position)
        )

    def _rows(self, query: LiteralString, params: Any) -> list[TupleRow]:
        cursor = self._connection.cursor(binary=True, row_factory=tuple_row)
        return cursor.execute(query, params).fetchall()

    def _row(self, query: LiteralString, params: Any) -> TupleRow | None:
        return next(iter(self._rows(query, params)), None)
