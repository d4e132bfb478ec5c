"""The policy lists that were released (article 6(3))."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.policy.events.catalogue import ListReleased
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel, empty_list


class PolicyListRow(SQLModel, table=True):
    """A released list, frozen."""

    __tablename__ = "policy_lists"

    number: str = Field(primary_key=True)
    title: str
    released_at: datetime = Field(sa_type=DateTime(timezone=True))
    entries: list[dict[str, Any]] = Field(default_factory=empty_list, sa_type=JSONB)


class PolicyLists(RowModel[PolicyListRow]):
    """Fed by policy's own log."""

    name = "policy_lists"
    table = PolicyListRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (PolicyListRow,)

    def key(self, happened: Happened) -> str | None:
        return happened.event.number if isinstance(happened.event, ListReleased) else None

    def evolve(self, row: PolicyListRow | None, happened: Happened) -> PolicyListRow | None:
        assert isinstance(happened.event, ListReleased)  # noqa: S101 - key() has looked
        return PolicyListRow(released_at=happened.at, **happened.event.model_dump(mode="json"))
