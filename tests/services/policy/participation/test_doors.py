"""Articles, comments, visits and assessment through the doors, on the real servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.policy.decider.comment import MOST_A_DAY
from services.policy.keys import document_key
from shared.calendar import SHANGHAI, ClockFace
from shared.cli.loading import read_rows
from shared.security.actor import Role
from tests.services.policy.test_api import SAMPLES, Desk, document, item, seen
from tests.support.running import Running, running_services

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
PATIENCE = 120.0
USCC = "91320281MA0Y00016Q"


@pytest.fixture(scope="module")
async def policy(database_url: str) -> AsyncIterator[Running]:
    clock = {"clock_at": NOW, "clock_origin": datetime.now(SHANGHAI)}
    async with running_services("policy", "analytics", database_url=database_url, **clock) as running:
        yield running


@pytest.fixture
def officer(policy: Running) -> Desk:
    return Desk(policy, Role.OFFICER, department="gxj")


@pytest.fixture
def other(policy: Running) -> Desk:
    return Desk(policy, Role.OFFICER, department="kjj")


@pytest.fixture
def citizen(policy: Running) -> Desk:
    return Desk(policy)


@pytest.fixture
def enterprise(policy: Running) -> Desk:
    desk = Desk(policy)
    desk.headers = policy.sign_in(Role.APPLICANT, enterprise=USCC)
    return desk


async def until(look: Callable[[], Awaitable[bool]]) -> None:
    """Waits for what follows by itself."""
    async with asyncio.timeout(PATIENCE):
        while not await look():  # noqa: ASYNC110 - what is awaited is behind a door
            await asyncio.sleep(0.05)


async def published_item(officer: Desk, code: str, **of_document: Any) -> str:
    """A document and an item of it; answers with the document's key."""
    number = f"样例〔2026〕{code}"
    answer = await officer.post("/documents", document(number, **of_document))
    assert answer.status_code == 201, answer.text
    answer = await officer.post("/items", item(code, number))
    assert answer.status_code == 201, answer.text
    return document_key("gxj", number)


def article(code: str, about: tuple[str, str] | None, **changes: Any) -> dict[str, Any]:
    content = {
        "code": code, "kind": "interpretation" if about else "special", "department": "gxj",
        "title": f"设备更新怎样申报 {code}（样例）", "summary": "说明补助对象和比例。", "body": "一、对象。二、比例。",
        "themes": ["技术改造"], "about": {"kind": about[0], "key": about[1]} if about else None,
    }  # fmt: skip
    return content | changes


async def publish_article(officer: Desk, code: str, about: tuple[str, str] | None, **changes: Any) -> Any:
    answer = await officer.post("/articles/drafts", article(code, about, **changes))
    assert answer.status_code == 201, answer.text
    return await officer.post(f"/articles/{code}/publish")


async def withhold(officer: Desk, key: str, code: str) -> Any:
    content = document(f"样例〔2026〕{code}", disclosure="withheld", withheld_reason="涉及商业秘密。")
    form = content | {"reason": "经审查不宜公开。", "expected_revision": 1}
    answer = await officer.post(f"/documents/{key}/revisions", form)
    assert answer.status_code == 201, answer.text
    return answer


async def found_by_search(desk: Desk, q: str, after: Any = None) -> list[str]:
    answer = await desk.get("/search", after, q=q, kind="article")
    assert answer.status_code == 200, answer.text
    return [each["key"] for each in answer.json()["items"]]


