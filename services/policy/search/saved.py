"""Asking all saved searches whether they find what was just published; owed as a deadline, so that a crash forgets nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import orjson
from sqlmodel import select

from services.policy.decider.saved_search import TellSaved, saved_hits
from services.policy.events.catalogue import DocumentPublished, ItemPublished
from services.policy.events.searching import Kind, SavedHit, SavedSearchesAsked
from services.policy.matching.pushing import at_present
from services.policy.readmodels.saved_searches import SavedSearchRow
from services.policy.readmodels.search import DOCUMENT, ITEM, SearchRow
from services.policy.search.asking import Question
from services.policy.search.searching import search
from shared.calendar import civil_date
from shared.deadlines.book import DeadlineRow, Owed, Settled
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime

SAVED = "saved-searches"


def deadlines_of(happened: Happened) -> Sequence[Owed | Settled]:
    """What is new and public is held against all saved searches, at once."""
    match happened.event:
        case ItemPublished() as event if event.document.disclosure == "public":
            return [Owed(SAVED, happened.at, of=saved_hits.id_of(f"{ITEM}-{event.code}"))]
        case DocumentPublished(disclosure="public"):
            key = happened.aggregate_id.partition("-")[2]
            return [Owed(SAVED, happened.at, of=saved_hits.id_of(f"{DOCUMENT}-{key}"))]
        case SavedSearchesAsked():
            return [Settled(SAVED)]
    return []


async def on_due(runtime: Runtime, row: DeadlineRow) -> bool:
    """Does what is owed; False where it is not search's."""
    if row.kind != SAVED:
        return False
    kind, _, key = row.aggregate_id.partition("-")[2].partition("-")
    await ask_saved(runtime, "item" if kind == ITEM else "document", key)
    return True


async def ask_saved(runtime: Runtime, kind: Kind, key: str) -> None:
    """Asks each different question once, however many keep it; others of the process get their turn in between."""
    await at_present(runtime)
    shown = await runtime.reads.one(SearchRow, f"{kind}:{key}")
    rows = await runtime.reads.all(SavedSearchRow, select(SavedSearchRow).order_by(SavedSearchRow.id)) if shown else []
    asked: defaultdict[bytes, list[SavedHit]] = defaultdict(list)
    for row in rows:
        question = orjson.dumps(row.question, option=orjson.OPT_SORT_KEYS)
        asked[question].append(SavedHit(uscc=row.uscc, name=row.name))
    hits: list[SavedHit] = []
    for question, who in asked.items():
        if await _finds(runtime, Question.model_validate_json(question), f"{kind}:{key}"):
            hits += who
    command = TellSaved(
        kind=kind,
        key=key,
        title=shown.title if shown else "",
        department=shown.department if shown else "",
        searches=len(rows),
        hits=tuple(sorted(hits, key=lambda hit: (hit.uscc, hit.name))),
    )
    await runtime.execute(saved_hits, f"{kind}-{key}", command)


async def _finds(runtime: Runtime, question: Question, row: str) -> bool:
    today = civil_date(runtime.clock.now())
    async with runtime.reads.session() as session:
        return bool((await search(session, question, today, limit=1, facets=False, only=row)).items)
