"""Published by hotline; a room for each part of its work."""

from __future__ import annotations

from shared.contracts.hotline.ticket import (
    Nature,
    TicketAnswered,
    TicketDeadlineRecomputed,
    TicketDispatched,
    TicketOverdue,
    TicketReceived,
)

__all__ = [
    "Nature",
    "TicketAnswered",
    "TicketDeadlineRecomputed",
    "TicketDispatched",
    "TicketOverdue",
    "TicketReceived",
]
