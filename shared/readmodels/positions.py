"""Where each read model and reaction stands: compare-and-set in the transaction of the effect, and waiting for it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.sessions import Database
from shared.eventstore.recorder import Also, PositionMovedError
from shared.readmodels.happened import Heard

WAITING_POLL_SECONDS = 0.05  # only for readers in a replica that does not write the read model itself

_MOVE: Final = (
    "UPDATE platform.positions SET position = {0}, stream_sequence = {1}, moved_at = now()"
    " WHERE name = {2} AND source = {3} AND position = {4}"
)


class GapError(Exception):
    """An event whose predecessor has not been heard: never skipped, always asked for again."""


def unheard(heard: Sequence[Heard], position: int) -> list[Heard]:
    """The events after `position`; repeats are left out. Raises `GapError` when one in between is missing."""
    news = [each for each in heard if each.position > position]
    for each in news:
        if each.previous is not None and each.previous > position:
            raise GapError(f"{each.source} goes on with {each.previous} -> {each.position}, but we stand at {position}")
        position = each.position
    return news


class Positions:
    """The positions of one service's read models and reactions."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._known: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._moved = asyncio.Condition()

    async def register(self, name: str, source: str) -> None:
        """Makes the row that compare-and-set works on."""
        async with self.database.transaction() as session:
            await session.execute(
                text("INSERT INTO platform.positions (name, source) VALUES (:name, :source) ON CONFLICT DO NOTHING"),
                {"name": name, "source": source},
            )

    async def read(self, name: str, source: str) -> tuple[int, int]:
        """Position and stream sequence that the record holds."""
        async with self.database.transaction() as session:
            row = (
                await session.execute(
                    text(
                        "SELECT position, stream_sequence FROM platform.positions WHERE name=:name AND source=:source"
                    ),
                    {"name": name, "source": source},
                )
            ).one_or_none()
        return (row.position, row.stream_sequence) if row else (0, 0)

    async def move(self, session: AsyncSession, name: str, source: str, old: int, last: Heard) -> None:
        """Moves the position inside the caller's transaction. Raises `PositionMovedError` when it is not at `old`."""
        params = {"name": name, "source": source, "old": old, "new": last.position, "stream": last.stream_sequence}
        done = await session.execute(text(_MOVE.format(":new", ":stream", ":name", ":source", ":old")), params)
        if done.rowcount != 1:  # type: ignore[attr-defined]
            raise PositionMovedError(str(params))

    async def moved(self, name: str, source: str, position: int) -> None:
        """Wakes the readers that wait here."""
        async with self._moved:
            self._known[(name, source)] = max(position, self._known[(name, source)])
            self._moved.notify_all()

    async def wait_for(self, name: str, source: str, position: int, seconds: float) -> bool:
        """Waits until this build or reaction stands at `position` or beyond; False after `seconds` of real time."""
        return await self.wait_until(lambda: self._reached(name, source, position), seconds)

    async def wait_until(self, reached: Callable[[], Awaitable[bool]], seconds: float) -> bool:
        """Asks after every move until it is so; False after `seconds` of real time."""
        try:
            async with asyncio.timeout(seconds):
                while not await reached():
                    await self._next_move()
        except TimeoutError:
            return False
        return True

    def known(self, name: str, source: str) -> int:
        """Where it stood at least when this process last heard of it, without asking the record."""
        return self._known[(name, source)]

    async def _reached(self, name: str, source: str, position: int) -> bool:
        if self._known[(name, source)] >= position:
            return True
        found, _ = await self.read(name, source)
        self._known[(name, source)] = max(found, self._known[(name, source)])
        return found >= position

    async def _next_move(self) -> None:
        async with self._moved:
            try:
                async with asyncio.timeout(WAITING_POLL_SECONDS):
                    await self._moved.wait()
            except TimeoutError:
                return  # another replica may have moved it: look again


def also_move(name: str, source: str, old: int, last: Heard) -> Also:
    """The same compare-and-set, for the transaction in which a reaction appends its events."""
    return Also(
        "UPDATE platform.positions SET position = %(new)s, stream_sequence = %(stream)s, moved_at = now()"
        " WHERE name = %(name)s AND source = %(source)s AND position = %(old)s",
        {"name": name, "source": source, "old": old, "new": last.position, "stream": last.stream_sequence},
        rows=1,
    )
