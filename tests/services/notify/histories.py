"""Messages in each state of their text, for the tests of notify."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from services.notify.events import MessageWritten, SmsAccepted, SmsDelivered, SmsFailed, SmsRejected
from tests.support.deciding import WORKING_MORNING

USCC = "91320281000000019H"
ID = "0123456789abcdef0123456789abcdef"
WHOSE: dict[str, Any] = {"message_id": ID, "recipient": f"enterprise:{USCC}", "department": "gxj"}


def written(*, wants_sms: bool = True) -> MessageWritten:
    return MessageWritten(
        **WHOSE,
        template="application-accepted",
        about="application:SB-2026-0001",
        title="申报已受理",
        text="贵单位的申报已受理。",
        wants_sms=wants_sms,
    )


def rejected(attempts: int = 1, first: datetime = WORKING_MORNING, again: datetime | None = None) -> SmsRejected:
    return SmsRejected(
        **WHOSE,
        attempts=attempts,
        reason="provider-unavailable: 503",
        first_attempt_at=first,
        try_again_at=again or first + timedelta(seconds=300 * attempts),
    )


def accepted(attempts: int = 1) -> SmsAccepted:
    return SmsAccepted(**WHOSE, provider_id="provider-1", attempts=attempts)


def delivered(attempts: int = 1) -> SmsDelivered:
    return SmsDelivered(**WHOSE, attempts=attempts)


def failed(attempts: int = 1, reason: str = "provider-refused: 400") -> SmsFailed:
    return SmsFailed(**WHOSE, attempts=attempts, reason=reason)
