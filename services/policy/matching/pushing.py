"""Telling enterprises what fits them, once: after an item changed, after facts changed, and as days go by."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy import text
from sqlmodel import col, select

from services.policy.conditions.evaluating import Matched
from services.policy.conditions.language import Verdict
from services.policy.decider.matching import ConcludeDay, ConcludeMatching, ConcludeReminding, matching
from services.policy.decider.push import RemindOfClosing, TellMatches, bucket_of, push, push_key
from services.policy.events.matching import Level
from services.policy.matching.audience import NEARLY, Candidate, candidates, to_remind
from services.policy.matching.knowledge import Knowledge, KnowledgeCache, OpenItem, enterprises
from services.policy.readmodels.interests import InterestRow, PushRow
from shared.calendar import civil_date
from shared.contracts.registry import FactsChanged
from shared.eventstore.ledger import Intent
from shared.readmodels.happened import Happened
from shared.readmodels.projections import ReadModelBuildingError
from shared.runtime.service import Runtime

log = structlog.get_logger(__name__)
DAYS = "days"  # the key under which days are concluded
BREATH = 8  # enterprises after which others of the process get their turn


def knowledge_of(runtime: Runtime) -> KnowledgeCache:
    """The cache that was opened with the service."""
    cache: KnowledgeCache = runtime.resources.knowledge
    return cache


async def at_present(runtime: Runtime) -> None:
    """Waits until the read models show all that stands in the own log now. Raises `ReadModelBuildingError` in vain."""
    async with runtime.database.transaction() as session:
        found = await session.execute(text("SELECT coalesce(max(notification_id), 0) FROM stored_events"))
        position = int(found.scalar_one())
    await stand_at(runtime, {"policy": position})


async def stand_at(runtime: Runtime, wanted: Mapping[str, int]) -> None:
    """Waits until the read models stand there. Raises `ReadModelBuildingError` in vain: it is tried again."""
    if not await runtime.reads.caught_up(wanted):
        raise ReadModelBuildingError([f"{name} to {place}" for name, place in wanted.items()])


async def match_item(runtime: Runtime, code: str, revision: int) -> None:
    """Holds an item against all enterprises, tells those to whom it is news, and concludes. Killed in its middle and
    begun anew, it tells the rest."""
    await at_present(runtime)
    knowledge = await knowledge_of(runtime).get()
    met = nearly = 0
    item = knowledge.items.get(code)
    if item is not None and item.revision >= revision:
        met, nearly = await _tell_all(runtime, knowledge, item)
    command = ConcludeMatching(code=code, revision=revision, met=met, nearly=nearly)
    await runtime.execute(matching, code, command)


async def match_day(runtime: Runtime) -> None:
    """Holds every open item against all enterprises once more: conditions move with the calendar, facts run out, and
    named conditions change."""
    await at_present(runtime)
    knowledge = await knowledge_of(runtime).get()
    today = civil_date(runtime.clock.now())
    items = knowledge.open_items(today)
    for item in items.values():
        await _tell_all(runtime, knowledge, item)
    await runtime.execute(matching, DAYS, ConcludeDay(day=today, items=len(items)))


async def remind(runtime: Runtime, code: str) -> None:
    """Reminds those who meet an item and have not applied that its window closes."""
    await at_present(runtime)
    knowledge = await knowledge_of(runtime).get()
    today = civil_date(runtime.clock.now())
    item = knowledge.items.get(code)
    if item is None or item.closes_on is None:  # withdrawn, or amended, since it was owed
        await runtime.execute(matching, code, ConcludeReminding(code=code, closes_on=today))
        return
    if item.open_on(today):
        async with runtime.reads.session() as session:
            usccs = await to_remind(session, item, knowledge, today)
        for bucket, some in _by_bucket(usccs).items():
            command = RemindOfClosing(
                code=code,
                title=item.title,
                department=item.department,
                closes_on=item.closes_on,
                enterprises=tuple(some),
            )
            await runtime.execute(push, push_key(code, bucket), command)
    await runtime.execute(matching, code, ConcludeReminding(code=code, closes_on=item.closes_on))


async def _tell_all(runtime: Runtime, knowledge: Knowledge, item: OpenItem) -> tuple[int, int]:
    """Tells all candidates, bucket by bucket: each a small transaction, so that other commands pass in between."""
    today = civil_date(runtime.clock.now())
    if not item.open_on(today):
        return 0, 0
    async with runtime.reads.session() as session:
        found = await candidates(session, item, knowledge, today)
    for command_key, command in _commands(item, found):
        await runtime.execute(push, command_key, command)
    met = sum(candidate.met for candidate in found)
    return met, len(found) - met


def _commands(item: OpenItem, found: Iterable[Candidate]) -> Iterable[tuple[str, TellMatches]]:
    buckets: defaultdict[tuple[int, Level], list[Candidate]] = defaultdict(list)
    for candidate in found:
        buckets[(bucket_of(candidate.uscc), "met" if candidate.met else "nearly")].append(candidate)
    for (bucket, level), some in sorted(buckets.items()):
        yield (
            push_key(item.code, bucket),
            TellMatches(
                code=item.code,
                title=item.title,
                department=item.department,
                revision=item.revision,
                level=level,
                enterprises=tuple(each.uscc for each in some),
                quiet=tuple(each.uscc for each in some if each.quiet),
                amount_text=item.amount_text,
                closes_on=item.closes_on,
            ),
        )


def _by_bucket(usccs: Sequence[str]) -> dict[int, list[str]]:
    buckets: defaultdict[int, list[str]] = defaultdict(list)
    for uscc in usccs:
        buckets[bucket_of(uscc)].append(uscc)
    return dict(sorted(buckets.items()))


async def consider_facts(runtime: Any, events: Sequence[Happened]) -> Sequence[Intent]:
    """What is owed to enterprises whose facts have changed: items that read one of these facts are decided anew."""
    changed: defaultdict[str, set[str]] = defaultdict(set)
    for happened in events:
        if isinstance(happened.event, FactsChanged):
            changed[happened.event.uscc].update(statement.key for statement in happened.event.facts)
    if not changed:
        return []
    await stand_at(runtime, {"registry": max(happened.position for happened in events)})
    knowledge = await knowledge_of(runtime).get()
    today = civil_date(runtime.clock.now())
    items = knowledge.open_items(today)
    if not items:
        return []
    usccs = list(changed)
    async with runtime.reads.session() as session:
        known = await enterprises(session, usccs, knowledge.catalogue)
        interests = await session.execute(select(InterestRow).where(col(InterestRow.uscc).in_(usccs)))
        wishes = {row.uscc: row for row in interests.scalars()}
        told = await session.execute(select(PushRow).where(col(PushRow.uscc).in_(usccs)))
        already = {(row.uscc, row.code): row.level for row in told.scalars()}
    found: defaultdict[str, list[Candidate]] = defaultdict(list)
    for number, uscc in enumerate(usccs):
        if number % BREATH == BREATH - 1:
            await asyncio.sleep(0)
        matches = knowledge.matcher.match(known[uscc].profile, today)
        for code, level in _news(matches, items, knowledge, changed[uscc], wishes.get(uscc)):
            if already.get((uscc, code)) not in (level, "met"):
                wish = wishes.get(uscc)
                found[code].append(Candidate(uscc, level == "met", wish is not None and wish.delivery == "digest"))
    return [
        Intent(push, push.id_of(key), command, runtime.itself)
        for code, some in found.items()
        for key, command in _commands(items[code], some)
    ]


def _news(
    matches: Mapping[str, Matched],
    items: Mapping[str, OpenItem],
    knowledge: Knowledge,
    changed: set[str],
    wish: InterestRow | None,
) -> Iterable[tuple[str, Level]]:
    for code, item in items.items():
        if changed.isdisjoint(knowledge.needed[code]):
            continue
        if wish and (code in wish.items or not set(wish.themes).isdisjoint(item.themes)):
            continue
        matched = matches[code]
        if matched.verdict is Verdict.MET:
            yield code, "met"
        elif matched.verdict is Verdict.UNKNOWN and 0 < len(matched.missing) <= NEARLY:
            yield code, "nearly"
