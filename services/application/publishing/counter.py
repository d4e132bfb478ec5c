"""What others hear of the counter: that somebody was served, not who."""

from __future__ import annotations

from services.application.events import counter as events
from shared.contracts import application as published
from shared.contracts.base import Published
from shared.eventstore.events import Recorded


def contract(recorded: Recorded) -> Published | None:
    """That consent was recorded on paper, to the enterprise; the end of a visit, to whoever asks how it was."""
    event = recorded.event
    match event:
        case events.ConsentGiven(how="paper"):
            about = event.model_dump(include={"hall_name", "department", "day", "enterprise", "scope"})
            return published.CounterConsentGiven(visit_id=event.visit, **about)
        case events.VisitEnded():
            about = event.model_dump(
                include={"hall", "hall_name", "department", "service_title", "day", "enterprise", "why"}
            )
            return published.CounterVisitEnded(visit_id=event.visit, **about)
    return None
