"""Who is told of the performance assessment of funds (article 7); pure."""

from __future__ import annotations

from collections.abc import Iterator

from services.notify.notices import DATA_BUREAU, FINANCE, Notice, to_department
from services.notify.templates import performance as texts
from shared.contracts import application


def of_performance(event: object) -> Iterator[Notice]:
    """Finance of what it has to decide, the department of what it owes, the data bureau of what is late and what came of it."""
    match event:
        case application.PerformanceGoalFiled():
            yield Notice(FINANCE, texts.GOAL_TO_APPROVE)
        case application.PerformanceGoalReturned(department=department):
            yield to_department(department, texts.GOAL_RETURNED)
        case application.PerformanceGoalApproved(department=department):
            yield to_department(department, texts.GOAL_APPROVED)
        case application.SelfAssessmentDueSoon(department=department):
            yield to_department(department, texts.SELF_ASSESSMENT_DUE_SOON)
        case application.SelfAssessmentOverdue(department=department):
            yield to_department(department, texts.SELF_ASSESSMENT_OVERDUE_DEPARTMENT)
            yield Notice(FINANCE, texts.SELF_ASSESSMENT_OVERDUE)
            yield Notice(DATA_BUREAU, texts.SELF_ASSESSMENT_OVERDUE)
        case application.SelfAssessed():
            yield Notice(FINANCE, texts.SELF_ASSESSED)
        case application.SelfAssessmentReturned(department=department):
            yield to_department(department, texts.SELF_ASSESSMENT_RETURNED)
        case application.PerformanceConcluded(department=department):
            yield to_department(department, texts.PERFORMANCE_CONCLUDED)
            yield Notice(DATA_BUREAU, texts.PERFORMANCE_CONCLUDED_SUPERVISION)
