"""What happened to the performance assessment of funds (绩效评价, article 7): goal, monitoring, self-assessment, conclusion.

Indicators are decimal numbers in the indicator's own unit; budget and what was executed of it are fen; scores and weights are
points of 100, with two places.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.calendar import LimitClock
from shared.eventstore.events import Event

Grade = Literal["excellent", "good", "fair", "poor"]
Consequence = Literal["keep", "adjust", "reduce", "stop"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Indicator(_Value):
    """What is to be reached. `target` is the lower bound where `direction` is `between`, and `most` the upper one.

    `source`: `typed`, or the name of what the platform measures.
    """

    key: str
    name: str
    kind: str
    direction: str
    target: Decimal
    most: Decimal | None = None
    unit: str
    weight: Decimal
    source: str


class Goal(_Value):
    """What the money is for, how much it is, and by what it is judged. `execution`: whence the executed sum comes."""

    text: str
    budget_fen: int
    execution_weight: Decimal
    execution: Literal["measured", "typed"]
    indicators: tuple[Indicator, ...]


class Measured(_Value):
    """What the record shows of the items in the period, read at one moment in one snapshot.

    `positions`: the place in each service's log up to which it counts. Ratings of 3 to 5 are satisfied (好差评).
    `decision_days` is the mean of calendar days from submission to decision.
    """

    at: datetime
    positions: dict[str, int]
    payments: int
    paid_fen: int
    enterprises: int
    decided: int
    in_time: int
    decision_days: Decimal | None
    ratings: int
    satisfied: int
    rating_mean: Decimal | None


class Result(_Value):
    """What was reached of an indicator. `deviation`: percent of the target, None where the target is zero and was missed."""

    key: str
    value: Decimal
    source: str
    evidence: str
    attachments: tuple[str, ...]
    reason: str
    deviation: Decimal | None
    score: Decimal


class Execution(_Value):
    """How much of the budget was executed; `rate` is percent."""

    executed_fen: int
    source: str
    evidence: str
    reason: str
    rate: Decimal
    score: Decimal


class Score(_Value):
    """What finance gives for an indicator, or for `execution`; `reason` says why, where it differs."""

    key: str
    own: Decimal
    score: Decimal
    reason: str


class OfPerformance(Event):
    """Of which items of a department in which period; carried by every event so that it can be told by itself."""

    department: str
    title: str
    items: tuple[str, ...]
    from_on: date
    until_on: date


class PerformanceGoalFiled(OfPerformance):
    """The department files its goal, or another one after it was returned, or in the period to have it adjusted."""

    TOPIC: ClassVar[str] = "application.performance-goal-filed"

    version: int
    goal: Goal
    by: str


class PerformanceGoalReturned(OfPerformance):
    """Finance gives it back to be mended; an approved one stays in force."""

    TOPIC: ClassVar[str] = "application.performance-goal-returned"

    version: int
    reason: str
    by: str


class PerformanceGoalApproved(OfPerformance):
    """It holds. `clock`: by when the department assesses itself; `remind_on`: when it is reminded."""

    TOPIC: ClassVar[str] = "application.performance-goal-approved"

    version: int
    budget_fen: int
    indicators: int
    clock: LimitClock
    remind_on: date
    by: str


class PerformanceMonitored(OfPerformance):
    """The department reports how it stands in the period; what the platform measures stands beside it."""

    TOPIC: ClassVar[str] = "application.performance-monitored"

    number: int
    text: str
    risks: tuple[str, ...]
    measured: Measured
    by: str


class SelfAssessmentLimitMoved(OfPerformance):
    """The calendar knows more than when the limit was set."""

    TOPIC: ClassVar[str] = "application.self-assessment-limit-moved"

    clock: LimitClock
    remind_on: date


class SelfAssessmentDueSoon(OfPerformance):
    """The period is over, and the self-assessment is due."""

    TOPIC: ClassVar[str] = "application.self-assessment-due-soon"

    due_on: date


class SelfAssessmentOverdue(OfPerformance):
    """The due day has passed without one; raised by the platform itself, once for each limit."""

    TOPIC: ClassVar[str] = "application.self-assessment-overdue"

    due_on: date


class SelfAssessed(OfPerformance):
    """The department says what was reached; scores follow from the rules. What was measured is kept as it was then."""

    TOPIC: ClassVar[str] = "application.self-assessed"

    version: int
    results: tuple[Result, ...]
    execution: Execution
    summary: str
    total: Decimal
    grade: Grade
    measured: Measured
    late: bool
    by: str


class SelfAssessmentReturned(OfPerformance):
    """Finance gives it back to be mended, within a new limit."""

    TOPIC: ClassVar[str] = "application.self-assessment-returned"

    reason: str
    clock: LimitClock
    remind_on: date
    by: str


class PerformanceConcluded(OfPerformance):
    """Finance has assessed it, and says what follows (结果应用)."""

    TOPIC: ClassVar[str] = "application.performance-concluded"

    budget_fen: int
    executed_fen: int
    own_total: Decimal
    scores: tuple[Score, ...]
    total: Decimal
    grade: Grade
    consequence: Consequence
    explanation: str
    concluded_on: date
    by: str = Field(description="who of finance")
