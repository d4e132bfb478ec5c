"""What else happened to a ticket on its way: sorted, returned, asked back, extended, merged, reopened, closed."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from services.hotline.classification.suggestion import Urgency
from services.hotline.events.rules import Terms
from services.hotline.events.ticket import AnswerClock, OfTicket, TimedTicket
from shared.calendar import LimitClock
from shared.contracts.hotline import Nature


class TicketClassified(OfTicket):
    """What it is, by a person's word, or by a suggestion beyond the confidence that the rules ask for (`by_model`).

    `nature` (of the ticket from now on) and the other aspects; None leaves an aspect open. `disagrees` names the aspects
    where the person saw it otherwise than the suggestion: they teach the next model.
    """

    TOPIC: ClassVar[str] = "hotline.ticket-classified"

    subject: str | None
    urgency: Urgency
    department: str | None
    by_model: str | None
    disagrees: tuple[str, ...]
    nature_before: Nature


class TicketSetApart(OfTicket):
    """Not a matter of an enterprise: kept apart with the reason. `by_model`: until a person has looked, the desk owes a look."""

    TOPIC: ClassVar[str] = "hotline.ticket-set-apart"

    reason: str
    by_model: str | None


class TicketTakenBack(OfTicket):
    """It is a matter of an enterprise after all; the desk has it, until `handle_by`."""

    TOPIC: ClassVar[str] = "hotline.ticket-taken-back"

    handle_by: LimitClock


class TicketSigned(OfTicket):
    """The department has accepted it (签收)."""

    TOPIC: ClassVar[str] = "hotline.ticket-signed"

    department: str


class TicketReturned(OfTicket):
    """The department says it is not its own (退回); the desk has it again, until `handle_by`."""

    TOPIC: ClassVar[str] = "hotline.ticket-returned"

    department: str
    reason: str
    better: str | None
    handle_by: LimitClock


class InformationAsked(OfTicket):
    """The asker is asked for more; the clock stands still, until `wait_until` at most."""

    TOPIC: ClassVar[str] = "hotline.information-asked"

    department: str
    question: str
    clock: AnswerClock
    wait_until: datetime


class InformationGiven(TimedTicket):
    """The asker has told more, or (`text` None) has not within the time: the clock runs again."""

    TOPIC: ClassVar[str] = "hotline.information-given"

    text: str | None


class TicketSupplemented(OfTicket):
    """The asker has added to it unasked."""

    TOPIC: ClassVar[str] = "hotline.ticket-supplemented"

    department: str | None
    text: str


class ExtensionAsked(OfTicket):
    """The department asks for more time, once."""

    TOPIC: ClassVar[str] = "hotline.extension-asked"

    department: str
    amount: int
    reason: str


class ExtensionGranted(TimedTicket):
    """The time is extended; `amount` in the unit of the limit."""

    TOPIC: ClassVar[str] = "hotline.extension-granted"

    amount: int


class ExtensionRefused(OfTicket):
    """The limit stays."""

    TOPIC: ClassVar[str] = "hotline.extension-refused"

    department: str
    reason: str


class ReplyProposed(OfTicket):
    """A reply waits for its review by somebody else than `by`; the clock runs on."""

    TOPIC: ClassVar[str] = "hotline.reply-proposed"

    department: str
    by: str
    text: str
    put_right: str | None


class ReplyReturned(OfTicket):
    """The review asks for another reply."""

    TOPIC: ClassVar[str] = "hotline.reply-returned"

    department: str
    reason: str


class TicketClosed(OfTicket):
    """Nothing is left to do (办结): nobody objected, or the desk says why."""

    TOPIC: ClassVar[str] = "hotline.ticket-closed"

    department: str | None
    reason: str | None
    by_itself: bool


class TicketReopened(TimedTicket):
    """It is worked on again, with a limit of its own: a bad rating (`revisit`, once), or the desk with a reason."""

    TOPIC: ClassVar[str] = "hotline.ticket-reopened"

    why: Literal["revisit", "desk"]
    reason: str
    terms: Terms


class TicketWithdrawn(OfTicket):
    """The asker, or the source, takes it back."""

    TOPIC: ClassVar[str] = "hotline.ticket-withdrawn"

    department: str | None
    reason: str
    by_source: bool


class TicketMerged(OfTicket):
    """It is the same matter as another, whose answer answers it (`into`: that ticket's key)."""

    TOPIC: ClassVar[str] = "hotline.ticket-merged"

    into: str
    department: str | None
    by_source: bool


class TicketJoined(OfTicket):
    """Another ticket is to be merged into this one."""

    TOPIC: ClassVar[str] = "hotline.ticket-joined"

    joined: str


class MergeSettled(OfTicket):
    """The merged ticket was looked at once more: the one that leads had no answer yet, and will bring it."""

    TOPIC: ClassVar[str] = "hotline.merge-settled"

    into: str


class JoinedAnswered(OfTicket):
    """The answer of this ticket has answered those that were merged into it."""

    TOPIC: ClassVar[str] = "hotline.joined-answered"

    joined: tuple[str, ...]


class AnswerPublished(OfTicket):
    """Question and answer, edited so that nobody is recognised, are public (article 22(5))."""

    TOPIC: ClassVar[str] = "hotline.answer-published"

    department: str
    question: str
    answer: str
    item: str | None
    subject: str | None


class AnswerUnpublished(OfTicket):
    """No longer public."""

    TOPIC: ClassVar[str] = "hotline.answer-unpublished"

    department: str
    reason: str


class CallerShown(OfTicket):
    """Somebody has looked at the caller in the clear."""

    TOPIC: ClassVar[str] = "hotline.caller-shown"

    to: str
    department: str | None


class CallerErased(OfTicket):
    """The caller's key is gone: the envelopes are unreadable for ever."""

    TOPIC: ClassVar[str] = "hotline.caller-erased"

    reason: str


class CoHandlerReported(OfTicket):
    """A department that helps says what it found, to the one that answers."""

    TOPIC: ClassVar[str] = "hotline.co-handler-reported"

    department: str
    text: str
