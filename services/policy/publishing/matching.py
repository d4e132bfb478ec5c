"""What others hear of matches: whom to tell of what. Evidence, interests and conditions are nobody else's business."""

from __future__ import annotations

from services.policy.events import matching as events
from shared.contracts.base import Outgoing
from shared.contracts.policy import matching as published
from shared.eventstore.events import Recorded


def publish(recorded: Recorded) -> Outgoing | None:
    """Nothing is announced of an event that nobody is to be told of."""
    match recorded.event:
        case events.MatchesFound(enterprises=(_, *_)) as event:
            content = event.model_dump(exclude={"code", "digest"})
            return Outgoing(published.MatchesFound(item_id=event.code, **content), event.department)
        case events.ClosingSoon() as event:
            content = event.model_dump(exclude={"code"})
            return Outgoing(published.ClosingSoon(item_id=event.code, **content), event.department)
        case events.DigestDue(entries=(_, *_)) as event:
            entries = tuple(
                published.DigestEntry(item_id=each.code, title=each.title, level=each.level) for each in event.entries
            )
            return Outgoing(published.DigestDue(uscc=event.uscc, entries=entries))
    return None
