"""What others hear of the performance assessment of funds."""

from __future__ import annotations

from typing import Any

from services.application.events import performance as events
from shared.contracts import application as published
from shared.contracts.base import Published
from shared.eventstore.events import Recorded


def contract(recorded: Recorded) -> Published | None:
    """Those that are told."""
    event = recorded.event
    if not isinstance(event, events.OfPerformance):
        return None
    told: dict[str, Any] = {"performance_id": recorded.originator_id.partition("-")[2], **vars(event)}
    match event:
        case events.PerformanceGoalFiled(goal=goal):
            return published.PerformanceGoalFiled(**told, budget_fen=goal.budget_fen)
        case events.PerformanceGoalReturned():
            return published.PerformanceGoalReturned(**told)
        case events.PerformanceGoalApproved(clock=clock):
            due = {"due_on": clock.due.day, "provisional": clock.due.provisional}
            return published.PerformanceGoalApproved(**told, **due)
        case events.SelfAssessmentDueSoon():
            return published.SelfAssessmentDueSoon(**told)
        case events.SelfAssessmentOverdue():
            return published.SelfAssessmentOverdue(**told)
        case events.SelfAssessed():
            return published.SelfAssessed(**told)
        case events.SelfAssessmentReturned(clock=clock):
            due = {"due_on": clock.due.day, "provisional": clock.due.provisional}
            return published.SelfAssessmentReturned(**told, **due)
        case events.PerformanceConcluded():
            return published.PerformanceConcluded(**told)
    return None
