"""What can be asked of an application."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.application.definition.comparing import Compared
from services.application.definition.process import Process
from shared.contracts.identifiers import DepartmentCode, Uscc
from shared.eventstore.decider import Command, FieldError

Line = Annotated[str, Field(min_length=1, max_length=500)]
Lines = Annotated[tuple[Line, ...], Field(min_length=1, max_length=50)]
Fen = Annotated[int, Field(ge=0, le=2**63 - 1)]
StepName = Annotated[str, Field(min_length=1, max_length=40)]


class AnsweredForm(BaseModel):
    """What was made of answers to a form: everything that is wrong, or what is kept, sealed where it has to be.

    `compared`: answers beside the facts that are known of the enterprise; `attachments`: the files that they name.
    """

    model_config = ConfigDict(frozen=True)

    version: int
    errors: tuple[FieldError, ...] = ()
    kept: dict[str, Any] = Field(default_factory=dict)
    compared: tuple[Compared, ...] = ()
    attachments: tuple[dict[str, Any], ...] = ()
    requested_fen: int | None = None


class SubmitApplication(Command):
    """Apply for an item; what concerns the item, its form and its scheme is what is said at this moment.

    `accept_days` are the working days in which the department has to take it; `holds` the aggregates that keep places and
    turns for it, to which commands are given together with this one; `budgeted`: the item has a budget. `visit`: a clerk
    applies for the enterprise in that visit at the counter, which decides together with this whether the clerk may.
    """

    ADDED: ClassVar[frozenset[str]] = frozenset(
        {"item_id", "item_title", "department", "procedure", "promised_days", "opens_on", "closes_on", "window"}
        | {
            "offered",
            "accept_days",
            "answered",
            "scheme",
            "period",
            "process",
            "ranked",
            "budgeted",
            "most_fen",
            "holds",
        }
    )

    number: str
    item_id: str
    item_code: str
    item_title: str
    department: str
    procedure: Literal["no-application", "simple", "complex"]
    promised_days: int
    opens_on: date | None
    closes_on: date | None
    window: Literal["year-round", "fixed", "undetermined"]
    offered: bool = True
    enterprise: Uscc
    statement: str
    requested_fen: int | None
    materials: tuple[str, ...]
    answers: dict[str, Any] | None = None
    visit: str | None = None
    answered: AnsweredForm | None = None
    accept_days: int
    scheme: int | None = None
    period: str | None = None
    process: Process | None = None
    ranked: bool = False
    budgeted: bool = False
    most_fen: int | None = None
    holds: tuple[str, ...] = ()

    @property
    def applied_fen(self) -> int | None:
        """The amount that is applied for, said in the form or beside it."""
        within = self.answered.requested_fen if self.answered else None
        return self.requested_fen if within is None else within


class AcceptApplication(Command):
    """Complete and eligible: the department takes it (article 19)."""


class DeclineApplication(Command):
    """Not eligible: all reasons at once (article 19)."""

    reasons: Lines


class RequestSupplement(Command):
    """Something is missing: all of it in one notice (article 19: 一次性告知), to be answered within working days."""

    requirements: Lines
    answer_days: int = Field(15, ge=1, le=60)


class Supplement(Command):
    """The applicant hands in what was asked for; `answers`: those of the form that change, null takes one out."""

    ADDED: ClassVar[frozenset[str]] = frozenset({"answered"})

    answer: str = Field(min_length=1, max_length=5000)
    materials: tuple[str, ...] = Field((), max_length=100)
    answers: dict[str, Any] | None = Field(None, max_length=300)
    visit: str | None = None
    answered: AnsweredForm | None = None


class WithdrawApplication(Command):
    """The applicant does not want it any more; a clerk says so in a `visit`."""

    reason: str = Field(min_length=1, max_length=1000)
    visit: str | None = Field(None, max_length=40, description="窗口人员代办时填写窗口办理编号")


class CompleteReview(Command):
    """The department's opinion, where the review has one step (articles 20, 21)."""

    outcome: Literal["approved", "rejected"]
    opinion: str = Field(min_length=1, max_length=5000)
    amount_fen: Fen | None = None


