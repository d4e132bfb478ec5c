"""Finding public questions and answers: while somebody types a question, and by search."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from sqlmodel import col, select

from services.hotline.readmodels.answers import AnswerRow
from shared.runtime.service import Runtime
from shared.words.segmenting import meanings

MOST = 300  # candidates that are weighed
HEAD = 3.0  # a word of the question says as much as three of the answer


async def find_answers(
    runtime: Runtime, text: str, most: int, item: str | None = None, department: str | None = None
) -> list[AnswerRow]:
    """Those that have most to do with a text, the best first; rare words say more than common ones."""
    asked = meanings(text[:200])
    wanted = sorted({word for group in asked for word in group})
    if not wanted:
        return []
    query = select(AnswerRow).where(col(AnswerRow.words).bool_op("&&")(wanted))
    for column, value in ((AnswerRow.item, item), (AnswerRow.department, department)):
        if value is not None:
            query = query.where(column == value)
    newest = query.order_by(col(AnswerRow.published_at).desc(), col(AnswerRow.key)).limit(MOST)
    return _best(await runtime.reads.all(AnswerRow, newest), asked)[:most]


def _best(rows: Sequence[AnswerRow], asked: Sequence[frozenset[str]]) -> list[AnswerRow]:
    found = Counter(n for row in rows for n, group in enumerate(asked) if group & set(row.words))
    weights = {n: math.log(1 + len(rows) / found[n]) for n in found}

    def score(row: AnswerRow) -> float:
        head, words = set(row.head), set(row.words)
        return sum(
            weight * (HEAD if asked[n] & head else 1.0 if asked[n] & words else 0.0) for n, weight in weights.items()
        )

    return sorted(rows, key=lambda row: (-score(row), row.key))