async def test_an_interpretation_is_drafted_published_amended_found_and_withdrawn(
    officer: Desk, other: Desk, citizen: Desk
) -> None:
    await published_item(officer, "jd-1")
    drafted = await officer.post("/articles/drafts", article("a-1", ("item", "jd-1"), title="数控母机补助解读（样例）"))
    assert drafted.status_code == 201, drafted.text
    assert (await citizen.get("/articles/a-1", drafted)).status_code == 404
    assert (await other.get("/articles/a-1", drafted)).status_code == 404
    assert (await officer.get("/articles/a-1", drafted)).json()["public"] is False
    assert (await other.post("/articles/a-1/publish")).status_code == 403
    answer = await officer.post("/articles/a-1/publish")
    assert answer.status_code == 200, answer.text
    (listed,) = (await citizen.get("/articles", answer, about_kind="item", about_key="jd-1")).json()["items"]
    assert (listed["code"], listed["revision"], "body" in listed) == ("a-1", 1, False)
    assert (await citizen.get("/articles/a-1", answer)).json()["body"] == "一、对象。二、比例。"
    assert await found_by_search(citizen, "数控母机", answer) == ["a-1"]
    everything = (await citizen.get("/search", answer, q="数控母机补助")).json()
    assert {each["value"] for each in everything["facets"]["kind"]} >= {"article", "item"}
    change = article("a-1", None, kind="interpretation", title="数控母机补助解读（样例）", body="三、时间。")
    del change["about"]
    wrong = await officer.post("/articles/a-1/revisions", change | {"expected_revision": 1, "body": "", "title": ""})
    assert [error["field"] for error in wrong.json()["errors"]] == ["reason", "title", "body"]
    answer = await officer.post("/articles/a-1/revisions", change | {"expected_revision": 1, "reason": "补充时间。"})
    assert answer.status_code == 201, answer.text
    shown = (await citizen.get("/articles/a-1", answer)).json()
    assert (shown["revision"], shown["body"], shown["about_key"]) == (2, "三、时间。", "jd-1")
    answer = await officer.post("/articles/a-1/withdraw", {"reason": "内容有误。"})
    assert (await citizen.get("/articles/a-1", answer)).status_code == 404
    assert await found_by_search(citizen, "数控母机", answer) == []
    assert (await officer.get("/articles", answer, drafts=True)).json()["items"][0]["reason"] == "内容有误。"


async def test_what_is_missing_in_an_article_is_named_at_once(officer: Desk) -> None:
    answer = await officer.post("/articles/drafts", article("a-2", None, title="", summary="", body=""))
    assert answer.status_code == 201, answer.text
    answer = await officer.post("/articles/a-2/publish")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["title", "summary", "body"]
    answer = await officer.post("/articles/drafts", article("a-3", ("document", "gxj-unknown")))
    assert [error["field"] for error in answer.json()["errors"]] == ["about"]


async def test_nothing_is_published_about_what_is_withheld_and_others_do_not_learn_of_it(
    officer: Desk, other: Desk, citizen: Desk
) -> None:
    number = "样例〔2026〕secret"
    withheld = document(number, disclosure="withheld", withheld_reason="涉及商业秘密。")
    await officer.post("/documents", withheld)
    key = document_key("gxj", number)
    answer = await publish_article(officer, "a-4", ("document", key))
    assert answer.status_code == 422
    assert [error["code"] for error in answer.json()["errors"]] == ["withheld"]
    theirs = article("a-5", ("document", key), department="kjj", kind="special")
    unknown = article("a-5", ("document", "gxj-0000"), department="kjj", kind="special")
    first, second = await other.post("/articles/drafts", theirs), await other.post("/articles/drafts", unknown)
    assert first.json()["errors"] == second.json()["errors"]
    assert (await citizen.get("/articles/a-4")).status_code == 404