class GiveOpinion(Command):
    """An opinion or a score in a step of the review (articles 20(2), 21). With `on_behalf_of` it is given together with a
    command on the absent person's delegation, which says whether the actor may. `unfit`: what is wrong with its photos."""

    ADDED: ClassVar[frozenset[str]] = frozenset({"unfit"})

    step: StepName
    agrees: bool = True
    opinion: str = Field("", max_length=5000)
    amount_fen: Fen | None = None
    score: float | None = Field(None, ge=0, le=100, allow_inf_nan=False)
    conflict: bool = False
    place: str | None = Field(None, min_length=1, max_length=300)
    photos: tuple[str, ...] = Field((), max_length=50)
    on_behalf_of: str | None = Field(None, min_length=1, max_length=200)
    unfit: tuple[FieldError, ...] = ()


class ReturnToStep(Command):
    """Have an earlier step done anew."""

    step: StepName
    to: StepName
    reason: str = Field(min_length=1, max_length=1000)


class ReassignStep(Command):
    """Give a step that is stuck to other departments; `unknown`: those that nobody has registered."""

    ADDED: ClassVar[frozenset[str]] = frozenset({"unknown"})

    step: StepName
    departments: tuple[DepartmentCode, ...] = Field(min_length=1, max_length=20)
    reason: str = Field(min_length=1, max_length=1000)
    unknown: frozenset[str] = frozenset()


class RecordStamp(Command):
    """A department's opinions were typeset and signed; nothing of it is said by who asks for it."""

    ADDED: ClassVar[frozenset[str]] = frozenset({"document", "digest", "signer", "serial"})

    document: str
    digest: str
    signer: str
    serial: str


class ConcludeRank(Command):
    """What the ranking says of it."""

    rank: int
    of: int
    granted: bool
    amount_fen: int


class AnnounceResult(Command):
    """Its result is put before the public for `days` working days, or stands on the announcement `withheld` from it."""

    announcement: str
    days: int
    withheld: bool = False


class ConfirmResult(Command):
    """Its result, as it stands on `announcement`, is final; `withheld` from the public, or not."""

    announcement: str
    period: str
    name: str
    withheld: bool


class RevokeApproval(Command):
    """Its approval does not stand."""

    reason: str


class PutOnPlan(Command):
    """Its money is planned; given together with its payment's own step. `amount_fen` and `account` are the payment's."""

    plan: str
    amount_fen: int
    account: str


class TakeOffPlan(Command):
    """Its payment is taken off the plan; given together with its own step."""

    plan: str


class GivePayee(Command):
    """Say where the money shall go."""

    ADDED: ClassVar[frozenset[str]] = frozenset({"account"})

    account: str
    account_end: str = Field(max_length=4)


class RaiseAcceptanceOverdue(Command):
    """The platform's clock has passed the day by which it had to be taken."""


class RaiseSupplementDueSoon(Command):
    """The term to supplement ends in a few days."""


class RaiseSupplementLapsed(Command):
    """The platform's clock has passed the last day to supplement."""


class RaiseReviewDueSoon(Command):
    """It is the last day of the promised limit."""


class RaiseReviewOverdue(Command):
    """The platform's clock has passed the due day."""


class RaiseStepOverdue(Command):
    """The platform's clock has passed a step's due day."""

    step: str


class RecomputeReviewDeadline(Command):
    """The working calendar may know more by now."""


class RecomputeLimit(Command):
    """The same for the time to accept, the term to supplement, or a step's limit."""

    limit: Literal["acceptance", "supplement", "step"]
    step: str | None = None


class ConcludeRelease(Command):
    """Its places and turns were given back, together with this."""


ApplicationCommand = (
    SubmitApplication
    | AcceptApplication
    | DeclineApplication
    | RequestSupplement
    | Supplement
    | WithdrawApplication
    | CompleteReview
    | GiveOpinion
    | ReturnToStep
    | ReassignStep
    | RecordStamp
    | ConcludeRank
    | AnnounceResult
    | ConfirmResult
    | RevokeApproval
    | PutOnPlan
    | TakeOffPlan
    | GivePayee
    | RaiseAcceptanceOverdue
    | RaiseSupplementDueSoon
    | RaiseSupplementLapsed
    | RaiseReviewDueSoon
    | RaiseReviewOverdue
    | RaiseStepOverdue
    | RecomputeReviewDeadline
    | RecomputeLimit
    | ConcludeRelease
)
