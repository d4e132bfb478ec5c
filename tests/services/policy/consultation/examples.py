"""A consultation, an opinion, and one of each event."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from services.policy.decider.consultation import OpenConsultation
from services.policy.events import consultation as events
from shared.eventstore.events import Event
from shared.security.actor import Actor, Role

KEY, OPINION, USCC = "gxj-zqyj-1", "0123456789abcdef01234567", "91320281MA0Y00016Q"
START = date(2026, 3, 2)
END = START + timedelta(days=29)
QUESTIONS = (
    events.Question(key="rate", title="补助比例是否合适？", kind="single", options=("合适", "偏低"), required=True),
    events.Question(key="parts", title="哪些内容需要修改？", kind="multiple", options=("对象", "比例", "流程")),
    events.Question(key="grade", title="总体评价", kind="scale"),
    events.Question(key="why", title="理由", kind="text"),
)
ENTERPRISE = Actor(subject="somebody", roles=(Role.APPLICANT,), enterprise=USCC)
PERSON = Actor(subject="a-person", roles=(Role.APPLICANT,))
NAMED: Any = {"consultation": KEY, "title": "征求《技术改造扶持办法》意见（样例）", "department": "gxj"}
OPENED = events.ConsultationOpened(
    **NAMED, text="第一条　对设备投资给予补助。", explanation="为降低成本。", questions=QUESTIONS, opens_on=START, closes_on=END,
)  # fmt: skip
CLOSED = events.ConsultationClosed(
    **NAMED, warn_on=date(2026, 4, 17), answer_due_on=date(2026, 4, 22), provisional=False
)
SUBMITTED = events.OpinionSubmitted(
    consultation=KEY, opinion=OPINION, department="gxj", enterprise=USCC, representative=True,
    answers={"rate": "偏低", "parts": ("对象", "比例"), "grade": 4, "why": "成本上涨。"}, text="建议提高到15%。",
    contact="sealed",
)  # fmt: skip
ANSWERED = events.OpinionAnswered(**NAMED, opinion=OPINION, enterprise=USCC, outcome="partly", reason="提高到12%。")
PUBLISHED = events.ResultsPublished(
    **NAMED, summary="共收到意见1条。", opinions=1, adopted=0, partly=1, not_adopted=0, late=False,
    questions=(events.QuestionResult(key="rate", answered=1, counts={"合适": 0, "偏低": 1}),),
)  # fmt: skip
EVENTS: list[tuple[str, Event]] = [
    (f"consultation-{KEY}", OPENED),
    (f"consultation-{KEY}", events.ConsultationExtended(**NAMED, closes_on=date(2026, 4, 15), reason="应要求延长。")),
    (f"consultation-{KEY}", events.ConsultationWithdrawn(**NAMED, reason="稿件有误。")),
    (f"consultation-{KEY}", events.RepresentativesInvited(**NAMED, closes_on=END, enterprises=(USCC,))),
    (f"consultation-{KEY}", CLOSED),
    (f"consultation-{KEY}", events.AnsweringDueSoon(**NAMED, answer_due_on=CLOSED.answer_due_on)),
    (f"consultation-{KEY}", events.AnsweringOverdue(**NAMED, answer_due_on=CLOSED.answer_due_on)),
    (f"consultation-{KEY}", PUBLISHED),
    (f"opinion-{OPINION}", SUBMITTED),
    (f"opinion-{OPINION}", ANSWERED),
]


def opening(**changes: Any) -> OpenConsultation:
    """The command behind `OPENED`."""
    return OpenConsultation(**OPENED.model_dump() | changes)
