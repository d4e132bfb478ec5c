"""What others hear of consultations: that somebody is asked, answered, late; never who said what."""

from __future__ import annotations

from services.policy.events import consultation as events
from shared.contracts.base import Outgoing, Published
from shared.contracts.policy import consultation as published
from shared.eventstore.events import Recorded

_TOLD: dict[type, type[Published]] = {
    events.ConsultationOpened: published.ConsultationOpened,
    events.ConsultationExtended: published.ConsultationExtended,
    events.ConsultationWithdrawn: published.ConsultationWithdrawn,
    events.ConsultationClosed: published.ConsultationClosed,
    events.RepresentativesInvited: published.RepresentativesInvited,
    events.OpinionAnswered: published.OpinionAnswered,
    events.AnsweringDueSoon: published.AnsweringDueSoon,
    events.AnsweringOverdue: published.AnsweringOverdue,
    events.ResultsPublished: published.ConsultationResultsPublished,
}


def publish(recorded: Recorded) -> Outgoing | None:
    """An opinion itself is nobody else's business; its text is public with the results, at the door."""
    event = recorded.event
    if (kind := _TOLD.get(type(event))) is None:
        return None
    content = event.model_dump(include=set(kind.model_fields))
    names = {"consultation_id": event.consultation, "opinion_id": getattr(event, "opinion", None)}  # type: ignore[attr-defined]
    told = kind(**content, **{name: value for name, value in names.items() if name in kind.model_fields})
    return Outgoing(told, event.department)  # type: ignore[attr-defined]
