"""(g) Matching: one item against all enterprises, and one enterprise against all items with every reason."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any

import orjson
import psycopg
from sqlalchemy import text

from bench.matching_material import enterprises, items
from bench.matching_peers import compiled, context, plainly
from bench.plan import Against, Bars, Found, Group, Limit, Plan, Scale
from bench.stage import at_rest, servers
from services.policy.conditions.evaluating import Held, Matcher
from services.policy.conditions.language import Eligibility
from services.policy.conditions.sentences import Words
from services.policy.conditions.sql import Slots, pack, sql_verdict
from services.policy.matching.audience import audience
from services.policy.matching.knowledge import Knowledge
from shared.contracts.facts import BASE_CATALOGUE
from shared.runtime.service import Runtime

TODAY = date(2026, 6, 30)
MS = "ms"
_COPY = "COPY policy_profiles (uscc, version, since, numbers, texts, sets, expires, next_expiry) FROM STDIN"


def slots() -> Slots:
    """A place for every fact of the base catalogue."""
    made = Slots()
    for definition in BASE_CATALOGUE.values():
        made = made.with_fact(definition)
    return made


async def fill(runtime: Runtime, number: int) -> list[dict[str, Held]]:
    """Puts enterprises where the read model would; answers with the first thousand."""
    kept: list[dict[str, Held]] = []
    places, now = slots(), datetime.now(UTC)
    url = runtime.settings.database_of("policy")
    with psycopg.connect(url, options="-c search_path=known_enterprises_v1") as connection:
        with connection.cursor().copy(_COPY) as copy:
            for uscc, profile in enterprises(number):
                packed = pack(profile, places)
                sets, expires = orjson.dumps(packed.sets).decode(), orjson.dumps(packed.expires).decode()
                copy.write_row((uscc, 1, now, packed.numbers, packed.texts, sets, expires, packed.next_expiry))
                if len(kept) < 1000:
                    kept.append(profile)
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE policy_profiles")
    return kept


async def counted(runtime: Runtime, eligibility: Eligibility, places: Slots) -> Counter[bool | None]:
    """How many enterprises meet an item, do not, or cannot be decided: one statement."""
    verdict = sql_verdict(eligibility, {}, places, TODAY)
    async with runtime.reads.session() as session:
        query = f"SELECT {verdict.expression} AS met, count(*) AS n FROM policy_profiles AS p GROUP BY met"  # noqa: S608 - ours
        rows = (await session.execute(text(query), verdict.params)).all()
        return Counter({row.met: row.n for row in rows})


def knowledge(catalogue: Mapping[str, Eligibility]) -> Knowledge:
    """What an audience is counted with."""
    words = Words(BASE_CATALOGUE)
    return Knowledge({}, {}, {}, BASE_CATALOGUE, slots(), words, Matcher(catalogue), {})


def took(work: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


@asynccontextmanager
async def stage(scale: Scale, _found: Found) -> AsyncIterator[Plan]:
    """Policy's tables with enterprises in them."""
    with servers() as settings:
        async with at_rest("policy", settings) as runtime:
            some = await fill(runtime, scale.enterprises)
            catalogue = items(scale.items)
            _agree(catalogue, some)
            yield await _plan(runtime, scale, catalogue, some)


async def _plan(
    runtime: Runtime, scale: Scale, catalogue: Mapping[str, Eligibility], some: Sequence[dict[str, Held]]
) -> Plan:
    plan, places, known = Plan(), slots(), knowledge({})
    first = next(each for each in catalogue.values() if len(each.requirements) >= 6)
    exact, matcher = [context(profile) for profile in some], Matcher(catalogue)
    everybody, all_items = f"{scale.enterprises:,} enterprises", f"{scale.items:,} items"

    async def one_item() -> float:
        began = time.perf_counter()
        found = await counted(runtime, first, places)
        assert found.total() == scale.enterprises  # noqa: S101 - else something else was measured
        return (time.perf_counter() - began) * 1000

    async def with_groups() -> float:
        began = time.perf_counter()
        async with runtime.reads.session() as session:
            await audience(session, first, known, TODAY, amount_fen=1)
        return (time.perf_counter() - began) * 1000

    many: list[float] = []

    async def many_items() -> float:
        if not many:  # once: it is long, and the same work as one item, again and again
            began = time.perf_counter()
            for eligibility in list(catalogue.values())[: scale.many_items]:
                await counted(runtime, eligibility, places)
            many.append((time.perf_counter() - began) * 1000 / scale.many_items)
        return many[0]

    share = scale.enterprises / len(some)

    async def by_zen() -> float:
        rule = compiled(first, TODAY)
        return took(lambda: [rule.evaluate(each) for each in exact]) * share

    async def by_loop() -> float:
        return took(lambda: [plainly(first, profile, TODAY) for profile in some]) * share

    async def one_enterprise() -> float:
        return took(lambda: matcher.match(some[0], TODAY))

    rules = [compiled(each, TODAY) for each in catalogue.values()]

    async def enterprise_by_zen() -> float:
        return took(lambda: [rule.evaluate(exact[0]) for rule in rules])

    async def enterprise_by_loop() -> float:
        return took(lambda: [plainly(each, some[0], TODAY) for each in catalogue.values()])

    names = {
        f"one item, {everybody}": one_item,
        f"one item, {everybody}, by town, scale and section": with_groups,
        f"each of {scale.many_items:,} items, {everybody}": many_items,
        f"one item, {everybody}: zen-engine": by_zen,
        f"one item, {everybody}: plain loop": by_loop,
        f"one enterprise, {all_items}, explained": one_enterprise,
        f"one enterprise, {all_items}: zen-engine, bare": enterprise_by_zen,
        f"one enterprise, {all_items}: plain loop, bare": enterprise_by_loop,
    }
    for name, probe in names.items():
        plan.add(name, probe)
        plan.units[name] = MS
    item, grouped, _, zen, loop, enterprise, zen_all, loop_all = names
    plan.against += [
        Against(item, zen),
        Against(item, loop),
        Against(enterprise, zen_all),
        Against(enterprise, loop_all),
    ]
    plan.limits += [Limit(item, 1000), Limit(grouped, 1000), Limit(enterprise, 100)]
    plan.pictures += [
        Bars("One item, ms", (item, grouped, zen, loop)),
        Bars("One enterprise, ms", (enterprise, zen_all, loop_all)),
    ]
    plan.notes.append(f"The peers' figures for {everybody} are those of {len(some):,}, in proportion.")
    return plan


def _agree(catalogue: Mapping[str, Any], some: Sequence[dict[str, Held]]) -> None:
    """Ours and the loop decide alike, so that like is measured with like; zen, which knows no unknown, where all is known."""
    few = dict(list(catalogue.items())[:200])
    for profile in some[:20]:
        verdicts = Matcher(few).verdicts(profile, TODAY)
        for key, eligibility in few.items():
            assert verdicts[key] == plainly(eligibility, profile, TODAY)  # noqa: S101 - see above
            if verdicts[key] is True:
                assert compiled(eligibility, TODAY).evaluate(context(profile)) is True  # noqa: S101 - see above


matching = Group(
    name="matching",
    title="(g) Matching",
    what=(
        "Made-up enterprises with about thirty facts each, 15 % of them missing, 10 % of the numbers known as bands; items "
        "of three to eight requirements. One item is held against all enterprises in one statement; one enterprise against "
        "all items in memory, with the reasons of every requirement. Beside it zen-engine's compiled expressions, which "
        "know neither unknown nor reasons, and a plain loop in Python without reasons."
    ),
    stage=stage,
)
