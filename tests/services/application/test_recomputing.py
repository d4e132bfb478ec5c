"""When the calendar of a year is announced, every limit that was counted without it is counted again; pure."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.application import events
from services.application.deadlines import counted_again, deadlines_of
from services.application.decider import (
    AcceptApplication,
    RaiseAcceptanceOverdue,
    RaiseStepOverdue,
    RecomputeLimit,
    RequestSupplement,
    application,
)
from shared.calendar import AnnouncedYear
from shared.deadlines.book import Owed
from shared.eventstore.decider import Context, Refused
from shared.eventstore.events import Event, Recorded
from shared.readmodels.happened import from_log
from shared.security.actor import Actor, system
from tests.services.application.applications import CALENDAR, ENTERPRISE, OFFICER, morning, submit
from tests.services.application.schemes.processes import PROCESS

ITSELF = system("application")
DAY = date(2026, 12, 30)
NOTICE = "国务院办公厅通知（样例）"
KNOWN = CALENDAR.revised(
    AnnouncedYear(year=2027, notice=NOTICE, days_off=(date(2027, 1, 1), date(2027, 1, 4)), make_up_days=())
)
ASKED: tuple[Any, Actor] = (RequestSupplement(requirements=("补齐。",), answer_days=3), OFFICER)


class Life:
    """One application at the end of a year, and what it owes."""

    def __init__(self, *steps: tuple[Any, Actor]) -> None:
        self.state: Any = None
        self.happened: list[Event] = []
        self.owed: dict[str, Owed] = {}
        self.does(submit(promised_days=9, process=PROCESS, scheme=1, period="2026"), ENTERPRISE)
        for command, actor in steps:
            self.does(command, actor)

    def does(self, command: Any, actor: Actor = ITSELF, calendar: Any = CALENDAR, day: date = DAY) -> list[Event]:
        decided = [*application.decide(self.state, command, Context(morning(day), calendar, actor))]
        for event in decided:
            self.state = application.evolve(self.state, event)
            self.happened.append(event)
            recorded = Recorded("application-SB2026-1", len(self.happened), morning(day), event, actor, "command")
            for change in deadlines_of(from_log(recorded)):
                self.owed.pop(change.kind, None)
                if isinstance(change, Owed):
                    self.owed[change.kind] = change
        return decided


@pytest.mark.parametrize(
    ("steps", "limits"),
    [
        ((), {"acceptance-overdue"}),
        (((AcceptApplication(), OFFICER),), {"review-overdue", "review-due-soon", "step-overdue:check"}),
        ((ASKED,), {"supplement-lapsed", "supplement-due-soon"}),
        (((AcceptApplication(), OFFICER), ASKED), {"supplement-lapsed", "supplement-due-soon"}),
    ],
)
def test_nothing_owed_stays_provisional_once_its_year_is_announced(
    steps: tuple[tuple[Any, Actor], ...], limits: set[str]
) -> None:
    it = Life(*steps)
    assert {kind for kind, owed in it.owed.items() if owed.provisional} == limits
    before = dict(it.owed)
    commands = [command for kind in limits if (command := counted_again(kind))]
    for command in commands:
        assert it.does(command) == [], "as long as nothing more is known"
    for command in commands:
        (moved,) = it.does(command, calendar=KNOWN)
        assert isinstance(moved, events.LimitRecomputed | events.ReviewDeadlineRecomputed)
        assert NOTICE in moved.notice
        assert it.does(command, calendar=KNOWN) == [], "once"
    assert it.owed.keys() == before.keys()
    for kind, owed in it.owed.items():
        assert not owed.provisional
        assert owed.at > before[kind].at or kind == "supplement-due-soon"


def test_what_was_said_to_be_over_is_not_counted_again() -> None:
    later = date(2027, 2, 1)
    it = Life()
    assert it.does(RaiseAcceptanceOverdue(), day=later)
    assert it.does(RecomputeLimit(limit="acceptance"), calendar=KNOWN, day=later) == []
    under_review = Life((AcceptApplication(), OFFICER))
    assert under_review.does(RaiseStepOverdue(step="check"), day=later)
    assert under_review.does(RecomputeLimit(limit="step", step="check"), calendar=KNOWN, day=later) == []
    assert under_review.does(RecomputeLimit(limit="step", step="head"), calendar=KNOWN, day=later) == []
    with pytest.raises(Refused) as refused:
        it.does(RecomputeLimit(limit="acceptance"), OFFICER)
    assert refused.value.code == "application.platform-only"
