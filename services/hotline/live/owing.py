"""What a session owes: to be held, to end, a record; and each question an answer, or a ticket."""

from __future__ import annotations

from collections.abc import Sequence

from services.hotline.decider.live import NOT_HELD_AFTER, LookAtLive, live
from services.hotline.decider.remark import LookAtQuestion, RemarkState, remark
from services.hotline.events import live as events
from services.hotline.live.commands import make_ticket, session_of
from shared.calendar import end_of, start_of
from shared.deadlines.book import DeadlineRow, Owed, Settled
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime

HELD, END, RECORD = "live-held", "live-end", "live-record"
SOON, ANSWER, TICKET = "question-due-soon", "question-answer", "question-ticket"


def deadlines_of(happened: Happened) -> Sequence[Owed | Settled]:
    """Each row ends with an event."""
    match happened.event:
        case events.LiveAnnounced(starts_at=at) | events.LiveRescheduled(starts_at=at):
            return [Owed(HELD, at + NOT_HELD_AFTER)]
        case events.LiveCancelled() | events.LiveNotHeld():
            return [Settled(HELD)]
        case events.LiveBegun(end_by=at):
            return [Settled(HELD), Owed(END, at)]
        case events.LiveEnded(clock=clock):
            return [Settled(END), Owed(RECORD, end_of(clock.due.day), clock.due.provisional)]
        case events.LiveRecordDueMoved(clock=clock):
            return [Owed(RECORD, end_of(clock.due.day), clock.due.provisional)]
        case events.LiveRecordPublished() | events.LiveRecordOverdue():
            return [Settled(RECORD)]
    return _of_question(happened)


def _of_question(happened: Happened) -> Sequence[Owed | Settled]:
    match happened.event:
        case events.RemarkMade(kind="question") | events.QuestionDueMoved() as event:
            assert event.clock is not None and event.warn_on is not None  # noqa: S101 - a question has them
            due = event.clock.due
            soon = Owed(SOON, start_of(event.warn_on), due.provisional)
            return [soon, Owed(ANSWER, end_of(due.day), due.provisional)]
        case events.QuestionDueSoon():
            return [Settled(SOON)]
        case events.QuestionAnswered() | events.RemarkHidden():
            return [Settled(SOON), Settled(ANSWER)]
        case events.QuestionHandedOver():
            return [Settled(SOON), Settled(ANSWER), Owed(TICKET, happened.at)]
        case events.QuestionBecameTicket():
            return [Settled(TICKET)]
    return []


async def on_due(runtime: Runtime, row: DeadlineRow) -> bool:
    """Looks, or makes the ticket; False where it is not a session's."""
    key = row.aggregate_id.partition("-")[2]
    if row.kind in (HELD, END, RECORD):
        await runtime.execute(live, key, LookAtLive())
    elif row.kind in (SOON, ANSWER):
        await _look_at_question(runtime, key)
    elif row.kind == TICKET:
        await make_ticket(runtime, key)
    else:
        return False
    return True


async def on_calendar(runtime: Runtime, row: DeadlineRow) -> None:
    """The calendar may know more by now."""
    if row.kind in (RECORD, SOON, ANSWER):
        await on_due(runtime, row)


async def _look_at_question(runtime: Runtime, key: str) -> None:
    state: RemarkState = await runtime.state(remark, key)
    session = await session_of(runtime, state.made.session)
    await runtime.execute(remark, key, LookAtQuestion(ends_at=session.ends_at))
