"""Rows that could not be taken, one each."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, DateTime, Index
from sqlmodel import Field, SQLModel

from services.hotline.events.refusal import RowRefused, RowSettled, RowWaiting
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel


class RefusalRow(SQLModel, table=True):
    """A refused row without what it says; `open` until it is taken or dismissed."""

    __tablename__ = "hotline_refusals"
    __table_args__ = (Index("hotline_refusals_open", "open", "position"),)

    key: str = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger)
    kind: str
    source: str | None
    number: str | None
    refused_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    errors: list[dict[str, Any]] = Field(sa_column=Column(JSON))
    look_by: date
    late: bool = False
    open: bool = True
    taken: bool | None = None
    reason: str | None = None


class Refusals(RowModel[RefusalRow]):
    """Fed by hotline's own log."""

    name = "refusals"
    table = RefusalRow
    tables = (RefusalRow,)

    def key(self, happened: Happened) -> str | None:
        """The refusal's own."""
        kind, _, key = happened.aggregate_id.partition("-")
        return key if kind == "refusal" else None

    def evolve(self, row: RefusalRow | None, happened: Happened) -> RefusalRow | None:
        """The row after the event."""
        event = happened.event
        if isinstance(event, RowRefused):
            return RefusalRow(
                key=happened.aggregate_id.partition("-")[2],
                position=happened.position,
                refused_at=happened.at,
                errors=[each.model_dump() for each in event.errors],
                look_by=event.clock.due.day,
                **event.model_dump(include={"kind", "source", "number"}),
            )
        assert row is not None  # noqa: S101 - nothing happens to a row before it is refused
        if isinstance(event, RowWaiting):
            row.late = True
        elif isinstance(event, RowSettled):
            row.open, row.taken, row.reason = False, event.taken, event.reason or None
        return row
