"""Stamped opinions by their number: what the verification page knows."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from sqlmodel import Field, SQLModel

from services.application.events.review import OpinionStamped
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel


class OpinionRow(SQLModel, table=True):
    """A document. `digest` is the SHA-256 of the file."""

    __tablename__ = "application_opinions"

    document: str = Field(primary_key=True)
    digest: str = Field(index=True)
    number: str
    item_title: str
    department: str
    signer: str
    serial: str
    stamped_on: date


class Opinions(RowModel[OpinionRow]):
    """Fed by application's own log."""

    name = "opinions"
    table = OpinionRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (OpinionRow,)

    def key(self, happened: Happened) -> str | None:
        """The document's."""
        return happened.event.document if isinstance(happened.event, OpinionStamped) else None

    def evolve(self, _row: OpinionRow | None, happened: Happened) -> OpinionRow | None:
        """It never changes."""
        event = happened.event
        assert isinstance(event, OpinionStamped)  # noqa: S101 - `key` has asked
        known = event.model_dump(
            include={"document", "digest", "number", "item_title", "signer", "serial", "stamped_on"}
        )
        return OpinionRow(**known, department=event.of_department)
