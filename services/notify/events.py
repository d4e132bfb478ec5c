"""What happened in notify."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from shared.eventstore.events import Event

# Reasons of SmsFailed without an attempt: no mobile number is known, no provider is configured.
NO_PHONE = "no-phone"
NO_PROVIDER = "no-provider"


class _OfMessage(Event):
    """`recipient` is `enterprise:<uscc>`, `department:<code>`, `caller:<ticket id>`, `objector:<announcement>:<n>`,
    `hotline-desk`, `finance` or `data-bureau`, never a person's data.

    `department` is the one whose business the message is about, None where there is none.
    """

    message_id: str
    recipient: str
    department: str | None


class MessageWritten(_OfMessage):
    """A message stands in the recipient's inbox; `wants_sms`: it is owed as a text message too (article 21)."""

    TOPIC: ClassVar[str] = "notify.message-written"

    template: str
    about: str
    title: str
    text: str
    wants_sms: bool


class SmsAccepted(_OfMessage):
    """The provider has taken the text message over."""

    TOPIC: ClassVar[str] = "notify.sms-accepted"

    provider_id: str
    attempts: int


class SmsRejected(_OfMessage):
    """An attempt failed for now, and is repeated at `try_again_at`."""

    TOPIC: ClassVar[str] = "notify.sms-rejected"

    attempts: int
    reason: str
    first_attempt_at: datetime
    try_again_at: datetime


class SmsDelivered(_OfMessage):
    """The provider's receipt says that the text message arrived."""

    TOPIC: ClassVar[str] = "notify.sms-delivered"

    attempts: int


class SmsFailed(_OfMessage):
    """The text message did not arrive and is not tried again; the message stays in the inbox."""

    TOPIC: ClassVar[str] = "notify.sms-failed"

    attempts: int
    reason: str
