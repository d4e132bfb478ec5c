"""What others hear of notify's events."""

from __future__ import annotations

from services.notify import events
from shared.contracts import notify as published
from shared.contracts.base import Outgoing
from shared.eventstore.events import Recorded


def publish(recorded: Recorded) -> Outgoing | None:
    """Who was told what, by reference: neither the text nor a phone number leaves notify."""
    match recorded.event:
        case events.MessageWritten() as event:
            content = event.model_dump(include={"message_id", "recipient", "template", "about"})
            return Outgoing(published.MessageWritten(**content), event.department)
        case events.SmsAccepted() as event:
            content = event.model_dump(include={"message_id", "recipient", "attempts"})
            return Outgoing(published.SmsAccepted(**content), event.department)
        case events.SmsDelivered() as event:
            content = event.model_dump(include={"message_id", "recipient"})
            return Outgoing(published.SmsDelivered(**content), event.department)
        case events.SmsFailed(reason=events.NO_PROVIDER):
            return None  # nobody tried: the platform has no provider, which is no news to anybody
        case events.SmsFailed() as event:
            content = event.model_dump(include={"message_id", "recipient", "attempts", "reason"})
            return Outgoing(published.SmsFailed(**content), event.department)
    return None
