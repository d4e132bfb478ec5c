"""What happened in hotline; a room for each part of its work."""

from __future__ import annotations

from services.hotline.events.ticket import (
    TicketAnswered,
    TicketDeadlineRecomputed,
    TicketDispatched,
    TicketOverdue,
    TicketReceived,
)

__all__ = ["TicketAnswered", "TicketDeadlineRecomputed", "TicketDispatched", "TicketOverdue", "TicketReceived"]
