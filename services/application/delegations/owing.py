"""What a delegation owes: its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from services.application.decider.delegation import RaiseDelegationOver, delegation
from services.application.events.delegation import DelegationEnded, DelegationSet
from shared.calendar import start_of
from shared.deadlines.book import DeadlineRow, Owed, Settled
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime

END = "delegation-end"


def deadlines_of(happened: Happened) -> Sequence[Owed | Settled]:
    """When its last day is over, unless it was ended before."""
    match happened.event:
        case DelegationSet(until_on=until_on):
            return [Owed(END, start_of(until_on + timedelta(days=1)))]
        case DelegationEnded():
            return [Settled(END)]
    return []


async def on_due(runtime: Runtime, row: DeadlineRow) -> bool:
    """Ends it; False where it is not a delegation's."""
    if row.kind != END:
        return False
    await runtime.execute(delegation, row.aggregate_id.partition("-")[2], RaiseDelegationOver())
    return True
