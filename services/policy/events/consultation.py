"""What happened before a policy was made: consultations, who was asked, what was said, and what became of it (article 22(1)(2))."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.eventstore.events import Event

QuestionKind = Literal["single", "multiple", "scale", "text"]
Outcome = Literal["adopted", "partly", "not-adopted"]
Reply = str | int | tuple[str, ...]  # an option or a text; a grade; options
SCALE = (1, 5)


class Question(BaseModel):
    """One question of a questionnaire. `options` are those of `single` and `multiple`; a `scale` goes from 1 to 5."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,29}$", examples=["limit"])
    title: str = Field(min_length=1, max_length=300, examples=["补助比例是否合适？"])
    kind: QuestionKind
    options: tuple[str, ...] = Field((), max_length=50)
    required: bool = False


class ConsultationOpened(Event):
    """A department asks the public about a draft, from `opens_on` to the end of `closes_on`."""

    TOPIC: ClassVar[str] = "policy.consultation-opened"

    consultation: str
    title: str
    department: str
    text: str
    explanation: str
    questions: tuple[Question, ...]
    opens_on: date
    closes_on: date


class ConsultationExtended(Event):
    """It stays open longer; once."""

    TOPIC: ClassVar[str] = "policy.consultation-extended"

    consultation: str
    title: str
    department: str
    closes_on: date
    reason: str


class ConsultationWithdrawn(Event):
    """It was a mistake, and nobody had said anything yet."""

    TOPIC: ClassVar[str] = "policy.consultation-withdrawn"

    consultation: str
    title: str
    department: str
    reason: str


class RepresentativesInvited(Event):
    """These enterprises are asked for their opinion as representatives of entrepreneurs (企业家代表)."""

    TOPIC: ClassVar[str] = "policy.representatives-invited"

    consultation: str
    title: str
    department: str
    closes_on: date
    enterprises: tuple[str, ...]


class ConsultationClosed(Event):
    """No more opinions; every one is to be answered, and the results published, by the end of `answer_due_on`.

    On `warn_on` few days are left.
    """

    TOPIC: ClassVar[str] = "policy.consultation-closed"

    consultation: str
    title: str
    department: str
    warn_on: date
    answer_due_on: date
    provisional: bool


class AnsweringDueSoon(Event):
    """Few days are left for answering and publishing the results."""

    TOPIC: ClassVar[str] = "policy.answering-due-soon"

    consultation: str
    title: str
    department: str
    answer_due_on: date


class AnsweringOverdue(Event):
    """The results are not published though the last day for it is over."""

    TOPIC: ClassVar[str] = "policy.answering-overdue"

    consultation: str
    title: str
    department: str
    answer_due_on: date


class QuestionResult(BaseModel):
    """What was answered to one question: how often each option or grade, or how many wrote something."""

    model_config = ConfigDict(frozen=True)

    key: str
    answered: int
    counts: dict[str, int]


class ResultsPublished(Event):
    """What was said and what became of it is public; the opinions themselves stand with their answers in the log."""

    TOPIC: ClassVar[str] = "policy.consultation-results-published"

    consultation: str
    title: str
    department: str
    summary: str
    opinions: int
    adopted: int
    partly: int
    not_adopted: int
    questions: tuple[QuestionResult, ...]
    late: bool


class OpinionSubmitted(Event):
    """An enterprise or a person says what they think; a later one takes the place of an earlier one.

    Whose it is stands in the key as a keyed hash; `enterprise` is its USCC, None for an individual. `contact` is sealed.
    """

    TOPIC: ClassVar[str] = "policy.opinion-submitted"

    consultation: str
    opinion: str
    department: str
    enterprise: str | None
    representative: bool
    answers: dict[str, Reply]
    text: str
    contact: str | None


class OpinionAnswered(Event):
    """The department says what becomes of an opinion, and why."""

    TOPIC: ClassVar[str] = "policy.opinion-answered"

    consultation: str
    opinion: str
    title: str
    department: str
    enterprise: str | None
    outcome: Outcome
    reason: str
