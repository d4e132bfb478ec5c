"""Like tickets, found among all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import col, select

from services.hotline.likeness.weighing import LIKE, likeness
from services.hotline.readmodels.likeness import LikenessRow
from shared.runtime.service import Runtime

WITHIN = timedelta(days=180)
MOST = 400  # candidates that are weighed
MOST_COMPARED = 2000  # of a place, each with each


async def like_tickets(runtime: Runtime, key: str, most: int) -> list[tuple[float, LikenessRow]]:
    """Tickets about the same matter, received within half a year of it, the likest first; none for an unknown key."""
    row = await runtime.reads.one(LikenessRow, key)
    if row is None:
        return []
    near = (
        col(LikenessRow.received_at) >= row.received_at - WITHIN,
        col(LikenessRow.received_at) <= row.received_at + WITHIN,
    )
    query = select(LikenessRow).where(
        col(LikenessRow.marks).bool_op("&&")(row.marks), col(LikenessRow.key) != key, *near
    )
    query = query.order_by(col(LikenessRow.received_at).desc(), col(LikenessRow.key)).limit(MOST)
    weighed = [(likeness(row.vector, each.vector), each) for each in await runtime.reads.all(LikenessRow, query)]
    found = [(round(how, 4), each) for how, each in weighed if how >= LIKE]
    return sorted(found, key=lambda each: (-each[0], each[1].key))[:most]


async def recent(runtime: Runtime, *, town: str | None, item: str | None, since: datetime) -> Sequence[LikenessRow]:
    """The tickets of a town, or on an item, since then; the newest, where there are more than can be compared."""
    about = LikenessRow.item == item if item is not None else LikenessRow.town == town
    query = select(LikenessRow).where(about, col(LikenessRow.received_at) >= since)
    query = query.order_by(col(LikenessRow.received_at).desc(), col(LikenessRow.key)).limit(MOST_COMPARED)
    return await runtime.reads.all(LikenessRow, query)
