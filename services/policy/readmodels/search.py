"""What can be searched: published, public items, documents and articles, segmented."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import ARRAY, BigInteger, Connection, DateTime, Index, Text, event, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field, SQLModel, col, select

from services.policy.conditions.language import Eligibility, In
from services.policy.events.catalogue import (
    DocumentPublished,
    DocumentRepealed,
    DocumentRevised,
    ItemAmended,
    ItemPublished,
    ItemRepealed,
)
from services.policy.events.participation import ArticleAmended, ArticlePublished, ArticleWithdrawn
from services.policy.keys import canonical_number
from shared.readmodels.happened import Happened
from shared.readmodels.model import ReadModel, Writer, empty_list, table_of
from shared.words.segmenting import distinct, initials_of, pairs_of, phonetic, words_of

ITEM, DOCUMENT, ARTICLE = "item", "document", "article"
_SHOWN = 2000  # characters kept for excerpts


# Words are indexed as they are written: a list of what waits to be indexed would be read with every question.
_AT_ONCE: dict[str, Any] = {"postgresql_using": "gin", "postgresql_with": {"fastupdate": "off"}}


def _texts() -> Any:
    return ARRAY(Text)


class SearchRow(SQLModel, table=True):
    """One thing that can be found. Empty `sections`, `towns` and `scales` stand for all of them.

    `head` are the words of title, support type and themes, `words` all words; both without places, for what counts is
    how rare a word is and whether it stands in the head.
    """

    __tablename__ = "policy_search"
    __table_args__ = (
        Index("policy_search_head", "head", **_AT_ONCE),
        Index("policy_search_words_of", "words", **_AT_ONCE),
        Index("policy_search_newest", "published_at", "id"),
        Index("policy_search_about", "about"),
    )

    id: str = Field(primary_key=True)
    kind: str
    key: str
    title: str
    number: str
    initials: str
    phonetic: str
    department: str
    support_type: str
    window_kind: str
    opens_on: date | None = None
    closes_on: date | None = None
    amount_fen: int | None = Field(default=None, sa_type=BigInteger)
    themes: list[str] = Field(default_factory=empty_list, sa_type=_texts())
    sections: list[str] = Field(default_factory=empty_list, sa_type=_texts())
    towns: list[str] = Field(default_factory=empty_list, sa_type=_texts())
    scales: list[str] = Field(default_factory=empty_list, sa_type=_texts())
    published_at: datetime = Field(sa_type=DateTime(timezone=True))
    facets: str  # the values by facet as JSON, for rows that share them are counted together
    about: str = ""  # of an article the `id` of what it is about, with which it goes
    shown: str
    head: str = Field(sa_type=TSVECTOR)
    words: str = Field(sa_type=TSVECTOR)
    counted: list[str] = Field(default_factory=empty_list, sa_type=_texts())


@event.listens_for(table_of(SearchRow), "after_create")
def _long_texts_apart(_table: Any, connection: Connection, **_others: Any) -> None:
    """Facets and heads are read for thousands of rows at once, long texts for one page: those are kept out of line."""
    inline = ("head", "initials", "phonetic", "facets", "themes", "sections", "towns", "scales")
    stored = ", ".join(f"ALTER {column} SET STORAGE MAIN" for column in inline)
    connection.execute(text(f"ALTER TABLE policy_search {stored}, SET (toast_tuple_target = 128)"))


class SearchWordRow(SQLModel, table=True):
    """In how many of the rows a word stands: rare words say more."""

    __tablename__ = "policy_search_words"

    word: str = Field(primary_key=True)
    found_in: int = Field(sa_type=BigInteger)


class Search(ReadModel):
    """Fed by policy's own log. What is withheld or repealed is not in it (articles 10, 18)."""

    name = "search"
    version = 3
    tables: ClassVar[tuple[type[SQLModel], ...]] = (SearchRow, SearchWordRow)

    async def apply(self, events: Sequence[Happened], writer: Writer) -> None:
        changed: dict[str, SearchRow | None] = {}
        for happened in events:
            found = _row(happened)
            if found is not None:
                changed[found[0]] = found[1]
                if found[1] is None:
                    await _articles_go_too(found[0], changed, happened, writer)
        if not changed:
            return
        known = await writer.load(SearchRow, changed)
        for key, row in changed.items():
            if row is not None and key in known:
                row.published_at = known[key].published_at
        rows = [row for row in changed.values() if row is not None]
        await writer.upsert(SearchRow, rows)
        await count_words(writer, rows, list(known.values()))
        gone = [key for key, row in changed.items() if row is None and key in known]
        if gone:
            await writer.delete(SearchRow, gone)


async def _articles_go_too(
    about: str, changed: dict[str, SearchRow | None], happened: Happened, writer: Writer
) -> None:
    """What is said about a thing is found no longer than the thing is public; what is repealed stays readable."""
    if isinstance(happened.event, (ItemRepealed, DocumentRepealed, ArticleWithdrawn)):
        return
    found = await writer.session.execute(select(SearchRow.id).where(col(SearchRow.about) == about))
    stored = dict.fromkeys(key for key in found.scalars() if key not in changed)
    new = [key for key, row in changed.items() if row is not None and row.about == about]
    changed |= dict.fromkeys([*stored, *new])


