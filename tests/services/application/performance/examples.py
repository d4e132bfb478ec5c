"""A goal with an indicator of each kind of source and direction, and what was measured by it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from services.application.decider.performance_commands import (
    ApproveGoal,
    ConcludePerformance,
    ExecutionForm,
    FileGoal,
    ResultForm,
    SelfAssess,
)
from services.application.events.performance import Measured
from services.application.performance.goals import GoalForm
from shared.security.actor import Actor, Role, system

MAKER = Actor(subject="maker", roles=(Role.OFFICER,), department="gxj")
OTHER = Actor(subject="other", roles=(Role.OFFICER,), department="kjj")
FINANCE = Actor(subject="finance", roles=(Role.FINANCE,), department="czj")
BOTH = Actor(subject="maker", roles=(Role.OFFICER, Role.FINANCE), department="gxj")
ITSELF = system("application")
FROM_ON, UNTIL_ON = date(2026, 1, 1), date(2026, 3, 31)
INDICATORS: list[dict[str, Any]] = [
    {
        "name": "支持企业数",
        "kind": "quantity",
        "direction": "at-least",
        "target": 10,
        "weight": 30,
        "source": "enterprises-paid",
    },
    {"name": "单位成本", "kind": "cost", "direction": "at-most", "target": "2.5", "unit": "万元", "weight": 20},
    {
        "name": "带动投资",
        "kind": "economic",
        "direction": "between",
        "target": 100,
        "most": 200,
        "unit": "万元",
        "weight": 20,
    },
    {
        "name": "满意率",
        "kind": "satisfaction",
        "direction": "at-least",
        "target": 90,
        "weight": 20,
        "source": "satisfied-share",
    },
]
GOAL: dict[str, Any] = {"text": "支持企业（样例）。", "budget_fen": 1_000_000, "indicators": INDICATORS}


def goal(**changes: Any) -> GoalForm:
    return GoalForm.model_validate(GOAL | changes)


def file(**changes: Any) -> FileGoal:
    about: dict[str, Any] = {
        "department": "gxj",
        "title": "补助资金（样例）",
        "items": ("gxj-1",),
        "from_on": FROM_ON,
        "until_on": UNTIL_ON,
        "goal": goal(),
    }
    return FileGoal(**(about | changes))


def measured(**changes: Any) -> Measured:
    found: dict[str, Any] = {
        "at": datetime(2026, 4, 1, 1, tzinfo=UTC),
        "positions": {"application": 40, "hotline": 7},
        "payments": 9,
        "paid_fen": 900_000,
        "enterprises": 9,
        "decided": 12,
        "in_time": 12,
        "decision_days": Decimal("3.50"),
        "ratings": 20,
        "satisfied": 19,
        "rating_mean": Decimal("4.60"),
    }
    return Measured(**(found | changes))


APPROVE = ApproveGoal(version=1, assess_days=20)
RESULTS = (
    ResultForm(key="2", value="2.5", evidence="台账（样例）。"),
    ResultForm(key="3", value=150, attachments=("A1",)),
)


def self_assess(**changes: Any) -> SelfAssess:
    said: dict[str, Any] = {
        "results": RESULTS,
        "execution": ExecutionForm(),
        "summary": "基本完成（样例）。",
        "measured": measured(),
    }
    return SelfAssess(**(said | changes))


def conclude(**changes: Any) -> ConcludePerformance:
    said: dict[str, Any] = {"consequence": "keep", "explanation": "使用规范（样例）。"}
    return ConcludePerformance(**(said | changes))
