"""Searches that enterprises keep, and the city's synonyms."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.policy.events.searching import SearchDropped, SearchSaved, SynonymsSet
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel, empty_dict, empty_list


class SavedSearchRow(SQLModel, table=True):
    """One question that an enterprise keeps."""

    __tablename__ = "policy_saved_searches"

    id: str = Field(primary_key=True)
    uscc: str = Field(index=True)
    name: str
    question: dict[str, Any] = Field(default_factory=empty_dict, sa_type=JSONB)
    saved_at: datetime = Field(sa_type=DateTime(timezone=True))


class SavedSearches(RowModel[SavedSearchRow]):
    """Fed by policy's own log."""

    name = "saved_searches"
    table = SavedSearchRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (SavedSearchRow,)

    def key(self, happened: Happened) -> str | None:
        event = happened.event
        return f"{event.uscc} {event.name}" if isinstance(event, SearchSaved | SearchDropped) else None

    def evolve(self, row: SavedSearchRow | None, happened: Happened) -> SavedSearchRow | None:
        event = happened.event
        if not isinstance(event, SearchSaved):
            return None
        asked = event.question.model_dump(mode="json", exclude_defaults=True)
        key = f"{event.uscc} {event.name}"
        return SavedSearchRow(id=key, uscc=event.uscc, name=event.name, question=asked, saved_at=happened.at)


class SynonymsRow(SQLModel, table=True):
    """The city's groups of synonyms, in one row."""

    __tablename__ = "policy_synonyms"

    id: str = Field(primary_key=True)
    groups: list[list[str]] = Field(default_factory=empty_list, sa_type=JSONB)


class Synonyms(RowModel[SynonymsRow]):
    """Fed by policy's own log."""

    name = "synonyms"
    table = SynonymsRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (SynonymsRow,)

    def key(self, happened: Happened) -> str | None:
        return happened.aggregate_id if isinstance(happened.event, SynonymsSet) else None

    def evolve(self, row: SynonymsRow | None, happened: Happened) -> SynonymsRow | None:
        assert isinstance(happened.event, SynonymsSet)  # noqa: S101 - key() has looked
        return SynonymsRow(id=happened.aggregate_id, groups=[list(group) for group in happened.event.groups])
