"""Policy through its doors, on the real servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.policy.keys import document_key
from shared.cli.loading import read_rows
from shared.security.actor import Role
from tests.support.running import Running, running_services

SAMPLES = Path(__file__).resolve().parents[3] / "samples"
GUIDE: dict[str, Any] = {
    "conditions": ["在江阴市登记注册。"],
    "materials": [{"name": "申请表（样例）", "required": True}],
    "process": ["网上申报", "部门审核"],
    "promised_days": 3,
    "office": "技术改造科",
    "phone": "0510-00001234",
}


@pytest.fixture(scope="module")
async def policy(database_url: str) -> AsyncIterator[Running]:
    async with running_services("policy", database_url=database_url) as running:
        yield running


def seen(answer: Any) -> dict[str, str]:
    """Headers with which a read waits for what this answer wrote."""
    place = answer.headers.get("Chengce-Position") or f"policy:{answer.json()['position']}"
    return {"Chengce-Wait-For": place}


def document(number: str, **changes: Any) -> dict[str, Any]:
    content = {
        "number": number, "title": f"扶持办法 {number}（样例）", "department": "gxj", "issued_on": "2026-03-02",
        "decided_on": "2026-03-02", "body": "正文。", "themes": ["技术改造"],
    }  # fmt: skip
    return content | changes


def item(code: str, number: str, **changes: Any) -> dict[str, Any]:
    content = {
        "code": code, "department": "gxj", "document_number": number, "title": f"设备补助 {code}（样例）",
        "support_type": "资金奖补", "procedure": "simple", "amount_fen": 5_000_000, "window": {"kind": "year-round"},
        "themes": ["技术改造"], "guide": GUIDE,
    }  # fmt: skip
    return content | changes


class Desk:
    """One person's way through the doors."""

    def __init__(self, policy: Running, *roles: Role, department: str | None = None) -> None:
        self.client = policy.client
        self.headers = policy.sign_in(*roles, department=department) if roles else {}

    async def post(self, path: str, content: Any = None, **headers: str) -> Any:
        return await self.client.post(f"/api/policy{path}", json=content, headers=self.headers | headers)

    async def get(self, path: str, after: Any = None, **params: Any) -> Any:
        headers = self.headers | (seen(after) if after is not None else {})
        return await self.client.get(f"/api/policy{path}", params=params, headers=headers)

    async def walk(self, path: str, after: Any, **params: Any) -> list[dict[str, Any]]:
        """Every row of a list, page by page."""
        rows: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = (await self.get(path, after, **params, **cursor)).json()
            rows += page["items"]
            if page["next"] is None:
                return rows
            cursor = {"cursor": page["next"]}


@pytest.fixture
def officer(policy: Running) -> Desk:
    return Desk(policy, Role.OFFICER, department="gxj")


@pytest.fixture
def other(policy: Running) -> Desk:
    return Desk(policy, Role.OFFICER, department="kjj")


@pytest.fixture
def bureau(policy: Running) -> Desk:
    return Desk(policy, Role.DATA_BUREAU)


@pytest.fixture
def citizen(policy: Running) -> Desk:
    return Desk(policy)


async def test_a_document_is_published_once_and_shown_to_everybody(officer: Desk, citizen: Desk) -> None:
    form = document("甲〔2026〕1号")
    first = await officer.post("/documents", form)
    again = await officer.post("/documents", form)
    assert (first.status_code, first.json()["id"]) == (201, document_key("gxj", form["number"]))
    assert (again.status_code, again.json()["version"]) == (201, 1)
    shown = (await citizen.get(f"/documents/{first.json()['id']}", first)).json()
    assert (shown["number"], shown["body"]) == (form["number"], "正文。")
    changed = await officer.post("/documents", form | {"title": "另一个标题"})
    assert (changed.status_code, changed.json()["code"]) == (409, "policy.document-exists")


async def test_a_late_document_is_published_and_marked(officer: Desk, bureau: Desk) -> None:
    answer = await officer.post(
        "/documents", document("甲〔2023〕9号", decided_on="2023-08-21", issued_on="2023-08-21")
    )
    shown = (await bureau.get(f"/documents/{answer.json()['id']}", answer)).json()
    assert (shown["late"], shown["publish_due_on"]) == (True, "2023-08-24")


async def test_only_the_department_publishes_and_only_when_signed_in(other: Desk, citizen: Desk) -> None:
    form = document("甲〔2026〕2号")
    assert (await citizen.post("/documents", form)).status_code == 401
    refused = await other.post("/documents", form)
    assert (refused.status_code, refused.json()["code"]) == (403, "policy.not-your-department")


async def test_a_department_cannot_pass_its_document_off_as_anothers(officer: Desk) -> None:
    form = document("甲〔2026〕3号", origin="catalogue", decided_on=None)
    refused = await officer.post("/documents", form)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == ["origin"]


