"""What a bad rating owes: a follow-up, its warning, and its due day (整改)."""

from __future__ import annotations

from collections.abc import Sequence

from services.hotline.decider import TicketState, ticket
from services.hotline.decider.commands import RevisitTicket
from services.hotline.decider.following import (
    BeginFollowUp,
    RaiseFollowUpDueSoon,
    RaiseFollowUpOverdue,
    RecomputeFollowUp,
)
from services.hotline.decider.rating import PassRatingOn, rating
from services.hotline.decider.ratingstate import RatingState
from services.hotline.events.rating import (
    FollowUpBegun,
    FollowUpDueSoon,
    FollowUpExtended,
    FollowUpOverdue,
    FollowUpRecomputed,
    FollowUpRecorded,
    RatingGiven,
    RatingPassedOn,
)
from shared.calendar import end_of, start_of
from shared.deadlines.book import DeadlineRow, Owed, Settled
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime

REVISIT, DUE_SOON, OVERDUE = "revisit", "follow-up-due-soon", "follow-up-overdue"


def deadlines_of(happened: Happened) -> Sequence[Owed | Settled]:
    """A ticket's bad rating is revisited at once; a follow-up has its warning and its due day."""
    match happened.event:
        case RatingGiven(matter=matter, grade=grade) if matter.kind == "ticket" and grade <= 2:
            return [Owed(REVISIT, happened.at)]
        case FollowUpBegun() | FollowUpExtended() | FollowUpRecomputed() as event:
            due = event.clock.due
            soon = Owed(DUE_SOON, start_of(event.warn_on), due.provisional)
            return [Settled(REVISIT), soon, Owed(OVERDUE, end_of(due.day), due.provisional)]
        case RatingPassedOn():
            return [Settled(REVISIT)]
        case FollowUpDueSoon():
            return [Settled(DUE_SOON)]
        case FollowUpRecorded() | FollowUpOverdue():
            return [Settled(DUE_SOON), Settled(OVERDUE)]
    return []


async def on_due(runtime: Runtime, row: DeadlineRow) -> bool:
    """Does what is owed; False where it is not a rating's."""
    if row.kind == REVISIT:
        await revisit_ticket(runtime, row)
        return True
    commands = {DUE_SOON: RaiseFollowUpDueSoon, OVERDUE: RaiseFollowUpOverdue}
    if row.kind not in commands:
        return False
    await runtime.execute(rating, _key(row), commands[row.kind]())
    return True


async def on_calendar(runtime: Runtime, row: DeadlineRow) -> None:
    """The calendar may know more by now."""
    if row.kind in (DUE_SOON, OVERDUE):
        await runtime.execute(rating, _key(row), RecomputeFollowUp())


async def revisit_ticket(runtime: Runtime, row: DeadlineRow) -> None:
    """Who asked was not satisfied: the ticket is worked on again, once. What the hotline answered by itself is
    followed up as every other matter. Once more after a crash changes nothing: a ticket has one rating."""
    rated: RatingState = await runtime.state(rating, _key(row))
    given = rated.given
    state: TicketState = await runtime.state(ticket, given.matter.key)
    if state.department is None:
        await runtime.execute(rating, _key(row), BeginFollowUp(days=runtime.settings.rating_follow_up_days))
        return
    said = "、".join((*given.tags, given.text)).strip("、") or "未填写原因"
    command = RevisitTicket(reason=f"评价不满意：{said}"[:2000], rules=await runtime.resources.rules.now())
    await runtime.execute(ticket, given.matter.key, command)
    await runtime.execute(rating, _key(row), PassRatingOn())


def _key(row: DeadlineRow) -> str:
    return row.aggregate_id.partition("-")[2]
