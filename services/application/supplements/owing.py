"""What a supplement notice owes: a reminder to the applicant, and the end of the term."""

from __future__ import annotations

from collections.abc import Iterator

from services.application import events
from services.application.decider import RaiseSupplementDueSoon, RaiseSupplementLapsed, application
from services.application.decider.supplementing import remind_on
from shared.calendar import LimitClock, start_of
from shared.deadlines.book import DeadlineRow, Owed, Settled
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime

DUE_SOON, LAPSED = "supplement-due-soon", "supplement-lapsed"
ENDS = (events.ApplicationNotAccepted, events.ApplicationWithdrawn, events.ReviewCompleted)


def deadlines_of(happened: Happened) -> Iterator[Owed | Settled]:
    """From the notice until there is an answer, the term is over, or the application has ended."""
    match happened.event:
        case events.SupplementRequested(term=LimitClock() as term):
            yield from owed(term)
        case events.LimitRecomputed(limit="supplement", clock=term):
            yield from owed(term)
            ahead = start_of(remind_on(term)) > happened.at
            if not ahead and term.due.day == happened.event.previous_due_on:
                yield Settled(DUE_SOON)  # of that day the applicant was reminded
        case events.SupplementDueSoon():
            yield Settled(DUE_SOON)
        case event if isinstance(event, (events.ApplicationSupplemented, events.SupplementLapsed, *ENDS)):
            yield from (Settled(DUE_SOON), Settled(LAPSED))


def owed(term: LimitClock) -> Iterator[Owed]:
    """Both, as the term stands."""
    if (over := term.overdue_at()) is not None:
        yield Owed(LAPSED, over, term.due.provisional)
        yield Owed(DUE_SOON, start_of(remind_on(term)), term.due.provisional)


async def on_due(runtime: Runtime, row: DeadlineRow) -> bool:
    """Whether it was one of these."""
    if row.kind not in (DUE_SOON, LAPSED):
        return False
    command = RaiseSupplementLapsed() if row.kind == LAPSED else RaiseSupplementDueSoon()
    await runtime.execute(application, row.aggregate_id.partition("-")[2], command)
    return True
