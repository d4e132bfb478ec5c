"""(h) Search: how long a question takes among tens of thousands, and how much of what ought to be found is found."""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import tantivy
from sqlalchemy import text

from bench.plan import Against, Bars, Found, Group, Limit, Plan, Scale
from bench.stage import at_rest, servers
from services.policy.readmodels.search import ITEM, SearchRow, count_words, search_row
from services.policy.search.asking import Question
from services.policy.search.searching import search as ours
from shared.readmodels.model import Writer
from shared.runtime.service import Runtime
from shared.words.segmenting import meanings
from tests.realdata.corpus import real_rows
from tests.realdata.judged import JUDGED

TODAY = date(2026, 6, 30)
BELOW_MS, LEAST_RECALL, FIRST = 50, 0.9, 10
CHUNK = 500
_PLAIN = "to_tsvector('simple', title || ' ' || shown)"
_PLACES = ("江阴市", "澄江街道", "高新区", "临港开发区", "周庄镇", "华士镇", "新桥镇", "长泾镇", "祝塘镇", "徐霞客镇")
_WHO = (
    "制造业企业",
    "服务业企业",
    "小微企业",
    "科技企业",
    "农业企业",
    "建筑企业",
    "外贸企业",
    "物流企业",
    "文旅企业",
    "餐饮企业",
)
_WHAT = (
    "稳岗", "培训", "用电", "用水", "用气", "仓储", "物流", "招工", "品牌", "质量", "检测", "认证", "展会", "出海", "物业", "托育",
    "食堂", "通勤", "体检", "消防", "安全", "应急", "档案", "信用", "统计", "税务", "审计", "法务", "保险", "担保",
)  # fmt: skip
_HOW = ("补贴", "奖励", "补助", "资助", "贴息", "减免", "扶持", "服务", "认定", "试点")
_SUPPORT = ("资金奖补", "融资支持", "人才支持", "用地保障", "税费减免", "公共服务")
_TEXT = (
    "项目",
    "资金",
    "条件",
    "材料",
    "审核",
    "公示",
    "拨付",
    "投入",
    "比例",
    "不超过",
    "万元",
    "年度",
    "符合",
    "规定",
    "部门",
    "单位",
)


def realdata() -> Path:
    """The folder of real policies."""
    return Path(os.environ.get("CHENGCE_REALDATA") or Path(__file__).resolve().parents[2] / "shared" / "data")


def distractors(number: int) -> Iterator[SearchRow]:
    """As many made-up items, each with a title of its own and some hundred words."""
    rng = random.Random(3)  # noqa: S311 - material, not a secret
    for n in range(number):
        what = rng.sample(_WHAT, 2)
        title = f"{rng.choice(_PLACES)}{rng.choice(_WHO)}{''.join(what)}{rng.choice(_HOW)}第{n}批"
        body = "，".join("".join(rng.choices((*_TEXT, *_WHAT, *_HOW, *_WHO), k=6)) for _ in range(25))
        support = rng.choice(_SUPPORT)
        yield search_row(
            f"{ITEM}:d{n}", key=f"d{n}", title=title, number=f"样例〔2026〕{n}号", head=(support,), texts=(body,),
            at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=n), department=rng.choice(("gxj", "kjj", "swj")),
            support_type=support, window_kind="year-round", amount_fen=rng.randint(1, 10**9),
            sections=[rng.choice("ACEFGI")], themes=[rng.choice(_WHAT)],
        )  # fmt: skip


async def fill(runtime: Runtime, rows: Sequence[SearchRow]) -> None:
    """Puts rows where the read model would, and beside them the texts as they are, indexed."""
    for start in range(0, len(rows), CHUNK):
        async with runtime.reads.session() as session:
            writer = Writer(session)
            await writer.upsert(SearchRow, rows[start : start + CHUNK])
            await count_words(writer, rows[start : start + CHUNK])
    async with runtime.reads.session() as session:
        await session.execute(
            text("CREATE TABLE bench_plain AS SELECT key, title, shown, published_at FROM policy_search")
        )
        await session.execute(text(f"CREATE INDEX bench_plain_words ON bench_plain USING gin ({_PLAIN})"))
        await session.execute(text("ANALYZE policy_search, bench_plain"))


def _index(rows: Sequence[SearchRow]) -> tantivy.Index:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", stored=True, tokenizer_name="raw")
    builder.add_text_field("head", tokenizer_name="whitespace")
    builder.add_text_field("words", tokenizer_name="whitespace")
    index = tantivy.Index(builder.build())
    writer = index.writer(heap_size=128_000_000, num_threads=1)
    for row in rows:
        writer.add_document(tantivy.Document(key=[row.key], head=[row.head], words=[row.words]))
    writer.commit()
    index.reload()
    return index


