"""Searches that are kept: told once of what is new, and only to whose they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest

from services.policy.decider.saved_search import (
    MOST_IN_EVENT,
    MOST_SAVED,
    DropSearch,
    SaveSearch,
    TellSaved,
    saved_hits,
    saved_searches,
)
from services.policy.events.searching import SavedHit, SavedSearchesAsked, SavedSearchesFound, SearchSaved
from services.policy.search.asking import Question
from shared.security.actor import Actor, Role
from tests.services.policy.matching.desk import FIRST, SECOND
from tests.services.policy.test_api import Desk, document, item
from tests.support.deciding import given
from tests.support.running import Running, running_services

PATIENCE = 120.0
ENTERPRISE = Actor(subject="somebody", roles=(Role.APPLICANT,), enterprise=FIRST)
ROBOTS = Question(q="机器人")


@pytest.fixture(scope="module")
async def policy(database_url: str) -> AsyncIterator[Running]:
    async with running_services("policy", "notify", database_url=database_url) as running:
        yield running


async def save(policy: Running, uscc: str, name: str, **question: Any) -> Any:
    headers = policy.sign_in(Role.APPLICANT, enterprise=uscc)
    answer = await policy.client.put(f"/api/policy/search/saved/{uscc}/{quote(name)}", json=question, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


async def told(policy: Running, uscc: str) -> list[str]:
    """What stands in the inbox about saved searches."""
    headers = policy.sign_in(Role.APPLICANT, enterprise=uscc)
    answer = await policy.client.get("/api/notify/inbox", headers=headers, params={"limit": 100})
    return [each["about"] for each in answer.json()["items"] if each["template"] == "saved-searches-found"]


async def until_told(policy: Running, uscc: str, *about: str) -> None:
    async with asyncio.timeout(PATIENCE):
        # It follows by itself, in another service: it is asked for again, and not for ever.
        while sorted(await told(policy, uscc)) != sorted(about):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_what_is_new_and_fits_is_told_once_and_what_is_withheld_is_not(policy: Running) -> None:
    await save(policy, FIRST, "机器人", q="机器人")
    await save(policy, FIRST, "大额", q="机器人 补助", least_amount_fen=1)
    await save(policy, SECOND, "外贸", theme="外贸")
    officer = Desk(policy, Role.OFFICER, department="gxj")
    await officer.post("/documents", document("保存〔2026〕1号"))
    hidden = document("保存〔2026〕2号", disclosure="withheld", withheld_reason="涉及商业秘密。")
    await officer.post("/documents", hidden)
    for code, number, title, themes in (
        ("robots", "保存〔2026〕1号", "机器人应用补助（样例）", ["技术改造"]),
        ("secret", "保存〔2026〕2号", "机器人专项（样例）", ["外贸"]),
        ("trade", "保存〔2026〕1号", "展会补助（样例）", ["外贸"]),
    ):
        answer = await officer.post("/items", item(code, number, title=title, themes=themes))
        assert answer.status_code == 201, answer.text
    await until_told(policy, FIRST, "item:robots")
    await until_told(policy, SECOND, "item:trade")
    form = item("robots", "保存〔2026〕1号", title="机器人应用补助（样例）", amount_fen=9_000_000)
    amended = await officer.post(
        "/items/robots/revisions", form | {"reason": "提高补助。", "decided_on": "2026-03-03", "expected_revision": 1}
    )
    assert amended.status_code == 201, amended.text
    await officer.post("/items", item("more", "保存〔2026〕1号", title="机器人租赁补助（样例）"))
    await until_told(policy, FIRST, "item:robots", "item:more")


async def test_a_search_is_seen_and_dropped_by_its_enterprise_alone(policy: Running) -> None:
    written = await save(policy, SECOND, "贷款", q="贷款贴息", sort="closing")
    mine, theirs = Desk(policy), Desk(policy)
    mine.headers = policy.sign_in(Role.APPLICANT, enterprise=SECOND)
    theirs.headers = policy.sign_in(Role.APPLICANT, enterprise=FIRST)
    shown = (await mine.get(f"/search/saved/{SECOND}", written)).json()
    assert {each["name"]: each["question"]["q"] for each in shown}["贷款"] == "贷款贴息"
    assert (await theirs.get(f"/search/saved/{SECOND}", written)).status_code == 403
    path = f"/api/policy/search/saved/{SECOND}/{quote('贷款')}"
    assert (await policy.client.delete(path, headers=theirs.headers)).status_code == 403
    dropped = await policy.client.delete(path, headers=mine.headers)
    assert "贷款" not in [each["name"] for each in (await mine.get(f"/search/saved/{SECOND}", dropped)).json()]


def test_a_search_that_asks_for_nothing_and_one_too_many_are_refused() -> None:
    empty = SaveSearch(uscc=FIRST, name="空", question=Question(sort="closing"))
    given(saved_searches).when(empty, actor=ENTERPRISE).refused("policy.search-empty", ["question"])
    many = [SearchSaved(uscc=FIRST, name=str(n), question=ROBOTS) for n in range(MOST_SAVED)]
    one_more = SaveSearch(uscc=FIRST, name="新", question=ROBOTS)
    given(saved_searches, *many).when(one_more, actor=ENTERPRISE).refused("policy.too-many-searches", ["name"])
    again = SaveSearch(uscc=FIRST, name="0", question=ROBOTS)
    given(saved_searches, *many).when(again, actor=ENTERPRISE).then()
    given(saved_searches).when(DropSearch(uscc=FIRST, name="nothing"), actor=ENTERPRISE).then()


def test_an_enterprise_is_told_of_a_thing_once_however_many_of_its_searches_find_it() -> None:
    of = {"kind": "item", "key": "robots", "title": "机器人应用补助（样例）", "department": "gxj"}
    hits = (SavedHit(uscc=SECOND, name="二"), SavedHit(uscc=FIRST, name="一"), SavedHit(uscc=FIRST, name="大额"))
    found = SavedSearchesFound(**of, hits=(hits[1], hits[0]))  # type: ignore[arg-type]
    asked = SavedSearchesAsked(kind="item", key="robots", searches=3)
    command = TellSaved(**of, searches=3, hits=hits)  # type: ignore[arg-type]
    given(saved_hits).when(command).then(found, asked)
    given(saved_hits, found, asked).when(command).then()
    many = tuple(SavedHit(uscc=f"{n:018}", name="一") for n in range(MOST_IN_EVENT + 1))
    outcome = given(saved_hits).when(command.model_copy(update={"hits": many}))
    assert [len(getattr(event, "hits", ())) for event in outcome.events] == [MOST_IN_EVENT, 1, 0]
