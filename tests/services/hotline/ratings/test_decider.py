"""What is decided about a rating."""

from __future__ import annotations

from datetime import date

import pytest

from services.hotline.decider.following import (
    BeginFollowUp,
    ExtendFollowUp,
    RaiseFollowUpDueSoon,
    RaiseFollowUpOverdue,
    RecordFollowUp,
)
from services.hotline.decider.rating import (
    MOST_A_DAY,
    ApproveRating,
    CountRating,
    HideRating,
    RecordVisit,
    ReplyToRating,
    rater,
    rating,
    visit,
)
from services.hotline.events.rating import (
    FollowUpDueSoon,
    FollowUpExtended,
    FollowUpOverdue,
    FollowUpRecorded,
    RatingApproved,
    RatingCounted,
    RatingHidden,
)
from shared.security.actor import Actor, Role
from tests.services.hotline.ratings.examples import (
    DAY,
    ENTERPRISE,
    OTHER_ENTERPRISE,
    REVIEWER,
    VISITOR,
    begun,
    give,
    given_rating,
    matter,
)
from tests.services.hotline.tickets import AGENT, BUREAU, OFFICER, OTHER_OFFICER, shanghai
from tests.support.deciding import given

NAMED = {"matter": matter(), "grade": 1, "anonymous": False}
BAD = given(rating, given_rating(), begun())


def test_a_bad_rating_starts_a_follow_up_of_five_working_days() -> None:
    given(rating).when(give(), actor=ENTERPRISE).then(given_rating(), begun())
    assert begun().clock.due.day == date(2026, 3, 9)


@pytest.mark.parametrize("grade", [3, 4, 5])
def test_a_good_rating_starts_none(grade: int) -> None:
    given(rating).when(give(grade), actor=ENTERPRISE).then(given_rating(grade))


def test_the_same_rating_again_changes_nothing_and_another_one_is_refused() -> None:
    BAD.when(give(), actor=ENTERPRISE).then()
    BAD.when(give(5), actor=ENTERPRISE).refused("hotline.already-rated")


@pytest.mark.parametrize("actor", [OTHER_ENTERPRISE, OFFICER, AGENT, BUREAU, VISITOR])
def test_an_application_is_rated_by_its_applicant_only(actor: Actor) -> None:
    given(rating).when(give(), actor=actor).refused("hotline.not-yours")


def test_a_ticket_is_rated_by_its_enterprise_or_asked_back_by_telephone() -> None:
    of_ticket = matter(kind="ticket", item=None)
    by_phone = given_rating(matter=of_ticket, channel="phone")
    given(rating).when(give(matter=of_ticket), actor=AGENT).then(by_phone)
    given(rating).when(give(matter=of_ticket), actor=ENTERPRISE).then(given_rating(matter=of_ticket))
    given(rating).when(give(matter=of_ticket), actor=OTHER_ENTERPRISE).refused("hotline.not-yours")


def test_a_counter_visit_is_rated_by_its_holder_within_thirty_days() -> None:
    counter = matter(kind="counter", enterprise=None, item=None)
    kept = given_rating(5, matter=counter, channel="counter", given_on=date(2026, 4, 1))
    given(rating).when(give(5, matter=counter), at=shanghai("2026-04-01T23:59"), actor=VISITOR).then(kept)
    late = given(rating).when(give(5, matter=counter), at=shanghai("2026-04-02T00:00"), actor=VISITOR)
    late.refused("hotline.rating-too-late")


def test_all_unknown_tags_are_named_at_once() -> None:
    wrong = give(tags=("好", "坏", "办理太慢", "办理太慢"))
    given(rating).when(wrong, actor=ENTERPRISE).refused("hotline.rating-invalid", ["tags", "tags", "tags"])


def test_a_department_cannot_hide_what_is_bad_about_itself_but_the_data_bureau_can() -> None:
    hidden = RatingHidden(**NAMED, reason="含他人电话。")
    BAD.when(HideRating(reason="含他人电话。"), actor=REVIEWER).refused("hotline.not-yours")
    BAD.when(HideRating(reason="含他人电话。"), actor=BUREAU).then(hidden)
    BAD.when(HideRating(), actor=BUREAU).refused("hotline.rating-invalid", ["reason"])
    good = given(rating, given_rating(4))
    good.when(HideRating(reason="广告。"), actor=REVIEWER).then(RatingHidden(**NAMED | {"grade": 4}, reason="广告。"))


