"""What others hear of announcements: that somebody objects, not who or why."""

from __future__ import annotations

from services.application.events import announcement as announcements
from shared.contracts import application as published
from shared.contracts.base import Published
from shared.eventstore.events import Recorded


def contract(recorded: Recorded) -> Published | None:
    """Those that are told."""
    event = recorded.event
    of = {"announcement_id": recorded.originator_id.partition("-")[2], **vars(event)}
    match event:
        case announcements.ResultsAnnounced(clock=clock, entries=entries):
            days = {"closes_on": clock.due.day, "provisional": clock.due.provisional, "entries": len(entries)}
            return published.ResultsAnnounced(**of | days)
        case announcements.ObjectionRaised(clock=clock):
            return published.ObjectionRaised(**of, due_on=clock.due.day)
        case announcements.ObjectionDecided():
            return published.ObjectionDecided(**of)
        case announcements.ObjectionOverdue():
            return published.ObjectionOverdue(**of)
        case announcements.AnnouncementEnded():
            return published.AnnouncementEnded(**of)
        case announcements.ResultsConfirmed():
            return published.ResultsConfirmed(**of)
    return None
