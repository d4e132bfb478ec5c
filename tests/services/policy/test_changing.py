"""Documents and items after they were published: revised, amended, withdrawn, repealed; through the doors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.security.actor import Role
from tests.services.policy.test_api import Desk, document, item
from tests.support.running import Running, running_services

WHY = {"reason": "提高补助比例。", "decided_on": "2026-03-03"}


@pytest.fixture(scope="module")
async def policy(database_url: str) -> AsyncIterator[Running]:
    async with running_services("policy", database_url=database_url) as running:
        yield running


@pytest.fixture
def officer(policy: Running) -> Desk:
    return Desk(policy, Role.OFFICER, department="gxj")


@pytest.fixture
def watchers(policy: Running) -> dict[str, Desk]:
    """Who sees a document: nobody in particular, another department, its own, the data bureau."""
    return {
        "nobody": Desk(policy),
        "other": Desk(policy, Role.OFFICER, department="kjj"),
        "own": Desk(policy, Role.OFFICER, department="gxj"),
        "bureau": Desk(policy, Role.DATA_BUREAU),
    }


async def sees(watchers: dict[str, Desk], path: str, after: Any) -> set[str]:
    return {name for name, desk in watchers.items() if (await desk.get(path, after)).status_code == 200}


async def published(officer: Desk, number: str, code: str, **changes: Any) -> str:
    answer = await officer.post("/documents", document(number))
    assert (await officer.post("/items", item(code, number, **changes))).status_code == 201
    return str(answer.json()["id"])


async def test_an_amended_item_shows_its_new_content_and_revision(officer: Desk) -> None:
    await published(officer, "改〔2026〕1号", "change-1")
    form = item("change-1", "改〔2026〕1号", amount_fen=7_000_000) | WHY | {"expected_revision": 1}
    amended = await officer.post("/items/change-1/revisions", form)
    assert amended.status_code == 201, amended.text
    row = (await officer.get("/items/change-1", amended)).json()
    assert (row["revision"], row["amount_fen"], row["reason"]) == (2, 7_000_000, WHY["reason"])
    (change,) = (await officer.get("/items/change-1/difference", amended, **{"from": 1, "to": 2})).json()
    assert (change["label"], change["removed"], change["added"]) == ("最高金额", ["50,000.00元"], ["70,000.00元"])
    again = await officer.post("/items/change-1/revisions", form)
    assert (again.status_code, again.json()["code"]) == (409, "policy.revision-moved")


async def test_a_document_that_becomes_withheld_takes_its_items_along(officer: Desk, watchers: dict[str, Desk]) -> None:
    place = await published(officer, "改〔2026〕2号", "change-2")
    hidden = document("改〔2026〕2号", disclosure="withheld", withheld_reason="含有企业的商业秘密。")
    revised = await officer.post(f"/documents/{place}/revisions", hidden | WHY | {"expected_revision": 1})
    assert revised.status_code == 201, revised.text
    after = await officer.post("/items/change-2/forms", {"name": "申请表", "url": "https://example.org/form.docx"})
    assert await sees(watchers, f"/documents/{place}", after) == {"own", "bureau"}
    assert await sees(watchers, "/items/change-2", after) == {"own", "bureau"}
    assert await sees(watchers, f"/documents/{place}/revisions", after) == {"own", "bureau"}
    assert await sees(watchers, "/items/change-2/revisions", after) == {"own", "bureau"}
    released = await watchers["bureau"].post("/lists", {"title": "惠企政策清单（样例）"})
    assert released.status_code == 201, released.text
    shown = (await watchers["nobody"].get(f"/lists/{released.json()['id']}", released)).json()
    assert "change-2" not in [entry["code"] for entry in shown["entries"]]
    assert (await officer.post("/lists", {"title": "清单（样例）"})).status_code == 403


async def test_a_repealed_document_repeals_its_items_and_both_stay_readable(
    officer: Desk, watchers: dict[str, Desk]
) -> None:
    place = await published(officer, "改〔2026〕3号", "change-3")
    repealed = await officer.post(f"/documents/{place}/repeal", WHY | {"transition_until": "2030-12-31"})
    assert repealed.status_code == 200, repealed.text
    after = await officer.post("/items/change-3/forms", {"name": "申请表", "url": "https://example.org/form.docx"})
    row = (await watchers["nobody"].get("/items/change-3", after)).json()
    assert (row["repealed"], row["transition_until"], row["revision"]) == (True, "2030-12-31", 1)
    assert (await watchers["nobody"].get(f"/documents/{place}", after)).json()["repealed"] is True


async def test_a_decided_window_is_shown_only_once_it_is_online(officer: Desk) -> None:
    await published(officer, "改〔2026〕4号", "change-4", window={"kind": "undetermined"})
    window = {"kind": "fixed", "opens_on": "2026-05-01", "closes_on": "2026-06-30"}
    decided = await officer.post("/items/change-4/window", {"window": window, "decided_on": "2026-03-03"})
    assert decided.status_code == 201, decided.text
    assert (await officer.get("/items/change-4", decided)).json()["window_kind"] == "undetermined"
    online = await officer.post("/items/change-4/window/online")
    row = (await officer.get("/items/change-4", online)).json()
    assert (row["window_kind"], row["closes_on"], row["revision"]) == ("fixed", "2026-06-30", 2)


async def test_a_draft_is_seen_by_its_department_and_the_bureau_until_it_is_published(
    officer: Desk, watchers: dict[str, Desk]
) -> None:
    form = document("改〔2026〕5号")
    drafted = await officer.post("/documents/drafts", form)
    path = f"/documents/{drafted.json()['id']}"
    assert await sees(watchers, path, drafted) == {"own", "bureau"}
    listed = await watchers["nobody"].walk("/documents", drafted)
    assert form["number"] not in [row["number"] for row in listed]
    public = await officer.post(f"{path}/publish")
    assert await sees(watchers, path, public) == set(watchers)


async def test_a_repealed_item_stays_repealed_when_its_document_is_withheld_and_public_again(
    officer: Desk, watchers: dict[str, Desk]
) -> None:
    place = await published(officer, "改〔2026〕5号", "change-5")
    repealed = await officer.post("/items/change-5/repeal", WHY)
    assert repealed.status_code == 200, repealed.text
    hidden = document("改〔2026〕5号", disclosure="withheld", withheld_reason="含有企业的商业秘密。")
    form = {"name": "申请表", "url": "https://example.org/form.docx"}
    for revision, content in ((1, hidden), (2, document("改〔2026〕5号"))):
        revised = await officer.post(f"/documents/{place}/revisions", content | WHY | {"expected_revision": revision})
        assert revised.status_code == 201, revised.text
        after = await officer.post("/items/change-5/forms", form | {"name": f"申请表{revision}"})
        assert (await officer.get("/items/change-5", after)).json()["repealed"] is True
        assert await sees(watchers, "/items/change-5", after) == {"own", "bureau"}
    found = (await watchers["nobody"].get("/search", after, q="change-5")).json()
    assert "change-5" not in [each["key"] for each in found["items"]]
