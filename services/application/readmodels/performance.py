"""Performance assessments as they stand, and the ratings that they are measured by."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Column, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.application.events import performance as events
from shared.calendar import LimitClock
from shared.contracts.hotline import RatingGiven
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel, empty_list


class PerformanceRow(SQLModel, table=True):
    """An assessment. `goal` is the one in force, `filed` the one that finance has to decide on; both as in the events."""

    __tablename__ = "application_performances"
    __table_args__ = (Index("application_performances_items", "items", postgresql_using="gin"),)

    key: str = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger, index=True)
    department: str = Field(index=True)
    title: str
    items: list[str] = Field(default_factory=empty_list, sa_column=Column(JSONB, nullable=False))
    from_on: date
    until_on: date
    status: str = Field(index=True)
    version: int = 0
    goal: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    filed_version: int | None = None
    filed: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    reason: str | None = None
    due_on: date | None = None
    provisional: bool = False
    overdue: bool = False
    reports: list[dict[str, Any]] = Field(default_factory=empty_list, sa_column=Column(JSON, nullable=False))
    assessed: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    conclusion: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    concluded_on: date | None = Field(default=None, index=True)


class Performances(RowModel[PerformanceRow]):
    """Fed by application's own log."""

    name = "performances"
    table = PerformanceRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (PerformanceRow,)

    def key(self, happened: Happened) -> str | None:
        """The assessment's."""
        kind, _, key = happened.aggregate_id.partition("-")
        return key if kind == "performance" else None

    def evolve(self, row: PerformanceRow | None, happened: Happened) -> PerformanceRow | None:
        """The row after the event."""
        event = happened.event
        if row is None:
            assert isinstance(event, events.PerformanceGoalFiled)  # noqa: S101 - nothing happens before it is filed
            first = {"key": self.key(happened), "position": happened.position, "status": "filed"}
            of = event.model_dump(include={"department", "title", "items", "from_on", "until_on"})
            row = PerformanceRow(**(of | first | {"items": list(event.items)}))
        for name, value in _changes(row, event, happened).items():
            setattr(row, name, value)
        return row


def _changes(row: PerformanceRow, event: Any, happened: Happened) -> dict[str, Any]:
    match event:
        case events.PerformanceGoalFiled(version=version):
            status = row.status if row.goal else "filed"
            return {"status": status, "filed_version": version, "filed": _plain(event.goal), "reason": None}
        case events.PerformanceGoalReturned(reason=reason):
            status = row.status if row.goal else "returned"
            return {"status": status, "filed_version": None, "filed": None, "reason": reason}
        case events.PerformanceGoalApproved(version=version):
            held = {"version": version, "goal": row.filed, "filed": None, "filed_version": None}
            return {"status": "approved", "reason": None} | held | _limit(event.clock)
        case events.PerformanceMonitored():
            told = event.model_dump(mode="json", include={"number", "text", "risks", "measured"})
            return {"reports": [*row.reports, told | {"at": happened.at.isoformat()}]}
        case events.SelfAssessmentLimitMoved(clock=clock):
            return _limit(clock)
        case events.SelfAssessmentOverdue():
            return {"overdue": True}
        case events.SelfAssessed():
            kept = {"version", "results", "execution", "summary", "total", "grade", "measured", "late"}
            assessed = event.model_dump(mode="json", include=kept) | {"on": happened.day.isoformat()}
            return {"status": "assessed", "assessed": assessed, "reason": None, "filed": None, "filed_version": None}
        case events.SelfAssessmentReturned(reason=reason, clock=clock):
            return {"status": "assessment-returned", "reason": reason} | _limit(clock)
        case events.PerformanceConcluded(concluded_on=day):
            kept = {"budget_fen", "executed_fen", "own_total", "scores", "total", "grade", "consequence", "explanation"}
            conclusion = event.model_dump(mode="json", include=kept)
            return {"status": "concluded", "conclusion": conclusion, "concluded_on": day}
    return {}


def _plain(goal: events.Goal) -> dict[str, Any]:
    return goal.model_dump(mode="json")


def _limit(clock: LimitClock) -> dict[str, Any]:
    return {"due_on": clock.due.day, "provisional": clock.due.provisional, "overdue": False}


class KnownRatingRow(SQLModel, table=True):
    """A rating of a matter of an item."""

    __tablename__ = "application_known_ratings"
    __table_args__ = (Index("application_known_ratings_of_item", "item", "given_on"),)

    rating_id: str = Field(primary_key=True)
    item: str
    grade: int
    given_on: date


class KnownRatings(RowModel[KnownRatingRow]):
    """Fed by hotline's stream; only what names an item can be measured by it."""

    name = "known-ratings"
    sources: ClassVar[tuple[str, ...]] = ("hotline",)
    table = KnownRatingRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (KnownRatingRow,)

    def key(self, happened: Happened) -> str | None:
        """The rating's."""
        event = happened.event
        return event.rating_id if isinstance(event, RatingGiven) and event.item else None

    def evolve(self, _row: KnownRatingRow | None, happened: Happened) -> KnownRatingRow | None:
        """A matter is rated once."""
        event = happened.event
        assert isinstance(event, RatingGiven) and event.item  # noqa: S101 - `key` has asked
        return KnownRatingRow(rating_id=event.rating_id, item=event.item, grade=event.grade, given_on=event.given_on)
