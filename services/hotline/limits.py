"""What hotline owes of a ticket when (article 22: 按规定时限办理): nothing that was received waits without somebody being told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.hotline.decider import RaiseTicket, RecomputeTicketDeadline, ticket
from services.hotline.decider.clocks import due_at, is_stopped, provisional
from services.hotline.events import handling as on
from services.hotline.events import ticket as core
from shared.calendar import end_of
from shared.deadlines.book import DeadlineRow, Owed, Settled
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime

UNHANDLED, SOON, OVERDUE, SUPERVISE = "unhandled", "answer-due-soon", "answer-overdue", "answer-supervise"
WAITING, CLOSE = "information-waiting", "answer-close"
_ASKS = {
    UNHANDLED: "unhandled",
    SOON: "due-soon",
    OVERDUE: "overdue",
    SUPERVISE: "supervise",
    WAITING: "waiting",
    CLOSE: "close",
}
_LIMIT = (SOON, OVERDUE, SUPERVISE)


def deadlines_of(happened: Happened) -> Sequence[Owed | Settled]:
    """Who owes what next, as the ticket's events move it."""
    match happened.event:
        case core.TicketReceived(handle_by=by) if by is not None:
            return [Owed(UNHANDLED, end_of(by.due.day))]
        case on.TicketTakenBack(handle_by=by):
            return [Owed(UNHANDLED, end_of(by.due.day))]
        case on.TicketReturned(handle_by=by):
            return [Owed(UNHANDLED, end_of(by.due.day)), *_settled(*_LIMIT)]
        case core.TicketUnhandled():
            return [Settled(UNHANDLED)]
        case on.TicketSetApart(by_model=None):
            return [Settled(UNHANDLED)]
        case core.TicketDispatched() | on.TicketReopened() as event:
            return [*_running(event), *_settled(UNHANDLED, CLOSE)]
        case core.TicketDeadlineRecomputed() | on.ExtensionGranted() as event:
            return _running(event)
        case on.InformationGiven() as event:
            return [*_running(event), Settled(WAITING)]
        case on.InformationAsked(wait_until=until):
            return [Owed(WAITING, until), *_settled(*_LIMIT)]
    return _ended(happened)


def _ended(happened: Happened) -> Sequence[Owed | Settled]:
    match happened.event:
        case core.TicketDueSoon():
            return [Settled(SOON)]
        case core.TicketOverdue():
            return _settled(SOON, OVERDUE)
        case core.TicketSupervised():
            return [Settled(SUPERVISE)]
        case core.TicketAnswered(close_at=None):
            return _settled(UNHANDLED, WAITING, *_LIMIT)
        case core.TicketAnswered(close_at=datetime() as at):
            return [*_settled(UNHANDLED, WAITING, *_LIMIT), Owed(CLOSE, at)]
        case on.TicketClosed() | on.TicketWithdrawn() | on.TicketMerged():
            return _settled(UNHANDLED, WAITING, CLOSE, *_LIMIT)
    return []


def _running(event: core.TimedTicket) -> list[Owed | Settled]:
    if is_stopped(event.clock):
        return _settled(*_LIMIT)
    not_sure = provisional(event.clock)
    instants = {SOON: event.warn_at, SUPERVISE: event.supervise_at}
    owed: list[Owed | Settled] = [Owed(OVERDUE, due_at(event.clock), not_sure)]
    return owed + [Owed(kind, at, not_sure) if at else Settled(kind) for kind, at in instants.items()]


def _settled(*kinds: str) -> list[Owed | Settled]:
    return [Settled(kind) for kind in kinds]


async def on_due(runtime: Runtime, row: DeadlineRow) -> bool:
    """The moment has come: the ticket itself decides what is so. False where it is not a ticket's limit."""
    if row.kind not in _ASKS:
        return False
    await runtime.execute(ticket, _key(row), RaiseTicket.model_validate({"what": _ASKS[row.kind]}))
    return True


async def on_calendar(runtime: Runtime, row: DeadlineRow) -> None:
    """The calendar may know more by now."""
    if row.kind in _LIMIT:
        await runtime.execute(ticket, _key(row), RecomputeTicketDeadline())


def _key(row: DeadlineRow) -> str:
    return row.aggregate_id.partition("-")[2]
