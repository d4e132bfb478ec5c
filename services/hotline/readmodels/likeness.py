"""The words of each ticket, weighed, so that like ones are found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ARRAY, JSON, BigInteger, Column, DateTime, Index, Text
from sqlmodel import Field, SQLModel

from services.hotline.events.ticket import TicketReceived
from services.hotline.likeness.weighing import marks, vector, words_of_ticket
from services.hotline.readmodels.tickets import ticket_of
from shared.readmodels.happened import Happened
from shared.readmodels.model import ReadModel, Writer, empty_dict, empty_list

TICKETS = ""  # the row that counts the tickets themselves


class LikenessRow(SQLModel, table=True):
    """A ticket's heaviest words, as they weighed when it came in."""

    __tablename__ = "hotline_likeness"
    __table_args__ = (
        Index("hotline_likeness_marks", "marks", postgresql_using="gin"),
        Index("hotline_likeness_town", "town", "received_at"),
        Index("hotline_likeness_item", "item", "received_at"),
    )

    key: str = Field(primary_key=True)
    title: str
    town: str | None = None
    item: str | None = None
    received_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    marks: list[str] = Field(default_factory=empty_list, sa_column=Column(ARRAY(Text), nullable=False))
    vector: dict[str, float] = Field(default_factory=empty_dict, sa_column=Column(JSON, nullable=False))


class TicketWordRow(SQLModel, table=True):
    """In how many tickets a word stands."""

    __tablename__ = "hotline_ticket_words"

    word: str = Field(primary_key=True)
    found_in: int = Field(sa_type=BigInteger)


class Likeness(ReadModel):
    """Fed by hotline's own log. Each ticket is weighed by the words of those before it, however they were read."""

    name = "ticket-likeness"
    tables: ClassVar[tuple[type[SQLModel], ...]] = (LikenessRow, TicketWordRow)

    async def apply(self, events: Sequence[Happened], writer: Writer) -> None:
        """One row for each ticket received."""
        received: list[tuple[str, Happened, TicketReceived]] = [
            (key, happened, happened.event)
            for happened in events
            if isinstance(happened.event, TicketReceived) and (key := ticket_of(happened))
        ]
        if not received:
            return
        words = {key: words_of_ticket(event.title, event.content) for key, _, event in received}
        asked = {TICKETS, *(word for each in words.values() for word in each)}
        stored = await writer.load(TicketWordRow, asked)
        known: Counter[str] = Counter({word: row.found_in for word, row in stored.items()})
        new: Counter[str] = Counter()
        rows = []
        for key, _, event in received:
            weighed = vector(words[key], known, known[TICKETS])
            rows.append(_row(key, event, weighed))
            counted = [TICKETS, *words[key]]
            known.update(counted)
            new.update(counted)
        await writer.upsert(LikenessRow, rows)
        await writer.add(TicketWordRow, [{"word": word, "found_in": n} for word, n in sorted(new.items())])


def _row(key: str, event: TicketReceived, weighed: dict[str, float]) -> LikenessRow:
    about: dict[str, Any] = event.model_dump(include={"title", "town", "item", "received_at"})
    return LikenessRow(key=key, marks=marks(weighed), vector=weighed, **about)
