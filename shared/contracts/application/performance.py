"""Published by application: the performance assessment of funds (绩效评价, article 7)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts.base import Published

Grade = Literal["excellent", "good", "fair", "poor"]  # 优, 良, 中, 差
Consequence = Literal["keep", "adjust", "reduce", "stop"]
Points = Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]


class _OfPerformance(Published):
    """Of which items of a department, from one day until another, both included."""

    performance_id: str
    department: str
    title: str
    items: tuple[str, ...]
    from_on: date
    until_on: date


class PerformanceGoalFiled(_OfPerformance):
    """A department has filed the goal of its funds, or an adjusted one; `version` counts them."""

    TYPE: ClassVar[str] = "application.performance-goal-filed"
    TITLE: ClassVar[str] = "绩效目标已申报"

    version: int
    budget_fen: int


class PerformanceGoalReturned(_OfPerformance):
    """Finance gives it back to be mended."""

    TYPE: ClassVar[str] = "application.performance-goal-returned"
    TITLE: ClassVar[str] = "绩效目标已退回"

    version: int
    reason: str


class PerformanceGoalApproved(_OfPerformance):
    """Finance has approved it; the self-assessment is due by the end of `due_on`."""

    TYPE: ClassVar[str] = "application.performance-goal-approved"
    TITLE: ClassVar[str] = "绩效目标已批复"

    version: int
    budget_fen: int
    indicators: int
    due_on: date
    provisional: bool


class SelfAssessmentDueSoon(_OfPerformance):
    """The period is over, and the self-assessment is due soon."""

    TYPE: ClassVar[str] = "application.self-assessment-due-soon"
    TITLE: ClassVar[str] = "绩效自评即将到期"

    due_on: date


class SelfAssessmentOverdue(_OfPerformance):
    """The due day has passed without a self-assessment; raised by the platform itself, once."""

    TYPE: ClassVar[str] = "application.self-assessment-overdue"
    TITLE: ClassVar[str] = "绩效自评已超期"

    due_on: date


class SelfAssessed(_OfPerformance):
    """The department has assessed itself."""

    TYPE: ClassVar[str] = "application.self-assessed"
    TITLE: ClassVar[str] = "绩效自评已提交"

    total: Points
    grade: Grade
    late: bool


class SelfAssessmentReturned(_OfPerformance):
    """Finance gives it back to be mended by the end of `due_on`."""

    TYPE: ClassVar[str] = "application.self-assessment-returned"
    TITLE: ClassVar[str] = "绩效自评已退回"

    reason: str
    due_on: date
    provisional: bool


class PerformanceConcluded(_OfPerformance):
    """Finance has assessed it, and says what follows; public."""

    TYPE: ClassVar[str] = "application.performance-concluded"
    TITLE: ClassVar[str] = "绩效评价已办结"

    budget_fen: int
    executed_fen: int
    own_total: Points
    total: Points
    grade: Grade
    consequence: Consequence
    explanation: str
    concluded_on: date
