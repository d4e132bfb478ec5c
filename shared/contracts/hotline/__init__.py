"""Published by hotline; a room for each part of its work."""

from __future__ import annotations

from shared.contracts.hotline.rating import (
    FollowUpDueSoon,
    FollowUpOverdue,
    FollowUpRecorded,
    Grade,
    RatedKind,
    RatingChannel,
    RatingGiven,
    RatingReplied,
)
from shared.contracts.hotline.ticket import (
    Nature,
    TicketAnswered,
    TicketDeadlineRecomputed,
    TicketDispatched,
    TicketOverdue,
    TicketReceived,
)

__all__ = [
    "FollowUpDueSoon",
    "FollowUpOverdue",
    "FollowUpRecorded",
    "Grade",
    "Nature",
    "RatedKind",
    "RatingChannel",
    "RatingGiven",
    "RatingReplied",
    "TicketAnswered",
    "TicketDeadlineRecomputed",
    "TicketDispatched",
    "TicketOverdue",
    "TicketReceived",
]
