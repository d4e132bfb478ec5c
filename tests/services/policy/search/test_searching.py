"""Search through its door: what is found, in which order, with which counts; and what never is (articles 2, 18)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.policy.keys import document_key
from shared.security.actor import Role
from tests.services.policy.test_api import Desk, document, item
from tests.support.running import Running, running_services

NUMBER, SECRET, GONE = "检索〔2026〕1号", "检索〔2026〕2号", "检索〔2026〕4号"
WHY = {"reason": "不再执行。", "decided_on": "2026-03-02"}
MICRO = {"requirements": [{"title": "小微企业", "rule": {"op": "in", "fact": "scale", "values": ["micro", "small"]}}]}
HIGH_TECH = "高新技术企业培育奖励（样例）"
ITEMS = [
    item("rd", NUMBER, title=HIGH_TECH, themes=["科技创新"], amount_fen=20_000_000),
    item("cloud", NUMBER, title="企业上云补助（样例）", themes=["数字化"], eligibility=MICRO, amount_fen=3_000_000,
         window={"kind": "fixed", "opens_on": "2026-01-01", "closes_on": "2099-10-31"}),
    item("robots", NUMBER, title="机器人应用补助（样例）", themes=["技术改造"], industries=["C", "C34"], towns=["320281104"],
         window={"kind": "fixed", "opens_on": "2026-01-01", "closes_on": "2099-06-30"}, amount_fen=50_000_000,
         content="对购置机器人的高新技术企业给予补助。"),
    item("past", NUMBER, title="展会补助（样例）", themes=["外贸"],
         window={"kind": "fixed", "opens_on": "2020-01-01", "closes_on": "2020-06-30"}),
    item("secret", SECRET, title="高新技术企业专项（样例）"),
    item("gone", GONE, title="高新技术企业旧办法（样例）"),
]  # fmt: skip


@pytest.fixture(scope="module")
async def policy(database_url: str) -> AsyncIterator[Running]:
    async with running_services("policy", database_url=database_url) as running:
        desk = Desk(running, Role.OFFICER, department="gxj")
        withheld = {"disclosure": "withheld", "withheld_reason": "第十条第二款"}
        bodies = {NUMBER: {"title": "科技创新扶持办法（样例）"}, SECRET: withheld, GONE: {"title": "旧办法（样例）"}}
        for number, changes in bodies.items():
            assert (await desk.post("/documents", document(number, **changes))).status_code == 201
        for content in ITEMS:
            answer = await desk.post("/items", content)
            assert answer.status_code == 201, answer.text
        assert (
            await desk.post("/items/drafts", item("draft", NUMBER, title="高新技术企业草稿（样例）"))
        ).status_code == 201
        repealed = await desk.post(f"/documents/{document_key('gxj', GONE)}/repeal", WHY)
        assert repealed.status_code == 200, repealed.text
        last = await desk.post("/items/rd/forms", {"name": "申请表", "url": "https://example.org/form.docx"})
        running.last = last  # type: ignore[attr-defined]
        yield running


class Searcher(Desk):
    """Anybody; a search sees all that the fixture wrote."""

    def __init__(self, policy: Running) -> None:
        super().__init__(policy)
        self.last = policy.last  # type: ignore[attr-defined]

    async def find(self, q: str = "", **params: Any) -> Any:
        answer = await self.get("/search", self.last, q=q, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def keys(self, q: str = "", **params: Any) -> list[str]:
        return [found["key"] for found in (await self.find(q, **params))["items"]]


@pytest.fixture
def anybody(policy: Running) -> Searcher:
    return Searcher(policy)


def count(answer: Any, facet: str) -> dict[str, int]:
    return {each["value"]: each["count"] for each in answer["facets"][facet]}


async def test_a_short_name_finds_the_long_one_and_a_title_before_a_text(anybody: Searcher) -> None:
    answer = await anybody.find("高企")
    assert [found["key"] for found in answer["items"]] == ["rd", "robots"]
    title = answer["items"][0]["title"]
    assert [title["text"][start:end] for start, end in title["marks"]] == ["高新技术企业"]
    excerpt = answer["items"][1]["excerpt"]
    assert "高新技术企业" in [excerpt["text"][start:end] for start, end in excerpt["marks"]]


@pytest.mark.parametrize("q", ["gxjsqy", "GXJSQY", "gaoxinjishuqiye", "高新技术 企业"])
async def test_a_title_is_found_by_initials_pinyin_and_however_it_is_typed(anybody: Searcher, q: str) -> None:
    assert "rd" in await anybody.keys(q)


async def test_a_document_is_found_by_its_number_however_it_is_written(anybody: Searcher) -> None:
    assert (await anybody.keys("检索[2026] 1号"))[0] == document_key("gxj", NUMBER)
    assert await anybody.keys("科技创新扶持办法", kind="document") == [document_key("gxj", NUMBER)]


@pytest.mark.parametrize(
    "q", ["", "高新技术企业", "高新技术企业专项", "旧办法", "草稿", "检索〔2026〕2号", "检索〔2026〕4号"]
)
async def test_what_is_withheld_repealed_or_a_draft_is_never_found(anybody: Searcher, q: str) -> None:
    found = set(await anybody.keys(q, limit=100))
    assert found.isdisjoint({"secret", "gone", "draft", document_key("gxj", SECRET), document_key("gxj", GONE)})
    suggested = (await anybody.get("/search/suggestions", anybody.last, q=q)).json()
    assert not any(word in title for title in suggested for word in ("专项", "旧办法", "草稿"))


async def test_what_is_repealed_is_still_readable_where_it_stood(anybody: Searcher) -> None:
    assert (await anybody.get("/items/gone", anybody.last)).json()["repealed"] is True


async def test_a_facet_counts_as_if_its_own_choice_had_not_been_made(anybody: Searcher) -> None:
    everything = await anybody.find()
    chosen = await anybody.find(theme="数字化", kind="item")
    assert everything["total"] == 5
    assert count(everything, "kind") == {"item": 4, "document": 1}
    assert [found["key"] for found in chosen["items"]] == ["cloud"]
    assert chosen["total"] == 1
    assert count(chosen, "theme") == {"科技创新": 1, "数字化": 1, "技术改造": 1, "外贸": 1}
    assert count(chosen, "kind") == {"item": 1}
    assert count(chosen, "scale") == {"micro": 1, "small": 1}


async def test_what_is_for_all_is_found_with_every_choice_of_scale_town_and_section(anybody: Searcher) -> None:
    assert set(await anybody.keys(kind="item", scale="large")) == {"rd", "robots", "past"}
    assert set(await anybody.keys(kind="item", town="320281001")) == {"rd", "cloud", "past"}
    assert set(await anybody.keys(kind="item", section="I")) == {"rd", "cloud", "past"}
    assert set(await anybody.keys(kind="item", section="C")) == {"rd", "cloud", "past", "robots"}


async def test_results_are_ordered_by_amount_by_closing_date_and_by_age(anybody: Searcher) -> None:
    assert (await anybody.keys(kind="item", sort="amount"))[:2] == ["robots", "rd"]
    closing = await anybody.keys(kind="item", sort="closing")
    assert closing[:2] == ["robots", "cloud"]
    assert "past" not in closing
    assert (await anybody.keys(kind="item", sort="newest"))[0] == "past"


async def test_only_what_is_open_now_or_worth_enough(anybody: Searcher) -> None:
    assert "past" not in await anybody.keys(open_now=True)
    assert set(await anybody.keys(least_amount_fen=20_000_000)) == {"rd", "robots"}


async def test_pages_follow_each_other_without_a_gap(anybody: Searcher) -> None:
    first = await anybody.find("补助", limit=2)
    second = await anybody.find("补助", limit=2, cursor=first["next"])
    found = [each["key"] for page in (first, second) for each in page["items"]]
    assert sorted(found) == ["cloud", "past", "rd", "robots"]
    assert second["next"] is None
    refused = await anybody.get("/search", cursor="nonsense")
    assert (refused.status_code, refused.json()["code"]) == (422, "platform.invalid-cursor")


async def test_what_stands_nowhere_gives_an_empty_answer_that_says_so(anybody: Searcher) -> None:
    answer = await anybody.find("潜水艇")
    assert (answer["total"], answer["items"], answer["words"]) == (0, [], [])


async def test_signs_that_mean_something_to_the_database_are_only_text(anybody: Searcher) -> None:
    for q in ("'", "' | 'x", "%", "_", "\\", "!(:*)", ":w0", "补助:*", "机器人'补助"):
        answer = await anybody.find(q)
        assert answer["total"] <= 5
    assert (await anybody.get("/search/suggestions", anybody.last, q="%")).json() == []


async def test_titles_are_suggested_while_typing(anybody: Searcher) -> None:
    for typed in ("机器", "jqr", "jiqiren"):
        assert "机器人应用补助（样例）" in (await anybody.get("/search/suggestions", anybody.last, q=typed)).json()
