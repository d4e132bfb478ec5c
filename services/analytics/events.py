"""What happened in analytics."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from shared.eventstore.events import Event


class DepartmentFigures(BaseModel):
    """What one department did in a period, by metric."""

    model_config = ConfigDict(frozen=True)

    department: str
    figures: dict[str, int]


class BulletinPublished(Event):
    """The operation data of a period are published as a numbered bulletin; its figures never change (article 25)."""

    TOPIC: ClassVar[str] = "analytics.bulletin-published"

    number: str
    first_day: date
    last_day: date
    departments: tuple[DepartmentFigures, ...]