async def test_an_article_disappears_with_the_document_that_becomes_withheld(officer: Desk, citizen: Desk) -> None:
    key = await published_item(officer, "jd-6")
    published = await publish_article(officer, "a-6", ("document", key), title="石墨烯补助解读（样例）")
    of_item = await publish_article(officer, "a-7", ("item", "jd-6"), title="石墨烯申报解读（样例）")
    assert sorted(await found_by_search(citizen, "石墨烯", of_item)) == ["a-6", "a-7"]
    assert published.status_code == of_item.status_code == 200
    answer = await withhold(officer, key, "jd-6")
    assert (await citizen.get("/articles/a-6", answer)).status_code == 404
    assert "a-6" not in await found_by_search(citizen, "石墨烯", answer)

    async def both_are_withdrawn() -> bool:
        rows = [(await officer.get(f"/articles/{code}")).json() for code in ("a-6", "a-7")]
        return not any(row["public"] for row in rows)

    await until(both_are_withdrawn)
    assert await found_by_search(citizen, "石墨烯") == []
    assert (await officer.post("/articles/a-6/publish")).status_code == 422


async def test_what_is_repealed_stays_readable_with_what_was_said_about_it(officer: Desk, citizen: Desk) -> None:
    key = await published_item(officer, "jd-8")
    await publish_article(officer, "a-8", ("document", key), title="碳纤维补助解读（样例）")
    why = {"reason": "期满。", "decided_on": "2026-03-02"}
    answer = await officer.post(f"/documents/{key}/repeal", why)
    assert answer.status_code == 200, answer.text
    assert (await citizen.get("/articles/a-8", answer)).status_code == 200
    assert await found_by_search(citizen, "碳纤维", answer) == ["a-8"]


async def test_a_comment_is_public_only_when_its_department_let_it_through(
    officer: Desk, other: Desk, citizen: Desk, enterprise: Desk
) -> None:
    await published_item(officer, "pl-1")
    form = {"about": {"kind": "item", "key": "pl-1"}, "text": "旧设备能否申报？"}
    assert (await citizen.post("/comments", form)).status_code == 401
    assert (await officer.post("/comments", form)).status_code == 403
    illegible = await enterprise.post("/comments", form | {"about": {"kind": "item", "key": "a\0b"}})
    assert (illegible.status_code, illegible.json()["errors"][0]["field"]) == (422, "about.key")
    answer = await enterprise.post("/comments", form)
    assert answer.status_code == 201, answer.text
    again = await enterprise.post("/comments", form)
    assert again.json()["id"] == answer.json()["id"]
    comment = answer.json()["id"]
    query = {"kind": "item", "key": "pl-1"}
    assert (await citizen.get("/comments", answer, **query)).json()["items"] == []
    (waiting,) = (await officer.get("/comments/moderation", answer)).json()["items"]
    assert (waiting["id"], waiting["about_title"]) == (comment, "设备补助 pl-1（样例）")
    assert (await other.get("/comments/moderation", answer)).json()["items"] == []
    assert (await other.post(f"/comments/{comment}/approve")).status_code == 403
    answer = await officer.post(f"/comments/{comment}/approve", None, **seen(again))
    assert answer.status_code == 200, answer.text
    answer = await officer.post(f"/comments/{comment}/reply", {"reply": "满一年的可以。"})
    (shown,) = (await citizen.get("/comments", answer, **query)).json()["items"]
    assert shown == {
        "id": comment, "author": "企业用户", "text": "旧设备能否申报？", "day": "2026-03-02",
        "reply": "满一年的可以。", "replied_at": shown["replied_at"],
    }  # fmt: skip
    answer = await officer.post(f"/comments/{comment}/reject", {"reason": "含有联系方式。"})
    assert (await citizen.get("/comments", answer, **query)).json()["items"] == []
    mine = (await enterprise.get("/comments/mine", answer)).json()
    assert [(each["status"], each["reason"]) for each in mine if each["id"] == comment] == [
        ("rejected", "含有联系方式。")
    ]


