"""What others hear of search: that saved searches have found something. Who saves what is nobody else's business."""

from __future__ import annotations

from services.policy.events.searching import SavedSearchesFound
from shared.contracts.base import Outgoing
from shared.contracts.policy import searching as published
from shared.eventstore.events import Recorded


def publish(recorded: Recorded) -> Outgoing | None:
    """Nothing but what is found."""
    if not isinstance(event := recorded.event, SavedSearchesFound):
        return None
    names = {"item": "item_id", "document": "document_id"}
    told = published.SavedSearchesFound(
        **{names[event.kind]: event.key},
        title=event.title,
        department=event.department,
        enterprises=tuple(hit.uscc for hit in event.hits),
    )
    return Outgoing(told, event.department)
