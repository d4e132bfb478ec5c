"""Public questions and answers (article 22(5)), segmented so that they are found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Column, DateTime, Index, Text
from sqlmodel import Field, SQLModel

from services.hotline.events.handling import AnswerPublished, AnswerUnpublished
from services.hotline.readmodels.tickets import ticket_of
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel, empty_list
from shared.words.segmenting import distinct, words_of


def _texts() -> Any:
    return Column(ARRAY(Text), nullable=False)


class AnswerRow(SQLModel, table=True):
    """A question and its answer; `head` are the words of the question, `words` all words."""

    __tablename__ = "hotline_answers"
    __table_args__ = (
        Index("hotline_answers_words", "words", postgresql_using="gin"),
        Index("hotline_answers_newest", "published_at", "key"),
    )

    key: str = Field(primary_key=True)
    question: str
    answer: str
    department: str = Field(index=True)
    item: str | None = Field(default=None, index=True)
    subject: str | None = None
    nature: str
    published_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    head: list[str] = Field(default_factory=empty_list, sa_column=_texts())
    words: list[str] = Field(default_factory=empty_list, sa_column=_texts())


class Answers(RowModel[AnswerRow]):
    """Fed by hotline's own log."""

    name = "public-answers"
    table = AnswerRow
    tables = (AnswerRow,)

    def key(self, happened: Happened) -> str | None:
        """The ticket's, for what becomes public or is no longer."""
        return ticket_of(happened) if isinstance(happened.event, (AnswerPublished, AnswerUnpublished)) else None

    def evolve(self, row: AnswerRow | None, happened: Happened) -> AnswerRow | None:
        """The row after the event; None when it is no longer public."""
        event = happened.event
        if not isinstance(event, AnswerPublished):
            return None
        head = distinct(words_of(event.question))
        told = event.model_dump(include={"question", "answer", "department", "item", "subject", "nature"})
        words = distinct([*head, *words_of(event.answer)])
        return AnswerRow(key=ticket_of(happened) or "", published_at=happened.at, head=head, words=words, **told)
