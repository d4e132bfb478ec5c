"""Published of the interaction zone: public answers, and hot spots (article 22(4)(5))."""

from __future__ import annotations

from typing import ClassVar

from shared.contracts.base import Published


class AnswerPublished(Published):
    """A question and its answer are public."""

    TYPE: ClassVar[str] = "hotline.answer-published"
    TITLE: ClassVar[str] = "问答已公开"

    ticket_id: str
    question: str
    answer: str
    department: str
    item: str | None = None
    subject: str | None = None


class AnswerUnpublished(Published):
    """They are public no longer."""

    TYPE: ClassVar[str] = "hotline.answer-unpublished"
    TITLE: ClassVar[str] = "公开问答已撤下"

    ticket_id: str
    department: str


class HotSpotRaised(Published):
    """Many tickets of the last `days` days are about the same matter, in a town or on an item; again when they have
    doubled. `lead` is the first of them."""

    TYPE: ClassVar[str] = "hotline.hot-spot-raised"
    TITLE: ClassVar[str] = "诉求热点"

    lead: str
    title: str
    tickets: int
    days: int
    town: str | None = None
    item: str | None = None
    again: bool = False
