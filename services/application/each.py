"""One after another: many aggregates in chunks, so that a list of any length holds up nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import text
from sqlmodel import SQLModel, select

from shared.eventstore.decider import Command, Decider, Refused
from shared.readmodels.projections import ReadModelBuildingError
from shared.runtime.service import Runtime

CHUNK = 500  # aggregates of one transaction: other commands pass in between


async def at_present(runtime: Runtime) -> None:
    """Waits until the read models show all that stands in the own log now. Raises `ReadModelBuildingError` in vain."""
    async with runtime.database.transaction() as session:
        found = await session.execute(text("SELECT coalesce(max(notification_id), 0) FROM stored_events"))
        end = int(found.scalar_one())
    if not await runtime.reads.caught_up({"application": end}):
        raise ReadModelBuildingError([f"application to {end}"])


async def chunks(runtime: Runtime, table: type[SQLModel], *where: Any, last: str = "") -> AsyncIterator[Sequence[Any]]:
    """Rows of a read model in the order of their keys, beyond `last`, as they stand when their chunk's turn comes."""
    key = table.__table__.primary_key.columns[0]  # type: ignore[attr-defined]
    while True:
        query = select(table).where(*where, key > last).order_by(key).limit(CHUNK)
        async with runtime.reads.session() as session:
            rows = (await session.execute(query)).scalars().all()
        if not rows:
            return
        yield rows
        last = getattr(rows[-1], key.name)


async def do_all(runtime: Runtime, commands: Sequence[tuple[Decider[Any, Any], str, Command]]) -> None:
    """In one transaction, as the platform. Raises the first `Refused`."""
    for verdict in await runtime.execute_all(commands, runtime.itself):
        if isinstance(verdict, Refused):
            raise verdict
