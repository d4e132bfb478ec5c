"""The models that were trained, with their cards, and which was active when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime
from sqlmodel import Field, SQLModel

from services.hotline.events.model import ModelTrained
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel


class ModelRow(SQLModel, table=True):
    """A trained model without its artefact."""

    __tablename__ = "hotline_models"

    key: str = Field(primary_key=True)
    trained_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    trained_by: str
    size: int
    card: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class Models(RowModel[ModelRow]):
    """Fed by hotline's own log."""

    name = "ticket-models"
    table = ModelRow
    tables = (ModelRow,)

    def key(self, happened: Happened) -> str | None:
        """The model's."""
        return happened.aggregate_id.partition("-")[2] if isinstance(happened.event, ModelTrained) else None

    def evolve(self, row: ModelRow | None, happened: Happened) -> ModelRow | None:
        """A model is kept as it was trained."""
        event = happened.event
        if not isinstance(event, ModelTrained):
            return row
        by = happened.actor.subject if happened.actor else ""
        key = self.key(happened) or ""
        return ModelRow(key=key, trained_at=happened.at, trained_by=by, size=len(event.artefact), card=event.card)