async def count_words(writer: Writer, rows: Sequence[SearchRow], replaced: Sequence[SearchRow] = ()) -> None:
    """Keeps the number of rows of each word; a word that stands nowhere any more keeps a nought."""
    counts: Counter[str] = Counter(word for row in rows for word in row.counted)
    counts.subtract(word for row in replaced for word in row.counted)
    changes = [{"word": word, "found_in": number} for word, number in sorted(counts.items()) if number]
    await writer.add(SearchWordRow, changes)


def _row(happened: Happened) -> tuple[str, SearchRow | None] | None:
    """What an event makes of a row: another one, or none."""
    match happened.event:
        case ItemPublished() | ItemAmended() as event:
            key = f"{ITEM}:{event.code}"
            return key, (_of_item(event, key, happened.at) if event.document.disclosure == "public" else None)
        case ItemRepealed(code=code):
            return f"{ITEM}:{code}", None
        case DocumentPublished() | DocumentRevised() as event:
            name = happened.aggregate_id.partition("-")[2]
            key = f"{DOCUMENT}:{name}"
            return key, (_of_document(event, key, name, happened.at) if event.disclosure == "public" else None)
        case DocumentRepealed():
            return f"{DOCUMENT}:{happened.aggregate_id.partition('-')[2]}", None
        case ArticlePublished() | ArticleAmended() as event:
            key = f"{ARTICLE}:{event.code}"
            return key, _of_article(event, key, happened.at)
        case ArticleWithdrawn(code=code):
            return f"{ARTICLE}:{code}", None
    return None


def _of_item(event: ItemPublished | ItemAmended, key: str, at: datetime) -> SearchRow:
    guide = event.guide
    materials = [material.name for material in guide.materials]
    texts = (event.content, event.amount_text, *guide.conditions, *materials, *guide.process)
    return search_row(
        key,
        key=event.code,
        title=event.title,
        number=event.document.number,
        head=(event.support_type, *event.themes),
        texts=texts,
        at=at,
        department=event.department,
        support_type=event.support_type,
        window_kind=event.window.kind,
        opens_on=event.window.opens_on,
        closes_on=event.window.closes_on,
        amount_fen=event.amount_fen,
        themes=list(event.themes),
        sections=distinct(code[:1] for code in event.industries),
        towns=list(event.towns),
        scales=_scales(event.eligibility),
    )


def _of_document(event: DocumentPublished | DocumentRevised, key: str, name: str, at: datetime) -> SearchRow:
    return search_row(
        key,
        key=name,
        title=event.title,
        number=event.number,
        head=event.themes,
        texts=(event.summary, event.body),
        at=at,
        department=event.department,
        support_type="",
        window_kind="",
        themes=list(event.themes),
    )


def _of_article(event: ArticlePublished | ArticleAmended, key: str, at: datetime) -> SearchRow:
    about = event.about
    return search_row(
        key,
        key=event.code,
        title=event.title,
        number="",
        head=event.themes,
        texts=(event.summary, event.body),
        at=at,
        department=event.department,
        support_type="",
        window_kind="",
        about=f"{about.kind}:{about.key}" if about else "",
        themes=list(event.themes),
    )


def search_row(
    id: str, *, title: str, number: str, head: Sequence[str], texts: Sequence[str], at: datetime, **fields: Any
) -> SearchRow:
    in_head = [*words_of(title), *pairs_of(title), *(word for text in head for word in words_of(text))]
    shown = "\n".join(text for text in texts if text.strip())
    everything = distinct([*in_head, *words_of(shown)])
    row = SearchRow(
        id=id,
        kind=id.partition(":")[0],
        title=title,
        number=canonical_number(number),
        initials=initials_of(title),
        phonetic=phonetic(title),
        published_at=at,
        shown=shown[:_SHOWN],
        head=" ".join(distinct(in_head)),
        words=" ".join(everything),
        counted=everything,
        facets="",
        **fields,
    )
    row.facets = json.dumps(facets_of(row), ensure_ascii=False, sort_keys=True)
    return row


def facets_of(row: SearchRow) -> dict[str, list[str]]:
    """By facet the values of a row; none of sections, scales or towns stand for all of them."""
    return {
        "kind": [row.kind],
        "department": [row.department],
        "section": row.sections,
        "scale": row.scales,
        "town": row.towns,
        "window": [row.window_kind],
        "support_type": [row.support_type],
        "theme": row.themes,
    }


def _scales(eligibility: Eligibility | None) -> list[str]:
    """The scales that an item is for, where a requirement says just that."""
    rules = [r.rule for r in eligibility.requirements if r.required] if eligibility else []
    found = [set(rule.values) for rule in rules if isinstance(rule, In) and rule.fact == "scale"]
    return sorted(set.intersection(*found)) if found else []
