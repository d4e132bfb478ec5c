"""Signed checkpoints over the log: what was stored cannot be changed, removed or added to without being found.

Each seal covers up to 1,000 consecutive stored events. Its `leaves` hold the position and the hash of every one; its
`root` is the hash over the leaves, the seal's own fields and the root of the seal before; the root is signed. A seal
vouches for every position from the end of the seal before to its own last one, so that holes stay holes.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, LiteralString

import psycopg
import structlog
from psycopg.rows import TupleRow, tuple_row

from shared.security.signatures import SigningKey

log = structlog.get_logger(__name__)
MOST_EVENTS: Final = 1000
LOWEST: Final = -(2**63)  # also positions that no sequence has given are looked at
HIGHEST: Final = 2**63 - 1
HASH_BYTES: Final = 32
ANSWER_SECONDS: Final = 30.0
LEAF: Final = struct.Struct(f">q{HASH_BYTES}s")
_HEAD = struct.Struct(">qqII")
_NUMBERS = struct.Struct(">qqqqq")

DDL: LiteralString = """
CREATE TABLE IF NOT EXISTS platform.seals (
    number bigint PRIMARY KEY, first_position bigint NOT NULL, last_position bigint NOT NULL, events bigint NOT NULL,
    leaves bytea NOT NULL, root bytea NOT NULL, previous bytea NOT NULL, algorithm text NOT NULL, key_id text NOT NULL,
    signature bytea NOT NULL, sealed_at timestamptz NOT NULL);
"""
EVENTS: LiteralString = (
    "SELECT notification_id, originator_id, originator_version, topic, state FROM public.stored_events"
    " WHERE notification_id BETWEEN %s AND %s ORDER BY notification_id LIMIT %s"
)
_LAST: LiteralString = (
    "SELECT number, last_position, root, (SELECT root FROM platform.seals WHERE number = %s)"
    " FROM platform.seals ORDER BY number DESC LIMIT 1"
)
_WAITING: LiteralString = (
    "SELECT count(*) FROM (SELECT 1 FROM public.stored_events WHERE notification_id > %s LIMIT %s) AS unsealed"
)
_INSERT: LiteralString = (
    "INSERT INTO platform.seals VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (number) DO NOTHING"
)
Digest = Callable[[bytes], bytes]


class SealsMovedError(RuntimeError):
    """A seal that this process has made is gone or was changed; nothing more is sealed until somebody has looked."""


@dataclass(frozen=True, slots=True)
class Seal:
    """A row of `platform.seals`, in the order of its columns. Numbers go 1, 2, 3; the first one's `previous` is empty."""

    number: int
    first_position: int
    last_position: int
    events: int
    leaves: bytes
    root: bytes
    previous: bytes
    algorithm: str
    key_id: str
    signature: bytes
    sealed_at: datetime

    def hashed(self, service: str) -> bytes:
        """What the root is the hash of: every field but root and signature, unmistakably."""
        numbers = _NUMBERS.pack(
            self.number, self.first_position, self.last_position, self.events, _microseconds(self.sealed_at)
        )
        texts = (service.encode(), self.algorithm.encode(), self.key_id.encode(), self.previous, self.leaves)
        return b"chengce seal 1\0" + numbers + b"".join(struct.pack(">Q", len(text)) + text for text in texts)

    def signed(self) -> bytes:
        """What the signature is over."""
        return b"chengce seal root 1\0" + self.root

    def expected(self) -> list[tuple[int, bytes]]:
        """Position and hash of each event it covers."""
        return [(position, hashed) for position, hashed in LEAF.iter_unpack(self.leaves)]


def leaf(row: Sequence[Any], digest: Digest) -> bytes:
    """The hash of a stored event: position, aggregate, version, topic, state. Empty for a row that no ledger wrote."""
    position, aggregate, version, topic, state = row
    if topic is None or state is None:
        return b""
    who, what = aggregate.encode(), topic.encode()
    head = _HEAD.pack(position, version, len(who), len(what))
    return digest(b"chengce event 1\0" + head + who + what + state)


