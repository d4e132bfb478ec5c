"""What happened: to an application, and to grants that nobody has to apply for (免申即享)."""

from services.application.events.application import (
    ApplicationAccepted,
    ApplicationNotAccepted,
    ApplicationSubmitted,
    ApplicationSupplemented,
    ReviewCompleted,
    ReviewDeadlineRecomputed,
    ReviewOverdue,
    SupplementRequested,
)

__all__ = [
    "ApplicationAccepted",
    "ApplicationNotAccepted",
    "ApplicationSubmitted",
    "ApplicationSupplemented",
    "ReviewCompleted",
    "ReviewDeadlineRecomputed",
    "ReviewOverdue",
    "SupplementRequested",
]
