"""What an announcement owes: its end, and a word on each objection."""

from __future__ import annotations

from collections.abc import Iterator

from services.application.decider.announcement import (
    EndAnnouncement,
    RaiseObjectionOverdue,
    RecomputeAnnouncement,
    announcement,
)
from services.application.events import announcement as events
from shared.calendar import LimitClock
from shared.deadlines.book import DeadlineRow, Owed, Settled
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime

END = "announcement-end"
OBJECTION = "objection-overdue:"  # and its number


def deadlines_of(happened: Happened) -> Iterator[Owed | Settled]:
    """As the announcement's events set and settle them."""
    match happened.event:
        case events.ResultsAnnounced(clock=clock):
            yield from _owed(END, clock)
        case events.AnnouncementLimitRecomputed(objection=number, clock=clock):
            yield from _owed(END if number is None else f"{OBJECTION}{number}", clock)
        case events.AnnouncementEnded():
            yield Settled(END)
        case events.ObjectionRaised(objection=number, clock=clock):
            yield from _owed(f"{OBJECTION}{number}", clock)
        case events.ObjectionDecided(objection=number) | events.ObjectionOverdue(objection=number):
            yield Settled(f"{OBJECTION}{number}")


def _owed(kind: str, clock: LimitClock) -> Iterator[Owed]:
    if (at := clock.overdue_at()) is not None:
        yield Owed(kind, at, clock.due.provisional)


async def on_due(runtime: Runtime, row: DeadlineRow) -> bool:
    """Whether it was one of these."""
    key = row.aggregate_id.partition("-")[2]
    if row.kind == END:
        await runtime.execute(announcement, key, EndAnnouncement())
        return True
    if row.kind.startswith(OBJECTION):
        number = int(row.kind.removeprefix(OBJECTION))
        await runtime.execute(announcement, key, RaiseObjectionOverdue(objection=number))
        return True
    return False


async def on_calendar(runtime: Runtime, row: DeadlineRow) -> None:
    """The calendar may know more by now."""
    key = row.aggregate_id.partition("-")[2]
    if row.kind == END:
        await runtime.execute(announcement, key, RecomputeAnnouncement())
    elif row.kind.startswith(OBJECTION):
        number = int(row.kind.removeprefix(OBJECTION))
        await runtime.execute(announcement, key, RecomputeAnnouncement(objection=number))
