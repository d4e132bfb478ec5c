"""What a list owes: its offers, the end of its term, its support list; rows of the book, so that a crash forgets nothing."""

from __future__ import annotations

from collections.abc import Sequence

from services.application.decider.grant import LapseGrant, OfferGrant, SupportGrant
from services.application.decider.grant_list import (
    ConcludeOffers,
    ConcludeSupportList,
    ConcludeTerm,
    GrantListState,
    LookAtTerm,
    grant_list,
)
from services.application.each import at_present
from services.application.events import grant as events
from services.application.grants.commands import figures, to_each
from shared.calendar import LimitClock, civil_date
from shared.deadlines.book import DeadlineRow, Owed, Settled
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime

OFFERS, TERM, SUPPORT = "grant-offers", "grant-term", "grant-support"


def deadlines_of(happened: Happened) -> Sequence[Owed | Settled]:
    """Each row ends with an event."""
    match happened.event:
        case events.GrantListAccepted():
            return [Owed(OFFERS, happened.at)]
        case events.GrantOffersMade(clock=clock):
            return [Settled(OFFERS), _term(clock)]
        case events.GrantTermMoved(clock=clock):
            return [_term(clock)]
        case events.GrantTermOver():
            return [Settled(TERM)]
        case events.SupportListConfirmed():
            return [Settled(TERM), Owed(SUPPORT, happened.at)]
        case events.SupportListConcluded():
            return [Settled(SUPPORT)]
    return []


def _term(clock: LimitClock) -> Owed | Settled:
    at = clock.overdue_at()
    return Owed(TERM, at, clock.due.provisional) if at else Settled(TERM)


async def on_due(runtime: Runtime, row: DeadlineRow) -> bool:
    """Does what is owed; False where it is not a list's. Killed in its middle and begun anew, it does the rest."""
    key = row.aggregate_id.partition("-")[2]
    if row.kind == OFFERS:
        await _offer(runtime, key)
    elif row.kind == TERM:
        await _end_term(runtime, key)
    elif row.kind == SUPPORT:
        await at_present(runtime)
        await to_each(runtime, key, "confirmed", SupportGrant(grant_list=key))
        await runtime.execute(grant_list, key, ConcludeSupportList())
    else:
        return False
    return True


async def on_calendar(runtime: Runtime, row: DeadlineRow) -> None:
    """The calendar may know more by now."""
    if row.kind == TERM:
        await runtime.execute(grant_list, row.aggregate_id.partition("-")[2], LookAtTerm())


async def _offer(runtime: Runtime, key: str) -> None:
    state: GrantListState = await runtime.state(grant_list, key)
    assert state.clock is not None  # noqa: S101 - it was accepted
    await at_present(runtime)
    due = state.clock.due
    await to_each(runtime, key, "listed", OfferGrant(grant_list=key, confirm_by=due.day, provisional=due.provisional))
    await runtime.execute(grant_list, key, ConcludeOffers())


async def _end_term(runtime: Runtime, key: str) -> None:
    receipt = await runtime.execute(grant_list, key, LookAtTerm())
    state: GrantListState = await runtime.state(grant_list, key)
    if receipt.events or state.clock is None or not state.clock.is_overdue(civil_date(runtime.clock.now())):
        return  # the term has moved, and its row with it
    await at_present(runtime)
    await to_each(runtime, key, "offered", LapseGrant(grant_list=key))
    rows = (await figures(runtime, key)).rows
    answered = {status: rows.get(status, 0) for status in ("confirmed", "declined", "lapsed")}
    await runtime.execute(grant_list, key, ConcludeTerm(**answered))
