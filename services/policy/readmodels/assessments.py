"""How items do: figures, what was found, and what their departments answered (article 22(4))."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.policy.events.participation import (
    AssessmentAnswered,
    AssessmentBegun,
    AssessmentEnded,
    ItemFlagged,
    OutcomeCounted,
)
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel, empty_list

_EVENTS = (AssessmentBegun, OutcomeCounted, ItemFlagged, AssessmentAnswered, AssessmentEnded)


class AssessmentRow(SQLModel, table=True):
    """An item under assessment: figures since it was first heard of, findings that wait for an answer, answers given."""

    __tablename__ = "policy_assessments"

    code: str = Field(primary_key=True)
    title: str
    department: str = Field(index=True)
    submitted: int = 0
    approved: int = 0
    rejected: int = 0
    not_accepted: int = 0
    rated_well: int = 0
    rated_bad: int = 0
    watched_from: date | None = None
    uptake_due_on: date | None = None
    ended: bool = False
    flagged: bool = Field(default=False, index=True)
    flagged_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    findings: list[dict[str, Any]] = Field(default_factory=empty_list, sa_type=JSONB)
    answers: list[dict[str, Any]] = Field(default_factory=empty_list, sa_type=JSONB)


class Assessments(RowModel[AssessmentRow]):
    """Fed by policy's own log."""

    name = "assessments"
    version = 2
    table = AssessmentRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (AssessmentRow,)

    def key(self, happened: Happened) -> str | None:
        return happened.event.code if isinstance(happened.event, _EVENTS) else None

    def evolve(self, row: AssessmentRow | None, happened: Happened) -> AssessmentRow | None:
        match happened.event:
            case AssessmentBegun() as event:
                row = row or AssessmentRow(code=event.code, title=event.title, department=event.department)
                row.title, row.department, row.ended = event.title, event.department, False
                row.watched_from, row.uptake_due_on = event.watched_from, event.uptake_due_on
            case OutcomeCounted() as event:
                row = row or AssessmentRow(code=event.code, title=event.title, department=event.department)
                row.title, row.department = event.title, event.department
                figure = event.outcome.replace("-", "_")
                setattr(row, figure, getattr(row, figure) + 1)
            case ItemFlagged() as event if row:
                row.findings = [*row.findings, *(finding.model_dump(mode="json") for finding in event.findings)]
                row.flagged, row.flagged_at = True, happened.at
            case AssessmentAnswered() as event if row:
                answer = {"findings": row.findings, "done": event.done, "at": happened.at.isoformat()}
                row.answers, row.findings, row.flagged = [*row.answers, answer], [], False
            case AssessmentEnded() if row:
                row.ended = True
        return row
