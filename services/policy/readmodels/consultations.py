"""Consultations and the opinions on them; who somebody is, is not here: an opinion's name is a keyed hash."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, DateTime, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.policy.events.consultation import (
    AnsweringOverdue,
    ConsultationClosed,
    ConsultationExtended,
    ConsultationOpened,
    ConsultationWithdrawn,
    OpinionAnswered,
    OpinionSubmitted,
    RepresentativesInvited,
    ResultsPublished,
)
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel, empty_dict, empty_list


class ConsultationRow(SQLModel, table=True):
    """A consultation. `status` is open, closed, published or withdrawn; it opens on the day it says."""

    __tablename__ = "policy_consultations"
    __table_args__ = (Index("policy_consultations_status", "status", "closes_on"),)

    id: str = Field(primary_key=True)
    title: str
    department: str = Field(index=True)
    text: str
    explanation: str
    questions: list[dict[str, Any]] = Field(default_factory=empty_list, sa_type=JSONB)
    opens_on: date
    closes_on: date
    extended_because: str | None = None
    status: str = "open"
    withdrawn_because: str | None = None
    invited: list[str] = Field(default_factory=empty_list, sa_type=JSONB)
    answer_due_on: date | None = None
    provisional: bool = False
    overdue: bool = False
    results: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    published_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class OpinionRow(SQLModel, table=True):
    """One participant's opinion with its answer; `enterprise` is for the department, never for the public."""

    __tablename__ = "policy_opinions"
    __table_args__ = (Index("policy_opinions_of", "consultation", "position"),)

    id: str = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger)
    consultation: str
    enterprise: str | None = None
    representative: bool
    answers: dict[str, Any] = Field(default_factory=empty_dict, sa_type=JSONB)
    text: str
    submitted_at: datetime = Field(sa_type=DateTime(timezone=True))
    outcome: str | None = None
    reason: str | None = None


_EVENTS = (
    ConsultationOpened, ConsultationExtended, ConsultationWithdrawn, RepresentativesInvited, ConsultationClosed,
    AnsweringOverdue, ResultsPublished,
)  # fmt: skip


class Consultations(RowModel[ConsultationRow]):
    """Fed by policy's own log."""

    name = "consultations"
    version = 2
    table = ConsultationRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (ConsultationRow,)

    def key(self, happened: Happened) -> str | None:
        return happened.event.consultation if isinstance(happened.event, _EVENTS) else None

    def evolve(self, row: ConsultationRow | None, happened: Happened) -> ConsultationRow | None:
        event = happened.event
        if isinstance(event, ConsultationOpened):
            return ConsultationRow(id=event.consultation, **event.model_dump(mode="json", exclude={"consultation"}))
        assert row is not None  # noqa: S101 - opened first
        match event:
            case ConsultationExtended():
                row.closes_on, row.extended_because = event.closes_on, event.reason
            case ConsultationWithdrawn():
                row.status, row.withdrawn_because = "withdrawn", event.reason
            case RepresentativesInvited():
                row.invited = [*row.invited, *event.enterprises]
            case ConsultationClosed():
                row.status, row.answer_due_on, row.provisional = "closed", event.answer_due_on, event.provisional
            case AnsweringOverdue():
                row.overdue = True
            case ResultsPublished():
                row.status, row.published_at = "published", happened.at
                row.results = event.model_dump(mode="json", exclude={"consultation", "title", "department"})
                scales = {question["key"] for question in row.questions if question["kind"] == "scale"}
                for result in row.results["questions"]:
                    result["mean"] = mean(result["counts"]) if result["key"] in scales else None
        return row


def mean(counts: Mapping[str, int]) -> float | None:
    """The mean grade of a scale, to two decimals; None where nobody gave one."""
    number = sum(counts.values())
    return round(sum(int(grade) * times for grade, times in counts.items()) / number, 2) if number else None


class Opinions(RowModel[OpinionRow]):
    """Fed by policy's own log; an opinion that is said otherwise keeps its place."""

    name = "opinions"
    table = OpinionRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (OpinionRow,)

    def key(self, happened: Happened) -> str | None:
        return happened.event.opinion if isinstance(happened.event, OpinionSubmitted | OpinionAnswered) else None

    def evolve(self, row: OpinionRow | None, happened: Happened) -> OpinionRow | None:
        match happened.event:
            case OpinionSubmitted() as event:
                content = event.model_dump(mode="json", exclude={"opinion", "department", "contact"})
                place = row.position if row else happened.position
                return OpinionRow(id=event.opinion, position=place, submitted_at=happened.at, **content)
            case OpinionAnswered() as event if row is not None:
                row.outcome, row.reason = event.outcome, event.reason
        return row
