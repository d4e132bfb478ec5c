"""What others hear of public answers and hot spots."""

from __future__ import annotations

from services.hotline import events
from shared.contracts import hotline as published
from shared.contracts.base import Outgoing
from shared.eventstore.events import Recorded


def publish(recorded: Recorded) -> Outgoing | None:
    """Public answers with their texts, hot spots with how many tickets."""
    event = recorded.event
    ticket = recorded.originator_id.partition("-")[2]
    match event:
        case events.AnswerPublished():
            fields = event.model_dump(include={"question", "answer", "department", "item", "subject"})
            return Outgoing(published.AnswerPublished(ticket_id=ticket, **fields), event.department)
        case events.AnswerUnpublished(department=department):
            return Outgoing(published.AnswerUnpublished(ticket_id=ticket, department=department), department)
        case events.HotSpotRaised():
            fields = event.model_dump(include={"lead", "title", "days", "town", "item", "again"})
            return Outgoing(published.HotSpotRaised(tickets=len(event.tickets), **fields))
    return None
