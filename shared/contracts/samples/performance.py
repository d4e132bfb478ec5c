"""The performance assessment of funds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from shared.contracts.application.performance import (
    PerformanceConcluded,
    PerformanceGoalApproved,
    PerformanceGoalFiled,
    PerformanceGoalReturned,
    SelfAssessed,
    SelfAssessmentDueSoon,
    SelfAssessmentOverdue,
    SelfAssessmentReturned,
)
from shared.contracts.base import Published
from shared.contracts.samples.base import DEPARTMENT

_of: dict[str, Any] = {
    "performance_id": "JX2026-5A3B1C2D",
    "department": DEPARTMENT,
    "title": "设备补助资金（样例）",
    "items": ("gxj-2026-001",),
    "from_on": date(2026, 1, 1),
    "until_on": date(2026, 12, 31),
}
_DUE = date(2027, 1, 29)

SAMPLES: tuple[Published, ...] = (
    PerformanceGoalFiled(**_of, version=1, budget_fen=500_000_000),
    PerformanceGoalReturned(**_of, version=1, reason="样例：请补充社会效益指标。"),
    PerformanceGoalApproved(**_of, version=2, budget_fen=500_000_000, indicators=4, due_on=_DUE, provisional=True),
    SelfAssessmentDueSoon(**_of, due_on=_DUE),
    SelfAssessmentOverdue(**_of, due_on=_DUE),
    SelfAssessed(**_of, total=Decimal("93.50"), grade="excellent", late=False),
    SelfAssessmentReturned(**_of, reason="样例：请补充投资台账。", due_on=date(2027, 2, 19), provisional=True),
    PerformanceConcluded(
        **_of,
        budget_fen=500_000_000,
        executed_fen=482_000_000,
        own_total=Decimal("93.50"),
        total=Decimal("88.00"),
        grade="good",
        consequence="adjust",
        explanation="样例：资金使用规范，建议提高对小微企业的支持比例。",
        concluded_on=date(2027, 3, 1),
    ),
)
