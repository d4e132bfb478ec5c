"""What application decides, told as with a clerk: given, when, then."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.application import events
from services.application.decider import (
    AcceptApplication,
    CompleteReview,
    DeclineApplication,
    GivePayee,
    RaiseReviewOverdue,
    RaiseSupplementDueSoon,
    RaiseSupplementLapsed,
    RecomputeReviewDeadline,
    RequestSupplement,
    Supplement,
    WithdrawApplication,
    application,
)
from services.application.events.counter import ActedAtCounter
from shared.calendar import AnnouncedYear, LimitClock
from shared.security.actor import Actor, Role
from tests.services.application.applications import (
    ABOUT,
    CALENDAR,
    ENTERPRISE,
    MONDAY,
    OFFICER,
    STRANGER,
    accepted,
    morning,
    noticed,
    submit,
    submitted,
    supplemented,
)
from tests.support.deciding import given

REVIEW = CompleteReview(outcome="approved", opinion="同意。", amount_fen=4_000_000)
NOTICE = RequestSupplement(requirements=("补齐发票。", "补齐合同。"))


def test_an_enterprise_applies_for_itself() -> None:
    given(application).when(submit(), at=morning(MONDAY), actor=ENTERPRISE).then(submitted())


def test_a_clerk_at_the_counter_applies_on_its_behalf() -> None:
    uscc = ABOUT["enterprise"]
    clerk = Actor(subject="clerk", roles=(Role.COUNTER_CLERK,), enterprise=uscc, on_behalf_of=uscc)
    told = ActedAtCounter(**ABOUT, act="submit", visit="V1", clerk="clerk")
    given(application).when(submit(visit="V1"), at=morning(MONDAY), actor=clerk).then(submitted(), told)


@pytest.mark.parametrize("visit", [None, "V1"], ids=["no-visit", "a-visit-alone"])
def test_a_clerk_acts_for_nobody_without_standing_for_them(visit: str | None) -> None:
    clerk = Actor(subject="clerk", roles=(Role.COUNTER_CLERK,), department="szj")
    code = "application.not-your-enterprise" if visit else "application.visit-required"
    given(application).when(submit(visit=visit), at=morning(MONDAY), actor=clerk).refused(code)
    withdraw = WithdrawApplication(reason="不再申请。", visit=visit)
    given(application, submitted()).when(withdraw, at=morning(MONDAY), actor=clerk).refused(code)
    notice = noticed(None, submitted().acceptance)
    answer = Supplement(answer="已补。", visit=visit)
    given(application, submitted(), notice).when(answer, at=morning(MONDAY), actor=clerk).refused(code)
    payee = GivePayee(account="sealed", account_end="0000")
    refused = given(application, submitted()).when(payee, at=morning(MONDAY), actor=clerk)
    refused.refused("application.not-your-enterprise")


def test_nobody_applies_for_another_enterprise() -> None:
    other = Actor(subject="other", roles=(Role.APPLICANT,), enterprise="91320281MA0Y00024K")
    given(application).when(submit(), actor=other).refused("application.not-your-enterprise")


def test_everything_that_stands_against_an_application_is_named_at_once() -> None:
    wrong = submit(
        procedure="no-application", window="fixed", opens_on=MONDAY + timedelta(1), statement=" ", requested_fen=0
    )
    refusal = given(application).when(wrong, at=morning(MONDAY), actor=ENTERPRISE).refused("application.cannot-apply")
    assert {error.code for error in refusal.errors} == {"no-application", "window-not-open", "missing", "not-positive"}


@pytest.mark.parametrize(("day", "open_"), [(1, False), (2, True), (6, True), (7, False)])
def test_the_window_includes_its_first_and_last_day(day: int, open_: bool) -> None:
    command = submit(window="fixed", opens_on=MONDAY, closes_on=date(2026, 3, 6))
    outcome = given(application).when(command, at=morning(date(2026, 3, day)), actor=ENTERPRISE)
    assert (outcome.refusal is None) == open_


def test_the_limit_starts_with_acceptance_and_counts_from_the_next_working_day() -> None:
    # Accepted on the Thursday before the Mid-Autumn holiday of 2026 (25 to 27 September).
    day = date(2026, 9, 24)
    outcome = given(application, submitted()).when(AcceptApplication(), at=morning(day), actor=OFFICER)
    (event,) = outcome.events
    assert isinstance(event, events.ApplicationAccepted)
    assert event.clock.due.day == CALENDAR.add_working_days(day, 3).day
    assert event.clock.due.day > date(2026, 9, 28)


def test_only_the_items_department_accepts() -> None:
    given(application, submitted()).when(AcceptApplication(), actor=STRANGER).refused("application.not-your-department")


def test_all_reasons_are_told_when_it_is_not_accepted() -> None:
    reasons = ("不在申报范围。", "材料不齐。")
    given(application, submitted()).when(DeclineApplication(reasons=reasons), actor=OFFICER).then(
        events.ApplicationNotAccepted(**ABOUT, reasons=reasons)
    )


def test_a_second_notice_is_refused_also_after_the_first_was_answered() -> None:
    first, answered = noticed(None), supplemented(None)
    given(application, submitted(), first).when(NOTICE, actor=OFFICER).refused("application.second-notice")
    given(application, submitted(), first, answered).when(NOTICE, actor=OFFICER).refused("application.second-notice")


def test_the_clock_stops_while_the_applicant_supplements() -> None:
    wednesday, next_monday = date(2026, 3, 4), date(2026, 3, 9)
    past = given(application, submitted(), accepted())
    (stopped,) = past.when(NOTICE, at=morning(wednesday), actor=OFFICER).events
    assert isinstance(stopped, events.SupplementRequested)
    waiting = given(application, submitted(), accepted(), stopped)
    waiting.when(RaiseReviewOverdue(), at=morning(date(2026, 4, 1))).then()
    waiting.when(REVIEW, at=morning(wednesday), actor=OFFICER).refused("application.waiting-for-applicant")
    (resumed,) = waiting.when(Supplement(answer="已补。"), at=morning(next_monday), actor=ENTERPRISE).events
    assert isinstance(resumed, events.ApplicationSupplemented)
    assert resumed.clock is not None
    # Two of three days were used (Tuesday, Wednesday); the third is the day after the resumption.
    assert resumed.clock.due.day == date(2026, 3, 10)


def test_where_no_supplement_comes_the_department_goes_on_with_what_is_there() -> None:
    asked = RequestSupplement(requirements=("补齐发票。",), answer_days=5)
    (notice,) = given(application, submitted(), accepted()).when(asked, at=morning(MONDAY), actor=OFFICER).events
    assert isinstance(notice, events.SupplementRequested)
    assert notice.term is not None
    assert notice.term.due.day == date(2026, 3, 9)
    waiting = given(application, submitted(), accepted(), notice)
    waiting.when(RaiseSupplementDueSoon(), at=morning(date(2026, 3, 5))).then()
    reminder = events.SupplementDueSoon(**ABOUT, due_on=date(2026, 3, 9))
    waiting.when(RaiseSupplementDueSoon(), at=morning(date(2026, 3, 6))).then(reminder)
    reminded = given(application, submitted(), accepted(), notice, reminder)
    reminded.when(RaiseSupplementDueSoon(), at=morning(date(2026, 3, 9))).then()
    reminded.when(RaiseSupplementLapsed(), at=morning(date(2026, 3, 9))).then()
    reminded.when(RaiseSupplementLapsed(), actor=OFFICER).refused("application.platform-only")
    tuesday = morning(date(2026, 3, 10))
    (lapsed,) = reminded.when(RaiseSupplementLapsed(), at=tuesday).events
    assert isinstance(lapsed, events.SupplementLapsed)
    assert (lapsed.due_on, lapsed.departments) == (date(2026, 3, 9), ("gxj",))
    assert lapsed.clock is not None
    assert lapsed.clock.due.day == date(2026, 3, 13), "all three days are left"
    over = given(application, submitted(), accepted(), notice, reminder, lapsed)
    over.when(RaiseSupplementLapsed(), at=tuesday).then()
    over.when(NOTICE, at=tuesday, actor=OFFICER).refused("application.second-notice")
    assert over.when(CompleteReview(outcome="rejected", opinion="材料不齐。"), at=tuesday, actor=OFFICER).events
    (late,) = over.when(Supplement(answer="已补。"), at=tuesday, actor=ENTERPRISE).events
    assert isinstance(late, events.ApplicationSupplemented)
    assert late.clock == lapsed.clock, "a late answer neither stops nor gains anything"
    answered = given(application, submitted(), accepted(), notice, reminder, lapsed, late)
    answered.when(Supplement(answer="再补。"), at=tuesday, actor=ENTERPRISE).refused(
        "application.nothing-to-supplement"
    )


def test_a_term_that_is_over_ends_nothing_by_itself_before_acceptance_either() -> None:
    (notice,) = given(application, submitted()).when(NOTICE, at=morning(MONDAY), actor=OFFICER).events
    later = morning(date(2026, 3, 24))
    waiting = given(application, submitted(), notice)
    (lapsed,) = waiting.when(RaiseSupplementLapsed(), at=later).events
    over = given(application, submitted(), notice, lapsed)
    assert over.when(AcceptApplication(), at=later, actor=OFFICER).events
    declined = over.when(DeclineApplication(reasons=("材料不齐。",)), at=later, actor=OFFICER).events
    assert [type(event) for event in declined] == [events.ApplicationNotAccepted]
    ended = given(application, submitted(), notice, *declined)
    ended.when(RaiseSupplementLapsed(), at=later).then()


def test_a_review_within_the_limit_is_in_time_on_the_last_day_too() -> None:
    last = accepted().clock.due.day
    (event,) = given(application, submitted(), accepted()).when(REVIEW, at=morning(last), actor=OFFICER).events
    assert isinstance(event, events.ReviewCompleted)
    assert event.in_time


def test_a_late_review_counts_and_is_marked_late() -> None:
    late = accepted().clock.due.day + timedelta(1)
    (event,) = given(application, submitted(), accepted()).when(REVIEW, at=morning(late), actor=OFFICER).events
    assert isinstance(event, events.ReviewCompleted)
    assert not event.in_time


def test_overdue_is_raised_once_and_strictly_after_the_due_day() -> None:
    due = accepted().clock.due.day
    past = given(application, submitted(), accepted())
    past.when(RaiseReviewOverdue(), at=morning(due)).then()
    raised = events.ReviewOverdue(**ABOUT, due_on=due, limit_days=3)
    past.when(RaiseReviewOverdue(), at=morning(due + timedelta(1))).then(raised)
    given(application, submitted(), accepted(), raised).when(
        RaiseReviewOverdue(), at=morning(due + timedelta(9))
    ).then()


def test_nobody_but_the_platform_raises_overdue() -> None:
    given(application, submitted(), accepted()).when(RaiseReviewOverdue(), actor=OFFICER).refused(
        "application.platform-only"
    )


def test_a_rejection_grants_no_amount() -> None:
    command = CompleteReview(outcome="rejected", opinion="不符合条件。", amount_fen=1)
    given(application, submitted(), accepted()).when(command, actor=OFFICER).refused(
        "application.invalid-review", ["amount_fen"]
    )


def test_a_step_out_of_turn_says_where_the_application_stands() -> None:
    refusal = given(application, submitted()).when(REVIEW, actor=OFFICER).refused("application.wrong-stage")
    assert "等待受理" in refusal.title


def test_a_notice_of_the_state_council_moves_the_due_day_and_is_cited() -> None:
    day = date(2026, 12, 30)
    known = CALENDAR.revised(
        AnnouncedYear(
            year=2027, notice="国务院办公厅通知（样例）", days_off=(date(2027, 1, 1), date(2027, 1, 4)), make_up_days=()
        )
    )
    clock = LimitClock.start(CALENDAR, 3, day)
    assert clock.due.provisional
    event = events.ApplicationAccepted(**ABOUT, accepted_on=day, clock=clock)
    past = given(application, submitted(), event)
    past.when(RecomputeReviewDeadline(), at=morning(day)).then()
    (moved,) = past.when(RecomputeReviewDeadline(), at=morning(day), calendar=known).events
    assert isinstance(moved, events.ReviewDeadlineRecomputed)
    assert moved.clock.due.day > moved.previous_due_on
    assert "国务院办公厅通知" in moved.notice
