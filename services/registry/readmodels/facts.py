"""The facts that the data bureau has added to the catalogue, or changed in it."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.registry.events import FactDefined
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel


class FactRow(SQLModel, table=True):
    """A definition, as it stands now."""

    __tablename__ = "registry_facts"

    key: str = Field(primary_key=True)
    definition: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class Facts(RowModel[FactRow]):
    """Fed by registry's own log; the base catalogue comes with the release and is not in here."""

    name = "facts"
    table = FactRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (FactRow,)

    def key(self, happened: Happened) -> str | None:
        return happened.event.definition.key if isinstance(happened.event, FactDefined) else None

    def evolve(self, row: FactRow | None, happened: Happened) -> FactRow | None:
        if not isinstance(happened.event, FactDefined):
            return row
        definition = happened.event.definition
        return FactRow(key=definition.key, definition=definition.model_dump(mode="json"))
