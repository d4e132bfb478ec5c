"""Policy cards of other catalogues."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.policy.cards import Card, draft_from, issued_on
from services.policy.keys import document_key
from shared.cli.loading import read_rows
from shared.eventstore.decider import FieldError
from shared.security.actor import Role
from tests.services.policy.test_api import Desk, document, item
from tests.support.running import Running, running_services


def card(number: str, **changes: Any) -> dict[str, Any]:
    content = {
        "id": number, "title": f"设备补助{number}（样例）", "doc_title": "设备补助", "issuer": "样例市工信局",
        "doc_no": "样例发〔2023〕12 号", "issued": "2023-09-26", "basis": "《样例扶持办法》", "tool_type": "资金支持",
        "target": "全市", "content": "按投资额补助。", "conditions": "依法登记。\n信用良好。", "process": "申报。\n审核。",
        "window": "从2023 年9 月起", "contact": "样例市工信局：00001234", "phones": ["00001234"], "pdf_page": 3,
    }  # fmt: skip
    return content | changes


@pytest.fixture
async def policy(database_url: str) -> AsyncIterator[Running]:
    async with running_services("policy", database_url=database_url) as running:
        yield running


@pytest.mark.parametrize(
    "text", ["2021-12-03", "2021-12-3", "2021/12/03", "2021.12.3", "2021年12月3日", "2021 年12 月3 日", " 2021-12-03 "]
)
def test_a_day_is_read_in_every_usual_form(text: str) -> None:
    assert issued_on(text) == date(2021, 12, 3)


@pytest.mark.parametrize("text", ["2017-12-28/2019-08-15/2020-03-23", "2020-03-23、2019-08-15", "2020/3/23/2019/8/15"])
def test_of_several_days_the_last_counts(text: str) -> None:
    assert issued_on(text) == date(2020, 3, 23)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "missing"),
        ("/", "missing"),
        ("2021年12月", "month-only"),
        ("2021-12", "month-only"),
        ("2021-13-01", "no-date"),
        ("2021-02-30", "no-date"),
        ("近期", "no-date"),
        ("2021-12-03起", "no-date"),
    ],
)
def test_what_is_no_day_is_named_and_never_guessed(text: str, code: str) -> None:
    found = issued_on(text)
    assert isinstance(found, FieldError)
    assert (found.field, found.code) == ("issued", code)


def test_a_card_becomes_a_draft_with_the_parts_it_has() -> None:
    draft = draft_from(Card.model_validate(card("A1")), "gxj")
    assert (draft.code, draft.document_number, draft.support_type) == ("card-A1", "样例发〔2023〕12号", "资金支持")
    assert draft.content == "适用范围：全市\n扶持内容：按投资额补助。\n申报时间：从2023 年9 月起"
    assert draft.guide.conditions == ("依法登记。", "信用良好。")
    assert draft.guide.process == ("申报。", "审核。")
    assert (draft.guide.office, draft.guide.phone) == ("样例市工信局", "00001234")
    assert (draft.guide.materials, draft.guide.promised_days, draft.procedure, draft.window) == ((), None, None, None)


@pytest.mark.parametrize("nothing", ["", "/", None])
def test_a_card_without_a_document_number_gets_one_of_its_own(nothing: str | None) -> None:
    assert Card.model_validate(card("A2", doc_no=nothing)).number == "无文号-A2"


async def test_cards_share_documents_and_a_second_import_changes_nothing(policy: Running) -> None:
    officer, citizen = Desk(policy, Role.OFFICER, department="gxj"), Desk(policy)
    rows = [card("B1"), card("B2"), card("B3", doc_no="/")]
    first = await officer.post("/import/cards/batch?department=gxj", {"rows": rows})
    assert first.json() | {"position": 0} == {"loaded": 3, "repeated": 0, "refused": [], "position": 0}
    documents = await citizen.walk("/documents", first)
    assert {row["number"] for row in documents} == {"样例发〔2023〕12号", "无文号-B3"}
    assert {(row["title"], row["origin"], row["late"]) for row in documents} == {("样例扶持办法", "catalogue", False)}
    assert await citizen.walk("/items", first) == []
    drafts = await officer.walk("/items", first, drafts=True)
    assert {row["code"] for row in drafts} == {"card-B1", "card-B2", "card-B3"}
    again = await officer.post("/import/cards/batch?department=gxj", {"rows": rows})
    assert (again.json()["loaded"], again.json()["repeated"]) == (0, 3)
    assert again.json()["position"] == first.json()["position"], "what stands is what a reader waits for"


async def test_an_import_leaves_alone_what_the_department_has_written(policy: Running) -> None:
    officer = Desk(policy, Role.OFFICER, department="gxj")
    await officer.post("/documents", document("样例发〔2023〕12号", title="部门自己发布的（样例）"))
    own = await officer.post("/items", item("card-C1", "样例发〔2023〕12号", title="部门补全的（样例）"))
    assert own.status_code == 201
    answer = await officer.post("/import/cards/batch?department=gxj", {"rows": [card("C1"), card("C2")]})
    assert (answer.json()["loaded"], answer.json()["repeated"], answer.json()["refused"]) == (1, 1, [])
    assert (await officer.get("/items/card-C1", answer)).json()["title"] == "部门补全的（样例）"
    key = document_key("gxj", "样例发〔2023〕12号")
    assert (await officer.get(f"/documents/{key}", answer)).json()["title"] == "部门自己发布的（样例）"
    assert (await officer.get("/items/card-C2", answer)).json()["document_id"] == key


async def test_bad_cards_come_back_with_everything_that_is_wrong(policy: Running) -> None:
    officer = Desk(policy, Role.OFFICER, department="gxj")
    rows = [
        card("D1"),
        card("D2", title="", issued="2021年12月"),
        card("D 3", issued=None),
        card("D4", issued="2023-09-27"),
        card("D5", tool_type="很长" * 30, conditions="一条\n" * 300),
        card("D1", content="同一编号的另一张"),
        card("D6", issued=20230926),
    ]
    answer = (await officer.post("/import/cards/batch?department=gxj", {"rows": rows})).json()
    assert answer["loaded"] == 1
    refused = {row["row"]: {error["field"] for error in row["errors"]} for row in answer["refused"]}
    assert refused == {
        1: {"title", "issued"},
        2: {"id", "issued"},
        3: {"issued"},
        4: {"tool_type", "conditions"},
        5: {"id"},
        6: {"issued"},
    }


async def test_cards_are_imported_for_the_own_department_only(policy: Running) -> None:
    other, citizen = Desk(policy, Role.OFFICER, department="kjj"), Desk(policy)
    rows = {"rows": [card("E1")]}
    assert (await citizen.post("/import/cards/batch?department=gxj", rows)).status_code == 401
    refused = await other.post("/import/cards/batch?department=gxj", rows)
    assert (refused.status_code, refused.json()["code"]) == (403, "policy.not-your-department")


@pytest.mark.realdata
async def test_all_real_cards_load(policy: Running, realdata: Path) -> None:
    rows = read_rows(realdata / "policy_cards_beijing.json")
    bureau, citizen = Desk(policy, Role.DATA_BUREAU), Desk(policy)
    answer = await bureau.post("/import/cards/batch?department=szj", {"rows": rows})
    assert (answer.json()["loaded"], answer.json()["refused"]) == (len(rows), [])
    drafts = await bureau.walk("/items", answer, drafts=True, limit=40)
    assert len(drafts) == len(rows)
    assert not any(row["published"] for row in drafts)
    numbers = {row["doc_no"].replace(" ", "") for row in rows if row["doc_no"] != "/"}
    unnumbered = sum(row["doc_no"] == "/" for row in rows)
    shown = await citizen.walk("/documents", answer, limit=30)
    assert len(shown) == len(numbers) + unnumbered
    assert numbers <= {row["number"] for row in shown}
    refused = await bureau.post(f"/items/card-{rows[0]['id']}/publish")
    assert refused.json()["code"] == "policy.guide-incomplete"
    lacking = {error["field"] for error in refused.json()["errors"]}
    assert {"guide.materials", "guide.promised_days"} <= lacking
