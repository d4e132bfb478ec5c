"""What others hear of departments' own systems: that they are connected, and what they do; no secret, no case number."""

from __future__ import annotations

from services.application.events import handling, system
from shared.contracts import application as published
from shared.contracts.base import Published
from shared.eventstore.events import Recorded


def contract(recorded: Recorded) -> Published | None:
    """Those that are told."""
    event = recorded.event
    match event:
        case system.OfSystem():
            return _of_system(event)
        case handling.OfHandling():
            return _of_handling(event, recorded.originator_id.partition("-")[2])
    return None


def _of_system(event: system.OfSystem) -> Published | None:
    told = {"system_id": event.system, **vars(event)}
    match event:
        case system.SystemRequested():
            return published.SystemRequested(**told)
        case system.SystemApproved():
            return published.SystemApproved(**told)
        case system.SystemDeclined():
            return published.SystemDeclined(**told)
        case system.SystemSecretIssued():
            return published.SystemSecretIssued(**told)
        case system.SystemSuspended():
            return published.SystemSuspended(**told)
        case system.SystemResumed():
            return published.SystemResumed(**told)
        case system.SystemEnded():
            return published.SystemEnded(**told)
    return None


def _of_handling(event: handling.OfHandling, number: str) -> Published | None:
    told = {"application_id": number, "system_id": event.system, **vars(event)}
    match event:
        case handling.HandlingTaken():
            return published.HandlingTaken(**told)
        case handling.ProgressReported():
            return published.ProgressReported(**told)
        case handling.HandlingReleased():
            return published.HandlingReleased(**told)
    return None
