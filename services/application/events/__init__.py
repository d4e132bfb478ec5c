"""What happened: to an application, to grants that nobody has to apply for (免申即享), and to their payment."""

from services.application.events.application import (
    ApplicationAccepted,
    ApplicationNotAccepted,
    ApplicationSubmitted,
    ApplicationSupplemented,
    PayeeGiven,
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
    "PayeeGiven",
    "ReviewCompleted",
    "ReviewDeadlineRecomputed",
    "ReviewOverdue",
    "SupplementRequested",
]
