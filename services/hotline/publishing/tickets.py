"""What others hear of hotline's events."""

from __future__ import annotations

from typing import Any

from services.hotline import events
from shared.contracts import hotline as published
from shared.contracts.base import Outgoing
from shared.eventstore.events import Recorded


def publish(recorded: Recorded) -> Outgoing | None:
    """Every event of a ticket, to the department that handles it. Content, answers and callers stay in hotline."""
    event = recorded.event
    match event:
        case events.TicketReceived():
            told = {"channel": event.channel, "received_at": event.received_at, "town": event.town}
            return Outgoing(published.TicketReceived(**_ticket(recorded, event), **told))
        case events.TicketDispatched(clock=clock):
            return Outgoing(
                published.TicketDispatched(
                    **_ticket(recorded, event),
                    department=event.department,
                    answer_due_on=clock.due.day,
                    provisional=clock.due.provisional,
                    limit_days=clock.limit_days,
                ),
                event.department,
            )
        case events.TicketAnswered():
            told = {"answered_on": event.answered_on, "in_time": event.in_time}
            answered = published.TicketAnswered(**_ticket(recorded, event), department=event.department, **told)
            return Outgoing(answered, event.department)
        case events.TicketOverdue():
            told = {"department": event.department, "due_on": event.due_on, "limit_days": event.limit_days}
            return Outgoing(published.TicketOverdue(**_ticket(recorded, event), **told), event.department)
        case events.TicketDeadlineRecomputed(clock=clock):
            return Outgoing(
                published.TicketDeadlineRecomputed(
                    **_ticket(recorded, event),
                    department=event.department,
                    previous_due_on=event.previous_due_on,
                    answer_due_on=clock.due.day,
                    provisional=clock.due.provisional,
                    notice=event.notice,
                ),
                event.department,
            )
    return None


def _ticket(recorded: Recorded, event: Any) -> dict[str, Any]:
    about = ("source", "number", "title", "nature", "enterprise")
    return {"ticket_id": recorded.originator_id.partition("-")[2]} | {name: getattr(event, name) for name in about}