async def test_comments_go_with_what_becomes_withheld(officer: Desk, citizen: Desk, enterprise: Desk) -> None:
    key = await published_item(officer, "pl-2")
    about = {"kind": "document", "key": key}
    ids = []
    for said in ("很好。", "不好。"):
        submitted = await enterprise.post("/comments", {"about": about, "text": said})
        ids.append(submitted.json()["id"])
    answer = await officer.post(f"/comments/{ids[0]}/approve", None, **seen(submitted))
    assert len((await citizen.get("/comments", answer, **about)).json()["items"]) == 1
    answer = await withhold(officer, key, "pl-2")
    hidden = await citizen.get("/comments", answer, **about)
    unknown = await citizen.get("/comments", answer, kind="document", key="gxj-0000")
    assert (hidden.status_code, hidden.json()["title"]) == (404, unknown.json()["title"])
    assert (await officer.post(f"/comments/{ids[1]}/approve")).status_code == 409
    mine = {each["id"]: each["about_title"] for each in (await enterprise.get("/comments/mine", answer)).json()}
    assert mine[ids[0]] == "（内容已不再公开）"
    refused = await enterprise.post("/comments", {"about": about, "text": "还在吗？"})
    assert refused.status_code == 404


async def test_somebody_comments_ten_times_a_day(policy: Running, officer: Desk) -> None:
    await published_item(officer, "pl-3")
    person = Desk(policy)
    person.headers = policy.sign_in(Role.APPLICANT)
    # The same subject signs in for all tests: what the enterprise of another test wrote today counts, too.
    last: Any = None
    for number in range(MOST_A_DAY + 1):
        answer = await person.post("/comments", {"about": {"kind": "item", "key": "pl-3"}, "text": f"意见{number}。"})
        last = answer if answer.status_code == 201 else last
    assert (answer.status_code, answer.json()["code"]) == (409, "policy.too-many-comments")
    assert len((await person.get("/comments/mine", last)).json()) == MOST_A_DAY


async def last_count(policy: Running) -> int:
    """Where the last batch of visits stands; other events may follow it by themselves."""
    async with policy.runtimes["policy"].database.transaction() as session:
        question = "SELECT max(notification_id) FROM stored_events WHERE topic = 'policy.views-counted'"
        return int((await session.execute(text(question))).scalar_one())


async def test_the_public_is_counted_and_nothing_of_it_is_known(
    policy: Running, officer: Desk, citizen: Desk, enterprise: Desk
) -> None:
    key = await published_item(officer, "fw-1")
    ready = await publish_article(officer, "fw-a", ("item", "fw-1"))
    for desk, times in ((citizen, 2), (enterprise, 1), (officer, 3)):
        for _ in range(times):
            assert (await desk.get("/items/fw-1", ready)).status_code == 200
    await citizen.get(f"/documents/{key}", ready)
    await citizen.get("/articles/fw-a", ready)
    await citizen.get("/items/fw-unknown", ready)
    runtime = policy.runtimes["policy"]
    await runtime.resources.views.flush()
    counted_at = await last_count(policy)
    end = {"Chengce-Wait-For": f"policy:{counted_at}"}
    answer = await policy.client.get("/api/analytics/visits", params={"department": "gxj"}, headers=end)
    assert answer.status_code == 200, answer.text
    counted = {(each["kind"], each["key"]): each["views"] for each in answer.json()}
    assert (counted[("item", "fw-1")], counted[("document", key)], counted[("article", "fw-a")]) == (3, 1, 1)
    assert ("item", "fw-unknown") not in counted
    await runtime.resources.views.flush()
    assert await last_count(policy) == counted_at, "there was nothing to hand in"
    monthly = (
        await policy.client.get("/api/analytics/visits", params={"by": "month", "key": "fw-1", "kind": "item"})
    ).json()
    assert [(each["period"], each["views"]) for each in monthly] == [("2026-03", 3)]
    daily = (await policy.client.get("/api/analytics/daily", params={"department": "gxj"})).json()
    assert sum(day["figures"]["visits"] for day in daily) == sum(counted.values())


