"""What is known of enterprises, to fill forms and to compare answers with, and what facts there are."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from shared.contracts.registry import FactDefined, FactsChanged
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel, empty_dict


class KnownFactsRow(SQLModel, table=True):
    """An enterprise's facts with their sources, by key."""

    __tablename__ = "application_known_facts"

    uscc: str = Field(primary_key=True)
    facts: dict[str, Any] = Field(default_factory=empty_dict, sa_column=Column(JSONB, nullable=False))


class KnownFacts(RowModel[KnownFactsRow]):
    """Fed by registry's stream."""

    name = "known-facts"
    sources: ClassVar[tuple[str, ...]] = ("registry",)
    table = KnownFactsRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (KnownFactsRow,)

    def key(self, happened: Happened) -> str | None:
        """The enterprise's."""
        return happened.event.uscc if isinstance(happened.event, FactsChanged) else None

    def evolve(self, row: KnownFactsRow | None, happened: Happened) -> KnownFactsRow | None:
        """With what holds now; a fact of which nothing is known any more goes."""
        event = happened.event
        assert isinstance(event, FactsChanged)  # noqa: S101 - `key` has asked
        facts = dict(row.facts) if row else {}
        for statement in event.facts:
            facts.pop(statement.key, None)
            if statement.value is not None:
                facts[statement.key] = statement.model_dump(mode="json", exclude={"key"}, exclude_defaults=True)
        return KnownFactsRow(uscc=event.uscc, facts=facts)


class FactDefinitionRow(SQLModel, table=True):
    """A fact that the data bureau has added to the catalogue, or changed in it."""

    __tablename__ = "application_fact_definitions"

    key: str = Field(primary_key=True)
    definition: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class FactDefinitions(RowModel[FactDefinitionRow]):
    """Fed by registry's stream; the base catalogue comes with the release and is not in here."""

    name = "fact-definitions"
    sources: ClassVar[tuple[str, ...]] = ("registry",)
    table = FactDefinitionRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (FactDefinitionRow,)

    def key(self, happened: Happened) -> str | None:
        """The fact's."""
        return happened.event.definition.key if isinstance(happened.event, FactDefined) else None

    def evolve(self, _row: FactDefinitionRow | None, happened: Happened) -> FactDefinitionRow | None:
        """As defined last."""
        event = happened.event
        assert isinstance(event, FactDefined)  # noqa: S101 - `key` has asked
        return FactDefinitionRow(key=event.definition.key, definition=event.definition.model_dump(mode="json"))
