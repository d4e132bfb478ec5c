"""What others hear of policy's events; a room for each part of its work."""

from __future__ import annotations

from services.policy.publishing import catalogue, consultation, matching, participation, searching
from shared.contracts.base import Outgoing
from shared.eventstore.events import Recorded

_ROOMS = (catalogue.publish, consultation.publish, matching.publish, participation.publish, searching.publish)


def publish(recorded: Recorded) -> Outgoing | None:
    """The one room that knows the event says what is told; most events are nobody else's business."""
    return next((outgoing for room in _ROOMS if (outgoing := room(recorded))), None)
