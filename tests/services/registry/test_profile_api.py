"""An enterprise's profile through the doors, on the real servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from shared.contracts.facts import BASE_CATALOGUE
from shared.security.actor import Role
from tests.support.running import Running, running_services

USCCS = ["91320281MA0Y00016Q", "91320281MA0Y00024K", "91320281MA0Y00032E", "91320281000000019H"]
SUPPLY = "/api/registry/facts/supply/batch"


@pytest.fixture(scope="module")
async def registry(database_url: str) -> AsyncIterator[Running]:
    async with running_services("registry", database_url=database_url) as running:
        yield running


def row(uscc: str, key: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"uscc": uscc, "key": key, "value": value, "as_of": "2025-12-31"} | more


async def supply(registry: Running, rows: list[dict[str, Any]], department: str = "swju") -> dict[str, Any]:
    headers = registry.sign_in(Role.OFFICER, department=department)
    answer = await registry.client.post(SUPPLY, json={"rows": rows}, headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def profile(registry: Running, uscc: str, position: int | str) -> dict[str, Any]:
    headers = registry.sign_in(Role.APPLICANT, enterprise=uscc) | {"Chengce-Wait-For": f"registry:{position}"}
    answer = await registry.client.get(f"/api/registry/enterprises/{uscc}/profile", headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def facts_of(shown: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["key"]: each for each in shown["facts"]}


async def test_a_supply_takes_the_good_rows_and_names_everything_wrong_with_the_bad_ones(registry: Running) -> None:
    uscc = USCCS[0]
    rows = [
        row(uscc, "industry", "C3922"),
        row(uscc, "employees", "400"),
        row(uscc, "revenue", {"least": 30_000_000_000, "most": 39_999_999_999}),
        row(uscc, "employees", "很多", as_of="2099-01-01"),
        row("91320281MA0Y00016X", "Employees", 1),
        row(uscc, "no_such_fact", 1),
        row(uscc, "tax_paid", 5),
        row(uscc, "tax_paid", 7),
        {"uscc": uscc, "key": "assets"},
        row(USCCS[1], "above_scale", "是"),
    ]
    answer = await supply(registry, rows)
    assert answer["loaded"] == 5
    wrong = {each["row"]: {error["field"] for error in each["errors"]} for each in answer["refused"]}
    assert wrong == {3: {"value", "as_of"}, 4: {"uscc", "key"}, 5: {"key"}, 6: {"key"}, 8: {"value"}}
    assert all(error["message"].endswith("。") for each in answer["refused"] for error in each["errors"])
    found = facts_of(await profile(registry, uscc, answer["position"]))
    assert found["scale"]["value"] == "medium"
    assert (found["scale"]["labels"], found["scale"]["standing"]) == (["中型"], "computed")
    assert found["tax_paid"]["value"] == 7
    assert found["revenue"]["value"] == {"least": 30_000_000_000, "most": 39_999_999_999}


async def test_many_rows_of_one_enterprise_are_one_statement_and_a_repeat_is_none(registry: Running) -> None:
    uscc = USCCS[2]
    rows = [row(uscc, "design_patents", 2), row(uscc, "listed", False), row(uscc, "certificates", "ISO 9001")]
    first = await supply(registry, rows, "scjgj")
    again = await supply(registry, rows, "scjgj")
    assert (first["loaded"], first["repeated"], again["loaded"], again["repeated"]) == (3, 0, 0, 3)
    history = await registry.runtimes["registry"].aggregates.history(f"enterprise-{uscc}")
    assert [each.event.TOPIC for each in history] == ["registry.facts-stated", "registry.profile-changed"]


async def test_only_the_bureau_supplies_for_another_department(registry: Running) -> None:
    rows = [row(USCCS[1], "rd_staff", 12, department="kjj")]
    refused = await supply(registry, rows)
    assert [error["code"] for error in refused["refused"][0]["errors"]] == ["registry.not-your-source"]
    headers = registry.sign_in(Role.DATA_BUREAU)
    answer = (await registry.client.post(SUPPLY, json={"rows": rows}, headers=headers)).json()
    assert answer["loaded"] == 1
    nobody = [row(USCCS[1], "rd_staff", 12)]
    unnamed = (await registry.client.post(SUPPLY, json={"rows": nobody}, headers=headers)).json()
    assert [error["field"] for error in unnamed["refused"][0]["errors"]] == ["department"]
    applicant = registry.sign_in(Role.APPLICANT, enterprise=USCCS[1])
    assert (await registry.client.post(SUPPLY, json={"rows": rows}, headers=applicant)).status_code == 403


async def test_an_enterprise_declares_sees_and_withdraws_and_nobody_else_does(registry: Running) -> None:
    uscc = USCCS[3]
    path = f"/api/registry/enterprises/{uscc}/profile"
    own = registry.sign_in(Role.APPLICANT, enterprise=uscc)
    form = {"facts": [{"key": "rd_staff", "value": 9}, {"key": "qualifications", "value": ["高新技术企业"]}]}
    answer = await registry.client.post(f"{path}/facts", json=form, headers=own)
    assert answer.status_code == 201, answer.text
    found = facts_of(await profile(registry, uscc, answer.json()["position"]))
    assert (found["rd_staff"]["value"], found["rd_staff"]["standing"]) == (9, "declared")
    assert found["qualifications"]["labels"] == ["高新技术企业"]
    rival = registry.sign_in(Role.APPLICANT, enterprise=USCCS[0])
    finance = registry.sign_in(Role.FINANCE, department="czj")
    for headers in (rival, finance):
        assert (await registry.client.get(path, headers=headers)).status_code == 403
        assert (await registry.client.post(f"{path}/facts", json=form, headers=headers)).status_code == 403
    officer = registry.sign_in(Role.OFFICER, department="swju")
    with capture_logs() as logged:
        assert (await registry.client.get(path, headers=officer)).json()["uscc"] == uscc
    (seen,) = [each for each in logged if each["event"] == "profile_seen"]
    assert (seen["uscc"], seen["subject"], seen["department"]) == (uscc, "test", "swju")
    gone = await registry.client.delete(f"{path}/facts/rd_staff?reason=误填", headers=own)
    assert "rd_staff" not in facts_of(await profile(registry, uscc, gone.json()["position"]))
    foreign = await registry.client.delete(
        f"{path}/facts/qualifications?reason=误填&source=enterprise", headers=officer
    )
    assert foreign.status_code == 403


async def test_a_declaration_is_refused_with_everything_that_is_wrong(registry: Running) -> None:
    path = f"/api/registry/enterprises/{USCCS[3]}/profile/facts"
    own = registry.sign_in(Role.APPLICANT, enterprise=USCCS[3])
    form = {"facts": [{"key": "scale", "value": "巨型"}, {"key": "employees", "value": -1}, {"key": "x_y", "value": 1}]}
    answer = await registry.client.post(path, json=form, headers=own)
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"facts.0.value", "facts.1.value", "facts.2.key"}
    unreadable = {"facts": [{"key": "employees", "value": None}, {"key": "revenue", "value": {"from": 1}}]}
    answer = await registry.client.post(path, json=unreadable, headers=own)
    assert {error["field"] for error in answer.json()["errors"]} == {"facts.0.value", "facts.1.value"}


async def test_a_dispute_is_marked_told_without_values_and_settled(registry: Running) -> None:
    uscc = USCCS[1]
    path = f"/api/registry/enterprises/{uscc}/profile"
    bus = registry.runtimes["registry"].bus
    heard = await bus.subscribe("chengce.registry.>")
    await supply(registry, [row(uscc, "rd_expense", 5), row(uscc, "revenue", 100)])
    own = registry.sign_in(Role.APPLICANT, enterprise=uscc)
    form = {"key": "rd_expense", "reason": "应以审计报告为准。", "value": "8"}
    begun = await registry.client.post(f"{path}/disputes", json=form, headers=own)
    assert begun.status_code == 201, begun.text
    shown = await profile(registry, uscc, begun.json()["position"])
    found = facts_of(shown)
    assert (found["rd_expense"]["disputed"], found["rd_ratio"]["disputed"], found["revenue"]["disputed"]) == (
        True, True, False,
    )  # fmt: skip
    said = {each["source"]: each for each in found["rd_expense"]["statements"]}
    assert (said["swju"]["effective"], said["swju"]["disputed"], said["enterprise"]["value"]) == (True, True, 8)
    (dispute,) = shown["disputes"]
    assert (dispute["status"], dispute["department"]) == ("open", "swju")
    settle = f"{path}/disputes/{dispute['number']}/settle"
    answer = {"outcome": "corrected", "reason": "已按审计报告更正。", "value": "6", "as_of": "2025-12-31"}
    officer = registry.sign_in(Role.OFFICER, department="swju")
    other = registry.sign_in(Role.OFFICER, department="kjj")
    assert (await registry.client.post(settle, json=answer, headers=other)).status_code == 403
    assert (await registry.client.post(f"{path}/disputes/9/settle", json=answer, headers=officer)).status_code == 404
    ended = await registry.client.post(settle, json=answer, headers=officer)
    assert ended.status_code == 200, ended.text
    shown = await profile(registry, uscc, ended.json()["position"])
    assert facts_of(shown)["rd_ratio"]["value"] == 600
    assert (shown["disputes"][0]["status"], shown["disputes"][0]["answer"]) == ("corrected", "已按审计报告更正。")
    told: dict[str, Any] = {}
    while "registry.dispute-settled" not in told:
        message = await heard.next_msg(timeout=90)
        told.setdefault(message.headers["ce-type"].removeprefix("chengce.").removesuffix(".v1"), message)
    assert told["registry.fact-disputed"].subject == "chengce.registry.fact-disputed.swju"
    assert told["registry.dispute-settled"].subject == "chengce.registry.dispute-settled.swju"
    assert told["registry.facts-changed"].subject == "chengce.registry.facts-changed.internal"
    for name in ("registry.fact-disputed", "registry.dispute-settled"):
        assert b"value" not in told[name].data
        assert "审计" not in told[name].data.decode()


async def test_the_bureau_adds_facts_that_can_then_be_stated(registry: Running) -> None:
    bureau = registry.sign_in(Role.DATA_BUREAU)
    form = {"key": "energy_use", "label": "综合能耗", "kind": "number", "unit": "tonne", "sample": True}
    bad = {"key": "energy_kind", "label": "能源种类", "kind": "choice"}
    answer = await registry.client.post("/api/registry/facts/batch", json={"rows": [form, bad]}, headers=bureau)
    assert (answer.json()["loaded"], [each["row"] for each in answer.json()["refused"]]) == (1, [1])
    wait = {"Chengce-Wait-For": f"registry:{answer.json()['position']}"}
    catalogue = (await registry.client.get("/api/registry/facts", headers=wait)).json()
    assert [each["key"] for each in catalogue] == [*BASE_CATALOGUE, "energy_use"]
    taken = await supply(registry, [row(USCCS[2], "energy_use", "1200")], "fgw")
    assert taken["loaded"] == 1
    assert facts_of(await profile(registry, USCCS[2], taken["position"]))["energy_use"]["label"] == "综合能耗"
    changed = {"key": "energy_use", "label": "综合能耗", "kind": "flag"}
    refused = await registry.client.post("/api/registry/facts", json=changed, headers=bureau)
    assert (refused.status_code, refused.json()["code"]) == (422, "registry.invalid-fact")


async def test_an_enterprise_of_which_nothing_is_known_has_an_empty_profile(registry: Running) -> None:
    uscc = "91320281MA0Y0199XX"
    own = registry.sign_in(Role.APPLICANT, enterprise=uscc)
    answer = await registry.client.get(f"/api/registry/enterprises/{uscc}/profile", headers=own)
    assert answer.status_code == 422  # no code at all
    uscc = "914403001922038216"
    own = registry.sign_in(Role.APPLICANT, enterprise=uscc)
    shown = (await registry.client.get(f"/api/registry/enterprises/{uscc}/profile", headers=own)).json()
    assert shown == {"uscc": uscc, "version": 0, "facts": [], "disputes": []}
