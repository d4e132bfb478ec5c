"""What documents and items said, revision by revision (article 12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.policy.events import DocumentPublished, ItemAmended, ItemPublished
from services.policy.events.catalogue import DocumentRevised
from shared.readmodels.happened import Happened
from shared.readmodels.model import ReadModel, Writer, empty_dict

_ABOUT = {
    "revision",
    "reason",
    "decided_on",
    "transition_until",
    "disclosed_before",
    "publish_due_on",
    "late",
    "origin",
}


class VersionRow(SQLModel, table=True):
    """One revision; `id` is `<kind>-<key>@<revision>`, `disclosure` that of the document at that time."""

    __tablename__ = "policy_versions"

    id: str = Field(primary_key=True)
    subject: str = Field(index=True)
    revision: int
    department: str
    disclosure: str
    at: datetime = Field(sa_type=DateTime(timezone=True))
    reason: str | None = None
    decided_on: date | None = None
    transition_until: date | None = None
    content: dict[str, Any] = Field(default_factory=empty_dict, sa_type=JSONB)


class Versions(ReadModel):
    """Fed by policy's own log; a revision never changes."""

    name = "versions"
    tables: ClassVar[tuple[type[SQLModel], ...]] = (VersionRow,)

    async def apply(self, events: Sequence[Happened], writer: Writer) -> None:
        rows = {row.id: row for happened in events if (row := _row(happened)) is not None}
        await writer.upsert(VersionRow, list(rows.values()))


def _row(happened: Happened) -> VersionRow | None:
    event = happened.event
    if not isinstance(event, DocumentPublished | DocumentRevised | ItemPublished | ItemAmended):
        return None
    shown = event if isinstance(event, DocumentPublished | DocumentRevised) else event.document
    revision = getattr(event, "revision", 1)
    return VersionRow(
        id=f"{happened.aggregate_id}@{revision}",
        subject=happened.aggregate_id,
        revision=revision,
        department=event.department,
        disclosure=shown.disclosure,
        at=happened.at,
        reason=getattr(event, "reason", None),
        decided_on=getattr(event, "decided_on", None),
        transition_until=getattr(event, "transition_until", None),
        content=event.model_dump(mode="json", exclude=_ABOUT),
    )
