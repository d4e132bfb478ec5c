"""The port: objects with a name each, written once, read in pieces, deleted when no event names them any more.

The record says which objects there are. Content is stored before the event that names it, and deleted after the event
that lets it go; so an object without an event is never shown, and an event without its object is a fault.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


class ObjectStoreAway(RuntimeError):
    """The store does not answer, or does not take or give what it was asked for; nothing is known of a write."""


class NoSuchObject(LookupError):
    """There is no object of that name."""


@dataclass(frozen=True)
class Stored:
    """An object as a list shows it: `size` in bytes, `stored_at` by the store's clock."""

    name: str
    size: int
    stored_at: datetime


@dataclass(frozen=True)
class Opened:
    """An object that is being read: `size` in bytes of the whole, `pieces` of what was asked for."""

    size: int
    pieces: AsyncIterator[bytes]


class ObjectStore(Protocol):
    """The objects of one service. Every method raises `ObjectStoreAway`; names have no slashes."""

    async def put(self, name: str, content: AsyncIterator[bytes]) -> None:
        """Stores an object whole or not at all, in memory that does not grow with it. When it returns, the object is
        there whatever is killed. What `content` raises comes through (an OSError as `ObjectStoreAway`), and nothing is
        stored."""
        ...

    async def open(self, name: str, start: int = 0, end: int | None = None) -> Opened:
        """The object's bytes from `start` up to, and without, `end`. Raises `NoSuchObject` before any is read."""
        ...

    async def delete(self, name: str) -> None:
        """Done twice it does nothing the second time."""
        ...

    def listed(self) -> AsyncIterator[list[Stored]]:
        """All objects, some hundreds at a time, in no order."""
        ...

    async def tidy(self, before: datetime) -> int:
        """Removes what writes left that were cut off before that moment; how many it were."""
        ...

    async def look(self) -> None:
        """Returns when the store can be used."""
        ...


def checked(name: str) -> str:
    """The name. Raises ValueError for one that no store takes."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"no name of an object: {name!r}")
    return name


async def as_pieces(content: bytes) -> AsyncIterator[bytes]:
    """Content that is at hand, as `put` takes it."""
    yield content


async def read(store: ObjectStore, name: str, start: int = 0, end: int | None = None) -> bytes:
    """Bytes of an object, in memory. Raises `NoSuchObject`, `ObjectStoreAway`."""
    opened = await store.open(name, start, end)
    return b"".join([piece async for piece in opened.pieces])