async def test_an_item_nobody_applies_for_is_flagged_once_and_answered(database_url: str) -> None:
    clock = {"clock_at": NOW, "clock_origin": datetime.now(SHANGHAI)}
    async with running_services("policy", database_url=database_url, **clock) as running:
        officer, bureau = Desk(running, Role.OFFICER, department="gxj"), Desk(running, Role.DATA_BUREAU)
        other, person = Desk(running, Role.OFFICER, department="kjj"), Desk(running, Role.APPLICANT)
        await published_item(officer, "pg-1")

        async def is_watched() -> bool:
            return (await officer.get("/assessments/pg-1")).status_code == 200

        await until(is_watched)
        last = (await officer.get("/assessments/pg-1")).json()["uptake_due_on"]
        assert (await officer.get("/assessments")).json()["items"] == []
        later = datetime.fromisoformat(f"{last}T00:00:00+08:00") + timedelta(days=1, minutes=1)
        running.runtimes["policy"].clock.face = ClockFace(at=later, origin=datetime.now(SHANGHAI), speed=1)  # type: ignore[attr-defined]

        async def is_flagged() -> bool:
            return bool((await officer.get("/assessments")).json()["items"])

        await until(is_flagged)
        (row,) = (await bureau.get("/assessments")).json()["items"]
        assert [finding["rule"] for finding in row["findings"]] == ["no-application"]
        assert (await other.get("/assessments")).json()["items"] == []
        assert (await other.get("/assessments/pg-1")).status_code == 404
        assert (await person.get("/assessments")).status_code == 403
        assert (await other.post("/assessments/pg-1/answers", {"done": "已知悉。"})).status_code == 403
        assert (await officer.post("/assessments/pg-1/answers", {"done": ""})).status_code == 422
        answer = await officer.post("/assessments/pg-1/answers", {"done": "已简化材料。"})
        assert answer.status_code == 201, answer.text
        assert (await officer.get("/assessments", answer)).json()["items"] == []
        shown = (await bureau.get("/assessments/pg-1", answer)).json()
        assert [each["done"] for each in shown["answers"]] == ["已简化材料。"]
        assert (await officer.post("/assessments/pg-1/answers", {"done": "再次。"})).status_code == 409


async def test_an_item_whose_applications_are_mostly_refused_is_flagged(database_url: str) -> None:
    clock = {"clock_at": NOW, "clock_origin": datetime.now(SHANGHAI)}
    async with running_services("policy", "application", database_url=database_url, **clock) as running:
        officer = Desk(running, Role.OFFICER, department="gxj")
        await published_item(officer, "jj-1")
        offered = {"Chengce-Wait-For": f"policy:{await running.end_of_log('policy')}"}
        usccs = [row["uscc"] for row in read_rows(SAMPLES / "enterprises.json")[:10]]
        for uscc in usccs:
            form = {"item_code": "jj-1", "enterprise": uscc, "statement": "申请补助。"}
            headers = running.sign_in(Role.APPLICANT, enterprise=uscc) | offered
            answer = await running.client.post("/api/application/applications", json=form, headers=headers)
            assert answer.status_code == 201, answer.text
            path = f"/api/application/applications/{answer.json()['id']}"
            await running.client.post(f"{path}/accept", json={}, headers=officer.headers)
            verdict = {"outcome": "rejected", "opinion": "不符合条件。"}
            answer = await running.client.post(f"{path}/review", json=verdict, headers=officer.headers)
            assert answer.status_code == 200, answer.text

        async def is_flagged() -> bool:
            return bool((await officer.get("/assessments")).json()["items"])

        await until(is_flagged)
        (row,) = (await officer.get("/assessments")).json()["items"]
        assert (row["code"], row["submitted"], row["rejected"], row["title"]) == (
            "jj-1",
            10,
            10,
            "设备补助 jj-1（样例）",
        )
        (finding,) = row["findings"]
        assert finding["sentence"] == "已有结果的10件申报中，10件未获受理或通过，占100%，超过50%。"
