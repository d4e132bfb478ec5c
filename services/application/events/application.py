"""What happened to an application."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Literal

from shared.calendar import LimitClock
from shared.eventstore.events import Event


class OfApplication(Event):
    """Whose application, for which item, at which department; carried by every event so that it can be told by itself."""

    number: str
    item_id: str
    item_code: str
    item_title: str
    department: str
    enterprise: str


class ApplicationSubmitted(OfApplication):
    """An enterprise has applied (article 20).

    `scheme` is the version of the item's scheme it begins with, whose `period` and `process` it keeps; `ranked`: places are
    shared after the window. `holds` are the places and turns that it keeps from others: ids of aggregates. `acceptance` is
    the time in which the department has to take it or not.

    `form`: the version of the item's form that it keeps, `answers` what was filled in: amounts in fen, what identifies a
    person sealed; `attachments`: the files that they name.
    """

    TOPIC: ClassVar[str] = "application.application-submitted"
    class_version: ClassVar[int] = 3

    promised_days: int
    statement: str
    requested_fen: int | None
    materials: tuple[str, ...]
    submitted_on: date
    scheme: int | None
    period: str | None
    process: dict[str, Any] | None
    ranked: bool
    most_fen: int | None
    holds: tuple[str, ...]
    acceptance: LimitClock | None
    form: int | None
    answers: dict[str, Any]
    attachments: tuple[dict[str, Any], ...]

    @staticmethod
    def upcast_v2_v3(data: dict[str, Any]) -> None:
        """Before there were forms."""
        data |= {"form": None, "answers": {}, "attachments": ()}

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """Before there were schemes."""
        data |= {
            "scheme": None,
            "period": None,
            "process": None,
            "ranked": False,
            "most_fen": None,
            "holds": (),
            "acceptance": None,
        }


class AnswersCompared(OfApplication):
    """What was filled in stands beside what is known of the enterprise (article 18: 数据比对).

    `fields`: as `definition.comparing.Compared`.
    """

    TOPIC: ClassVar[str] = "application.answers-compared"

    form: int
    fields: tuple[dict[str, Any], ...]


class AcceptanceOverdue(OfApplication):
    """The time to accept is over and nothing said (article 19: 及时); it is never accepted silently."""

    TOPIC: ClassVar[str] = "application.acceptance-overdue"

    due_on: date
    limit_days: int


class ApplicationAccepted(OfApplication):
    """The department has accepted; the promised limit runs from the next working day (article 19)."""

    TOPIC: ClassVar[str] = "application.application-accepted"

    accepted_on: date
    clock: LimitClock


class ApplicationNotAccepted(OfApplication):
    """The department has not accepted, and told all reasons at once (article 19)."""

    TOPIC: ClassVar[str] = "application.application-not-accepted"

    reasons: tuple[str, ...]


class ApplicationWithdrawn(OfApplication):
    """The applicant does not want it any more. `departments`: those that an open step waited for."""

    TOPIC: ClassVar[str] = "application.application-withdrawn"
    class_version: ClassVar[int] = 2

    reason: str
    departments: tuple[str, ...]

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """Before the departments of open steps were told."""
        data["departments"] = ()


class SupplementRequested(OfApplication):
    """The one notice that lists all that is to be supplemented; running clocks stop (article 19).

    `term`: the time in which the applicant has to answer; None for notices from before there was one. `steps`: clocks of
    steps, by key. `late`: the limits (`acceptance`, `review`, steps) that were said to be over already.
    """

    TOPIC: ClassVar[str] = "application.supplement-requested"
    class_version: ClassVar[int] = 3

    requirements: tuple[str, ...]
    term: LimitClock | None
    clock: LimitClock | None
    acceptance: LimitClock | None
    steps: dict[str, LimitClock]
    late: tuple[str, ...]

    @staticmethod
    def upcast_v2_v3(data: dict[str, Any]) -> None:
        """Before the applicant had a term."""
        data["term"] = None

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """Before acceptance had a limit, and review steps."""
        data |= {"acceptance": None, "steps": {}, "late": ()}


class SupplementDueSoon(OfApplication):
    """The term to supplement ends in a few days, and nothing came."""

    TOPIC: ClassVar[str] = "application.supplement-due-soon"

    due_on: date


class SupplementLapsed(OfApplication):
    """The term is over and nothing came: stopped clocks go on, and the departments may decide on what is there. It ends nothing
    by itself. `departments`: those that can go on now; the rest as in `SupplementRequested`."""

    TOPIC: ClassVar[str] = "application.supplement-lapsed"

    due_on: date
    limit_days: int
    departments: tuple[str, ...]
    clock: LimitClock | None
    acceptance: LimitClock | None
    steps: dict[str, LimitClock]
    late: tuple[str, ...]


class ApplicationSupplemented(OfApplication):
    """The applicant has supplemented; stopped clocks go on. `answers`: all that is filled in now, None if as before;
    `departments`: those that an open step waits for."""

    TOPIC: ClassVar[str] = "application.application-supplemented"
    class_version: ClassVar[int] = 4

    answer: str
    materials: tuple[str, ...]
    clock: LimitClock | None
    acceptance: LimitClock | None
    steps: dict[str, LimitClock]
    late: tuple[str, ...]
    answers: dict[str, Any] | None
    attachments: tuple[dict[str, Any], ...]
    departments: tuple[str, ...]

    @staticmethod
    def upcast_v3_v4(data: dict[str, Any]) -> None:
        """Before the departments of open steps were told."""
        data["departments"] = ()

    @staticmethod
    def upcast_v2_v3(data: dict[str, Any]) -> None:
        """Before there were forms."""
        data |= {"answers": None, "attachments": ()}

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """Before acceptance had a limit, and review steps."""
        data |= {"acceptance": None, "steps": {}, "late": ()}


class ReviewCompleted(OfApplication):
    """The department has reviewed, in time or late (article 20)."""

    TOPIC: ClassVar[str] = "application.review-completed"

    outcome: Literal["approved", "rejected"]
    opinion: str
    amount_fen: int | None
    completed_on: date
    in_time: bool


class ReviewDueSoon(OfApplication):
    """Today is the last day of the promised limit (article 21: 网上督查)."""

    TOPIC: ClassVar[str] = "application.review-due-soon"

    due_on: date


class ReviewOverdue(OfApplication):
    """The promised limit is over and no review there (article 21: 网上督查，限时办结)."""

    TOPIC: ClassVar[str] = "application.review-overdue"

    due_on: date
    limit_days: int


class ReviewDeadlineRecomputed(OfApplication):
    """The calendar knows more than when the limit was set, and the due day has moved or become certain."""

    TOPIC: ClassVar[str] = "application.review-deadline-recomputed"

    previous_due_on: date
    clock: LimitClock
    notice: str


class LimitRecomputed(OfApplication):
    """As `ReviewDeadlineRecomputed`, of another limit: the time to accept, the applicant's term to supplement, or a step's own
    (`step`, with its `departments`)."""

    TOPIC: ClassVar[str] = "application.limit-recomputed"

    limit: Literal["acceptance", "supplement", "step"]
    step: str | None
    step_title: str | None
    departments: tuple[str, ...]
    previous_due_on: date
    clock: LimitClock
    notice: str


class PayeeGiven(OfApplication):
    """Where the money shall go, should it be granted. Sealed; `account_end` are the account's last four digits."""

    TOPIC: ClassVar[str] = "application.payee-given"

    account: str
    account_end: str


class ResultAnnounced(OfApplication):
    """Its result stands on an announcement, for `days` working days (article 21: 结果公开); `withheld`: the public does not see
    it there (article 9)."""

    TOPIC: ClassVar[str] = "application.result-announced"
    class_version: ClassVar[int] = 2

    announcement: str
    days: int
    withheld: bool

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """Before it said whether the public sees it; the announcement's own event does."""
        data["withheld"] = False


class ResultConfirmed(OfApplication):
    """Its result is final; `withheld`: it is kept from the public (article 9)."""

    TOPIC: ClassVar[str] = "application.result-confirmed"

    period: str
    name: str
    amount_fen: int
    withheld: bool
    confirmed_on: date


class ApprovalRevoked(OfApplication):
    """An objection was upheld: the approval does not stand."""

    TOPIC: ClassVar[str] = "application.approval-revoked"

    reason: str


class HoldsForfeited(OfApplication):
    """It has ended without a grant: what it `holds` goes back."""

    TOPIC: ClassVar[str] = "application.holds-forfeited"

    holds: tuple[str, ...]


class HoldsReleased(OfApplication):
    """Its places and turns are others' again."""

    TOPIC: ClassVar[str] = "application.holds-released"
