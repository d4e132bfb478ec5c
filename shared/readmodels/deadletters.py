"""Events that could not be processed; later ones of the same aggregate wait behind them, all others go on."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.sessions import Database
from shared.eventstore.recorder import Also
from shared.readmodels.happened import Heard

BEHIND: Final = "waits behind an earlier event of the same aggregate"
INSERT = (
    "INSERT INTO platform.dead_letters (name, source, position, aggregate_id, type, error, attempts, waiting, traceparent)"
    " VALUES (:name, :source, :position, :aggregate_id, :type, :error, :attempts, :waiting, :traceparent)"
    " ON CONFLICT (name, source, position) DO NOTHING"
)


class DeadLetters:
    """The dead letters of one read model or reaction of a service."""

    def __init__(self, database: Database, name: str) -> None:
        self.database = database
        self.name = name

    async def held_back(self, source: str) -> set[str]:
        """The aggregates with a dead letter: their later events wait."""
        async with self.database.transaction() as session:
            rows = await session.execute(
                text("SELECT DISTINCT aggregate_id FROM platform.dead_letters WHERE name = :name AND source = :source"),
                {"name": self.name, "source": source},
            )
            return {row.aggregate_id for row in rows}

    async def add(
        self, session: AsyncSession, heard: Heard, error: str, *, attempts: int = 1, waiting: bool = False
    ) -> None:
        """Sets an event aside, inside the caller's transaction."""
        await session.execute(
            text(INSERT),
            {
                "name": self.name,
                "source": heard.source,
                "position": heard.position,
                "aggregate_id": heard.aggregate_id,
                "type": heard.type,
                "error": error[:4000],
                "attempts": attempts,
                "waiting": waiting,
                "traceparent": heard.traceparent,
            },
        )

    async def wait_behind(self, session: AsyncSession, heard: Heard) -> None:
        """Puts an event behind the dead letter of its aggregate."""
        await self.add(session, heard, BEHIND, attempts=0, waiting=True)

    def also_wait_behind(self, heard: Heard) -> Also:
        """The same, for the transaction in which a reaction appends its events."""
        return Also(
            "INSERT INTO platform.dead_letters (name, source, position, aggregate_id, type, error, attempts, waiting)"
            " VALUES (%(name)s, %(source)s, %(position)s, %(aggregate_id)s, %(type)s, %(error)s, 0, true)"
            " ON CONFLICT (name, source, position) DO NOTHING",
            {
                "name": self.name,
                "source": heard.source,
                "position": heard.position,
                "aggregate_id": heard.aggregate_id,
                "type": heard.type,
                "error": BEHIND,
            },
        )
