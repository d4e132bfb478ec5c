"""What others hear of rows that could not be taken: that there are some, not what they say."""

from __future__ import annotations

from services.hotline.events import refusal as events
from shared.contracts import hotline as published
from shared.contracts.base import Outgoing
from shared.eventstore.events import Recorded


def publish(recorded: Recorded) -> Outgoing | None:
    """To the desk, and to the data bureau when nobody looks."""
    event = recorded.event
    key = recorded.originator_id.partition("-")[2]
    match event:
        case events.RowRefused(kind=kind, source=source, errors=errors, clock=clock):
            told = {"kind": kind, "source": source, "errors": len(errors), "look_by": clock.due.day}
            return Outgoing(published.RowRefused(refusal_id=key, **told))
        case events.RowWaiting(kind=kind, source=source, due_on=due_on):
            return Outgoing(published.RowWaiting(refusal_id=key, kind=kind, source=source, due_on=due_on))
    return None
