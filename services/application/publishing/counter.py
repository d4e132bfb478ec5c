"""What others hear of the counter: that somebody was served, not who."""

from __future__ import annotations

from services.application.events import counter as events
from shared.contracts import application as published
from shared.contracts.base import Published
from shared.eventstore.events import Recorded


def contract(recorded: Recorded) -> Published | None:
    """The end of a visit, for whoever asks how it was."""
    event = recorded.event
    if not isinstance(event, events.VisitEnded):
        return None
    about = event.model_dump(include={"hall", "hall_name", "department", "service_title", "day", "enterprise", "why"})
    return published.CounterVisitEnded(visit_id=event.visit, **about)
