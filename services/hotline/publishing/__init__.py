"""What others hear of hotline's events; a room for each part of its work."""

from __future__ import annotations

from services.hotline.publishing import live, ratings, refusals, tickets, zone
from shared.contracts.base import Outgoing
from shared.eventstore.events import Recorded

_ROOMS = (tickets.publish, zone.publish, ratings.publish, refusals.publish, live.publish)


def publish(recorded: Recorded) -> Outgoing | None:
    """The one room that knows the event says what is told; most events are nobody else's business."""
    return next((outgoing for room in _ROOMS if (outgoing := room(recorded))), None)
