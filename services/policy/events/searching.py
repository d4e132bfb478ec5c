"""What happened around search: searches that are kept, what is new for them, and words that mean the same."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from services.policy.search.asking import Question
from shared.eventstore.events import Event

Kind = Literal["item", "document"]


class SearchSaved(Event):
    """An enterprise wants to hear of what this question will find; under the same name another question takes its place."""

    TOPIC: ClassVar[str] = "policy.search-saved"

    uscc: str
    name: str
    question: Question


class SearchDropped(Event):
    """It wants to hear of it no more."""

    TOPIC: ClassVar[str] = "policy.search-dropped"

    uscc: str
    name: str


class SavedHit(BaseModel):
    """An enterprise with the first of its saved searches that finds the thing."""

    model_config = ConfigDict(frozen=True)

    uscc: str
    name: str


class SavedSearchesFound(Event):
    """Something newly published is found by these saved searches; each enterprise stands here once for each thing, ever."""

    TOPIC: ClassVar[str] = "policy.saved-searches-found"

    kind: Kind
    key: str
    title: str
    department: str
    hits: tuple[SavedHit, ...]


class SavedSearchesAsked(Event):
    """All saved searches have been asked whether they find it."""

    TOPIC: ClassVar[str] = "policy.saved-searches-asked"

    kind: Kind
    key: str
    searches: int


class SynonymsSet(Event):
    """Groups of words that mean the same to whoever searches, besides those that come with the release."""

    TOPIC: ClassVar[str] = "policy.synonyms-set"

    groups: tuple[tuple[str, ...], ...]
