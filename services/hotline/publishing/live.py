"""What others hear of live sessions, symposia and visits: that they are, what is owed, and what was answered."""

from __future__ import annotations

from typing import Any

from services.hotline.events import live as events
from services.hotline.events.meeting import MeetingRecorded
from shared.contracts import hotline as published
from shared.contracts.base import Outgoing
from shared.eventstore.events import Recorded


def publish(recorded: Recorded) -> Outgoing | None:
    """Sessions to everybody; questions without their words until everybody may read them in the record."""
    event = recorded.event
    key = recorded.originator_id.partition("-")[2]
    match event:
        case events.LiveAnnounced():
            told = event.model_dump(include={"title", "department", "starts_at", "ends_at", "items"})
            return Outgoing(published.LiveAnnounced(live_id=key, **told), event.department)
        case events.LiveRescheduled():
            told = event.model_dump(include={"starts_at", "ends_at", "reason"})
            return Outgoing(published.LiveRescheduled(live_id=key, **told))
        case events.LiveCancelled(reason=reason):
            return Outgoing(published.LiveCancelled(live_id=key, reason=reason))
        case events.LiveNotHeld():
            return Outgoing(published.LiveNotHeld(live_id=key, **_named(event)), event.department)
        case events.LiveRecordPublished():
            return Outgoing(published.LiveRecordPublished(live_id=key, **_named(event)), event.department)
        case events.LiveRecordOverdue():
            late = published.LiveRecordOverdue(live_id=key, **_named(event), due_on=event.due_on)
            return Outgoing(late, event.department)
        case MeetingRecorded():
            told = event.model_dump(include={"kind", "title", "held_on", "town", "department", "enterprises"})
            met = published.MeetingRecorded(meeting_id=key, **told, demands=len(event.demands))
            return Outgoing(met, event.department)
    return _question(key, event)


def _question(key: str, event: Any) -> Outgoing | None:
    match event:
        case events.QuestionDueSoon():
            soon = published.LiveQuestionDueSoon(**_of_question(key, event), due_on=event.due_on)
            return Outgoing(soon, event.department)
        case events.QuestionAnswered():
            more = {"enterprise": event.enterprise, "live": event.live, "in_time": event.in_time}
            return Outgoing(published.LiveQuestionAnswered(**_of_question(key, event), **more), event.department)
        case events.QuestionHandedOver():
            over = published.LiveQuestionHandedOver(**_of_question(key, event), overdue=event.overdue)
            return Outgoing(over, event.department)
    return None


def _named(event: Any) -> dict[str, str]:
    return {"department": event.department, "title": event.title}


def _of_question(key: str, event: Any) -> dict[str, str]:
    return {"live_id": event.session, "question_id": key, **_named(event)}
