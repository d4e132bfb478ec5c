"""What others hear of analytics' events."""

from __future__ import annotations

from services.analytics import events
from shared.contracts import analytics as published
from shared.contracts.base import Outgoing
from shared.eventstore.events import Recorded


def publish(recorded: Recorded) -> Outgoing | None:
    """A bulletin is public; its figures are read over HTTP."""
    match recorded.event:
        case events.BulletinPublished() as event:
            return Outgoing(
                published.BulletinPublished(
                    number=event.number,
                    first_day=event.first_day,
                    last_day=event.last_day,
                    departments=tuple(each.department for each in event.departments),
                )
            )
    return None
