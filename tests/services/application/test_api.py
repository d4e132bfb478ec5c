"""Application through its doors: offers come from policy's stream, every step shows on the track."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.security.actor import Role
from tests.services.application.applications import USCC
from tests.support.running import Running, running_services

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)  # Monday, nine in the morning in Shanghai
GUIDE = {
    "conditions": ["在江阴市登记注册。"],
    "materials": [{"name": "发票（样例）", "required": True}],
    "process": ["申报", "审核"],
    "promised_days": 3,
    "office": "技术改造科",
    "phone": "0510-00001234",
}


@pytest.fixture(scope="module")
async def platform(database_url: str) -> AsyncIterator[Running]:
    clock = {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": 1.0}
    async with running_services("policy", "application", database_url=database_url, **clock) as running:
        yield running


async def post(platform: Running, path: str, body: Any, headers: dict[str, str]) -> Any:
    return await platform.client.post(path, json=body, headers=headers)


async def offer(platform: Running, code: str, **more: Any) -> dict[str, str]:
    """Publishes an item; answers with the header that waits for it."""
    officer = platform.sign_in(Role.OFFICER, department="gxj")
    document = {
        "number": f"样例〔2026〕{code}号", "title": "扶持办法（样例）", "department": "gxj", "issued_on": "2026-03-02",
        "decided_on": "2026-03-02", "summary": "样例。", "body": "样例。", "themes": [], "disclosure": "public",
    }  # fmt: skip
    assert (await post(platform, "/api/policy/documents", document, officer)).status_code == 201
    item = {
        "code": code, "document_number": document["number"], "title": "技改设备补助（样例）", "department": "gxj",
        "support_type": "资金奖补", "procedure": "simple", "window": {"kind": "year-round"}, "guide": GUIDE, "themes": [],
    }  # fmt: skip
    answer = await post(platform, "/api/policy/items", item | more, officer)
    assert answer.status_code == 201, answer.text
    return {"Chengce-Wait-For": answer.headers["Chengce-Position"]}


async def test_an_application_goes_its_way_and_shows_every_step(platform: Running) -> None:
    wait = await offer(platform, "gxj-a")
    enterprise = platform.sign_in(Role.APPLICANT, enterprise=USCC)
    officer = platform.sign_in(Role.OFFICER, department="gxj")
    body = {"item_code": "gxj-a", "enterprise": USCC, "statement": "申请补助。", "requested_fen": 100}
    submitted = await post(platform, "/api/application/applications", body, enterprise | wait)
    assert submitted.status_code == 201, submitted.text
    receipt = submitted.json()
    assert (receipt["number"], receipt["submitted_on"], receipt["promised_days"]) == (receipt["id"], "2026-03-02", 3)
    assert (receipt["accept_by"], receipt["expected_by"], receipt["provisional"]) == ("2026-03-09", "2026-03-12", False)
    assert "在2026-03-09前告知是否受理" in receipt["next"]
    path = f"/api/application/applications/{submitted.json()['id']}"
    assert (await post(platform, f"{path}/accept", {}, officer)).status_code == 200
    done = await post(
        platform, f"{path}/review", {"outcome": "approved", "opinion": "同意。", "amount_fen": 100}, officer
    )
    seen = {"Chengce-Wait-For": done.headers["Chengce-Position"]}
    shown = (await platform.client.get(path, headers=enterprise | seen)).json()
    assert [step["step"] for step in shown["steps"]] == [
        "application-submitted", "application-accepted", "review-completed",
    ]  # fmt: skip
    assert [(step["title"], step["who"]) for step in shown["steps"]] == [
        ("提交申报", "申报企业"), ("受理", "gxj"), ("审核完成", "gxj"),
    ]  # fmt: skip
    assert (shown["status"], shown["in_time"], shown["due_on"]) == ("reviewed", True, "2026-03-05")


async def test_the_days_left_show_while_it_is_reviewed(platform: Running) -> None:
    wait = await offer(platform, "gxj-b")
    enterprise = platform.sign_in(Role.APPLICANT, enterprise=USCC)
    body = {"item_code": "gxj-b", "enterprise": USCC, "statement": "申请补助。"}
    submitted = await post(platform, "/api/application/applications", body, enterprise | wait)
    path = f"/api/application/applications/{submitted.json()['id']}"
    accepted = await post(platform, f"{path}/accept", {}, platform.sign_in(Role.OFFICER, department="gxj"))
    seen = {"Chengce-Wait-For": accepted.headers["Chengce-Position"]}
    shown = (await platform.client.get(path, headers=enterprise | seen)).json()
    assert (shown["days_left"], shown["due_on"], shown["provisional"]) == (3, "2026-03-05", False)


async def test_the_same_key_is_one_application(platform: Running) -> None:
    wait = await offer(platform, "gxj-c")
    headers = platform.sign_in(Role.APPLICANT, enterprise=USCC) | wait | {"Idempotency-Key": "once"}
    body = {"item_code": "gxj-c", "enterprise": USCC, "statement": "申请补助。"}
    first = await post(platform, "/api/application/applications", body, headers)
    again = await post(platform, "/api/application/applications", body, headers)
    assert first.json()["id"] == again.json()["id"]
    assert again.json()["repeated"]


async def test_what_cannot_be_applied_for_is_refused_with_its_reason(platform: Running) -> None:
    closed = {"window": {"kind": "fixed", "opens_on": "2026-01-05", "closes_on": "2026-02-27"}}
    wait = await offer(platform, "gxj-d", **closed)
    enterprise = platform.sign_in(Role.APPLICANT, enterprise=USCC)
    body = {"item_code": "gxj-d", "enterprise": USCC, "statement": "申请补助。"}
    refused = await post(platform, "/api/application/applications", body, enterprise | wait)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "window-closed")
    unknown = await post(platform, "/api/application/applications", body | {"item_code": "never"}, enterprise)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "application.item-unknown")
    offers = (await platform.client.get("/api/application/offers", headers=wait)).json()["items"]
    assert "gxj-d" not in {each["item_code"] for each in offers}


async def test_everybody_sees_their_own(platform: Running) -> None:
    wait = await offer(platform, "gxj-e")
    enterprise = platform.sign_in(Role.APPLICANT, enterprise=USCC)
    body = {"item_code": "gxj-e", "enterprise": USCC, "statement": "申请补助。"}
    submitted = await post(platform, "/api/application/applications", body, enterprise | wait)
    seen = {"Chengce-Wait-For": submitted.headers["Chengce-Position"]}
    number = submitted.json()["id"]
    other = platform.sign_in(Role.OFFICER, department="kjj")
    assert (
        await platform.client.get(f"/api/application/applications/{number}", headers=other | seen)
    ).status_code == 403
    for who, sees in ((enterprise, True), (other, False), (platform.sign_in(Role.DATA_BUREAU), True)):
        page = (await platform.client.get("/api/application/applications?limit=200", headers=who | seen)).json()
        assert (number in {row["number"] for row in page["items"]}) == sees
