"""What others hear of application's events; a room for each part of its work."""

from __future__ import annotations

from services.application.publishing import (
    counter,
    grants,
    participation,
    payments,
    performance,
    progress,
    results,
    systems,
)
from shared.contracts.base import Outgoing
from shared.eventstore.events import Recorded

_ROOMS = (
    progress.contract,
    participation.contract,
    grants.contract,
    payments.contract,
    results.contract,
    counter.contract,
    performance.contract,
    systems.contract,
)


def publish(recorded: Recorded) -> Outgoing | None:
    """The one room that knows the event says what is told; it goes to the subject of the item's department."""
    event = next((contract for room in _ROOMS if (contract := room(recorded))), None)
    return Outgoing(event, getattr(recorded.event, "department", None)) if event else None
