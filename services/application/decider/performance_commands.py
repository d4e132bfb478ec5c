"""What can be asked of a performance assessment (绩效评价), and what its events amount to; pure."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.application.decider.grant_list import Text
from services.application.events import performance as events
from services.application.performance.goals import GoalForm, Number
from shared.calendar import LimitClock
from shared.eventstore.decider import Command, FieldError, State

Status = Literal["filed", "returned", "approved", "assessed", "assessment-returned", "concluded"]
STATUSES: dict[Status, str] = {
    "filed": "绩效目标已申报，等待财政部门批复",
    "returned": "绩效目标已退回，等待部门修改",
    "approved": "绩效目标已批复",
    "assessed": "自评已提交，等待财政评价",
    "assessment-returned": "自评已退回，等待部门修改",
    "concluded": "评价已办结",
}
MOST_ITEMS = 50


class FileGoal(Command):
    """File a goal, for the first time, after it was returned, or to have an approved one adjusted in its period.

    `item_errors`: what is wrong with the items, as the catalogue says.
    """

    ADDED: ClassVar[frozenset[str]] = frozenset({"item_errors"})

    department: str
    title: str
    items: tuple[str, ...]
    from_on: date
    until_on: date
    goal: GoalForm
    item_errors: tuple[FieldError, ...] = ()


class ReturnGoal(Command):
    """Give it back to be mended."""

    version: int = Field(description="退回的是第几版目标")
    reason: Text


class ApproveGoal(Command):
    """Let it hold. `assess_days`: working days after the period in which the department assesses itself."""

    ADDED: ClassVar[frozenset[str]] = frozenset({"assess_days"})

    version: int
    assess_days: int = Field(ge=1, le=250)


class ReportMonitoring(Command):
    """Say how it stands."""

    ADDED: ClassVar[frozenset[str]] = frozenset({"measured"})

    text: Text
    risks: tuple[Text, ...] = Field((), max_length=50)
    measured: events.Measured


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ResultForm(_Form):
    """What was reached of an indicator; without a value where the platform has measured it."""

    key: str = Field("", max_length=40, description="指标序号")
    value: Number = Field(None, description="实际值；平台计量的指标省略")
    evidence: str = Field("", max_length=5000, description="依据")
    attachments: tuple[str, ...] = Field((), max_length=20, description="附件编号")
    reason: str = Field("", max_length=5000, description="偏差原因及改进措施")


class ExecutionForm(_Form):
    """How much of the budget was executed; without a sum where the platform has measured it."""

    executed_fen: int | None = Field(None, ge=0, le=2**53)
    evidence: str = Field("", max_length=5000)
    reason: str = Field("", max_length=5000)


class SelfAssess(Command):
    """Say what was reached. `file_errors`: what is wrong with the attachments."""

    ADDED: ClassVar[frozenset[str]] = frozenset({"measured", "file_errors"})

    results: tuple[ResultForm, ...] = Field(max_length=500)
    execution: ExecutionForm
    summary: str = Field("", max_length=20_000)
    measured: events.Measured
    file_errors: tuple[FieldError, ...] = ()


class ReturnSelfAssessment(Command):
    """Give it back to be mended."""

    reason: Text


class ScoreForm(_Form):
    """What finance gives, where it differs from the department's own."""

    key: str = Field("", max_length=40, description="指标序号，或 execution（预算执行率）")
    score: Number = None
    reason: str = Field("", max_length=5000)


class ConcludePerformance(Command):
    """Assess it, and say what follows."""

    scores: tuple[ScoreForm, ...] = Field((), max_length=500, description="与自评不同的得分")
    consequence: str = Field("", max_length=40, description="keep 保持、adjust 调整、reduce 削减、stop 取消")
    explanation: str = Field("", max_length=20_000, description="评价意见与结果应用的说明，向社会公开")


class RaiseSelfAssessmentDueSoon(Command):
    """The day of the reminder has come."""


class RaiseSelfAssessmentOverdue(Command):
    """The platform's clock has passed the due day."""


class LookAtSelfAssessmentLimit(Command):
    """The calendar may know more by now."""


PerformanceCommand = (
    FileGoal
    | ReturnGoal
    | ApproveGoal
    | ReportMonitoring
    | SelfAssess
    | ReturnSelfAssessment
    | ConcludePerformance
    | RaiseSelfAssessmentDueSoon
    | RaiseSelfAssessmentOverdue
    | LookAtSelfAssessmentLimit
)


class PerformanceState(State):
    """`filed` is the goal that finance has to decide on, `goal` the one in force, of `version`; `versions` counts them all."""

    first: events.PerformanceGoalFiled
    status: Status = "filed"
    filed: events.PerformanceGoalFiled | None = None
    goal: events.Goal | None = None
    version: int = 0
    versions: int = 1
    clock: LimitClock | None = None
    remind_on: date | None = None
    reminded: bool = False
    overdue: bool = False
    reports: int = 0
    last_report: events.PerformanceMonitored | None = None
    assessed: events.SelfAssessed | None = None
    concluded: events.PerformanceConcluded | None = None

    @property
    def assessing(self) -> bool:
        """Whether the department owes its self-assessment, now or after the period."""
        return self.status in ("approved", "assessment-returned")


def about(state: PerformanceState) -> dict[str, Any]:
    """What every event carries."""
    return state.first.model_dump(include={"department", "title", "items", "from_on", "until_on"})