async def test_a_withheld_document_and_its_item_are_seen_by_their_department_and_the_bureau_only(
    policy: Running, officer: Desk, other: Desk, bureau: Desk, citizen: Desk
) -> None:
    form = document("密〔2026〕1号", disclosure="withheld", withheld_reason="含有商业秘密", themes=["内部"])
    kept = await officer.post("/documents", form)
    answer = await officer.post("/items", item("gxj-secret", form["number"], themes=["内部"]))
    assert (kept.status_code, answer.status_code) == (201, 201)
    for desk, expected in ((officer, 200), (bureau, 200), (other, 404), (citizen, 404)):
        assert (await desk.get(f"/documents/{kept.json()['id']}", answer)).status_code == expected
        assert (await desk.get("/items/gxj-secret", answer)).status_code == expected
        rows = 1 if expected == 200 else 0
        for path in ("/documents", "/items"):
            assert len((await desk.get(path, answer, theme="内部")).json()["items"]) == rows
            assert len((await desk.get(path, answer, q=form["number"])).json()["items"]) == rows
    guessed = item("kjj-guess", "", department="kjj", document_number=None, document_id=kept.json()["id"])
    refused = await other.post("/items", guessed)
    assert [error["code"] for error in refused.json()["errors"]] == ["document-unknown"]


async def test_nothing_withheld_reaches_the_bus(policy: Running, officer: Desk) -> None:
    heard = await policy.runtimes["policy"].bus.jetstream().subscribe("chengce.policy.>", ordered_consumer=True)
    form = document("密〔2026〕2号", disclosure="withheld", withheld_reason="含有商业秘密")
    await officer.post("/documents", form)
    await officer.post("/items", item("gxj-secret-2", form["number"]))
    await officer.post("/documents", document("公〔2026〕2号"))
    await officer.post("/items/drafts", item("gxj-draft-2", "公〔2026〕2号"))
    await officer.post("/items", item("gxj-open-2", "公〔2026〕2号"))
    told: list[str] = []
    while not told or "gxj-open-2" not in told[-1]:
        told.append((await heard.next_msg(timeout=90)).data.decode())
    await heard.unsubscribe()
    assert any("公〔2026〕2号" in each for each in told)
    secrets = ("密〔2026〕2号", "gxj-secret-2", "gxj-draft-2")
    assert not [each for each in told if any(secret in each for secret in secrets)]


async def test_an_incomplete_item_is_refused_with_everything_missing_and_a_complete_one_taken(
    officer: Desk, citizen: Desk
) -> None:
    await officer.post("/documents", document("甲〔2026〕4号"))
    form = item(
        "gxj-4", "甲〔2026〕4号", guide={"conditions": ["在江阴市登记注册。"]}, title="", window={"kind": "fixed"}
    )
    refused = await officer.post("/items", form)
    assert (refused.status_code, refused.json()["code"]) == (422, "policy.guide-incomplete")
    missing = {f"guide.{part}" for part in ("materials", "process", "promised_days", "office", "phone")}
    assert {e["field"] for e in refused.json()["errors"]} == missing | {"title", "window.opens_on", "window.closes_on"}
    answer = await officer.post("/items", item("gxj-4", "甲〔2026〕4号"))
    assert (answer.status_code, answer.json()["version"]) == (201, 2)
    shown = (await citizen.get("/items/gxj-4", answer)).json()
    assert shown["published"]
    assert (shown["document_number"], shown["guide"]["materials"][0]["required"]) == ("甲〔2026〕4号", True)


async def test_a_draft_is_its_departments_own_until_it_is_published(
    officer: Desk, other: Desk, bureau: Desk, citizen: Desk
) -> None:
    await officer.post("/documents", document("甲〔2026〕5号"))
    bare = {"code": "gxj-5", "department": "gxj", "title": "待完善的事项（样例）"}
    saved = await officer.post("/items/drafts", bare)
    assert saved.status_code == 201
    for desk, expected in ((officer, 200), (bureau, 200), (other, 404), (citizen, 404)):
        assert (await desk.get("/items/gxj-5", saved)).status_code == expected
    assert "gxj-5" not in {row["code"] for row in await officer.walk("/items", saved)}
    assert "gxj-5" in {row["code"] for row in await officer.walk("/items", saved, drafts=True)}
    assert "gxj-5" not in {row["code"] for row in await other.walk("/items", saved, drafts=True)}
    assert (await citizen.get("/items", drafts=True)).status_code == 401

    assert (await officer.post("/items/gxj-5/publish")).json()["code"] == "policy.guide-incomplete"
    await officer.post("/items", item("gxj-5", "甲〔2026〕5号", publish=False))
    assert (await other.post("/items/gxj-5/publish")).status_code == 403
    published = await officer.post("/items/gxj-5/publish", **{"Idempotency-Key": "once"})
    again = await officer.post("/items/gxj-5/publish", **{"Idempotency-Key": "once"})
    assert (published.status_code, published.json()["version"], again.json()["repeated"]) == (200, 3, True)
    assert (await citizen.get("/items/gxj-5", published)).json()["published"]
    assert (await officer.post("/items/unknown/publish")).status_code == 404


