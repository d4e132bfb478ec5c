"""What may be asked of a ticket. Forms give the texts; rules and the asker's mark come from the command's room."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.hotline.classification.suggestion import Suggestion, Urgency
from services.hotline.events.rules import HandlingRules, Limit, Terms
from services.hotline.keys import SourceName, TicketNumber
from shared.contracts.hotline import Nature
from shared.contracts.identifiers import DepartmentCode, Uscc
from shared.eventstore.decider import Command

# What lies outside is a slip of the pen.
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
Subject = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Channel = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Town = Annotated[str, Field(pattern=r"^\d{6}(\d{3})?$", description="区划代码", examples=["320281100"])]
ItemCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,80}$", description="有关的政策事项编码")]
Unit = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Instant = Annotated[AwareDatetime, Field(ge=EARLIEST, le=LATEST), AfterValidator(lambda at: at.astimezone(UTC))]
LimitDays = Annotated[int, Field(ge=1, le=60, description="答复时限，工作日，自派发次日起算")]
# What held at the moment is not what was asked: left out of what a repeat under one idempotency key is compared by.
RulesInForce = Annotated[HandlingRules, Field(exclude=True)]
TermsInForce = Annotated[Terms, Field(exclude=True)]
TicketKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{3,160}$", description="工单键，形如 12345-JY-1")]


class History(Command):
    """The answer that a ticket brings with it, or that its source tells later, and the limit it is measured by."""

    text: Text
    replied_at: Instant
    department: DepartmentCode | None = None
    unit: Unit | None = None
    limit_days: LimitDays


class Concerned(BaseModel):
    """An application that the asker names, as hotline knows it: it is the asker's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    application: str
    item: str
    item_title: str
    department: DepartmentCode


class ReceiveTicket(Command):
    """Take a ticket in. The caller's fields and the numbers of the text are sealed before they come here."""

    source: SourceName
    number: TicketNumber
    channel: Channel
    nature: Nature
    title: Title
    content: Text
    received_at: Instant
    town: Town | None = None
    enterprise: Uscc | None = None
    # Every sealing gives another envelope: left out of what a repeat under one idempotency key is compared by.
    caller_name: str | None = Field(None, exclude=True)
    caller_phone: str | None = Field(None, exclude=True)
    particulars: str | None = Field(None, exclude=True)
    asker: str | None = None
    item: ItemCode | None = None
    suggested_department: DepartmentCode | None = None
    concerns: Concerned | None = None
    history: History | None = None
    rules: RulesInForce
    suggestion: Suggestion | None = Field(None, exclude=True)


class ClassifyTicket(Command):
    """Say what it is: aspects that are left out stay as they are."""

    nature: Nature | None = None
    subject: Subject | None = None
    urgency: Urgency | None = None
    department: DepartmentCode | None = None


class SetTicketApart(Command):
    """It is no matter of an enterprise."""

    reason: Reason


class TakeTicketBack(Command):
    """It is one after all."""

    rules: RulesInForce


class DispatchTicket(Command):
    """Make a department responsible, within `limit` or else what the rules say of nature and urgency."""

    department: DepartmentCode
    co_handlers: tuple[DepartmentCode, ...] = ()
    urgency: Urgency | None = None
    limit: Limit | None = None
    rules: RulesInForce


class SignTicket(Command):
    """The department accepts it."""


class ReturnTicket(Command):
    """The department says it is not its own; `better` is whose it might be."""

    reason: Reason
    better: DepartmentCode | None = None
    rules: RulesInForce


class ReportToHandler(Command):
    """A co-handler tells what it found."""

    text: Text


class AskInformation(Command):
    """The department needs more from the asker; the clock stops."""

    question: Text


class GiveInformation(Command):
    """The asker answers that, or adds to the ticket unasked."""

    text: Text
    asker: str | None = None


class AskExtension(Command):
    """More time, in the unit of the limit."""

    amount: int = Field(ge=1, le=240)
    reason: Reason


class DecideExtension(Command):
    """Granted or refused."""

    granted: bool
    reason: Reason | None = None


class AnswerAtOnce(Command):
    """The seat answers itself, without a department."""

    text: Text
    terms: TermsInForce


class AnswerTicket(Command):
    """The department answers; `put_right` says what was put right, when the ticket had been reopened."""

    text: Text
    put_right: Text | None = None


class ReviewReply(Command):
    """Another person of the department lets the proposed reply go out, or asks for another."""

    approved: bool
    reason: Reason | None = None


class AnswerJoined(Command):
    """The answer of the ticket that this one was merged into answers this one."""

    lead: TicketKey
    text: Text
    department: DepartmentCode | None
    in_time: bool


class CloseTicket(Command):
    """Nothing is left to do."""

    reason: Reason


class ReopenTicket(Command):
    """The desk has it worked on again."""

    reason: Reason
    rules: RulesInForce


class RevisitTicket(Command):
    """A bad rating has it worked on again, once."""

    reason: Reason
    rules: RulesInForce


class WithdrawTicket(Command):
    """The asker takes it back, or the source does."""

    reason: Reason
    asker: str | None = None
    by_source: bool = False


class MergeTicket(Command):
    """It is the same matter as another."""

    into: TicketKey
    by_source: bool = False


class JoinTicket(Command):
    """Another is to be merged into this one."""

    joined: TicketKey


class SettleMerge(Command):
    """The ticket that leads has no answer yet."""


class RecordJoinedAnswered(Command):
    """The answer has reached all that were merged."""


class HearAnswer(Command):
    """The source tells that it was answered there."""

    history: History


class PublishAnswer(Command):
    """Question and answer become public, edited."""

    question: Text
    answer: Text
    item: ItemCode | None = None


class UnpublishAnswer(Command):
    """They are public no longer."""

    reason: Reason


class UrgeTicket(Command):
    """A reminder to the department."""

    text: Reason


class SuperviseTicket(Command):
    """Put on the data bureau's list, with a reason, or by the platform itself."""

    reason: Reason | None = None


class ShowCaller(Command):
    """Record who looks at the caller."""


class EraseCaller(Command):
    """Record that the caller's key is gone."""

    reason: Reason


class RaiseTicket(Command):
    """Say what is so by now: due soon, late, nobody's, waited long enough, closed. It changes nothing where it is not so."""

    what: Literal["due-soon", "overdue", "supervise", "unhandled", "waiting", "close"]


class RecomputeTicketDeadline(Command):
    """Count the limit again by the present calendar."""


TicketCommand = (
    ReceiveTicket
    | ClassifyTicket
    | SetTicketApart
    | TakeTicketBack
    | DispatchTicket
    | SignTicket
    | ReturnTicket
    | ReportToHandler
    | AskInformation
    | GiveInformation
    | AskExtension
    | DecideExtension
    | AnswerAtOnce
    | AnswerTicket
    | ReviewReply
    | AnswerJoined
    | CloseTicket
    | ReopenTicket
    | RevisitTicket
    | WithdrawTicket
    | MergeTicket
    | JoinTicket
    | SettleMerge
    | RecordJoinedAnswered
    | HearAnswer
    | PublishAnswer
    | UnpublishAnswer
    | UrgeTicket
    | SuperviseTicket
    | ShowCaller
    | EraseCaller
    | RaiseTicket
    | RecomputeTicketDeadline
)
