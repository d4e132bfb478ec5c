"""What the room once stored is read for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from services.application.events import performance as events
from services.application.performance.goals import goal_of
from shared.calendar import LimitClock
from shared.eventstore.events import Event, Recorded
from shared.security.actor import Actor, Role
from tests.services.application.applications import CALENDAR
from tests.services.application.performance.examples import FROM_ON, UNTIL_ON, goal, measured
from tests.support.stored import check_samples

FOLDER = Path(__file__).parent / "stored"
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
OFFICER = Actor(subject="officer", roles=(Role.OFFICER,), department="gxj", source="127.0.0.1")
OF = {"department": "gxj", "title": "补助资金（样例）", "items": ("gxj-1",), "from_on": FROM_ON, "until_on": UNTIL_ON}
LIMIT = {"clock": LimitClock.start(CALENDAR, 20, UNTIL_ON), "remind_on": date(2026, 4, 22)}
GOAL, _ = goal_of(goal())
assert GOAL is not None
RESULT = events.Result(
    key="2",
    value=Decimal("2.50"),
    source="typed",
    evidence="台账（样例）。",
    attachments=("5A3B",),
    reason="",
    deviation=Decimal("0.00"),
    score=Decimal("20.00"),
)
MISSED = RESULT.model_copy(update={"key": "3", "deviation": None, "reason": "样例。", "score": Decimal("0.00")})
EXECUTION = events.Execution(
    executed_fen=900_000, source="measured", evidence="", reason="", rate=Decimal("90.00"), score=Decimal("9.00")
)
SCORE = events.Score(key="2", own=Decimal("20.00"), score=Decimal("12.50"), reason="台账不全（样例）。")
HAPPENED: list[Event] = [
    events.PerformanceGoalFiled(**OF, version=1, goal=GOAL, by="officer"),
    events.PerformanceGoalReturned(**OF, version=1, reason="补充（样例）。", by="finance"),
    events.PerformanceGoalApproved(**OF, version=2, budget_fen=1_000_000, indicators=4, **LIMIT, by="finance"),
    events.PerformanceMonitored(
        **OF, number=1, text="正常（样例）。", risks=("不足（样例）。",), measured=measured(), by="officer"
    ),
    events.SelfAssessmentLimitMoved(**OF, **LIMIT),
    events.SelfAssessmentDueSoon(**OF, due_on=date(2026, 4, 29)),
    events.SelfAssessmentOverdue(**OF, due_on=date(2026, 4, 29)),
    events.SelfAssessed(
        **OF,
        version=2,
        results=(RESULT, MISSED),
        execution=EXECUTION,
        summary="基本完成（样例）。",
        total=Decimal("96.00"),
        grade="excellent",
        measured=measured(decision_days=None),
        late=False,
        by="officer",
    ),
    events.SelfAssessmentReturned(**OF, reason="补充（样例）。", **LIMIT, by="finance"),
    events.PerformanceConcluded(
        **OF,
        budget_fen=1_000_000,
        executed_fen=900_000,
        own_total=Decimal("96.00"),
        scores=(SCORE,),
        total=Decimal("88.50"),
        grade="good",
        consequence="adjust",
        explanation="使用规范（样例）。",
        concluded_on=date(2026, 5, 8),
        by="finance",
    ),
]
EXPECTED = [Recorded("performance-JX2026-5A3B1C2D", 1, AT, event, OFFICER, "command") for event in HAPPENED]


def test_every_stored_event_of_performance_is_read_as_it_was_meant() -> None:
    check_samples(FOLDER, events, EXPECTED)
