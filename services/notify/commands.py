"""What notify does when a text message is due, and when its receipt arrives."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from services.notify.contacts import Contacts, ContactUnavailable
from services.notify.decider import (
    ForgoSms,
    MessageState,
    RecordSmsAccepted,
    RecordSmsReceipt,
    RecordSmsRefused,
    RecordSmsUnavailable,
    message,
)
from services.notify.events import NO_PHONE, NO_PROVIDER
from services.notify.sms import SmsProvider, SmsRefused, SmsUnavailable, as_sms
from shared.eventstore.decider import Command
from shared.eventstore.ledger import Receipt
from shared.runtime.service import Runtime

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Texting:
    """What sending text messages takes beyond the platform's own parts; no provider where none is configured."""

    provider: SmsProvider | None
    contacts: Contacts


async def attempt_sms(runtime: Runtime, message_id: str) -> None:
    """One attempt to send the text of a message, if it is still owed now, and the record of the result.

    A crash between the two repeats the attempt; the provider knows the message id and sends one text.
    """
    state: MessageState | None = await runtime.state(message, message_id)
    if state is None or state.sms != "pending":
        return  # the deadline is older than the record
    if state.try_again_at and runtime.clock.now() < state.try_again_at:
        return
    await runtime.execute(message, message_id, await _attempted(runtime, state))


async def _attempted(runtime: Runtime, state: MessageState) -> Command:
    texting: Texting = runtime.resources
    attempt = state.attempts + 1
    if texting.provider is None:
        return ForgoSms(reason=NO_PROVIDER)
    try:
        phone = await texting.contacts.phone_of(state.recipient)
        if phone is None:
            return ForgoSms(reason=NO_PHONE)
        provider_id = await texting.provider.send(state.message_id, phone, as_sms(state.text))
    except SmsRefused as refused:
        log.warning("sms_refused", message_id=state.message_id, reason=str(refused))
        return RecordSmsRefused(attempt=attempt, reason=str(refused))
    except (SmsUnavailable, ContactUnavailable) as unavailable:
        log.warning("sms_unavailable", message_id=state.message_id, attempt=attempt, reason=str(unavailable))
        return RecordSmsUnavailable(
            attempt=attempt,
            reason=str(unavailable),
            retry_seconds=runtime.settings.sms_retry_seconds,
            give_up_seconds=runtime.settings.sms_give_up_seconds,
        )
    return RecordSmsAccepted(attempt=attempt, provider_id=provider_id)


async def take_receipt(runtime: Runtime, message_id: str, receipt: RecordSmsReceipt, source: str | None) -> Receipt:
    """Records what the provider says; `source` is the address it says it from. Refused for an unknown message."""
    provider = runtime.itself.model_copy(update={"on_behalf_of": "sms-provider", "source": source})
    answer = await runtime.execute(message, message_id, receipt, provider)
    if not answer.events:
        log.info("receipt_changes_nothing", message_id=message_id, status=receipt.status)
    return answer
