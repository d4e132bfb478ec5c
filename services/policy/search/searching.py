"""Finding: candidates by rare words, scored by how rare their words are and where they stand, in PostgreSQL.

A question is words, each with its synonyms. A row's score is the sum of its words' weights: log(rows / rows with the
word), three times as much in the head (title, support type, themes). Ranking all rows of a frequent word would read
tens of thousands; so frequent words choose no candidates where rarer ones do, and by themselves only from heads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from math import log
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.policy.keys import canonical_number
from services.policy.search.asking import MOST_FOUND, Answer, FacetCount, Found, Marked, Question
from shared.words.segmenting import meanings, normal, pairs_of

ENOUGH = 4000  # rows that are scored, about
HEAD = 3.0
EXCERPT = 120  # characters
_ASCII = re.compile(r"[a-z]{2,20}")
_NUMBER = re.compile(r"[〔\[［【(（]\s*\d{4}\s*[〕\]］】)）]|\d+\s*号")
_DFS = "SELECT word, found_in FROM policy_search_words WHERE word = ANY(:words)"
_SYNONYMS = "SELECT groups FROM policy_synonyms"
_SIZE = "SELECT count(*) FROM policy_search"
# Words lie beside the rows, which the planner does not know: reading all rows only looks cheap to it.
_BY_INDEX = "SELECT set_config('enable_seqscan', 'off', true)"
_CHOSEN: Mapping[str, str] = {
    # by facet the condition when one of its values is chosen
    "kind": "kind = :kind",
    "department": "department = :department",
    "section": "(sections = '{}' OR :section = ANY(sections))",
    "scale": "(scales = '{}' OR :scale = ANY(scales))",
    "town": "(towns = '{}' OR :town = ANY(towns))",
    "window": "window_kind = :window",
    "support_type": "support_type = :support_type",
    "theme": ":theme = ANY(themes)",
}
_FOR_ALL = ("section", "scale", "town")  # a row without any is for all of them
_COLUMNS = (
    "id, kind, key, title, department, support_type, number, window_kind, opens_on, closes_on, amount_fen, themes, "
    "published_at, shown"
)
_PAGE = "LIMIT :limit OFFSET :offset"
_ORDERS = {
    "relevance": "score DESC, published_at DESC, id",
    "newest": "published_at DESC, id",
    "closing": "closes_on ASC NULLS LAST, score DESC, id",
    "amount": "amount_fen DESC NULLS LAST, score DESC, id",
}


@dataclass(frozen=True)
class Sought:
    """One word of a question: what would do for it, and its weight."""

    words: tuple[str, ...]
    weight: float
    found_in: int

    @property
    def query(self) -> str:
        """As a tsquery; words hold letters, digits and Chinese only, so nothing needs escaping."""
        return " | ".join("(" + " & ".join(f"'{part}'" for part in word.split()) + ")" for word in self.words)


async def sought(session: AsyncSession, q: str) -> tuple[list[Sought], bool]:
    """The words of a question with their weights, rarest first; and whether each of them stands somewhere at all."""
    own = [group for groups in await session.execute(text(_SYNONYMS)) for group in groups[0]]
    groups = [sorted(group) for group in meanings(q, own)]
    parts = {part for group in groups for word in group for part in word.split()}
    asked = sorted(parts.union(*map(pairs_of, parts)))
    size = int((await session.execute(text(_SIZE))).scalar_one())
    found = {row.word: row.found_in for row in await session.execute(text(_DFS), {"words": asked})}
    words: list[Sought] = []
    complete = True
    for group in groups:
        known = [word for word in group if _rows_of(word, found)]
        if known:
            words.append(_sought(known, found, size))
        else:  # segmented otherwise than the text was: its pairs of characters stand for it
            inside = [pair for word in group for part in word.split() for pair in pairs_of(part) if found.get(pair, 0)]
            words += [_sought([pair], found, size) for pair in dict.fromkeys(inside)]
            complete = complete and bool(inside)
    return sorted(words, key=lambda each: each.found_in), complete


def _rows_of(word: str, found: Mapping[str, int]) -> int:
    """In how many rows it stands, at most; several parts must all be there."""
    return min(found.get(part, 0) for part in word.split())


def _sought(words: Sequence[str], found: Mapping[str, int], size: int) -> Sought:
    rows = min(size, sum(_rows_of(word, found) for word in words))
    return Sought(tuple(words), log(1 + size / (1 + rows)), rows)


@dataclass(frozen=True)
class _Candidates:
    """Which rows are scored, and how."""

    where: str
    score: str
    params: dict[str, Any]
    named: bool = False  # a number or initials were asked for
    best: str = ""  # what all rows of the highest score meet, where the words are frequent and there may be thousands


def _candidates(q: str, words: Sequence[Sought]) -> _Candidates:
    conditions: list[str] = []
    scores: list[str] = ["0.0"]
    params: dict[str, Any] = {}
    chosen: list[Sought] = []
    rows = 0
    for each in words:
        if not chosen or rows + each.found_in <= ENOUGH:
            chosen.append(each)
            rows += each.found_in
    for number, each in enumerate(words):
        params[f"w{number}"] = each.query
        scores.append(f"CASE WHEN head @@ CAST(:w{number} AS tsquery) THEN {each.weight * HEAD:.4f} "
                      f"WHEN words @@ CAST(:w{number} AS tsquery) THEN {each.weight:.4f} ELSE 0 END")  # fmt: skip
        if each in chosen:
            column = "head" if rows > ENOUGH else "words"
            conditions.append(f"{column} @@ CAST(:w{number} AS tsquery)")
    letters = "".join(normal(q).split())
    if _ASCII.fullmatch(letters):
        params["letters"] = f"%{letters}%"
        conditions.append("(initials LIKE :letters OR phonetic LIKE :letters)")
        scores.append("CASE WHEN initials LIKE :letters OR phonetic LIKE :letters THEN 20 ELSE 0 END")
    if _NUMBER.search(q):
        params["number"] = f"%{canonical_number(q)}%"
        conditions.append("number LIKE :number")
        scores.append("CASE WHEN number LIKE :number THEN CASE kind WHEN 'document' THEN 60 ELSE 50 END ELSE 0 END")
    where = f"({' OR '.join(conditions)})" if conditions else ("FALSE" if q.strip() else "TRUE")
    frequent = rows > ENOUGH and len(scores) == 1 + len(words)
    best = " AND ".join(f"head @@ CAST(:w{number} AS tsquery)" for number in range(len(words))) if frequent else ""
    named = not params.keys().isdisjoint({"letters", "number"})
    return _Candidates(where, " + ".join(scores), params, named, best)


async def search(
    session: AsyncSession,
    question: Question,
    today: date,
    *,
    limit: int,
    offset: int = 0,
    facets: bool = True,
    only: str | None = None,
) -> Answer:
    """One page of what is found, with counts by facet. `only` asks whether this one row is, with every word of the question."""
    words, complete = await sought(session, question.q)
    await session.execute(text(_BY_INDEX))
    candidates = _candidates(question.q, words)
    params: dict[str, Any] = candidates.params | {"today": today, "limit": limit + 1, "offset": offset}
    always = [candidates.where]
    if only is not None:
        always += ["id = :only", *(f"words @@ CAST(:w{number} AS tsquery)" for number in range(len(words)))]
        always += [] if complete or candidates.named else ["FALSE"]
        params["only"] = only
    if question.least_amount_fen is not None:
        always.append("amount_fen >= :least_amount")
        params["least_amount"] = question.least_amount_fen
    if question.open_now:
        always.append("kind = 'item' AND window_kind <> 'undetermined'"
                      " AND (opens_on IS NULL OR opens_on <= :today) AND (closes_on IS NULL OR closes_on >= :today)")  # fmt: skip
    if question.sort == "closing":
        always.append("(closes_on IS NULL OR closes_on >= :today)")
    chosen = {facet: str(value) for facet in _CHOSEN if (value := getattr(question, facet))}
    params |= chosen
    rows: Sequence[Mapping[Any, Any]] = []
    for best in [candidates.best, ""] if candidates.best and question.sort == "relevance" else [""]:
        where = " AND ".join([*always, *(_CHOSEN[facet] for facet in chosen), *([best] if best else [])])
        order = "published_at DESC, id" if best else _ORDERS[question.sort]
        statement = (
            f"SELECT {_COLUMNS}, {candidates.score} AS score FROM policy_search WHERE {where} ORDER BY {order} {_PAGE}"  # noqa: S608 - ours; what was asked is in the parameters
        )
        rows = (await session.execute(text(statement), params)).mappings().all()
        if len(rows) > limit:
            break
    looked_for = [word.replace(" ", "") for each in words for word in each.words]
    total, counts = await _counted(session, always, chosen, params) if facets else (len(rows), {})
    more = len(rows) > limit and offset + limit < MOST_FOUND
    return Answer(
        total=total,
        items=[_found(row, looked_for) for row in rows[:limit]],
        facets=counts,
        words=looked_for,
        next=str(offset + limit) if more else None,
    )


async def _counted(
    session: AsyncSession, always: Sequence[str], chosen: Mapping[str, str], params: dict[str, Any]
) -> tuple[int, dict[str, list[FacetCount]]]:
    """The total, and for each facet its values among what is found when its own choice is left aside.

    PostgreSQL counts the rows that share all their values, which are far fewer than there are rows.
    """
    statement = f"SELECT facets, count(*) AS n FROM policy_search WHERE {' AND '.join(always)} GROUP BY facets"  # noqa: S608 - ours
    used = {name: value for name, value in params.items() if re.search(rf":{name}\b", statement)}
    total = 0
    counts: dict[str, dict[str, int]] = {facet: {} for facet in _CHOSEN}
    for shared, n in (await session.execute(text(statement), used)).all():
        values = _values(shared)
        missed = [facet for facet, value in chosen.items() if not _has(facet, values[facet], value)]
        total += 0 if missed else n
        for facet in [] if len(missed) > 1 else missed or _CHOSEN:
            of_facet = counts[facet]
            for value in values[facet]:
                of_facet[value] = of_facet.get(value, 0) + n
    return total, {facet: _most(count) for facet, count in counts.items()}


@lru_cache(maxsize=20_000)
def _values(shared: str) -> Mapping[str, Sequence[str]]:
    """By facet, those that are not empty; the same few come with every answer."""
    found: dict[str, list[str]] = json.loads(shared)
    return {facet: [value for value in values if value] for facet, values in found.items()}


def _has(facet: str, values: Sequence[str], chosen: str) -> bool:
    return chosen in values or (facet in _FOR_ALL and not values)


def _most(count: Mapping[str, int]) -> list[FacetCount]:
    return [
        FacetCount(value=value, count=n) for value, n in sorted(count.items(), key=lambda each: (-each[1], each[0]))
    ]


def _found(row: Mapping[Any, Any], words: Sequence[str]) -> Found:
    fields = {name: row[name] for name in Found.model_fields if name not in ("title", "excerpt", "score")}
    return Found(
        **fields, title=marked(row["title"], words), excerpt=excerpt(row["shown"], words), score=float(row["score"])
    )


def marked(shown: str, words: Sequence[str]) -> Marked:
    """A text with every place of the words, overlapping ones joined."""
    places = sorted(m.span() for word in words for m in re.finditer(re.escape(word), shown, re.IGNORECASE))
    marks: list[tuple[int, int]] = []
    for start, end in places:
        if marks and start <= marks[-1][1]:
            marks[-1] = (marks[-1][0], max(end, marks[-1][1]))
        else:
            marks.append((start, end))
    return Marked(text=shown, marks=marks)


def excerpt(shown: str, words: Sequence[str]) -> Marked:
    """The part of a text where most of the words stand close together; its beginning where none does."""
    places = sorted(m.start() for word in words for m in re.finditer(re.escape(word), shown, re.IGNORECASE))
    start = max(places, key=lambda p: sum(p <= other < p + EXCERPT for other in places), default=0)
    start = max(0, start - 15)
    return marked(shown[start : start + EXCERPT], words)


_SUGGEST = """
SELECT title FROM policy_search WHERE title ILIKE :part OR initials LIKE :start OR phonetic LIKE :start
ORDER BY title ILIKE :prefix DESC, length(title), title LIMIT :limit
"""


async def suggestions(session: AsyncSession, q: str, limit: int) -> list[str]:
    """Titles that somebody may mean while still typing: with the text in them, or with its initials or pinyin in front."""
    typed = re.sub(r"[\\%_]", "", normal(q)).strip()
    if not typed:
        return []
    params = {"part": f"%{typed}%", "prefix": f"{typed}%", "start": f"{typed}%", "limit": limit}
    return list(dict.fromkeys((await session.execute(text(_SUGGEST), params)).scalars()))
