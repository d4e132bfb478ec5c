"""Assessment fed: items are watched as they are published, applications counted as they are decided, hot spots
of tickets heard (article 22(4))."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.policy.decider.assessment import (
    NO_UPTAKE,
    AssessmentCommand,
    BeginAssessment,
    CountOutcome,
    EndAssessment,
    HearHotSpot,
    LookAtUptake,
    assessment,
)
from services.policy.events.participation import AssessmentBegun, AssessmentEnded, ItemFlagged, Outcome, OutcomeCounted
from shared.calendar import end_of
from shared.contracts import application, hotline, policy
from shared.deadlines.book import DeadlineRow, Owed, Settled
from shared.eventstore.ledger import Intent
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime
from shared.security.actor import system

UPTAKE = "assessment-uptake"


def react(happened: Happened) -> Sequence[Intent]:
    """What an event tells of an item or of an application for it. An amendment gives an item its time once more."""
    event = happened.event
    match event:
        case policy.ItemPublished() | policy.ItemAmended():
            watched_from = _watched_from(event, happened.day)
            named = {"code": event.code, "title": event.title, "department": event.department}
            return [_intent(event.code, BeginAssessment(**named, watched_from=watched_from))]
        case policy.ItemRepealed() | policy.ItemWithdrawn():
            return [_intent(event.code, EndAssessment())]
        case hotline.HotSpotRaised(item=item) if item:
            told = {"about": event.title, "tickets": event.tickets, "days": event.days}
            return [_intent(item, HearHotSpot(code=item, **told))]
        case application.ApplicationSubmitted():
            return [_outcome(event, "submitted")]
        case application.ReviewCompleted(outcome=outcome):
            return [_outcome(event, outcome)]
        case application.ApplicationNotAccepted():
            return [_outcome(event, "not-accepted")]
        case hotline.RatingGiven(item=str() as code, department=str() as department):
            grade: Outcome = "rated-bad" if event.grade <= 2 else "rated-well"
            named = {"code": code, "title": event.title, "department": department}
            return [_intent(code, CountOutcome(**named, number=event.rating_id, outcome=grade))]
    return []


def _watched_from(event: policy.ItemPublished | policy.ItemAmended, day: date) -> date | None:
    """The day it can be applied for from; None when nobody needs to apply, or nobody can yet."""
    if event.procedure == "no-application" or event.window.kind == "undetermined":
        return None
    return max(day, event.window.opens_on or day)


def _outcome(
    event: application.ApplicationSubmitted | application.ReviewCompleted | application.ApplicationNotAccepted,
    outcome: Outcome,
) -> Intent:
    command = CountOutcome(
        code=event.item_id,
        title=event.item_title,
        department=event.department,
        number=event.number,
        outcome=outcome,
    )
    return _intent(event.item_id, command)


def _intent(code: str, command: AssessmentCommand) -> Intent:
    return Intent(assessment, assessment.id_of(code), command, system("policy"))


def deadlines_of(happened: Happened) -> Sequence[Owed | Settled]:
    """When an item is looked at that nobody has applied for."""
    match happened.event:
        case AssessmentBegun(uptake_due_on=due_on, provisional=provisional) if due_on:
            return [Owed(UPTAKE, end_of(due_on), provisional)]
        case AssessmentBegun() | OutcomeCounted() | AssessmentEnded():
            return [Settled(UPTAKE)]
        case ItemFlagged() as event if any(finding.rule == NO_UPTAKE for finding in event.findings):
            return [Settled(UPTAKE)]
    return []


async def on_due(runtime: Runtime, row: DeadlineRow) -> bool:
    """Does what is owed; False where it is not assessment's."""
    if row.kind != UPTAKE:
        return False
    await runtime.execute(assessment, row.aggregate_id.partition("-")[2], LookAtUptake())
    return True
