"""How tickets are to be handled: limits by nature and urgency, and what else follows from a date (article 22(5))."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.hotline.classification.suggestion import Urgency
from shared.contracts.hotline import Nature
from shared.eventstore.events import Event


class Limit(BaseModel):
    """So many working days, counted from the day after, or so many hours of the day and night from now."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: int = Field(ge=1, le=240, examples=[5])
    unit: Literal["working-days", "hours"] = "working-days"


class Terms(BaseModel):
    """What a ticket under way keeps from the rules of the day it was dispatched, or reopened. Working days, but for counts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    return_within: int = Field(2, ge=0, le=10, description="退回误派工单的期限（工作日）")
    warn_before: int = Field(1, ge=0, le=10, description="到期前几个工作日预警")
    supervise_after: int = Field(1, ge=0, le=30, description="超期后几个工作日转入督办")
    extension_most: int = Field(5, ge=0, le=60, description="最长延期（工作日），不超过原时限")
    rounds: int = Field(2, ge=0, le=5, description="最多几次要求补充信息")
    wait: int = Field(5, ge=1, le=60, description="等待补充信息的期限（工作日），期满继续计时")
    revisit: int = Field(5, ge=1, le=15, description="差评回访整改的期限（工作日）")
    close_after: int = Field(5, ge=1, le=60, description="答复后几个工作日无异议即办结")


class HandlingRules(BaseModel):
    """All rules of one time. `desk_within` are the working days within which the desk answers, dispatches or sets apart;
    from `confidence` on (by department, else `confidence_else`) a suggestion is applied without a person's word."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limits: dict[Nature, dict[Urgency, Limit]]
    desk_within: int = Field(1, ge=1, le=10, description="热线受理、派发的期限（工作日）")
    terms: Terms = Terms()
    reviewed: tuple[str, ...] = Field((), description="答复须经审核的部门")
    hot_count: int = Field(5, ge=2, le=1000, description="多少件相似诉求算作热点")
    hot_days: int = Field(14, ge=1, le=90, description="热点按最近多少天统计")
    confidence: dict[str, float] = Field(default_factory=dict, description="各部门采用分类建议的置信度")
    confidence_else: float = Field(
        0.9, ge=0, le=1.01, description="其他部门采用分类建议的置信度；大于1则一律由人工确认"
    )

    def limit(self, nature: Nature, urgency: Urgency) -> Limit | None:
        """Within which such a ticket is to be answered; None when the rules leave it out."""
        return self.limits.get(nature, {}).get(urgency)

    def applies(self, department: str | None) -> float:
        """The confidence from which a suggestion for that department is applied by itself."""
        return self.confidence.get(department or "", self.confidence_else)


def _limits(normal: int) -> dict[Urgency, Limit]:
    return {"normal": Limit(amount=normal), "urgent": Limit(amount=1), "critical": Limit(amount=4, unit="hours")}


# Until the data bureau sets its own: usual limits of 12345 hotlines (GB/T 33358; consultations 3 working days, others 5).
STANDARD = HandlingRules(
    limits={
        "consultation": _limits(3),
        "suggestion": _limits(5),
        "complaint": _limits(5),
        "demand": _limits(5),
        "praise": _limits(5),
    }
)


class RulesSet(Event):
    """The data bureau set the rules anew; tickets under way keep theirs."""

    TOPIC: ClassVar[str] = "hotline.rules-set"

    rules: HandlingRules
    reason: str