def test_reviewers_of_the_rated_department_approve_and_officers_do_not() -> None:
    BAD.when(ApproveRating(), actor=REVIEWER).then(RatingApproved(**NAMED))
    for actor in (OFFICER, OTHER_OFFICER, ENTERPRISE):
        BAD.when(ApproveRating(), actor=actor).refused("hotline.not-yours")


def test_another_department_neither_replies_nor_puts_right() -> None:
    BAD.when(ReplyToRating(text="谢谢。"), actor=OTHER_OFFICER).refused("hotline.not-yours")
    BAD.when(RecordFollowUp(text="已改进。", put_right=True), actor=OTHER_OFFICER).refused("hotline.not-yours")


@pytest.mark.parametrize(("at", "in_time"), [("2026-03-09T23:59", True), ("2026-03-10T00:00", False)])
def test_what_was_put_right_is_in_time_until_the_due_day_ends(at: str, in_time: bool) -> None:
    done = FollowUpRecorded(**NAMED, text="已改进。", put_right=True, recorded_on=shanghai(at).date(), in_time=in_time)
    BAD.when(RecordFollowUp(text="已改进。", put_right=True), at=shanghai(at), actor=OFFICER).then(done)


def test_a_follow_up_is_extended_once_to_at_most_fifteen_working_days() -> None:
    outcome = BAD.when(ExtendFollowUp(days=15, reason="需会商。"), actor=OFFICER)
    (extended,) = outcome.events
    assert isinstance(extended, FollowUpExtended)
    assert extended.clock.due.day == date(2026, 3, 23)
    again = given(rating, given_rating(), begun(), extended)
    again.when(ExtendFollowUp(days=15, reason="需会商。"), actor=OFFICER).refused("hotline.not-extendable")
    wrong = BAD.when(ExtendFollowUp(days=16), actor=OFFICER)
    wrong.refused("hotline.follow-up-invalid", ["days", "reason"])


def test_due_soon_and_overdue_are_said_once_each_and_not_too_early() -> None:
    due = {"due_on": date(2026, 3, 9)}
    BAD.when(RaiseFollowUpDueSoon(), at=shanghai("2026-03-05T23:59")).then()
    BAD.when(RaiseFollowUpDueSoon(), at=shanghai("2026-03-06T00:00")).then(FollowUpDueSoon(**NAMED, **due))
    BAD.when(RaiseFollowUpOverdue(), at=shanghai("2026-03-09T23:59")).then()
    BAD.when(RaiseFollowUpOverdue(), at=shanghai("2026-03-10T00:00")).then(FollowUpOverdue(**NAMED, **due))
    late = given(rating, given_rating(), begun(), FollowUpOverdue(**NAMED, **due))
    late.when(RaiseFollowUpOverdue(), at=shanghai("2026-03-11T00:00")).then()


def test_only_the_platform_begins_a_follow_up_and_only_of_a_bad_rating() -> None:
    of_ticket = matter(kind="ticket")
    told = given(rating, given_rating(matter=of_ticket))
    told.when(BeginFollowUp(days=5)).then(begun(matter=of_ticket))
    told.when(BeginFollowUp(days=5), actor=BUREAU).refused("hotline.not-yours")
    given(rating, given_rating(3)).when(BeginFollowUp(days=5)).then()


def test_twenty_ratings_a_day_and_the_same_one_counts_once() -> None:
    full = given(rater, *(RatingCounted(rating=f"ticket-{n}") for n in range(MOST_A_DAY)))
    full.when(CountRating(rating="ticket-0")).then()
    full.when(CountRating(rating="ticket-x")).refused("hotline.too-many-ratings")


def test_a_visit_is_recorded_by_the_departments_own_staff_within_a_week() -> None:
    recorded = RecordVisit(number="N", department="gxj", about="咨询材料", day=DAY)
    clerk = Actor(subject="clerk", roles=(Role.COUNTER_CLERK,), department="gxj")
    (event,) = given(visit).when(recorded, actor=clerk).events
    given(visit, event).when(recorded, actor=clerk).then()
    given(visit).when(recorded, actor=OTHER_OFFICER).refused("hotline.not-yours")
    given(visit).when(recorded, at=shanghai("2026-03-10T09:00"), actor=clerk).refused("hotline.rating-invalid", ["day"])


def test_a_visit_that_application_tells_of_is_recorded_by_the_platform_whenever_it_hears() -> None:
    recorded = RecordVisit(number="N", department="szj", about="申报受理（样例市政务服务大厅）", day=DAY)
    (event,) = given(visit).when(recorded, at=shanghai("2026-06-10T09:00")).events
    given(visit, event).when(recorded, at=shanghai("2026-06-11T09:00")).then()
