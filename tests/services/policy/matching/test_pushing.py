"""Intelligent push through the doors: who is told of what, once (row P8)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.services.policy.matching.desk import FIRST, HERE, RD, SECOND, THIRD, City, eligibility
from tests.support.running import running_services

MET, NEARLY = "met", "nearly"


@pytest.fixture
async def city(database_url: str) -> AsyncIterator[City]:
    async with running_services("registry", "policy", "notify", database_url=database_url) as running:
        city = City(running)
        await city.supply((FIRST, "rd_ratio", 600), (FIRST, "division", "320281104"), (SECOND, "rd_ratio", 320))
        await city.supply((THIRD, "division", "320281001"))
        await city.match(THIRD)
        yield city


async def test_those_who_meet_a_new_item_are_told_and_those_who_nearly_do_and_nobody_else(city: City) -> None:
    await city.publish("both", eligibility(RD, HERE, None))
    await city.until_told(FIRST, ("both", MET))
    await city.until_told(THIRD, ("both", NEARLY))
    assert await city.told(SECOND) == []
    (message,) = await city.until_in_inbox(FIRST, 1)
    assert (message["template"], message["about"], message["sms"]) == ("item-met", "item:both", "none")


async def test_a_fact_that_becomes_known_leads_to_a_message_and_a_second_time_to_none(city: City) -> None:
    await city.publish("both", eligibility(RD, HERE))
    await city.until_told(THIRD, ("both", NEARLY))
    await city.supply((THIRD, "rd_ratio", 900))
    await city.until_told(THIRD, ("both", MET))
    await city.supply((THIRD, "rd_ratio", 100))
    await city.supply((THIRD, "rd_ratio", 901))
    await city.supply((SECOND, "division", "320281"), (SECOND, "rd_ratio", 500))
    await city.until_told(SECOND, ("both", MET))
    assert len(await city.until_in_inbox(THIRD, 2)) == 2
    assert [m["template"] for m in await city.until_in_inbox(THIRD, 2)].count("item-met") == 1


async def test_a_muted_item_or_theme_is_not_told_and_can_be_wanted_again(city: City) -> None:
    own = city.enterprise(FIRST)
    await city.put(f"/api/policy/interests/{FIRST}/muted/themes/技术改造", None, own)
    await city.put(f"/api/policy/interests/{SECOND}/muted/items/one", None, city.enterprise(SECOND))
    await city.publish("one", eligibility(HERE))
    await city.publish("two", eligibility(HERE), themes=["人才"])
    await city.until_told(FIRST, ("two", MET))
    await city.until_told(THIRD, ("one", MET), ("two", MET))
    assert ("one", NEARLY) not in await city.told(SECOND)
    refused = await city.client.put(f"/api/policy/interests/{FIRST}/muted/items/two", headers=city.enterprise(SECOND))
    assert refused.status_code == 403
    await city.delete(f"/api/policy/interests/{FIRST}/muted/themes/技术改造", own)
    await city.publish("three", eligibility(HERE))
    await city.until_told(FIRST, ("two", MET), ("three", MET))


async def test_who_wants_a_digest_is_told_the_next_morning_all_together(city: City) -> None:
    form = {"delivery": "digest", "reminders": True}
    await city.put(f"/api/policy/interests/{FIRST}/delivery", form, city.enterprise(FIRST))
    await city.publish("one", eligibility(HERE))
    await city.publish("two", eligibility(RD))
    await city.until_told(FIRST, ("one", MET), ("two", MET))
    await city.until_told(THIRD, ("one", MET), ("two", NEARLY))
    await city.until_in_inbox(THIRD, 2)
    assert await city.inbox(FIRST) == []
    at = await city.next_deadline("digest", FIRST)
    assert (at.hour, at.minute) == (9, 0)
    await city.due_now("digest")
    (message,) = await city.until_in_inbox(FIRST, 1, about="enterprise:")
    assert "样例" in message["text"]
    assert "1. " in message["text"]
    assert "2. " in message["text"]


async def test_who_meets_an_item_is_reminded_once_before_it_closes_unless_reminders_are_not_wanted(city: City) -> None:
    window = {"kind": "fixed", "opens_on": "2026-01-01", "closes_on": "2099-12-31"}
    form = {"delivery": "at-once", "reminders": False}
    await city.put(f"/api/policy/interests/{THIRD}/delivery", form, city.enterprise(THIRD))
    await city.publish("soon", eligibility(HERE), window=window)
    await city.until_told(FIRST, ("soon", MET))
    await city.due_now("remind")
    messages = await city.until_in_inbox(FIRST, 2)
    assert sorted(m["template"] for m in messages) == ["item-closing-soon", "item-met"]
    assert [m["template"] for m in await city.until_in_inbox(THIRD, 1)] == ["item-met"]
    await city.until_settled("remind", "soon")


async def test_a_named_condition_with_a_new_meaning_reaches_those_who_now_meet_it(city: City) -> None:
    rule = {"op": "compare", "fact": "rd_ratio", "comparison": ">=", "value": 900}
    path = "/api/policy/conditions/named"
    await city.post(path, {"name": "strong", "title": "研发强企业", "rule": rule}, city.bureau)
    await city.match(FIRST)
    await city.publish("strong", eligibility({"op": "named", "name": "strong"}))
    await city.until_told(THIRD, ("strong", NEARLY))
    assert await city.told(FIRST) == []
    await city.post(path, {"name": "strong", "title": "研发强企业", "rule": rule | {"value": 600}}, city.bureau)
    await city.until_told(FIRST, ("strong", MET))


async def test_what_is_withheld_or_over_is_pushed_to_nobody(city: City) -> None:
    secret = {"disclosure": "withheld", "withheld_reason": "涉及商业秘密。"}
    await city.publish("secret", eligibility(HERE), of_document=secret)
    over = {"kind": "fixed", "opens_on": "2020-01-01", "closes_on": "2020-12-31"}
    await city.publish("over", eligibility(HERE), window=over)
    await city.publish("open", eligibility(HERE))
    await city.until_told(FIRST, ("open", MET))
    answer = await city.match(FIRST)
    assert [match["code"] for match in answer["met"]] == ["open"]
