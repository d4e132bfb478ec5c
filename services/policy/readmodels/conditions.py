"""The named conditions in force."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.policy.events.matching import NamedConditionDefined
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel, empty_dict


class NamedConditionRow(SQLModel, table=True):
    """A named condition; `version` counts its meanings."""

    __tablename__ = "policy_named_conditions"

    name: str = Field(primary_key=True)
    title: str
    rule: dict[str, Any] = Field(default_factory=empty_dict, sa_type=JSONB)
    version: int


class NamedConditions(RowModel[NamedConditionRow]):
    """Fed by policy's own log."""

    name = "named_conditions"
    table = NamedConditionRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (NamedConditionRow,)

    def key(self, happened: Happened) -> str | None:
        return happened.event.name if isinstance(happened.event, NamedConditionDefined) else None

    def evolve(self, row: NamedConditionRow | None, happened: Happened) -> NamedConditionRow | None:
        event = happened.event
        assert isinstance(event, NamedConditionDefined)  # noqa: S101 - key() has looked
        return NamedConditionRow(**event.model_dump(mode="json"))
