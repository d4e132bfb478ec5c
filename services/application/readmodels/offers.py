"""Items as policy published them: what can be applied for, and what could be, for applications outlive their item."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from sqlmodel import Field, SQLModel

from shared.contracts.policy import ItemAmended, ItemPublished, ItemRepealed, ItemWithdrawn
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel


class OfferRow(SQLModel, table=True):
    """An item, as far as an application needs it. `offered`: nobody has repealed it, or taken it back from the public; what
    was applied for before is still ranked, announced and paid."""

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
    offered: bool = True

    def takes_more(self, today: date) -> bool:
        """Whether somebody may still apply, today or on a later day."""
        return self.offered and (self.closes_on is None or today <= self.closes_on)


class Offers(RowModel[OfferRow]):
    """Fed by policy's stream."""

    name = "offers"
    version = 3
    sources: ClassVar[tuple[str, ...]] = ("policy",)
    table = OfferRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (OfferRow,)

    def key(self, happened: Happened) -> str | None:
        event = happened.event
        return event.code if isinstance(event, ItemPublished | ItemAmended | ItemRepealed | ItemWithdrawn) else None

    def evolve(self, row: OfferRow | None, happened: Happened) -> OfferRow | None:
        """A repealed item can be applied for until its transition ends, and never beyond its own window."""
        item = happened.event
        if isinstance(item, ItemRepealed | ItemWithdrawn):
            return OfferRow(**(row.model_dump() | _ended(row, item))) if row else None
        assert isinstance(item, ItemPublished | ItemAmended)  # noqa: S101 - `key` has asked
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


def _ended(row: OfferRow, item: ItemRepealed | ItemWithdrawn) -> dict[str, Any]:
    if isinstance(item, ItemWithdrawn) or item.transition_until is None:
        return {"offered": False}
    closes_on = min(item.transition_until, row.closes_on or item.transition_until)
    return {"window": "fixed", "opens_on": row.opens_on or item.decided_on, "closes_on": closes_on}
