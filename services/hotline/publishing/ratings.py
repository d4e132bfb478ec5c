"""What others hear of ratings: grades and limits; texts stay in hotline."""

from __future__ import annotations

from typing import Any

from services.hotline.events import rating as events
from shared.contracts import hotline as published
from shared.contracts.base import Outgoing
from shared.eventstore.events import Recorded


def publish(recorded: Recorded) -> Outgoing | None:
    """A rating, its reply and its follow-up, to the department that is rated."""
    event = recorded.event
    match event:
        case events.RatingGiven():
            told = {"channel": event.channel, "given_on": event.given_on}
            return Outgoing(published.RatingGiven(**_rating(recorded, event), **told), event.matter.department)
        case events.RatingReplied():
            return Outgoing(published.RatingReplied(**_rating(recorded, event)), event.matter.department)
        case events.FollowUpDueSoon():
            soon = published.FollowUpDueSoon(**_rating(recorded, event), due_on=event.due_on)
            return Outgoing(soon, event.matter.department)
        case events.FollowUpOverdue():
            late = published.FollowUpOverdue(**_rating(recorded, event), due_on=event.due_on)
            return Outgoing(late, event.matter.department)
        case events.FollowUpRecorded():
            recorded_on, in_time = event.recorded_on, event.in_time
            done = published.FollowUpRecorded(
                **_rating(recorded, event), put_right=event.put_right, recorded_on=recorded_on, in_time=in_time
            )
            return Outgoing(done, event.matter.department)
    return None


def _rating(recorded: Recorded, event: Any) -> dict[str, Any]:
    matter = event.matter
    return {
        "rating_id": recorded.originator_id.partition("-")[2],
        "grade": event.grade,
        "enterprise": None if event.anonymous else matter.enterprise,
    } | {name: getattr(matter, name) for name in ("kind", "title", "department", "item")}
