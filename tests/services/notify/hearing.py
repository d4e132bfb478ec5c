"""Published events as notify hears them."""

from __future__ import annotations

from datetime import UTC, datetime

from shared.contracts.base import Published
from shared.readmodels.happened import Happened

HEARD_AT = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)  # half an hour after the sample ticket came in


def heard(event: Published, *, at: datetime = HEARD_AT, position: int = 7, aggregate_id: str = "thing-1") -> Happened:
    """An event in a place of its service's stream."""
    return Happened(event.service(), position, position - 1, aggregate_id, at, event)
