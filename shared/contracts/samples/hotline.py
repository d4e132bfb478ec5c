"""The hotline."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from shared.contracts.base import Published
from shared.contracts.hotline import (
    AnswerPublished,
    AnswerUnpublished,
    ExtensionAsked,
    ExtensionDecided,
    FollowUpDueSoon,
    FollowUpOverdue,
    FollowUpRecorded,
    HotSpotRaised,
    InformationAsked,
    InformationGiven,
    LiveAnnounced,
    LiveCancelled,
    LiveNotHeld,
    LiveQuestionAnswered,
    LiveQuestionDueSoon,
    LiveQuestionHandedOver,
    LiveRecordOverdue,
    LiveRecordPublished,
    LiveRescheduled,
    MeetingRecorded,
    RatingGiven,
    RatingReplied,
    RowRefused,
    RowWaiting,
    TicketAnswered,
    TicketClassified,
    TicketClosed,
    TicketDeadlineRecomputed,
    TicketDispatched,
    TicketDueSoon,
    TicketMerged,
    TicketOverdue,
    TicketReceived,
    TicketReopened,
    TicketReturned,
    TicketSetApart,
    TicketSupervised,
    TicketSupplemented,
    TicketUnhandled,
    TicketUrged,
    TicketWithdrawn,
)
from shared.contracts.samples.base import APPLICATION, DEPARTMENT, ITEM_TITLE, TICKET, USCC

_ticket: dict[str, Any] = {
    "ticket_id": TICKET,
    "source": "12345",
    "number": "GD-SAMPLE-2026-0001",
    "title": "样例诉求：咨询技术改造奖励的申报材料",
    "nature": "consultation",
    "enterprise": USCC,
}
_rating: dict[str, Any] = {
    "rating_id": f"application-{APPLICATION}",
    "kind": "application",
    "title": ITEM_TITLE,
    "grade": 2,
    "department": DEPARTMENT,
    "enterprise": USCC,
    "item": "SX-SAMPLE-001",
}
_LIVE_AT, _LIVE_END = datetime(2026, 3, 2, 6, 0, tzinfo=UTC), datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_live: dict[str, Any] = {"live_id": "20260302-0a1b2c3d", "department": DEPARTMENT, "title": "样例直播"}
_question: dict[str, Any] = _live | {"question_id": "20260302-0a1b2c3d.0123456789ab"}

SAMPLES: tuple[Published, ...] = (
    TicketReceived(**_ticket, channel="phone", received_at=datetime(2026, 3, 4, 1, 30, tzinfo=UTC), town="320281100"),
    TicketDispatched(
        **_ticket, department=DEPARTMENT, answer_due_on=date(2026, 3, 11), provisional=False, limit_days=5
    ),
    TicketClassified(**_ticket, subject="惠企政策/兑现/资金兑现", urgency="urgent", department=DEPARTMENT),
    TicketSetApart(**_ticket, reason="样例理由：居民生活诉求。"),
    TicketUnhandled(**_ticket, handle_by=date(2026, 3, 5)),
    TicketReturned(**_ticket, department=DEPARTMENT, better="kjj"),
    InformationAsked(**_ticket, department=DEPARTMENT, wait_until=datetime(2026, 3, 13, 16, 0, tzinfo=UTC)),
    InformationGiven(**_ticket, department=DEPARTMENT, given=True, answer_due_on=date(2026, 3, 12)),
    TicketSupplemented(**_ticket, department=DEPARTMENT),
    ExtensionAsked(**_ticket, department=DEPARTMENT, amount=2),
    ExtensionDecided(**_ticket, department=DEPARTMENT, granted=True, answer_due_on=date(2026, 3, 13)),
    TicketAnswered(**_ticket, department=DEPARTMENT, answered_on=date(2026, 3, 10), in_time=True),
    TicketDueSoon(**_ticket, department=DEPARTMENT, due_at=datetime(2026, 3, 11, 16, 0, tzinfo=UTC)),
    TicketSupervised(**_ticket, department=DEPARTMENT, reason="样例理由：超期未答复。"),
    TicketUrged(**_ticket, department=DEPARTMENT, text="样例提醒：请尽快联系诉求人。"),
    TicketReopened(**_ticket, department=DEPARTMENT, why="revisit", answer_due_on=date(2026, 3, 18)),
    TicketClosed(**_ticket, department=DEPARTMENT),
    TicketWithdrawn(**_ticket, department=DEPARTMENT),
    TicketMerged(**_ticket, into="12345-JY12345-2026-000002", department=DEPARTMENT),
    AnswerPublished(
        ticket_id="12345-JY12345-2026-000001",
        question="样例问题：技术改造奖励何时申报？",
        answer="样例答复：自3月起受理。",
        department=DEPARTMENT,
    ),
    AnswerUnpublished(ticket_id="12345-JY12345-2026-000001", department=DEPARTMENT),
    HotSpotRaised(lead="12345-JY12345-2026-000001", title="样例热点", tickets=6, days=14, town="320281100"),
    LiveAnnounced(**_live, starts_at=_LIVE_AT, ends_at=_LIVE_END, items=("jsgz-2026",)),
    LiveRescheduled(live_id=_live["live_id"], starts_at=_LIVE_AT, ends_at=_LIVE_END, reason="样例理由：主讲人出差。"),
    LiveCancelled(live_id=_live["live_id"], reason="样例理由：合并到下一场。"),
    LiveNotHeld(**_live),
    LiveRecordPublished(**_live),
    LiveRecordOverdue(**_live, due_on=date(2026, 3, 9)),
    LiveQuestionDueSoon(**_question, due_on=date(2026, 3, 9)),
    LiveQuestionAnswered(**_question, enterprise=USCC, live=True, in_time=True),
    LiveQuestionHandedOver(**_question, overdue=True),
    MeetingRecorded(
        meeting_id="20260302-0a1b2c3d",
        kind="symposium",
        title="样例座谈会",
        held_on=date(2026, 3, 2),
        department=DEPARTMENT,
        enterprises=(USCC,),
        demands=2,
    ),
    RowRefused(refusal_id="tickets-12345-JY-1", kind="tickets", source="12345", errors=2, look_by=date(2026, 3, 3)),
    RowWaiting(refusal_id="tickets-12345-JY-1", kind="tickets", source="12345", due_on=date(2026, 3, 3)),
    TicketOverdue(**_ticket, department=DEPARTMENT, due_on=date(2026, 3, 11), limit_days=5),
    TicketDeadlineRecomputed(
        **_ticket,
        department=DEPARTMENT,
        previous_due_on=date(2026, 3, 11),
        answer_due_on=date(2026, 3, 12),
        provisional=False,
        notice="样例通知：2026年部分工作日调整安排",
    ),
    RatingGiven(**_rating, channel="platform", given_on=date(2026, 3, 25)),
    RatingReplied(**_rating),
    FollowUpDueSoon(**_rating, due_on=date(2026, 4, 1)),
    FollowUpOverdue(**_rating, due_on=date(2026, 4, 1)),
    FollowUpRecorded(**_rating, put_right=True, recorded_on=date(2026, 3, 30), in_time=True),
)