async def test_the_samples_load_once_and_the_drafts_among_them_stay_drafts(bureau: Desk, citizen: Desk) -> None:
    documents, items = read_rows(SAMPLES / "documents.json"), read_rows(SAMPLES / "items.json")
    first = await bureau.post("/documents/batch", {"rows": documents})
    assert (first.json()["loaded"], first.json()["refused"]) == (len(documents), [])
    conditions = await bureau.post("/conditions/named/batch", {"rows": read_rows(SAMPLES / "named-conditions.json")})
    assert conditions.json()["refused"] == [], conditions.text
    await bureau.get("/conditions/named", conditions)
    answer = await bureau.post("/items/batch", {"rows": items})
    assert (answer.json()["loaded"], answer.json()["refused"]) == (len(items), [])
    again = await bureau.post("/items/batch", {"rows": items})
    assert (again.json()["loaded"], again.json()["repeated"]) == (0, len(items))

    drafts = {row["code"] for row in items if row.get("draft")}
    hidden = {row["number"] for row in documents if row["disclosure"] == "withheld"}
    public = {row["code"] for row in items if row["document_number"] not in hidden} - drafts
    shown = {row["code"] for row in await citizen.walk("/items", answer, limit=17)}
    assert public <= shown
    assert not drafts & shown
    numbers = {row["number"] for row in await citizen.walk("/documents", first, limit=7)}
    assert {row["number"] for row in documents} - numbers == hidden


async def test_a_batch_names_what_is_wrong_with_each_row(officer: Desk) -> None:
    await officer.post("/documents", document("甲〔2026〕6号"))
    rows = [
        item("gxj-6a", "甲〔2026〕6号"),
        item("gxj-6b", "甲〔2026〕6号", guide={}),
        item("gxj-6c", "甲〔2026〕6号", guide={}, draft=True),
        item("gxj-6d", "没有这个文号"),
        {"code": "?", "guide": {"promised_days": "很快"}},
    ]
    answer = (await officer.post("/items/batch", {"rows": rows})).json()
    assert answer["loaded"] == 2
    refused = {row["row"]: {error["field"] for error in row["errors"]} for row in answer["refused"]}
    assert refused == {
        1: {f"guide.{part}" for part in GUIDE},
        3: {"document_number"},
        4: {"code", "department", "guide.promised_days"},
    }


async def test_lists_are_newest_first_and_narrowed_by_what_is_asked(officer: Desk, citizen: Desk) -> None:
    rows = [document(f"乙〔2026〕{n}号", issued_on=f"2026-03-{n % 3 + 2:02}", themes=["排序"]) for n in range(8)]
    first = await officer.post("/documents/batch", {"rows": rows})
    shown = await citizen.walk("/documents", first, theme="排序", limit=3)
    dates = [row["issued_on"] for row in shown]
    assert (len(shown), dates) == (8, sorted(dates, reverse=True))
    assert all("body" not in row for row in shown)
    windows = [
        {"kind": "year-round"},
        {"kind": "undetermined"},
        {"kind": "fixed", "opens_on": "2026-04-01", "closes_on": "2026-06-30"},
    ]
    for n, window in enumerate(windows):
        form = item(f"gxj-sort-{n}", rows[n]["number"], themes=["排序"], window=window, support_type=f"方式{n}")
        answer = await officer.post("/items", form)
    codes = [row["code"] for row in await citizen.walk("/items", answer, theme="排序", limit=1)]
    assert codes == ["gxj-sort-2", "gxj-sort-1", "gxj-sort-0"]
    for params, expected in (
        ({"window": "fixed"}, ["gxj-sort-2"]),
        ({"support_type": "方式1"}, ["gxj-sort-1"]),
        ({"q": "GXJ-SORT-0"}, ["gxj-sort-0"]),
        ({"q": "%"}, []),
        ({"department": "kjj"}, []),
    ):
        found = await citizen.walk("/items", answer, theme="排序", **params)
        assert [row["code"] for row in found] == expected


@pytest.mark.parametrize("path", ["/documents", "/items"])
@pytest.mark.parametrize("cursor", ["%", "YWJj", "MjAyNi0xMy0wMSB4"])
async def test_a_cursor_of_another_list_is_refused(citizen: Desk, path: str, cursor: str) -> None:
    answer = await citizen.get(path, cursor=cursor)
    assert (answer.status_code, answer.json()["code"]) == (422, "platform.invalid-cursor")
