"""Precise matching through the doors: what fits, what does not, what is not known, and why (articles 2, 21)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.security.actor import Role
from tests.services.policy.matching.desk import FIRST, HERE, RD, SECOND, THIRD, City, eligibility
from tests.support.running import running_services


@pytest.fixture(scope="module")
async def city(database_url: str) -> AsyncIterator[City]:
    async with running_services("registry", "policy", database_url=database_url) as running:
        city = City(running)
        await city.supply((FIRST, "rd_ratio", 600), (FIRST, "division", "320281104"), (SECOND, "rd_ratio", 320))
        await city.publish("rd", eligibility(RD, HERE, None))
        await city.publish(
            "here", eligibility(HERE), window={"kind": "fixed", "opens_on": "2026-01-01", "closes_on": "2099-12-31"}
        )
        await city.publish(
            "over", eligibility(HERE), window={"kind": "fixed", "opens_on": "2020-01-01", "closes_on": "2020-12-31"}
        )
        await city.publish("prose", eligibility(None))
        yield city


def codes(matches: list[dict[str, Any]]) -> list[str]:
    return [match["code"] for match in matches]


async def test_items_are_grouped_by_what_is_known_and_those_that_close_come_first(city: City) -> None:
    first, second = await city.match(FIRST), await city.match(SECOND)
    assert (codes(first["met"]), codes(first["unknown"]), codes(first["not_met"])) == (["here", "rd"], ["prose"], [])
    assert (codes(second["met"]), codes(second["unknown"]), codes(second["not_met"])) == ([], ["here", "prose"], ["rd"])
    assert first["met"][0]["days_left"] > 1000
    assert [(q["fact"], q["decides"]) for q in second["questions"]] == [("division", 1)]
    prose = first["unknown"][0]
    assert (prose["no_data"], prose["missing"], prose["by_person"]) == (True, [], ["第1项条件"])


async def test_an_item_is_explained_with_the_facts_it_rests_on_and_what_would_have_to_change(city: City) -> None:
    answer = await city.match(SECOND, "/items/rd")
    rd, here, person = answer["requirements"]
    assert (answer["verdict"], rd["verdict"], here["verdict"], person["by_person"]) == (
        "not-met", "not-met", "unknown", True,
    )  # fmt: skip
    assert rd["changes"] == ["需要研发费用占营业收入的比例不低于5%，现为3.2%。"]
    fact = rd["condition"]["fact"]
    assert (fact["value"], fact["source"], fact["as_of"]) == ("3.2%", "szj", "2026-03-01")
    assert here["missing"] == ["division"]


async def test_facts_can_be_supposed_and_nothing_of_them_is_kept(city: City) -> None:
    supposed = {"facts": {"rd_ratio": {"least": 500, "most": 800}, "division": "320281"}}
    headers = city.enterprise(SECOND)
    answer = await city.post(f"/api/policy/match/{SECOND}/what-if", supposed, headers, 200)
    assert codes(answer["met"]) == ["here", "rd"]
    assert codes((await city.match(SECOND))["met"]) == []
    wrong = {"facts": {"rd_ratio": "much", "height": 3}}
    refused = await city.post(f"/api/policy/match/{SECOND}/what-if", wrong, headers, 422)
    assert [error["field"] for error in refused["errors"]] == ["facts.rd_ratio", "facts.height"]


async def test_a_match_is_closed_to_everybody_but_the_enterprise_and_departments(city: City) -> None:
    path = f"/api/policy/match/{FIRST}"
    assert (await city.client.get(path)).status_code == 401
    assert (await city.client.get(path, headers=city.enterprise(SECOND))).status_code == 403
    assert (await city.client.get(path, headers=city.officer)).status_code == 200


async def test_a_match_is_kept_as_evidence_and_comes_out_the_same_after_everything_has_changed(city: City) -> None:
    await city.supply((THIRD, "rd_ratio", 700), (THIRD, "division", "320281"))
    rule = {"op": "in", "fact": "scale", "values": ["small"]}
    await city.post("/api/policy/conditions/named", {"name": "little", "title": "小型企业", "rule": rule}, city.bureau)
    await city.match(THIRD)
    await city.publish("kept", eligibility(RD, {"op": "any", "of": [HERE, {"op": "named", "name": "little"}]}))
    await city.match(THIRD)
    path = f"/api/policy/match/{THIRD}/items/kept/evidence"
    kept = (await city.post(path, {}, city.enterprise(THIRD)))["id"]
    await city.supply((THIRD, "rd_ratio", 100))
    rule = {"op": "in", "fact": "scale", "values": ["large"]}
    await city.post("/api/policy/conditions/named", {"name": "little", "title": "大型企业", "rule": rule}, city.bureau)
    shown = (await city.client.get(f"/api/policy/evidence/{kept}", headers=city.enterprise(THIRD))).json()
    assert (shown["recorded"]["verdict"], shown["verdict_now"], shown["same"]) == ("met", "met", True)
    assert {fact["key"]: fact["value"] for fact in shown["recorded"]["facts"]} == {
        "rd_ratio": 700,
        "division": "320281",
    }
    assert shown["recorded"]["named"]["little"]["values"] == ["small"]
    assert shown["requirements"][0]["condition"]["fact"]["value"] == "7%"
    other = await city.client.get(f"/api/policy/evidence/{kept}", headers=city.enterprise(FIRST))
    assert other.status_code == 403


async def test_a_publisher_sees_whom_an_item_would_reach_and_what_it_could_cost(city: City) -> None:
    form = {"eligibility": eligibility(RD, HERE), "amount_fen": 1_000}
    answer = await city.post("/api/policy/audience", form, city.officer, 200)
    total = answer["total"]
    assert total["met"] >= 1
    assert total["not_met"] >= 1
    assert answer["exposed_fen"] == 1_000 * total["met"]
    towns = {group["key"]: group["met"] for group in answer["by_town"]}
    assert towns["320281104"] == 1
    assert sum(towns.values()) == total["met"]
    assert (
        await city.client.post("/api/policy/audience", json=form, headers=city.enterprise(FIRST))
    ).status_code == 403


async def test_an_item_can_be_held_against_profiles_as_they_were(city: City) -> None:
    form = {"eligibility": eligibility(RD), "at": "2020-01-01T00:00:00Z"}
    past = await city.post("/api/policy/audience", form, city.officer, 200)
    assert past["total"] == {"met": 0, "nearly": 0, "undecided": 0, "not_met": 0}
    now = await city.post("/api/policy/audience", {"eligibility": eligibility(RD)}, city.officer, 200)
    assert now["total"]["met"] >= 1


async def test_all_mistakes_of_an_eligibility_are_named_and_its_sentences_shown_while_it_is_written(city: City) -> None:
    wrong = eligibility(RD, {"op": "is", "fact": "rd_ratio"}, {"op": "named", "name": "nobody"}, None)
    answer = await city.post("/api/policy/conditions/sentence", wrong, city.officer, 200)
    assert answer["sentences"] == [
        "研发费用占营业收入的比例不低于5%。",
        "研发费用占营业收入的比例：是。",
        "符合“nobody”。",
        None,
    ]
    assert [error["code"] for error in answer["errors"]] == ["wrong-kind", "unknown-condition"]
    refused = await city.post("/api/policy/audience", {"eligibility": wrong}, city.officer, 422)
    assert [error["code"] for error in refused["errors"]] == ["wrong-kind", "unknown-condition"]


async def test_a_named_condition_is_the_data_bureaus_and_never_refers_to_itself(city: City) -> None:
    form = {"name": "round", "title": "绕圈", "rule": {"op": "named", "name": "round"}}
    assert (await city.post("/api/policy/conditions/named", form, city.officer, 403))[
        "code"
    ] == "policy.data-bureau-only"
    refused = await city.post("/api/policy/conditions/named", form, city.bureau, 422)
    assert {"cycle", "unknown-condition"} == {error["code"] for error in refused["errors"]}


async def test_a_supervisor_may_see_every_match(city: City) -> None:
    headers = city.running.sign_in(Role.SUPERVISOR)
    assert (await city.client.get(f"/api/policy/match/{FIRST}", headers=headers)).status_code == 200
