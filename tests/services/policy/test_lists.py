"""Policy lists: numbered, frozen, compared, as a table; and without what may not be seen (articles 6, 18)."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from io import StringIO
from typing import Any

import pytest

from services.policy.events.catalogue import ListReleased
from services.policy.keys import document_key
from services.policy.listing import between, table
from services.policy.publishing import publish
from shared.contracts import policy as contracts
from shared.eventstore.events import Recorded
from shared.security.actor import Role, system
from tests.services.policy.test_api import Desk, document, item
from tests.services.policy.test_stored_events import AT, EVENTS
from tests.support.running import Running, running_services

NUMBER, LATER = "清单〔2026〕1号", "清单〔2026〕2号"
WHY = {"reason": "提高补助标准。", "decided_on": "2026-03-03"}


@pytest.fixture(scope="module")
async def policy(database_url: str) -> AsyncIterator[Running]:
    """Two lists: between them an item came, one went, one was amended, and one became withheld with its document."""
    async with running_services("policy", database_url=database_url) as running:
        officer = Desk(running, Role.OFFICER, department="gxj")
        for number in (NUMBER, LATER):
            assert (await officer.post("/documents", document(number))).status_code == 201
        for code in ("stays", "goes", "changes"):
            assert (await officer.post("/items", item(code, NUMBER))).status_code == 201
        hidden = await officer.post("/items", item("hidden", LATER))
        assert await release(running, hidden) == "2026-01"
        form = item("changes", NUMBER, amount_fen=7_000_000) | WHY | {"expected_revision": 1}
        assert (await officer.post("/items/changes/revisions", form)).status_code == 201
        assert (await officer.post("/items/goes/repeal", WHY)).status_code == 200
        new = await officer.post("/items", item("comes", NUMBER, title="=1+1（样例）", amount_fen=None))
        assert await release(running, new) == "2026-02"
        withheld = document(LATER, disclosure="withheld", withheld_reason="含有企业的商业秘密。")
        path = f"/documents/{document_key('gxj', LATER)}/revisions"
        assert (await officer.post(path, withheld | WHY | {"expected_revision": 1})).status_code == 201
        running.last = await officer.post("/items/stays/forms", {"name": "申请表", "url": "https://example.org/f.docx"})  # type: ignore[attr-defined]
        yield running


async def release(running: Running, after: Any) -> str:
    bureau = Desk(running, Role.DATA_BUREAU)
    await bureau.get("/lists", after)
    answer = await bureau.post("/lists", {"title": "惠企政策清单（样例）"})
    assert answer.status_code == 201, answer.text
    await bureau.get("/lists", answer)
    return str(answer.json()["id"])


@pytest.fixture
def anybody(policy: Running) -> Desk:
    return Desk(policy)


async def test_a_later_list_is_compared_with_an_earlier_one(policy: Running, anybody: Desk) -> None:
    answer = await anybody.get("/lists/2026-02/difference", policy.last, since="2026-01")  # type: ignore[attr-defined]
    found = answer.json()
    assert [each["code"] for each in found["added"]] == ["comes"]
    assert [each["code"] for each in found["removed"]] == ["goes"]
    (changed,) = found["changed"]
    assert changed["code"] == "changes"
    (change,) = changed["changes"]
    assert (change["label"], change["removed"], change["added"]) == ("最高金额", ["50,000.00元"], ["70,000.00元"])


async def test_an_earlier_list_shows_what_was_on_it_but_nothing_that_is_withheld_now(
    policy: Running, anybody: Desk
) -> None:
    first = (await anybody.get("/lists/2026-01", policy.last)).json()  # type: ignore[attr-defined]
    assert [entry["code"] for entry in first["entries"]] == ["changes", "goes", "stays"]
    assert [entry["amount_fen"] for entry in first["entries"]] == [5_000_000] * 3
    text = (await anybody.get("/lists/2026-01/csv", policy.last)).text  # type: ignore[attr-defined]
    assert "hidden" not in text


async def test_a_list_opens_in_a_spreadsheet_and_no_cell_is_a_formula(policy: Running, anybody: Desk) -> None:
    answer = await anybody.get("/lists/2026-02/csv", policy.last)  # type: ignore[attr-defined]
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = {row["编码"]: row for row in csv.DictReader(StringIO(answer.content.decode("utf-8-sig")))}
    assert sorted(rows) == ["changes", "comes", "stays"]
    assert (rows["changes"]["最高金额（元）"], rows["changes"]["申报时间"]) == ("70000.00", "全年")
    assert (rows["comes"]["事项"], rows["comes"]["最高金额（元）"]) == ("'=1+1（样例）", "")


@pytest.mark.parametrize("path", ["/lists/2026-09", "/lists/2026-09/csv", "/lists/2026-02/difference"])
async def test_a_list_that_there_is_not_is_named(policy: Running, anybody: Desk, path: str) -> None:
    answer = await anybody.get(path, policy.last, since="2026-09")  # type: ignore[attr-defined]
    assert answer.status_code == 404
    assert "2026-09" in answer.json()["title"]


def test_others_hear_that_a_list_is_out() -> None:
    (event,) = [event for _, event in EVENTS if isinstance(event, ListReleased)]
    outgoing = publish(Recorded("policylist-2026-01", 1, AT, event, system("policy"), "command-1"))
    assert outgoing is not None
    assert outgoing.event == contracts.ListReleased(number="2026-01", title="惠企政策清单（样例）", items=1)


def test_two_empty_lists_do_not_differ_and_give_a_table_with_headers_alone() -> None:
    assert between([], []).model_dump() == {"added": [], "removed": [], "changed": []}
    assert table([]).decode("utf-8-sig").splitlines()[0].startswith("编码,事项")
