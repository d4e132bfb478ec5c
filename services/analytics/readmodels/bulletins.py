"""The published bulletins."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from services.analytics.events import BulletinPublished
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel, empty_list


class BulletinRow(SQLModel, table=True):
    """A bulletin with its frozen figures."""

    __tablename__ = "analytics_bulletins"

    number: str = Field(primary_key=True)
    first_day: date
    last_day: date
    published_on: date
    departments: list[dict[str, Any]] = Field(default_factory=empty_list, sa_column=Column(JSON, nullable=False))


class Bulletins(RowModel[BulletinRow]):
    """Fed by analytics' own log."""

    name = "bulletins"
    table = BulletinRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (BulletinRow,)

    def key(self, happened: Happened) -> str | None:
        return happened.event.number if isinstance(happened.event, BulletinPublished) else None

    def evolve(self, row: BulletinRow | None, happened: Happened) -> BulletinRow | None:
        if not isinstance(happened.event, BulletinPublished):
            return row
        return BulletinRow(**happened.event.model_dump(mode="json"), published_on=happened.day)
