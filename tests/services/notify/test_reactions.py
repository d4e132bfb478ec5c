"""Who is told of what."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from services.notify.decider import WriteMessage
from services.notify.reactions import react
from shared.contracts import application, hotline, policy, registry
from shared.contracts.base import Published, contracts
from shared.contracts.samples import DEPARTMENT, USCC, sample_of
from shared.security.actor import Role
from tests.services.notify.hearing import HEARD_AT, heard

ENTERPRISE, OFFICE, BUREAU, DESK = f"enterprise:{USCC}", f"department:{DEPARTMENT}", "data-bureau", "hotline-desk"
CALLER = f"caller:{sample_of(hotline.TicketReceived).ticket_id}"  # type: ignore[attr-defined]

TOLD = {
    application.ApplicationSubmitted: {ENTERPRISE: "application-received", OFFICE: "application-to-accept"},
    application.ApplicationAccepted: {ENTERPRISE: "application-accepted"},
    application.ApplicationNotAccepted: {ENTERPRISE: "application-not-accepted"},
    application.SupplementRequested: {ENTERPRISE: "supplement-requested"},
    application.LimitRecomputed: {ENTERPRISE: "supplement-term-moved"},
    application.SupplementDueSoon: {ENTERPRISE: "supplement-due-soon"},
    application.SupplementLapsed: {ENTERPRISE: "supplement-lapsed", OFFICE: "supplement-lapsed-department"},
    application.ApplicationSupplemented: {
        OFFICE: "application-supplemented",
        ENTERPRISE: "application-supplemented-enterprise",
        "department:kjj": "step-resumed",
    },
    application.ReviewCompleted: {ENTERPRISE: "review-completed"},
    application.ReviewOverdue: {
        ENTERPRISE: "review-overdue",
        OFFICE: "review-overdue-department",
        BUREAU: "review-overdue-supervision",
    },
    application.ReviewDeadlineRecomputed: {ENTERPRISE: "review-deadline-moved"},
    application.AcceptanceOverdue: {
        ENTERPRISE: "acceptance-overdue",
        OFFICE: "acceptance-overdue-department",
        BUREAU: "acceptance-overdue-supervision",
    },
    application.ApplicationWithdrawn: {
        OFFICE: "application-withdrawn",
        ENTERPRISE: "application-withdrawn-enterprise",
        "department:kjj": "application-withdrawn",
    },
    application.ReviewDueSoon: {OFFICE: "review-due-soon"},
    application.StepStarted: {OFFICE: "step-started", ENTERPRISE: "step-started-enterprise"},
    application.StepReassigned: {OFFICE: "step-reassigned"},
    application.StepOverdue: {OFFICE: "step-overdue", BUREAU: "step-overdue-supervision"},
    application.ApplicationScored: {ENTERPRISE: "application-scored"},
    application.ResultAnnounced: {ENTERPRISE: "result-announced"},
    application.ResultConfirmed: {ENTERPRISE: "result-confirmed"},
    application.WithheldResultConfirmed: {ENTERPRISE: "withheld-result-confirmed"},
    application.ApprovalRevoked: {ENTERPRISE: "approval-revoked"},
    application.ObjectionRaised: {OFFICE: "objection-raised"},
    application.ObjectionDecided: {ENTERPRISE: "objection-decided"},
    application.ObjectionOverdue: {OFFICE: "objection-overdue-department", BUREAU: "objection-overdue-supervision"},
    application.AnnouncementEnded: {OFFICE: "announcement-ended"},
    application.DelegationSet: {
        f"person:{DEPARTMENT}:officer-1": "delegation-set-absent",
        f"person:{DEPARTMENT}:officer-2": "delegation-set-delegate",
    },
    application.DelegationEnded: {
        f"person:{DEPARTMENT}:officer-1": "delegation-ended-absent",
        f"person:{DEPARTMENT}:officer-2": "delegation-ended-delegate",
    },
    application.CounterConsentGiven: {ENTERPRISE: "counter-consent-recorded"},
    application.SystemRequested: {BUREAU: "system-requested"},
    application.SystemApproved: {OFFICE: "system-approved"},
    application.SystemDeclined: {OFFICE: "system-declined"},
    application.SystemSecretIssued: {OFFICE: "system-secret-issued"},
    application.SystemSuspended: {OFFICE: "system-suspended", BUREAU: "system-suspended-supervision"},
    application.SystemResumed: {OFFICE: "system-resumed"},
    application.SystemEnded: {OFFICE: "system-ended", BUREAU: "system-ended-supervision"},
    application.ProgressReported: {ENTERPRISE: "progress-reported"},
    application.HandlingReleased: {OFFICE: "handling-released"},
    application.GrantOffered: {ENTERPRISE: "grant-offered"},
    application.GrantLapsed: {ENTERPRISE: "grant-lapsed"},
    application.GrantSupported: {ENTERPRISE: "grant-supported"},
    application.GrantListSubmitted: {BUREAU: "grant-list-to-accept"},
    application.GrantListReturned: {OFFICE: "grant-list-returned"},
    application.GrantTermOver: {OFFICE: "grant-term-over"},
    application.SupportListConfirmed: {"finance": "support-list-confirmed"},
    application.PaymentPlanSubmitted: {"finance": "payment-plan-to-approve"},
    application.PaymentPlanReturned: {OFFICE: "payment-plan-returned"},
    application.PaymentPlanConcluded: {OFFICE: "payment-plan-concluded", "finance": "payment-plan-concluded"},
    application.PaymentOutcomeProposed: {"finance": "payment-outcome-to-confirm"},
    application.PaymentPaid: {ENTERPRISE: "payment-paid"},
    application.PaymentSentBack: {ENTERPRISE: "payment-sent-back", OFFICE: "payment-sent-back-department"},
    application.PerformanceGoalFiled: {"finance": "performance-goal-to-approve"},
    application.PerformanceGoalReturned: {OFFICE: "performance-goal-returned"},
    application.PerformanceGoalApproved: {OFFICE: "performance-goal-approved"},
    application.SelfAssessmentDueSoon: {OFFICE: "self-assessment-due-soon"},
    application.SelfAssessmentOverdue: {
        OFFICE: "self-assessment-overdue-department",
        "finance": "self-assessment-overdue",
        BUREAU: "self-assessment-overdue",
    },
    application.SelfAssessed: {"finance": "self-assessed"},
    application.SelfAssessmentReturned: {OFFICE: "self-assessment-returned"},
    application.PerformanceConcluded: {
        OFFICE: "performance-concluded",
        BUREAU: "performance-concluded-supervision",
    },
    hotline.TicketReceived: {CALLER: "ticket-received"},
    hotline.TicketDispatched: {OFFICE: "ticket-dispatched"},
    hotline.TicketAnswered: {CALLER: "ticket-answered", ENTERPRISE: "ticket-answered-enterprise"},
    hotline.TicketOverdue: {OFFICE: "ticket-overdue-department"},
    hotline.TicketSupervised: {OFFICE: "ticket-supervised-department", BUREAU: "ticket-overdue-supervision"},
    hotline.TicketSetApart: {CALLER: "ticket-set-apart"},
    hotline.TicketUnhandled: {DESK: "ticket-unhandled", BUREAU: "ticket-unhandled-supervision"},
    hotline.TicketReturned: {DESK: "ticket-returned"},
    hotline.InformationAsked: {CALLER: "information-asked", ENTERPRISE: "information-asked"},
    hotline.InformationGiven: {OFFICE: "information-given"},
    hotline.TicketSupplemented: {OFFICE: "ticket-supplemented"},
    hotline.ExtensionAsked: {BUREAU: "extension-asked"},
    hotline.ExtensionDecided: {CALLER: "extension-granted", OFFICE: "extension-decided"},
    hotline.TicketDueSoon: {OFFICE: "ticket-due-soon"},
    hotline.TicketUrged: {OFFICE: "ticket-urged"},
    hotline.TicketReopened: {CALLER: "ticket-reopened", OFFICE: "ticket-rework"},
    hotline.TicketWithdrawn: {OFFICE: "ticket-withdrawn"},
    hotline.TicketMerged: {CALLER: "ticket-merged"},
    hotline.HotSpotRaised: {BUREAU: "hot-spot"},
    hotline.LiveNotHeld: {OFFICE: "live-not-held", BUREAU: "live-not-held"},
    hotline.LiveRecordOverdue: {OFFICE: "live-record-overdue", BUREAU: "live-record-overdue"},
    hotline.LiveQuestionDueSoon: {OFFICE: "live-question-due-soon"},
    hotline.LiveQuestionAnswered: {ENTERPRISE: "live-question-answered"},
    hotline.LiveQuestionHandedOver: {OFFICE: "live-question-overdue", BUREAU: "live-question-overdue"},
    hotline.RowRefused: {DESK: "row-refused"},
    hotline.RowWaiting: {DESK: "row-waiting", BUREAU: "row-waiting"},
    hotline.RatingGiven: {OFFICE: "bad-rating"},
    hotline.RatingReplied: {ENTERPRISE: "rating-replied"},
    hotline.FollowUpDueSoon: {OFFICE: "follow-up-due-soon"},
    hotline.FollowUpOverdue: {OFFICE: "follow-up-overdue-department", BUREAU: "follow-up-overdue-supervision"},
    policy.ItemPublished: {BUREAU: "item-published"},
    policy.PolicyPublished: {BUREAU: "policy-published"},
    policy.ItemAmended: {BUREAU: "item-amended"},
    policy.ItemRepealed: {BUREAU: "item-repealed"},
    policy.PolicyRevised: {BUREAU: "policy-revised"},
    policy.PolicyRepealed: {BUREAU: "policy-repealed"},
    policy.WindowDecided: {BUREAU: "window-decided"},
    policy.PublicationDueSoon: {OFFICE: "publication-due-soon"},
    policy.PublicationOverdue: {OFFICE: "publication-overdue-department", BUREAU: "publication-overdue-supervision"},
    policy.ItemFlagged: {OFFICE: "item-flagged", BUREAU: "item-flagged-supervision"},
    policy.SavedSearchesFound: {ENTERPRISE: "saved-searches-found"},
    policy.RepresentativesInvited: {ENTERPRISE: "representatives-invited"},
    policy.OpinionAnswered: {ENTERPRISE: "opinion-answered"},
    policy.AnsweringDueSoon: {OFFICE: "answering-due-soon"},
    policy.AnsweringOverdue: {OFFICE: "answering-overdue-department", BUREAU: "answering-overdue-supervision"},
    policy.MatchesFound: {ENTERPRISE: "item-met"},
    policy.ClosingSoon: {ENTERPRISE: "item-closing-soon"},
    policy.DigestDue: {ENTERPRISE: "match-digest"},
    registry.FactDisputed: {OFFICE: "fact-disputed"},
    registry.DisputeSettled: {ENTERPRISE: "dispute-settled"},
    registry.DisputeOverdue: {OFFICE: "dispute-overdue", BUREAU: "dispute-overdue-supervision"},
}
RECOMMENDATIONS = (policy.MatchesFound, policy.ClosingSoon, policy.DigestDue, policy.SavedSearchesFound)
QUIET = (
    *RECOMMENDATIONS,
    application.ProgressReported,
    policy.OpinionAnswered,
    hotline.RatingReplied,
    hotline.LiveQuestionAnswered,
)


def messages(event: Published, **where: object) -> list[WriteMessage]:
    return [intent.command for intent in react(heard(event, **where))]  # type: ignore[misc, arg-type]


@pytest.mark.parametrize("cls", contracts(), ids=lambda cls: cls.TYPE)
def test_those_concerned_are_told_and_nobody_else(cls: type[Published]) -> None:
    told = {command.recipient: command.template for command in messages(sample_of(cls))}
    assert told == TOLD.get(cls, {})


@pytest.mark.parametrize("cls", TOLD, ids=lambda cls: cls.TYPE)
def test_only_enterprises_and_callers_get_a_text_and_never_for_a_recommendation(cls: type[Published]) -> None:
    for command in messages(sample_of(cls)):
        outside = command.recipient.startswith(("enterprise:", "caller:"))
        assert command.wants_sms == (outside and cls not in QUIET)


@pytest.mark.parametrize("cls", TOLD, ids=lambda cls: cls.TYPE)
def test_the_same_event_owes_the_same_messages_whenever_it_is_heard(cls: type[Published]) -> None:
    first, again = react(heard(sample_of(cls))), react(heard(sample_of(cls)))
    assert first == again
    assert len({intent.aggregate_id for intent in first}) == len(first)
    assert all(intent.actor.has(Role.SYSTEM) for intent in first)


def test_another_fact_is_another_message() -> None:
    event = sample_of(application.SupplementRequested)
    ids = {messages(event, position=p, aggregate_id=a)[0].message_id for p in (7, 9) for a in ("thing-1", "thing-2")}
    assert len(ids) == 4


def test_a_message_names_what_it_is_about_and_whose_business_that_is() -> None:
    (accepted,) = messages(sample_of(application.ApplicationAccepted))
    assert accepted.about == "application:00000000-0000-4000-8000-000000000003"
    assert accepted.department == DEPARTMENT
    (received,) = messages(sample_of(hotline.TicketReceived))
    assert (received.about, received.department) == ("ticket:00000000-0000-4000-8000-000000000004", None)
    (item,) = messages(sample_of(policy.ItemPublished))
    assert item.about == "item:00000000-0000-4000-8000-000000000002"


def test_a_result_that_is_kept_from_the_public_is_not_said_to_be_announced() -> None:
    event = sample_of(application.ResultAnnounced).model_copy(update={"withheld": True})
    assert [command.template for command in messages(event)] == ["result-withheld"]


def test_whoever_objected_in_their_own_name_hears_of_the_outcome_by_text() -> None:
    event = sample_of(application.ObjectionDecided).model_copy(update={"enterprise": None})
    (told,) = messages(event)
    assert (told.recipient, told.template) == ("objector:SAMPLE-2026-001.2026.1:1", "objection-decided-person")
    assert told.wants_sms


def test_an_answer_to_somebody_without_an_enterprise_goes_to_the_caller_alone() -> None:
    event = sample_of(hotline.TicketAnswered).model_copy(update={"enterprise": None})
    assert [command.recipient for command in messages(event)] == [CALLER]


@pytest.mark.parametrize(("age", "told"), [(timedelta(days=30), 1), (timedelta(days=30, seconds=1), 0)])
def test_a_ticket_received_long_ago_sends_no_receipt(age: timedelta, told: int) -> None:
    event = sample_of(hotline.TicketReceived).model_copy(update={"received_at": HEARD_AT - age})
    assert len(messages(event)) == told


@pytest.mark.parametrize(("answered_on", "told"), [(date(2026, 3, 4), 2), (date(2026, 3, 3), 0)])
def test_an_answer_of_an_earlier_day_is_told_to_nobody(answered_on: date, told: int) -> None:
    # 02:00 UTC on the 4th; at 17:00 UTC it is the 5th in Shanghai.
    event = sample_of(hotline.TicketAnswered).model_copy(update={"answered_on": answered_on})
    assert len(messages(event)) == told
    assert messages(event, at=datetime(2026, 3, 4, 17, 0, tzinfo=UTC)) == []


@pytest.mark.parametrize(("due_on", "told"), [(date(2026, 3, 4), 1), (date(2026, 3, 3), 0)])
def test_a_dispatch_that_was_over_before_it_was_heard_of_is_told_to_nobody(due_on: date, told: int) -> None:
    event = sample_of(hotline.TicketDispatched).model_copy(update={"answer_due_on": due_on})
    assert len(messages(event)) == told
