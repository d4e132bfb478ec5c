"""What happened in the steps of a review (article 20(2)), and to a ranking of what was scored."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Literal

from services.application.events.application import OfApplication
from shared.calendar import LimitClock
from shared.eventstore.events import Event


class OfStep(OfApplication):
    """In which step of the process."""

    step: str
    step_title: str


class StepStarted(OfStep):
    """What comes before it is done; its departments have until the end of the clock's last day."""

    TOPIC: ClassVar[str] = "application.step-started"

    departments: tuple[str, ...]
    clock: LimitClock


class OpinionGiven(OfStep):
    """One department's opinion, or one expert's score. `by` is who gave it, `on_behalf_of` for whom who is away, `system` from
    which system of the department it came; `place` and `photos` (ids of stored files) are an inspection's. Experts score, or have a
    `conflict` of interest and no score: they neither agree nor disagree (`agrees` None)."""

    TOPIC: ClassVar[str] = "application.opinion-given"
    class_version: ClassVar[int] = 3

    of_department: str
    by: str
    agrees: bool | None
    opinion: str
    amount_fen: int | None
    score: float | None
    conflict: bool
    place: str | None
    photos: tuple[str, ...]
    on_behalf_of: str | None
    system: str | None

    @property
    def hands(self) -> frozenset[str]:
        """The people whose opinion it is: where another hand is wanted, it is neither of them."""
        return frozenset(each for each in (self.by, self.on_behalf_of) if each)

    @staticmethod
    def upcast_v2_v3(data: dict[str, Any]) -> None:
        """When whoever scored, or declared an interest, was said to agree."""
        if data["score"] is not None or data["conflict"]:
            data["agrees"] = None

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """Before anybody could be represented, and departments' own systems took part."""
        data |= {"on_behalf_of": None, "system": None}


class StepConcluded(OfStep):
    """Enough opinions, or the whole review has ended (`closed`)."""

    TOPIC: ClassVar[str] = "application.step-concluded"

    outcome: Literal["passed", "failed", "closed"]
    score: float | None


class StepOverdue(OfStep):
    """A step's own limit is over."""

    TOPIC: ClassVar[str] = "application.step-overdue"

    departments: tuple[str, ...]
    due_on: date


class ReturnedToStep(OfStep):
    """From a step back to an earlier one (`step`), which is done anew with all that follows it (`undone`)."""

    TOPIC: ClassVar[str] = "application.returned-to-step"

    returned_from: str
    reason: str
    undone: tuple[str, ...]


class StepReassigned(OfStep):
    """A step that is stuck is given to other `departments`; `added`: those of them that are new to it. `clock`: None where it has
    not begun."""

    TOPIC: ClassVar[str] = "application.step-reassigned"

    departments: tuple[str, ...]
    added: tuple[str, ...]
    reason: str
    clock: LimitClock | None


class OpinionStamped(OfApplication):
    """A department's opinions as a signed document (article 21: 加盖电子印章). `document` is its number on the verification page,
    `digest` the SHA-256 of the file; `signer` and `serial` are the certificate's."""

    TOPIC: ClassVar[str] = "application.opinion-stamped"

    document: str
    of_department: str
    digest: str
    signer: str
    serial: str
    stamped_on: date
    by: str


class ApplicationScored(OfApplication):
    """Every step is passed; it waits for its place among the others."""

    TOPIC: ClassVar[str] = "application.application-scored"

    score: float
    amount_fen: int
    scored_on: date
    in_time: bool


class _OfRanking(Event):
    """Of which item and period."""

    item_id: str
    item_code: str
    item_title: str
    department: str
    period: str


class RankingMade(_OfRanking):
    """The list by score, with the line below which nothing is granted. `entries`: number, rank, score, amount_fen, granted."""

    TOPIC: ClassVar[str] = "application.ranking-made"

    places: int | None
    budget_fen: int | None
    entries: tuple[dict[str, Any], ...]
    by: str


class RankingConfirmed(_OfRanking):
    """Another hand has confirmed it; each application gets its word."""

    TOPIC: ClassVar[str] = "application.ranking-confirmed"

    by: str


class RankingConcluded(_OfRanking):
    """Each application has its word."""

    TOPIC: ClassVar[str] = "application.ranking-concluded"
