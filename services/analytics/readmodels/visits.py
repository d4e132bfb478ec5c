"""Visits by day and thing, as policy has counted them (article 24)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from shared.contracts import policy
from shared.readmodels.happened import Happened
from shared.readmodels.model import ReadModel, Writer


class VisitRow(SQLModel, table=True):
    """How often the public looked at a document, an item or an article on a day; of whom, nothing is known."""

    __tablename__ = "analytics_visits"

    day: date = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    department: str = Field(primary_key=True, index=True)
    views: int = Field(sa_type=BigInteger)


class Visits(ReadModel):
    """Fed by policy's stream; what one event tells is added to what is there."""

    name = "visits"
    sources: ClassVar[tuple[str, ...]] = ("policy",)
    tables: ClassVar[tuple[type[SQLModel], ...]] = (VisitRow,)

    async def apply(self, events: Sequence[Happened], writer: Writer) -> None:
        counted: Counter[tuple[date, str, str, str]] = Counter()
        for happened in events:
            if isinstance(event := happened.event, policy.ViewsCounted):
                for each in event.counts:
                    counted[(event.day, each.kind, each.key, each.department)] += each.views
        rows = [
            {"day": d, "kind": k, "key": key, "department": dept, "views": n}
            for (d, k, key, dept), n in counted.items()
        ]
        await writer.add(VisitRow, rows)
