"""What others hear of an application: every step, without the applicant's own words, and where its steps are, not who thinks what."""

from __future__ import annotations

from typing import Any

from services.application import events
from services.application.events import review
from shared.contracts import application as published
from shared.contracts.base import Published
from shared.eventstore.events import Recorded


def contract(recorded: Recorded) -> Published | None:
    """From submission to the word on it."""
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
            term = event.term.due if event.term else None
            return published.SupplementRequested(
                **common, supplement_by=term.day if term else None, provisional=term.provisional if term else False
            )
        case events.SupplementLapsed():
            due_now = event.clock.due if event.clock else None
            return published.SupplementLapsed(
                **common,
                review_due_on=due_now.day if due_now else None,
                provisional=due_now.provisional if due_now else False,
            )
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
        case events.LimitRecomputed():
            due = event.clock.due
            return published.LimitRecomputed(**common, due_on=due.day, provisional=due.provisional)
    return _of_review(event, common)


def _of_review(event: object, common: dict[str, Any]) -> Published | None:
    """What others hear of steps: where they are, not who thinks what."""
    match event:
        case events.AcceptanceOverdue():
            return published.AcceptanceOverdue(**common)
        case events.ApplicationWithdrawn():
            return published.ApplicationWithdrawn(**common)
        case events.SupplementDueSoon():
            return published.SupplementDueSoon(**common)
        case events.ReviewDueSoon():
            return published.ReviewDueSoon(**common)
        case review.StepStarted(clock=clock):
            return published.StepStarted(**common, due_on=clock.due.day, provisional=clock.due.provisional)
        case review.StepReassigned(clock=clock):
            due = clock.due if clock else None
            return published.StepReassigned(
                **common, due_on=due.day if due else None, provisional=due.provisional if due else False
            )
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
        case events.ResultConfirmed(withheld=True):
            return published.WithheldResultConfirmed(**common)
        case events.ApprovalRevoked():
            return published.ApprovalRevoked(**common)
        case review.RankingConfirmed():
            return published.RankingConfirmed(**common, ranking_id=common["application_id"])
    return None
