"""Relevance on the judged queries over the real policies."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from services.policy.readmodels.search import SearchRow, count_words
from services.policy.search.asking import Question
from services.policy.search.searching import search
from shared.readmodels.model import Writer
from tests.realdata.corpus import real_rows
from tests.realdata.judged import JUDGED
from tests.support.running import running_services

pytestmark = pytest.mark.realdata


async def test_nine_in_ten_of_what_ought_to_be_found_stand_among_the_first_ten(
    database_url: str, realdata: Path
) -> None:
    assert len(JUDGED) >= 60
    async with running_services("policy", database_url=database_url) as running:
        reads = running.runtimes["policy"].reads
        async with reads.session() as session:
            writer = Writer(session)
            rows = list(real_rows(realdata))
            await writer.upsert(SearchRow, rows)
            await count_words(writer, rows)
        assert {key for keys in JUDGED.values() for key in keys} <= {row.key for row in rows}
        missed, recalls = {}, []
        async with reads.session() as session:
            for query, expected in JUDGED.items():
                answer = await search(session, Question(q=query), date(2026, 3, 2), limit=10)
                found = {each.key for each in answer.items}
                recalls.append(len(found & set(expected)) / len(expected))
                if lost := set(expected) - found:
                    missed[query] = sorted(lost)
    assert sum(recalls) / len(recalls) >= 0.9, missed
