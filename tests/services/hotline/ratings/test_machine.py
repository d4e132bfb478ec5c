"""A rating, whoever does whatever with it as days pass: what always holds of it."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from services.hotline.decider.following import (
    BeginFollowUp,
    ExtendFollowUp,
    RaiseFollowUpDueSoon,
    RaiseFollowUpOverdue,
    RecomputeFollowUp,
    RecordFollowUp,
)
from services.hotline.decider.rating import ApproveRating, HideRating, ReplyToRating, rating
from services.hotline.events.rating import (
    FollowUpBegun,
    FollowUpExtended,
    FollowUpOverdue,
    FollowUpRecorded,
    RatingGiven,
    RatingHidden,
)
from shared.calendar import civil_date
from shared.security.actor import Actor, Role
from tests.services.hotline.ratings.examples import ENTERPRISE, OTHER_ENTERPRISE, REVIEWER, give, matter
from tests.services.hotline.tickets import BUREAU, OFFICER, PLATFORM
from tests.support.living import WALKS, Life

actors = st.sampled_from([ENTERPRISE, OTHER_ENTERPRISE, REVIEWER, OFFICER, BUREAU, PLATFORM])
asked_by_the_platform = (BeginFollowUp(days=5), RaiseFollowUpDueSoon(), RaiseFollowUpOverdue(), RecomputeFollowUp())


class RatingLife(Life):
    """Of an application or a ticket, given in any grade."""

    decider = rating

    @rule(days=st.integers(1, 8))
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days)

    @rule(actor=actors, grade=st.integers(1, 5), kind=st.sampled_from(["application", "ticket"]))
    def it_is_given(self, actor: Actor, grade: int, kind: str) -> None:
        self.give(give(grade, matter=matter(kind=kind)), actor)

    @rule(actor=actors, reason=st.sampled_from(["", "含他人电话。"]))
    def it_is_moderated(self, actor: Actor, reason: str) -> None:
        self.give(HideRating(reason=reason), actor)
        self.give(ApproveRating(), actor)

    @rule(actor=actors)
    def it_is_replied_to(self, actor: Actor) -> None:
        self.give(ReplyToRating(text="谢谢。"), actor)

    @rule(command=st.sampled_from(asked_by_the_platform), actor=st.sampled_from([PLATFORM, PLATFORM, OFFICER]))
    def the_platform_looks(self, command: RaiseFollowUpOverdue, actor: Actor) -> None:
        self.give(command, actor)

    @rule(actor=actors, days=st.integers(5, 16))
    def more_time_is_asked(self, actor: Actor, days: int) -> None:
        self.give(ExtendFollowUp(days=days, reason="需会商。"), actor)

    @rule(actor=actors, put_right=st.booleans())
    def it_is_put_right(self, actor: Actor, put_right: bool) -> None:
        self.give(RecordFollowUp(text="已改进。", put_right=put_right), actor)

    @invariant()
    def each_step_happens_at_most_once(self) -> None:
        for kind in (RatingGiven, FollowUpBegun, FollowUpExtended, FollowUpOverdue, FollowUpRecorded):
            assert len(self.of(kind)) <= 1

    @invariant()
    def only_the_asker_rates_and_only_bad_ratings_are_followed_up(self) -> None:
        assert all(each.context.actor == ENTERPRISE for each in self.of(RatingGiven))
        assert all(each.event.grade <= 2 for each in self.of(FollowUpBegun))

    @invariant()
    def a_bad_rating_is_hidden_by_the_data_bureau_alone(self) -> None:
        bad = [each for each in self.of(RatingHidden) if each.event.grade <= 2]
        assert all(each.context.actor.has(Role.DATA_BUREAU) for each in bad)

    @invariant()
    def overdue_means_the_due_day_is_over_and_late_is_never_in_time(self) -> None:
        for each in self.of(FollowUpOverdue):
            assert civil_date(each.context.now) > each.event.due_on
        if self.of(FollowUpOverdue):
            assert not any(each.event.in_time for each in self.of(FollowUpRecorded))

    @invariant()
    def no_limit_is_longer_than_fifteen_working_days(self) -> None:
        if self.state is not None and self.state.clock is not None:
            assert self.state.clock.limit_days <= 15


TestRatingLife = RatingLife.TestCase
TestRatingLife.settings = WALKS
