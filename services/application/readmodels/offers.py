"""What can be applied for, as policy published it."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from sqlmodel import Field, SQLModel

from shared.contracts.policy import ItemPublished
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel


class OfferRow(SQLModel, table=True):
    """An item, as far as an application needs it."""

    __tablename__ = "application_offers"

    item_code: str = Field(primary_key=True)
    item_id: str
    item_title: str
    department: str = Field(index=True)
    procedure: str
    promised_days: int
    window: str
    opens_on: date | None = None
    closes_on: date | None = None


class Offers(RowModel[OfferRow]):
    """Fed by policy's stream."""

    name = "offers"
    sources: ClassVar[tuple[str, ...]] = ("policy",)
    table = OfferRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (OfferRow,)

    def key(self, happened: Happened) -> str | None:
        return happened.event.code if isinstance(happened.event, ItemPublished) else None

    def evolve(self, row: OfferRow | None, happened: Happened) -> OfferRow | None:
        item = happened.event
        if not isinstance(item, ItemPublished):
            return row
        return OfferRow(
            item_code=item.code,
            item_id=item.item_id,
            item_title=item.title,
            department=item.department,
            procedure=item.procedure,
            promised_days=item.promised_days,
            window=item.window.kind,
            opens_on=item.window.opens_on,
            closes_on=item.window.closes_on,
        )
