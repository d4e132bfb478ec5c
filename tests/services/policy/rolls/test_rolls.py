"""Rolls through the doors: everybody whom an item fits, at one moment, page by page, and computed again later (row A6)."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.security.actor import Role
from tests.services.policy.matching.desk import FIRST, HERE, RD, SECOND, THIRD, City, eligibility
from tests.support.running import running_services

FOURTH = "91320281MA0Y000409"


@pytest.fixture(scope="module")
async def city(database_url: str) -> AsyncIterator[City]:
    async with running_services("registry", "policy", database_url=database_url) as running:
        city = City(running)
        await city.supply((FIRST, "rd_ratio", 600), (FIRST, "division", "320281104"), (FIRST, "scale", "small"))
        await city.supply((SECOND, "rd_ratio", 700), (SECOND, "division", "320281"), (SECOND, "employees", 30))
        await city.supply((THIRD, "rd_ratio", 800))
        yield city


async def asked(city: City, path: str, who: dict[str, str] | None = None, status: int = 200, **params: Any) -> Any:
    headers = (who or city.officer) | city._wait
    answer = await city.client.get(f"/api/policy{path}", headers=headers, params=params)
    assert answer.status_code == status, answer.text
    return answer.json()


async def keep(city: City, code: str) -> Any:
    headers = city.officer | city._wait
    answer = await city.client.post(f"/api/policy/items/{code}/rolls", json={"purpose": "样例。"}, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


def codes(page: Any) -> list[str]:
    return [each["enterprise"] for each in page["enterprises"]]


async def test_nobody_is_missing_who_meets_it_whatever_they_want_to_hear(city: City) -> None:
    await city.publish("all", eligibility(RD, HERE, None))
    await city.put(f"/api/policy/interests/{FIRST}/muted/items/all", {}, city.enterprise(FIRST))
    roll = await keep(city, "all")
    assert (roll["met"], roll["undecided"], roll["not_met"], roll["by_person"]) == (2, 1, 0, ["第3项条件"])
    assert roll["digest"] == hashlib.sha256(f"{FIRST},{SECOND}".encode()).hexdigest()
    assert roll["missing"] == [{"fact": "division", "label": "注册地", "enterprises": 1}]
    first = await asked(city, f"/rolls/{roll['id']}", limit=1)
    assert (codes(first), first["next"]) == ([FIRST], FIRST)
    last = await asked(city, f"/rolls/{roll['id']}", limit=1, after=first["next"])
    assert (codes(last), last["next"]) == ([SECOND], None)
    lacking = await asked(city, f"/rolls/{roll['id']}", standing="undecided")
    assert lacking["enterprises"] == [{"enterprise": THIRD, "missing": ["注册地"], "value": None}]


@pytest.mark.parametrize(
    ("fact", "first", "second"),
    [
        ("scale", {"option": "small"}, {}),
        ("division", {"code": "320281104"}, {"code": "320281"}),
        ("rd_ratio", {"least": 600, "most": 600}, {"least": 700, "most": 700}),
        ("employees", {}, {"least": 30, "most": 30}),
        ("qualifications", {}, {}),
    ],
)
async def test_a_fact_comes_with_each(city: City, fact: str, first: Any, second: Any) -> None:
    await city.publish(f"of-{fact}", eligibility(RD, HERE))
    page = await asked(city, f"/items/of-{fact}/roll", fact=fact)
    known = [{k: v for k, v in each["value"].items() if v is not None} for each in page["enterprises"]]
    assert known[:2] == [first, second]
    refused = await asked(city, f"/items/of-{fact}/roll", status=422, fact="height")
    assert [error["code"] for error in refused["errors"]] == ["unknown-fact"]


async def test_a_kept_roll_stays_what_it_was_when_facts_and_conditions_have_changed(city: City) -> None:
    await city.supply((FOURTH, "rd_ratio", 900))
    rule = {"op": "compare", "fact": "rd_ratio", "comparison": ">=", "value": 850}
    await city.post("/api/policy/conditions/named", {"name": "top", "title": "研发最强", "rule": rule}, city.bureau)
    await asked(city, "/conditions/named")
    await city.publish("kept", eligibility({"op": "named", "name": "top"}))
    roll = await keep(city, "kept")
    looked = await asked(city, "/items/kept/roll")
    assert (roll["met"], codes(looked), looked["roll"]["id"]) == (1, [FOURTH], None)
    await city.supply((FOURTH, "rd_ratio", 100), (FIRST, "rd_ratio", 2000))
    await city.post("/api/policy/conditions/named", {"name": "top", "title": "研发最强", "rule": RD}, city.bureau)
    await asked(city, "/conditions/named")
    assert codes(await asked(city, f"/rolls/{roll['id']}")) == [FOURTH]
    assert await asked(city, f"/rolls/{roll['id']}/recomputed") == roll
    assert FOURTH not in codes(await asked(city, "/items/kept/roll"))
    moment = {"at": looked["roll"]["at"], "revision": looked["roll"]["revision"]}
    stale = await asked(city, "/items/kept/roll", status=409, at=moment["at"], revision=moment["revision"] + 1)
    assert stale["code"] == "policy.item-revised"
    naive = await asked(city, "/items/kept/roll", status=422, at="2026-03-02T09:00:00")
    assert [error["code"] for error in naive["errors"]] == ["timezone_aware"]


async def test_only_the_items_department_and_the_platform_see_whom_it_fits(city: City) -> None:
    await city.publish("closed", eligibility(RD))
    roll = await keep(city, "closed")
    stranger = city.running.sign_in(Role.OFFICER, department="kjj")
    for path in (f"/rolls/{roll['id']}", "/items/closed/roll"):
        assert (await city.client.get(f"/api/policy{path}")).status_code == 401
        await asked(city, path, city.enterprise(FIRST), 403)
        await asked(city, path, stranger, 403)
        await asked(city, path, city.running.sign_in(Role.SYSTEM, subject="service:application"))
    posted = await city.client.post("/api/policy/items/closed/rolls", json={"purpose": "样例。"}, headers=stranger)
    assert posted.status_code == 403


async def test_without_conditions_as_data_there_is_no_roll(city: City) -> None:
    await city.publish("prose", eligibility(None))
    refused = await asked(city, "/items/prose/roll", status=422)
    assert refused["code"] == "policy.no-eligibility"
    await asked(city, "/items/nowhere/roll", status=404)


async def test_the_same_key_keeps_one_roll(city: City) -> None:
    await city.publish("once", eligibility(RD))
    headers = city.officer | city._wait | {"Idempotency-Key": "k"}
    sent = [
        await city.client.post("/api/policy/items/once/rolls", json={"purpose": "样例。"}, headers=headers)
        for _ in range(2)
    ]
    assert sent[0].json() == sent[1].json()
