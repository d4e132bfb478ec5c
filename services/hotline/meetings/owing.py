"""A demand becomes a ticket, whatever happens in between."""

from __future__ import annotations

from collections.abc import Sequence

from services.hotline.events.meeting import DemandsAdded, DemandsBecameTickets, MeetingRecorded
from services.hotline.meetings.commands import make_tickets
from shared.deadlines.book import DeadlineRow, Owed, Settled
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime

TICKETS = "demand-tickets"


def deadlines_of(happened: Happened) -> Sequence[Owed | Settled]:
    """Owed at once."""
    match happened.event:
        case MeetingRecorded(demands=demands) if not demands:
            return []
        case MeetingRecorded() | DemandsAdded():
            return [Owed(TICKETS, happened.at)]
        case DemandsBecameTickets(left=left):
            return [Owed(TICKETS, happened.at) if left else Settled(TICKETS)]
    return []


async def on_due(runtime: Runtime, row: DeadlineRow) -> bool:
    """Makes the tickets; False where it is not a meeting's."""
    if row.kind != TICKETS:
        return False
    await make_tickets(runtime, row.aggregate_id.partition("-")[2])
    return True
