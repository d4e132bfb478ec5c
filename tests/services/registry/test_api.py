"""Registry through its doors, on the real servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.cli.loading import read_rows
from shared.security.actor import Role
from tests.support.running import Running, running_services


@pytest.fixture(scope="module")
async def registry(database_url: str) -> AsyncIterator[Running]:
    async with running_services("registry", database_url=database_url) as running:
        yield running


def seen(answer: object) -> dict[str, str]:
    """Headers with which a read waits for what this answer wrote."""
    return {"Chengce-Wait-For": answer.headers["Chengce-Position"]}  # type: ignore[attr-defined]


async def test_a_department_is_registered_once_and_shown(registry: Running) -> None:
    bureau = registry.sign_in(Role.DATA_BUREAU)
    form = {"code": "kjj", "name": "江阴市科学技术局", "short_name": "市科技局"}
    first = await registry.client.post("/api/registry/departments", json=form, headers=bureau)
    again = await registry.client.post("/api/registry/departments", json=form, headers=bureau)
    assert (first.status_code, first.json()["version"], again.json()["version"]) == (201, 1, 1)
    shown = await registry.client.get("/api/registry/departments/kjj", headers=seen(first))
    assert shown.json()["name"] == "江阴市科学技术局"
    taken = await registry.client.post("/api/registry/departments", json=form | {"name": "另一个局"}, headers=bureau)
    assert (taken.status_code, taken.json()["code"]) == (409, "registry.department-exists")


async def test_only_the_data_bureau_registers_departments(registry: Running) -> None:
    form = {"code": "abc", "name": "某部门", "short_name": "某部门"}
    nobody = await registry.client.post("/api/registry/departments", json=form)
    officer = await registry.client.post(
        "/api/registry/departments", json=form, headers=registry.sign_in(Role.OFFICER, department="gxj")
    )
    assert (nobody.status_code, officer.status_code) == (401, 403)
    assert nobody.headers["content-type"] == officer.headers["content-type"] == "application/problem+json"


async def test_a_wrong_enterprise_is_refused_with_everything_that_is_wrong_at_once(registry: Running) -> None:
    form = {"uscc": "91320281MA0Y0001I0", "name": "样", "industry": "Z1", "employees": -1, "contact": {"phone": "12"}}
    answer = await registry.client.post(
        "/api/registry/enterprises", json=form, headers=registry.sign_in(Role.DATA_BUREAU)
    )
    assert answer.status_code == 422
    problem = answer.json()
    assert {error["field"] for error in problem["errors"]} == {"uscc", "name", "industry", "employees", "contact.phone"}
    assert all("。" in error["message"] for error in problem["errors"])
    assert "5处" in problem["title"]
    assert problem["trace_id"] in answer.headers["traceparent"]


async def test_a_contact_is_sealed_in_the_record_and_open_to_the_enterprise_only(registry: Running) -> None:
    uscc = read_rows(Path("samples/enterprises.json"))[0]["uscc"]
    form = {"uscc": uscc.lower(), "name": "江阴样例企业", "contact": {"name": "样例联系人", "phone": "19900000009"}}
    headers = registry.sign_in(Role.DATA_BUREAU)
    answer = await registry.client.post("/api/registry/enterprises", json=form, headers=headers)
    assert answer.status_code == 201, answer.text
    (recorded,) = await registry.runtimes["registry"].aggregates.history(f"enterprise-{uscc}")
    assert "19900000009" not in recorded.event.model_dump_json()
    path = f"/api/registry/enterprises/{uscc}/contact"
    own = await registry.client.get(path, headers=registry.sign_in(Role.APPLICANT, enterprise=uscc))
    assert own.json() == {"name": "样例联系人", "phone": "19900000009"}
    other = await registry.client.get(path, headers=registry.sign_in(Role.OFFICER, department="gxj"))
    assert other.status_code == 403
    shown = await registry.client.get(f"/api/registry/enterprises/{uscc}", headers=seen(answer))
    assert "19900000009" not in shown.text


async def test_a_batch_takes_the_good_rows_and_names_the_bad_ones(registry: Running) -> None:
    good = [{"uscc": row["uscc"], "name": row["name"]} for row in read_rows(Path("samples/enterprises.json"))[10:13]]
    rows = [good[0], {"uscc": "X", "name": ""}, good[1], good[2], good[0]]
    answer = await registry.client.post(
        "/api/registry/enterprises/batch", json={"rows": rows}, headers=registry.sign_in(Role.DATA_BUREAU)
    )
    result = answer.json()
    assert (result["loaded"], result["repeated"]) == (3, 1)
    assert [refused["row"] for refused in result["refused"]] == [1]
    assert {error["field"] for error in result["refused"][0]["errors"]} == {"uscc", "name"}


async def test_lists_go_on_with_a_cursor_and_a_wrong_one_is_refused(registry: Running) -> None:
    rows = [{"uscc": row["uscc"], "name": row["name"]} for row in read_rows(Path("samples/enterprises.json"))[20:45]]
    answer = await registry.client.post(
        "/api/registry/enterprises/batch", json={"rows": rows}, headers=registry.sign_in(Role.DATA_BUREAU)
    )
    found: list[str] = []
    cursor: str | None = None
    wait = {"Chengce-Wait-For": f"registry:{answer.json()['position']}"}
    while True:
        params = {"limit": "10"} | ({"cursor": cursor} if cursor else {})
        page = (await registry.client.get("/api/registry/enterprises", params=params, headers=wait)).json()
        found += [row["uscc"] for row in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(found) == len(set(found))
    assert {row["uscc"] for row in rows} <= set(found)
    wrong = await registry.client.get("/api/registry/enterprises", params={"cursor": "%"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "platform.invalid-cursor")


async def test_code_lists_are_imported_and_asked_by_parent(registry: Running) -> None:
    rows = read_rows(Path("samples/divisions.json"))
    codes = [{"code": r["code"], "name": r["name"], "parent_code": r["parent_code"]} for r in rows]
    headers = registry.sign_in(Role.DATA_BUREAU)
    path = "/api/registry/codes/divisions/batch?edition=2023"
    first = (await registry.client.post(path, json={"rows": [*codes, {"code": ""}]}, headers=headers)).json()
    again = (await registry.client.post(path, json={"rows": codes}, headers=headers)).json()
    assert (first["loaded"], len(first["refused"]), again["loaded"], again["repeated"]) == (len(rows), 1, 0, len(rows))
    towns = await registry.client.get(
        "/api/registry/codes/divisions?parent=320281", headers={"Chengce-Wait-For": f"registry:{first['position']}"}
    )
    assert len(towns.json()["items"]) == 21


async def test_the_development_sign_in_never_gives_the_platforms_own_role(registry: Running) -> None:
    form = {"subject": "somebody", "roles": ["officer"], "department": "gxj"}
    token = (await registry.client.post("/api/registry/sign-in", json=form)).json()["access_token"]
    assert token
    system = await registry.client.post("/api/registry/sign-in", json=form | {"roles": ["system"]})
    assert system.status_code == 403


async def test_a_wrong_token_is_named_as_such(registry: Running) -> None:
    answer = await registry.client.get("/api/registry/enterprises/x/contact", headers={"Authorization": "Bearer x"})
    assert (answer.status_code, answer.json()["code"]) == (401, "platform.sign-in-required")


@pytest.mark.realdata
async def test_real_enterprises_are_taken_and_every_mutated_code_is_refused(registry: Running, realdata: Path) -> None:
    vectors = read_rows(realdata / "uscc_check_vectors.csv")
    rows = [{"uscc": row["code"], "name": "某企业"} for row in vectors]
    strict = [row for row in vectors if row["strict_valid"] == "1"]
    answer = await registry.client.post(
        "/api/registry/enterprises/batch", json={"rows": rows}, headers=registry.sign_in(Role.DATA_BUREAU)
    )
    result = answer.json()
    refused = {rows[each["row"]]["uscc"] for each in result["refused"]}
    assert not refused & {row["code"] for row in strict}
    # Spaces are put right at the door; everything else that is not strictly valid is refused.
    mended = [row for row in vectors if row["strict_valid"] != "1" and row["code"] not in refused]
    assert {row["kind"] for row in mended} <= {"inner space; strip then valid"}


async def test_a_number_that_no_column_holds_is_refused_at_the_door(registry: Running) -> None:
    form = {"uscc": "91320281MA0Y00016Q", "name": "江阴样例企业", "employees": 2**31, "revenue_fen": 2**63}
    headers = registry.sign_in(Role.DATA_BUREAU)
    answer = await registry.client.post("/api/registry/enterprises", json=form, headers=headers)
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"employees", "revenue_fen"}
