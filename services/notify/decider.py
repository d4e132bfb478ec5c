"""What notify decides; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from services.notify.events import MessageWritten, SmsAccepted, SmsDelivered, SmsFailed, SmsRejected
from shared.eventstore.decider import Because, Command, Context, Decider, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Role

SmsStatus = Literal["none", "pending", "accepted", "delivered", "failed"]


class WriteMessage(Command):
    """Put a message into an inbox, and owe it as a text message where `wants_sms`."""

    message_id: str
    recipient: str
    department: str | None
    template: str
    about: str
    title: str
    text: str
    wants_sms: bool


class RecordSmsAccepted(Command):
    """The provider took the text over in the attempt of this number, from 1."""

    attempt: int = Field(ge=1)
    provider_id: str


class RecordSmsRefused(Command):
    """The provider will never take this text, whenever it is tried."""

    attempt: int = Field(ge=1)
    reason: str


class RecordSmsUnavailable(Command):
    """The attempt failed for now. Seconds are platform time; `give_up_seconds` count from the first attempt."""

    attempt: int = Field(ge=1)
    reason: str
    retry_seconds: int = Field(gt=0)
    give_up_seconds: int = Field(gt=0)


class ForgoSms(Command):
    """There is nothing to attempt: nobody to send to, or nothing to send with."""

    reason: str


class RecordSmsReceipt(Command):
    """What the provider says became of a text that it has taken over."""

    status: Literal["delivered", "failed"]
    reason: str = ""


class MessageState(State):
    message_id: str
    recipient: str
    department: str | None
    text: str
    sms: SmsStatus
    attempts: int = 0
    first_attempt_at: datetime | None = None
    try_again_at: datetime | None = None


def decide(state: MessageState | None, command: Command, context: Context) -> Sequence[Event]:
    """A fact is told once. What became of its text is decided once, too: results that come late change nothing."""
    if not context.actor.has(Role.SYSTEM):
        raise Refused(
            "notify.platform-only",
            "消息由平台自动发送，不能由人工写入，请改为办理相应事项。",
            because=Because.FORBIDDEN,
        )
    if isinstance(command, WriteMessage):
        # The same fact in other words (a later release) is still the same fact.
        return [] if state else [MessageWritten(**command.model_dump())]
    if state is None:
        raise Refused("notify.message-unknown", "没有找到这条消息，请核对消息编号后重试。", because=Because.NOT_FOUND)
    if isinstance(command, RecordSmsReceipt):
        return _receipt(state, command)
    return _result(state, command, context.now) if state.sms == "pending" else []


def _result(state: MessageState, command: Command, now: datetime) -> Sequence[Event]:
    match command:
        case RecordSmsAccepted():
            attempts = max(state.attempts, command.attempt)
            return [SmsAccepted(**_whose(state), provider_id=command.provider_id, attempts=attempts)]
        case RecordSmsRefused():
            attempts = max(state.attempts, command.attempt)
            return [SmsFailed(**_whose(state), attempts=attempts, reason=command.reason)]
        case RecordSmsUnavailable():
            return _unavailable(state, command, now)
        case ForgoSms():
            return [SmsFailed(**_whose(state), attempts=state.attempts, reason=command.reason)]
    raise TypeError(f"{type(command).__name__} is no command for a message")


def _unavailable(state: MessageState, command: RecordSmsUnavailable, now: datetime) -> Sequence[Event]:
    if command.attempt <= state.attempts:
        return []  # two replicas had the same attempt in hand
    first = state.first_attempt_at or now
    again = now + timedelta(seconds=command.retry_seconds)
    if again > first + timedelta(seconds=command.give_up_seconds):
        return [SmsFailed(**_whose(state), attempts=command.attempt, reason=command.reason)]
    return [
        SmsRejected(
            **_whose(state),
            attempts=command.attempt,
            reason=command.reason,
            first_attempt_at=first,
            try_again_at=again,
        )
    ]


def _receipt(state: MessageState, command: RecordSmsReceipt) -> Sequence[Event]:
    """Counts in the pending state too: a receipt may overtake our own record of the acceptance."""
    match state.sms:
        case "none":
            raise Refused("notify.no-sms", "这条消息没有发送短信，请核对消息编号后重试。")
        case "delivered" | "failed":
            return []
    attempts = max(state.attempts, 1)
    if command.status == "delivered":
        return [SmsDelivered(**_whose(state), attempts=attempts)]
    return [SmsFailed(**_whose(state), attempts=attempts, reason=command.reason)]


def _whose(state: MessageState) -> dict[str, Any]:
    return state.model_dump(include={"message_id", "recipient", "department"})


def evolve(state: MessageState | None, event: Event) -> MessageState:
    """The message after the event."""
    if isinstance(event, MessageWritten):
        kept = event.model_dump(include={"message_id", "recipient", "department", "text"})
        return MessageState(**kept, sms="pending" if event.wants_sms else "none")
    assert state is not None  # noqa: S101 - every other event follows MessageWritten
    match event:
        case SmsAccepted():
            return state.model_copy(update={"sms": "accepted", "attempts": event.attempts})
        case SmsRejected():
            kept = event.model_dump(include={"attempts", "first_attempt_at", "try_again_at"})
            return state.model_copy(update=kept)
        case SmsDelivered():
            return state.model_copy(update={"sms": "delivered", "attempts": event.attempts})
        case SmsFailed():
            return state.model_copy(update={"sms": "failed", "attempts": event.attempts})
    raise TypeError(f"{type(event).__name__} is no event of a message")


message = Decider("message", MessageState, decide, evolve)
