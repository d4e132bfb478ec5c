"""What others hear of registry's events."""

from __future__ import annotations

from services.registry import events
from shared.contracts import registry as published
from shared.contracts.base import Outgoing
from shared.eventstore.events import Recorded


def publish(recorded: Recorded) -> Outgoing | None:
    """Departments and enterprises are announced, without contacts; of profiles only what holds, to the platform's own
    services, and disputes to the department concerned, without values or reasons. Code lists are read over HTTP."""
    match recorded.event:
        case events.DepartmentRegistered() as event:
            return Outgoing(published.DepartmentRegistered(**event.model_dump()), event.code)
        case events.EnterpriseRegistered() as event:
            return Outgoing(published.EnterpriseRegistered(**event.model_dump()))
        case events.FactDefined() as event:
            return Outgoing(published.FactDefined(definition=event.definition))
        case events.ProfileChanged(facts=facts) as event if facts:
            told = tuple(published.FactStatement(**dict(fact)) for fact in facts)
            return Outgoing(published.FactsChanged(uscc=event.uscc, version=event.version, facts=told))
        case events.FactDisputed() as event:
            due = event.clock.due
            disputed = published.FactDisputed(**dict(event), due_on=due.day, provisional=due.provisional)
            return Outgoing(disputed, event.department)
        case events.DisputeSettled() as event:
            return Outgoing(published.DisputeSettled(**dict(event)), event.department)
        case events.DisputeOverdue() as event:
            return Outgoing(published.DisputeOverdue(**dict(event)), event.department)
    return None
