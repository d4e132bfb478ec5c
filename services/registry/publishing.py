"""What others hear of registry's events."""

from __future__ import annotations

from services.registry import events
from shared.contracts import registry as published
from shared.contracts.base import Outgoing
from shared.eventstore.events import Recorded


def publish(recorded: Recorded) -> Outgoing | None:
    """Departments and enterprises are announced, without contacts; code lists are read over HTTP."""
    match recorded.event:
        case events.DepartmentRegistered() as event:
            return Outgoing(published.DepartmentRegistered(**event.model_dump()), event.code)
        case events.EnterpriseRegistered() as event:
            return Outgoing(published.EnterpriseRegistered(**event.model_dump()))
    return None
