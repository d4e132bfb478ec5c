"""Text messages that are owed: at once when the message is written, later when an attempt failed."""

from __future__ import annotations

from collections.abc import Sequence

from services.notify.commands import attempt_sms
from services.notify.events import MessageWritten, SmsAccepted, SmsDelivered, SmsFailed, SmsRejected
from shared.deadlines.book import DeadlineRow, Deadlines, Owed, Settled
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime

SMS_ATTEMPT = "sms-attempt"


def deadlines_of(happened: Happened) -> Sequence[Owed | Settled]:
    """When the next attempt is owed."""
    match happened.event:
        case MessageWritten(wants_sms=True):
            return [Owed(SMS_ATTEMPT, happened.at)]
        case SmsRejected() as event:
            return [Owed(SMS_ATTEMPT, event.try_again_at)]
        case SmsAccepted() | SmsDelivered() | SmsFailed():
            return [Settled(SMS_ATTEMPT)]
    return []


async def on_due(runtime: Runtime, row: DeadlineRow) -> None:
    """Makes the attempt and records what came of it."""
    await attempt_sms(runtime, row.aggregate_id.partition("-")[2])


deadlines = Deadlines(of=deadlines_of, on_due=on_due)
