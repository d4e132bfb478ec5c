"""What others hear of an application: every step, without the applicant's own words."""

from __future__ import annotations

from typing import Any

from services.application import events
from services.application.events import announcement as announcements
from services.application.events import grant as grants
from services.application.events import payment as payments
from services.application.events import review
from shared.contracts import application as published
from shared.contracts.base import Outgoing, Published
from shared.eventstore.events import Recorded


def publish(recorded: Recorded) -> Outgoing | None:
    """Each stored event has a contract; it goes to the subject of the item's department."""
    event = _contract(recorded)
    department = getattr(recorded.event, "department", None)
    return Outgoing(event, department) if event else None


def _contract(recorded: Recorded) -> Published | None:
    event = recorded.event
    common = {"application_id": recorded.originator_id.partition("-")[2], **vars(event)}
    match event:
        case events.ApplicationSubmitted():
            return published.ApplicationSubmitted(**common)
        case events.ApplicationAccepted():
            due = event.clock.due
            limit = event.clock.limit_days
            return published.ApplicationAccepted(
                **common, review_due_on=due.day, provisional=due.provisional, limit_days=limit
            )
        case events.ApplicationNotAccepted():
            return published.ApplicationNotAccepted(**common)
        case events.SupplementRequested():
            return published.SupplementRequested(**common)
        case events.ApplicationSupplemented():
            due_after = event.clock.due if event.clock else None
            return published.ApplicationSupplemented(
                **common,
                review_due_on=due_after.day if due_after else None,
                provisional=due_after.provisional if due_after else False,
            )
        case events.ReviewCompleted():
            return published.ReviewCompleted(**common)
        case events.ReviewOverdue():
            return published.ReviewOverdue(**common)
        case events.ReviewDeadlineRecomputed():
            due = event.clock.due
            return published.ReviewDeadlineRecomputed(**common, review_due_on=due.day, provisional=due.provisional)
    return _of_steps(recorded, common) or _of_grants(recorded)


def _of_steps(recorded: Recorded, common: dict[str, Any]) -> Published | None:
    """What others hear of steps: where they are, not who thinks what."""
    event = recorded.event
    match event:
        case events.AcceptanceOverdue():
            return published.AcceptanceOverdue(**common)
        case events.ApplicationWithdrawn():
            return published.ApplicationWithdrawn(**common)
        case events.ReviewDueSoon():
            return published.ReviewDueSoon(**common)
        case review.StepStarted(clock=clock):
            return published.StepStarted(**common, due_on=clock.due.day, provisional=clock.due.provisional)
        case review.StepConcluded():
            return published.StepConcluded(**common)
        case review.StepOverdue():
            return published.StepOverdue(**common)
        case review.ReturnedToStep():
            return published.ReturnedToStep(**common)
        case review.ApplicationScored():
            return published.ApplicationScored(**common)
        case events.ResultAnnounced():
            return published.ResultAnnounced(**common)
        case events.ResultConfirmed(withheld=False):
            return published.ResultConfirmed(**common)
        case events.ApprovalRevoked():
            return published.ApprovalRevoked(**common)
        case review.RankingConfirmed():
            return published.RankingConfirmed(**common, ranking_id=common["application_id"])
    return None


def _of_grants(recorded: Recorded) -> Published | None:
    """What others hear of lists and grants: not their making, not the accounts."""
    event = recorded.event
    key = recorded.originator_id.partition("-")[2]
    of_list, of_grant = {"list_id": key, **vars(event)}, {"grant_id": key, **vars(event)}
    match event:
        case grants.GrantListSubmitted():
            return published.GrantListSubmitted(**of_list)
        case grants.GrantListReturned():
            return published.GrantListReturned(**of_list)
        case grants.GrantListAccepted(clock=clock):
            due = {"confirm_by": clock.due.day, "provisional": clock.due.provisional}
            return published.GrantListAccepted(**of_list, **due)
        case grants.GrantTermOver():
            return published.GrantTermOver(**of_list)
        case grants.SupportListConfirmed():
            return published.SupportListConfirmed(**of_list)
    of_grant["list_id"] = getattr(event, "grant_list", None)
    match event:
        case grants.GrantOffered():
            return published.GrantOffered(**of_grant)
        case grants.GrantConfirmed():
            return published.GrantConfirmed(**of_grant)
        case grants.GrantDeclined():
            return published.GrantDeclined(**of_grant)
        case grants.GrantLapsed():
            return published.GrantLapsed(**of_grant)
        case grants.GrantSupported():
            return published.GrantSupported(**of_grant)
    return _of_payments(recorded)


def _of_announcements(recorded: Recorded) -> Published | None:
    """What others hear of announcements: that somebody objects, not who or why."""
    event = recorded.event
    of = {"announcement_id": recorded.originator_id.partition("-")[2], **vars(event)}
    match event:
        case announcements.ResultsAnnounced(clock=clock, entries=entries):
            days = {"closes_on": clock.due.day, "provisional": clock.due.provisional, "entries": len(entries)}
            return published.ResultsAnnounced(**of | days)
        case announcements.ObjectionRaised(clock=clock):
            return published.ObjectionRaised(**of, due_on=clock.due.day)
        case announcements.ObjectionDecided():
            return published.ObjectionDecided(**of)
        case announcements.ObjectionOverdue():
            return published.ObjectionOverdue(**of)
        case announcements.AnnouncementEnded():
            return published.AnnouncementEnded(**of)
        case announcements.ResultsConfirmed():
            return published.ResultsConfirmed(**of)
    return None


def _of_payments(recorded: Recorded) -> Published | None:
    """What others hear of plans and payments: their ends, not each attempt."""
    event = recorded.event
    of_plan = {"plan_id": recorded.originator_id.partition("-")[2], **vars(event)}
    of_payment = {**vars(event), "plan_id": getattr(event, "plan", None)}
    match event:
        case payments.PaymentPlanSubmitted(rows=rows) if rows:
            return published.PaymentPlanSubmitted(**of_plan)
        case payments.PaymentPlanReturned():
            return published.PaymentPlanReturned(**of_plan)
        case payments.PaymentPlanApproved():
            return published.PaymentPlanApproved(**of_plan)
        case payments.PaymentPlanConcluded():
            return published.PaymentPlanConcluded(**of_plan)
        case payments.PaymentPaid():
            return published.PaymentPaid(**of_payment)
        case payments.PaymentSentBack():
            return published.PaymentSentBack(**of_payment)
    return _of_announcements(recorded)