Ask = Callable[[str], Awaitable[list[str]]]


def _with_tantivy(index: tantivy.Index) -> Ask:
    searcher = index.searcher()

    async def ask(q: str) -> list[str]:
        words = [word for group in meanings(q) for word in group]
        query = index.parse_query(" ".join(words) or "nothing", ["head", "words"], field_boosts={"head": 3.0})
        hits = searcher.search(query, FIRST).hits
        return [searcher.doc(address)["key"][0] for _, address in hits]

    return ask


def _with_ours(runtime: Runtime, *, facets: bool) -> Ask:
    async def ask(q: str) -> list[str]:
        async with runtime.reads.session() as session:
            answer = await ours(session, Question(q=q), TODAY, limit=FIRST, facets=facets)
        return [found.key for found in answer.items]

    return ask


def _with_plain(runtime: Runtime, where: str) -> Ask:
    async def ask(q: str) -> list[str]:
        async with runtime.reads.session() as session:
            statement = f"SELECT key FROM bench_plain WHERE {where} ORDER BY published_at DESC LIMIT {FIRST}"  # noqa: S608 - ours
            return list((await session.execute(text(statement), {"q": q, "part": f"%{q}%"})).scalars())

    return ask


async def measured(ask: Ask) -> tuple[float, float, float]:
    """Median and 99th percentile in ms, and recall among the first ten, over the judged questions and frequent words."""
    times, recalls = [], []
    for q in (*JUDGED, *_HOW, *_WHAT, *_WHO):
        began = time.perf_counter()
        found = await ask(q)
        times.append((time.perf_counter() - began) * 1000)
        if q in JUDGED:
            recalls.append(len(set(JUDGED[q]) & set(found)) / len(JUDGED[q]))
    return statistics.median(times), statistics.quantiles(times, n=100)[98], statistics.mean(recalls)


@asynccontextmanager
async def stage(scale: Scale, _found: Found) -> AsyncIterator[Plan]:
    """Policy's search table, filled, and tantivy's index of the same words."""
    rows = [*real_rows(realdata()), *distractors(scale.searched)]
    with servers() as settings:
        async with at_rest("policy", settings) as runtime:
            await fill(runtime, rows)
            yield _plan(runtime, _index(rows), len(rows))


def _plan(runtime: Runtime, index: tantivy.Index, number: int) -> Plan:
    plan = Plan()
    askers = {
        "ours": _with_ours(runtime, facets=False),
        "ours with facets": _with_ours(runtime, facets=True),
        "PostgreSQL, ILIKE": _with_plain(runtime, "title ILIKE :part OR shown ILIKE :part"),
        "PostgreSQL, not segmented": _with_plain(runtime, f"{_PLAIN} @@ plainto_tsquery('simple', :q)"),
        "tantivy, segmented by us": _with_tantivy(index),
    }
    for name, ask in askers.items():

        async def probe(name: str = name, ask: Ask = ask) -> dict[str, float]:
            middle, slow, recall = await measured(ask)
            return {f"{name}: p50": middle, f"{name}: p99": slow, f"{name}: recall at {FIRST}": recall}

        plan.probes.append(probe)
        plan.units |= {f"{name}: p50": "ms", f"{name}: p99": "ms", f"{name}: recall at {FIRST}": "of 1"}
    plan.limits += [Limit("ours: p99", BELOW_MS), Limit("ours with facets: p99", BELOW_MS)]
    for peer in list(askers)[2:]:
        plan.against.append(Against("ours: p99", f"{peer}: p99"))
        plan.against.append(
            Against(f"ours: recall at {FIRST}", f"{peer}: recall at {FIRST}")
            if peer != "PostgreSQL, not segmented"
            else Against("ours: p50", f"{peer}: p50")
        )
    plan.pictures.append(Bars("99th percentile, ms", tuple(f"{name}: p99" for name in askers)))
    plan.pictures.append(Bars(f"Recall at {FIRST}", tuple(f"{name}: recall at {FIRST}" for name in askers)))
    plan.notes.append(
        f"{number:,} rows. Target: recall at {FIRST} of at least {LEAST_RECALL}; {len(JUDGED)} judged questions, and frequent "
        "words beside them for the times."
    )
    return plan


search = Group(
    name="search",
    title="(h) Search",
    what=(
        "The real policies among made-up ones. Questions as enterprises ask them, judged beforehand, and words that stand in "
        "tens of thousands of rows. Ours is PostgreSQL over words segmented by us; beside it PostgreSQL with ILIKE, with "
        "its own `simple` parser, and tantivy over the same words as ours."
    ),
    stage=stage,
)
