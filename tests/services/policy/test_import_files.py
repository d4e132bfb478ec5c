"""Policy cards as the file in which they are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.policy.cards import HEADERS, Card, header_of, in_our_words
from shared.http.spreadsheets import XLSX, lines_of, spreadsheet
from shared.security.actor import Role
from tests.services.policy.test_api import Desk
from tests.support.running import Running, running_services

GOOD = {
    "政策名称": "设备补助（样例）", "发文机关": "样例市工信局", "发文字号": "样例发〔2023〕12号", "印发日期": "2023-09-26",
    "政策依据": "《样例扶持办法》", "扶持方式": "资金支持", "扶持内容": "按投资额补助。", "申报条件": "依法登记。",
    "联系方式": "样例市工信局", "咨询电话": "00001234、00005678",
}  # fmt: skip
UNDATED = GOOD | {"政策名称": "贴息（样例）", "印发日期": "近期"}


@pytest.fixture(scope="module")
async def policy(database_url: str) -> AsyncIterator[Running]:
    async with running_services("policy", database_url=database_url) as running:
        yield running


async def upload(policy: Running, content: bytes, kind: str = XLSX, **params: Any) -> Any:
    headers = policy.sign_in(Role.OFFICER, department="gxj") | {"Content-Type": kind}
    path = "/api/policy/import/cards/file"
    return await policy.client.post(path, content=content, params={"department": "gxj"} | params, headers=headers)


async def test_a_spreadsheet_with_chinese_headers_becomes_documents_and_drafts(policy: Running) -> None:
    answer = await upload(policy, spreadsheet([GOOD, UNDATED]))
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["lines"], found["loaded"], found["repeated"]) == (2, 1, 0)
    ((refused),) = found["refused"]
    assert (refused["line"], [error["field"] for error in refused["errors"]]) == (3, ["印发日期"])
    again = (await upload(policy, spreadsheet([GOOD]))).json()
    assert (again["loaded"], again["repeated"]) == (0, 1)
    officer = Desk(policy, Role.OFFICER, department="gxj")
    drafts = (await officer.get("/items", answer, q="设备补助", drafts=True)).json()["items"]
    assert [row["title"] for row in drafts] == ["设备补助（样例）"]
    assert (await officer.get(f"/items/{drafts[0]['code']}", answer)).json()["guide"]["phone"] == "00001234、00005678"


async def test_refused_lines_come_back_as_a_spreadsheet_that_loads_when_corrected(policy: Running) -> None:
    answer = await upload(policy, spreadsheet([GOOD | {"政策名称": "人才补助（样例）"}, UNDATED]), refused="xlsx")
    assert answer.headers["content-type"] == XLSX
    assert (answer.headers["Chengce-Refused"], answer.headers["Chengce-Loaded"]) == ("1", "1")
    (line,) = lines_of(answer.content, ".xlsx")
    assert line.row["政策名称"] == "贴息（样例）"
    assert "印发日期" in line.row["原因"]
    corrected = await upload(
        policy, spreadsheet([line.row | {"印发日期": "2023-09-27", "发文字号": "样例发〔2023〕13号"}])
    )
    assert corrected.json()["loaded"] == 1, corrected.text


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (b"not a spreadsheet", XLSX, "不是完整的"),
        (b"x", "application/pdf", "只支持"),
        (b"x" * (10 * 2**20 + 1), "text/csv", "超过10MB"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(
    policy: Running, content: bytes, kind: str, said: str
) -> None:
    answer = await upload(policy, content, kind)
    assert answer.status_code == 422
    assert said in answer.json()["title"]


async def test_only_editors_of_the_department_import(policy: Running) -> None:
    headers = policy.sign_in(Role.OFFICER, department="kjj") | {"Content-Type": XLSX}
    path = "/api/policy/import/cards/file"
    answer = await policy.client.post(path, content=spreadsheet([GOOD]), params={"department": "gxj"}, headers=headers)
    assert answer.status_code == 403


def test_every_field_of_a_card_has_a_chinese_header_and_errors_come_back_under_it() -> None:
    assert set(HEADERS.values()) == set(Card.model_fields)
    assert header_of("issued", {"发文日期": ""}) == "发文日期"
    assert header_of("issued", {"issued": ""}) == "issued"


def test_a_card_without_a_number_gets_the_same_one_each_time() -> None:
    first, again = in_our_words(GOOD), in_our_words(GOOD | {"扶持内容": "改为贴息。"})
    assert first["id"] == again["id"] != in_our_words(GOOD | {"政策名称": "另一项（样例）"})["id"]
    assert in_our_words(GOOD | {"编号": "A1"})["id"] == "A1"
