"""Bulletins, whoever publishes whichever period whenever: what always holds of them."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from services.analytics.decider import PublishBulletin, bulletin
from services.analytics.events import BulletinPublished, DepartmentFigures
from services.analytics.readmodels.daily import METRICS
from shared.calendar import civil_date
from shared.eventstore.decider import Because, Refused
from shared.security.actor import Actor, Role, system
from tests.support.living import WALKS, Life, somebody

PUBLISHERS = (somebody(Role.DATA_BUREAU), system("analytics"))
OTHERS = (somebody(Role.OFFICER, department="gxj"), somebody(Role.SUPERVISOR), somebody(Role.OPERATOR), somebody())
figures = st.lists(
    st.builds(
        DepartmentFigures,
        department=st.sampled_from(["gxj", "kjj", "none"]),
        figures=st.dictionaries(st.sampled_from(sorted(METRICS)), st.integers(0, 10**9), max_size=4),
    ),
    max_size=3,
).map(tuple)


class BulletinLife(Life):
    """One number, for periods that are over, still run, lie ahead, or end before they begin."""

    decider = bulletin

    @rule(hours=st.integers(1, 24 * 20))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(
        actor=st.sampled_from([*PUBLISHERS, *OTHERS]),
        ends_in=st.integers(-30, 3),
        length=st.integers(-2, 30),
        departments=figures,
    )
    def somebody_publishes(
        self, actor: Actor, ends_in: int, length: int, departments: tuple[DepartmentFigures, ...]
    ) -> None:
        last = civil_date(self.now) + timedelta(ends_in)
        first = last - timedelta(length)
        before = self.state
        command = PublishBulletin(number="2026-01", first_day=first, last_day=last, departments=departments)
        outcome = self.give(command, actor)
        if actor not in PUBLISHERS:
            assert isinstance(outcome, Refused)
            assert outcome.because is Because.FORBIDDEN
        elif before is None:
            wrong = {"not-over"} if ends_in >= 0 else set()
            wrong |= {"order"} if length < 0 else set()
            found = {error.code for error in outcome.errors} if isinstance(outcome, Refused) else set()
            assert found == wrong, "not everything that is wrong was named, or something that is not"
        else:
            assert isinstance(outcome, Refused)

    @invariant()
    def it_is_published_once_and_its_figures_stay(self) -> None:
        assert self.kinds in ([], [BulletinPublished])
        for each in self.happened:
            assert self.state.published == each.event
            assert each.event.departments == each.command.departments

    @invariant()
    def its_period_was_over_when_it_came_out(self) -> None:
        for each in self.happened:
            assert each.event.first_day <= each.event.last_day < each.context.today


TestBulletinLife = BulletinLife.TestCase
TestBulletinLife.settings = WALKS
