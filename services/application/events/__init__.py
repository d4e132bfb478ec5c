"""What happened: to an application and in its review, to an item's scheme and what is left of its places, to grants that
nobody has to apply for (免申即享), and to payments."""

from services.application.events.application import (
    AcceptanceOverdue,
    AnswersCompared,
    ApplicationAccepted,
    ApplicationNotAccepted,
    ApplicationSubmitted,
    ApplicationSupplemented,
    ApplicationWithdrawn,
    ApprovalRevoked,
    HoldsForfeited,
    HoldsReleased,
    PayeeGiven,
    ResultAnnounced,
    ResultConfirmed,
    ReviewCompleted,
    ReviewDeadlineRecomputed,
    ReviewDueSoon,
    ReviewOverdue,
    SupplementRequested,
)

__all__ = [
    "AcceptanceOverdue",
    "AnswersCompared",
    "ApplicationAccepted",
    "ApplicationNotAccepted",
    "ApplicationSubmitted",
    "ApplicationSupplemented",
    "ApplicationWithdrawn",
    "ApprovalRevoked",
    "HoldsForfeited",
    "HoldsReleased",
    "PayeeGiven",
    "ResultAnnounced",
    "ResultConfirmed",
    "ReviewCompleted",
    "ReviewDeadlineRecomputed",
    "ReviewDueSoon",
    "ReviewOverdue",
    "SupplementRequested",
]
