"""Drafts by their people; what they say is read from the log."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Column, DateTime
from sqlmodel import Field, SQLModel

from services.application.events import form as events
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel, empty_list


class DraftRow(SQLModel, table=True):
    """A draft. `changes`: who changed which fields when, without what they wrote."""

    __tablename__ = "application_drafts"

    key: str = Field(primary_key=True)
    owner: str = Field(index=True)
    enterprise: str | None = Field(default=None, index=True)
    item_code: str
    item_title: str
    form: int
    status: str
    number: str | None = None
    changed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, index=True))
    changes: list[dict[str, Any]] = Field(default_factory=empty_list, sa_column=Column(JSON, nullable=False))


class Drafts(RowModel[DraftRow]):
    """Fed by application's own log."""

    name = "drafts"
    table = DraftRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (DraftRow,)

    def key(self, happened: Happened) -> str | None:
        """The draft's."""
        kind, _, key = happened.aggregate_id.partition("-")
        return key if kind == "draft" else None

    def evolve(self, row: DraftRow | None, happened: Happened) -> DraftRow | None:
        """The row after the event."""
        event = happened.event
        if isinstance(event, events.DraftBegun):
            known = event.model_dump(include={"item_code", "item_title", "form", "enterprise"})
            key = happened.aggregate_id.partition("-")[2]
            return DraftRow(**known, key=key, owner=event.by, status="open", changed_at=happened.at)
        assert row is not None  # noqa: S101 - nothing happens to a draft before it is begun
        return DraftRow(**(row.model_dump() | {"changed_at": happened.at} | _changes(row, event, happened.at)))


def _changes(row: DraftRow, event: object, at: datetime) -> dict[str, Any]:
    match event:
        case events.DraftSaved(changed=changed, aside=aside, by=by):
            change = {"at": at.isoformat(), "by": by, "changed": sorted(changed), "aside": sorted(aside)}
            return {"changes": [*row.changes, change]}
        case events.DraftBound(enterprise=enterprise):
            return {"enterprise": enterprise}
        case events.DraftRenewed(form=version):
            return {"form": version}
        case events.DraftSubmitted(number=number):
            return {"status": "submitted", "number": number}
        case events.DraftEnded():
            return {"status": "ended"}
    return {}
