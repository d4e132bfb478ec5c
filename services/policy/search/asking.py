"""A question and its answer: what is found, how many of what, and where it stands in the text."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Sort = Literal["relevance", "newest", "closing", "amount"]
Choice = Annotated[str | None, Field(max_length=60)]
MOST_FOUND = 1000  # of one question; who has to look further asks more precisely


class Question(BaseModel):
    """What somebody looks for. Amounts are fen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    q: str = Field("", max_length=200)
    kind: Literal["item", "document", "article"] | None = None
    department: Choice = None
    section: Choice = Field(None, description="行业门类字母（GB/T 4754）")
    scale: Literal["large", "medium", "small", "micro"] | None = None
    town: Choice = Field(None, description="镇街代码")
    window: Literal["year-round", "fixed", "undetermined"] | None = None
    support_type: Choice = None
    theme: Choice = None
    least_amount_fen: int | None = Field(None, ge=0, le=2**62)
    open_now: bool = False
    sort: Sort = "relevance"


class Marked(BaseModel):
    """A text with the places (start, end) of what was looked for; plain text, to be escaped by who shows it."""

    text: str
    marks: list[tuple[int, int]] = []


class Found(BaseModel):
    """One thing that was found; `score` is only comparable within an answer."""

    kind: str
    key: str
    title: Marked
    excerpt: Marked
    department: str
    support_type: str
    number: str
    window_kind: str
    opens_on: date | None
    closes_on: date | None
    amount_fen: int | None
    themes: list[str]
    published_at: datetime
    score: float


class FacetCount(BaseModel):
    """How many of the found have a value; those that are for all values are counted with each of them."""

    value: str
    count: int


class Answer(BaseModel):
    """One page. `facets` count as if their own choice had not been made; `words` is what was looked for."""

    total: int
    items: list[Found]
    facets: dict[str, list[FacetCount]]
    words: list[str]
    next: str | None = None