def sealed(
    service: str, number: int, previous: bytes, rows: Sequence[Sequence[Any]], key: SigningKey, at: datetime
) -> Seal:
    """The seal over these rows (position, aggregate, version, topic, state), which are in the order of positions."""
    leaves = b"".join(LEAF.pack(row[0], leaf(row, key.digest)) for row in rows)
    bounds = (rows[0][0], rows[-1][0], len(rows))
    blank = Seal(number, *bounds, leaves, b"", previous, key.algorithm, key.id, b"", at)
    rooted = _with(blank, root=key.digest(blank.hashed(service)))
    return _with(rooted, signature=key.sign(rooted.signed()))


class Sealer:
    """Seals the log of one service; several may do so at once, since a number is taken only once.

    It remembers the last seal it has made: when that one is gone or another, it refuses with `SealsMovedError`, rather
    than to vouch for what is there now.
    """

    def __init__(self, url: str, service: str, key: SigningKey) -> None:
        self.service = service
        self.last: Seal | None = None
        self._url = url
        self._key = key
        self._connection: psycopg.AsyncConnection[TupleRow] | None = None

    async def seal_next(self, least: int = 1) -> tuple[Seal | None, int]:
        """Seals the next events, up to 1,000, when at least `least` wait; and says how many waited, counting to 1,000.

        Only what is committed is seen, and positions become visible in their order, so that nothing can come to lie
        before a seal's end. Raises `SealsMovedError`, psycopg's `Error`s, and TimeoutError after 30 s.
        """
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._seal_next(least)
        except BaseException:
            await self.close()  # whatever was under way on the connection, the next call begins with a new one
            raise

    async def close(self) -> None:
        """Gives the connection back; the next call opens another."""
        connection, self._connection = self._connection, None
        if connection:
            await connection.close()

    async def _seal_next(self, least: int) -> tuple[Seal | None, int]:
        cursor = (await self._opened()).cursor(binary=True)
        number, last, root = await self._end(cursor)
        await cursor.execute(_WAITING, (last, MOST_EVENTS))
        ((waiting,),) = await cursor.fetchall()
        if waiting < max(1, least):
            return None, waiting
        await cursor.execute(EVENTS, (last + 1, HIGHEST, MOST_EVENTS))
        seal = sealed(self.service, number + 1, root, await cursor.fetchall(), self._key, datetime.now(UTC))
        await cursor.execute(_INSERT, _values(seal))
        if not cursor.rowcount:
            return None, waiting  # another replica was faster
        self.last = seal
        # Whoever keeps the logs elsewhere keeps a witness there: a seal that was exchanged has another root.
        log.info("sealed", service=self.service, number=seal.number, position=seal.last_position, root=seal.root.hex())
        return seal, waiting

    async def _end(self, cursor: psycopg.AsyncCursor[TupleRow]) -> tuple[int, int, bytes]:
        """Number, last position and root of the newest seal."""
        await cursor.execute(_LAST, (self.last.number if self.last else 0,))
        row = await cursor.fetchone()
        if self.last and (row is None or row[3] != self.last.root):
            raise SealsMovedError(f"seal {self.last.number} of {self.service} is no longer the one that was made")
        return (row[0], row[1], row[2]) if row else (0, LOWEST, b"")

    async def _opened(self) -> psycopg.AsyncConnection[TupleRow]:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._url, autocommit=True, row_factory=tuple_row, connect_timeout=5, tcp_user_timeout=10_000
            )
        return self._connection


def _values(seal: Seal) -> tuple[Any, ...]:
    return tuple(getattr(seal, name) for name in Seal.__slots__)


def _with(seal: Seal, **changed: Any) -> Seal:
    return Seal(**{name: getattr(seal, name) for name in Seal.__slots__} | changed)


def _microseconds(at: datetime) -> int:
    """Since 1970, exactly: a float would round."""
    since = at - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
