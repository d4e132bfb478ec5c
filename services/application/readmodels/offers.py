"""What can be applied for, as policy published it."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from sqlmodel import Field, SQLModel

from shared.contracts.policy import ItemAmended, ItemPublished, ItemRepealed, ItemWithdrawn
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
    version = 2
    sources: ClassVar[tuple[str, ...]] = ("policy",)
    table = OfferRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (OfferRow,)

    def key(self, happened: Happened) -> str | None:
        event = happened.event
        return event.code if isinstance(event, ItemPublished | ItemAmended | ItemRepealed | ItemWithdrawn) else None

    def evolve(self, row: OfferRow | None, happened: Happened) -> OfferRow | None:
        """A repealed item can be applied for until its transition ends, and never beyond its own window."""
        item = happened.event
        if isinstance(item, ItemRepealed):
            if row is None or item.transition_until is None:
                return None
            closes_on = min(item.transition_until, row.closes_on or item.transition_until)
            return OfferRow(
                **(
                    row.model_dump()
                    | {"window": "fixed", "opens_on": row.opens_on or item.decided_on, "closes_on": closes_on}
                )
            )
        if not isinstance(item, ItemPublished | ItemAmended):
            return None
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
