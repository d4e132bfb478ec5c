"""Hot spots are looked for where tickets come in, at most once in ten minutes for each town and item."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from services.hotline.decider.hotspot import Group, LookAtHotSpots, hot_spots, place_of
from services.hotline.events.hotspot import HotSpotsLooked
from services.hotline.events.ticket import TicketReceived
from services.hotline.likeness.finding import recent
from services.hotline.likeness.weighing import groups
from shared.deadlines.book import DeadlineRow, Owed, Settled
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime

LOOK = "hot-spots"
EVERY = timedelta(minutes=10)
FRESH = timedelta(days=90)  # older tickets come from an archive


def deadlines_of(happened: Happened) -> Sequence[Owed | Settled]:
    """A ticket that comes in has its place looked at soon; a thousand in ten minutes, once."""
    match happened.event:
        case TicketReceived() as event if event.received_at >= happened.at - FRESH:
            return [Owed(LOOK, _next_look(happened.at), of=hot_spots.id_of(place_of(event.town, event.item)))]
        case HotSpotsLooked():
            return [Settled(LOOK)]
    return []


async def on_due(runtime: Runtime, row: DeadlineRow) -> bool:
    """Compares the tickets of a place; False where it is not hot spots'."""
    if row.kind != LOOK:
        return False
    place = row.aggregate_id.partition("-")[2]
    kind, _, name = place.partition("-")
    town, item = (None, name) if kind == "item" else (None if name == "none" else name, None)
    rules = await runtime.resources.rules.now()
    since = runtime.clock.now() - timedelta(days=rules.hot_days)
    rows = {row.key: row for row in await recent(runtime, town=town, item=item, since=since)}
    compared = await runtime.in_thread(groups, {key: row.vector for key, row in rows.items()})
    large = [group for group in compared if len(group) >= rules.hot_count]
    found = []
    for keys in large:
        lead = min((rows[key] for key in keys), key=lambda row: (row.received_at, row.key))
        found.append(Group(lead=lead.key, title=lead.title, tickets=tuple(keys)))
    command = LookAtHotSpots(town=town, item=item, groups=tuple(found), count=rules.hot_count, days=rules.hot_days)
    await runtime.execute(hot_spots, place, command)
    return True


def _next_look(at: datetime) -> datetime:
    slot = int(at.timestamp() // EVERY.total_seconds() + 1) * EVERY.total_seconds()
    return datetime.fromtimestamp(slot, UTC)
