"""Results of items that are gone, of other periods, asked for twice, and kept from the public: through the doors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from services.application.announcing import commands
from shared.eventstore.events import Event
from shared.security.actor import Role
from tests.services.application.announcing.test_doors import AT, approved, until_planned
from tests.services.application.city import PATIENCE, City, enterprise
from tests.support.running import Running, running_services


@pytest.fixture(scope="module")
async def city(database_url: str) -> AsyncIterator[City]:
    clock = {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": timedelta(days=1).total_seconds() / 2}
    names = ("registry", "policy", "application", "notify")
    async with running_services(*names, database_url=database_url, **clock) as running:
        made = City(running)
        await made.register(1, 2, 3)
        yield made


async def repeal(city: City, code: str) -> None:
    """The item is gone, and application has heard of it."""
    decision = {"reason": "政策到期（样例）。", "decided_on": "2026-03-02"}
    path = f"/api/policy/items/{code}/repeal"
    repealed = await city.running.client.post(path, json=decision, headers=city.maker)
    assert repealed.status_code == 200, repealed.text
    await city.patiently("/api/application/offers", {"Chengce-Wait-For": repealed.headers["Chengce-Position"]})


async def test_what_was_approved_is_announced_and_paid_after_its_item_is_repealed(city: City) -> None:
    code = "repealed"
    await city.publish(code, procedure="simple")
    first, second = [await approved(city, code, number) for number in (1, 2)]
    await repeal(city, code)
    refused = await city.apply(code, 3)
    assert [error["code"] for error in refused.json()["errors"]] == ["not-offered"]
    offered = await city.sees(city.maker, "offers", q="免申")
    assert code not in {each["item_code"] for each in offered["items"]}
    form = {"item_code": code, "period": "2026", "numbers": [first]}
    key = (await city.does(city.maker, "announcements", form, 201))["id"]
    assert await until_planned(city, code) == [second]
    await city.until_seen(city.maker, f"announcements/{key}", status="ended")
    await city.does(city.head, f"announcements/{key}/confirm")
    assert await until_planned(city, code) == [first]


async def test_the_same_key_is_the_same_announcement_and_another_content_is_refused(city: City) -> None:
    code = "once"
    await city.publish(code, procedure="simple")
    number = await approved(city, code, 1)
    form = {"item_code": code, "period": "2026", "days": 30}
    keyed = city.maker | {"Idempotency-Key": "announce-once"}
    first = await city.does(keyed, "announcements", form, 201)
    again = await city.does(keyed, "announcements", form, 201)
    assert (again["id"], again["position"], again["repeated"]) == (first["id"], first["position"], True)
    other = await city.does(keyed, "announcements", form | {"numbers": [number]}, 422)
    assert other["code"] == "platform.idempotency-key-reused"
    kept = [{"number": number, "ground": "personal-privacy", "reason": "样例。"}]
    other = await city.does(keyed, "announcements", form | {"withheld": kept}, 422)
    assert other["code"] == "platform.idempotency-key-reused"


async def announced(city: City, code: str, **more: object) -> list[str]:
    """The numbers on a new announcement, the platform having chosen what is on it."""
    form = {"item_code": code, "period": "2026", "days": 30} | more
    key = (await city.does(city.maker, "announcements", form, 201))["id"]
    return sorted(each["number"] for each in await city.sees(city.maker, f"announcements/{key}/entries"))


async def test_what_is_paid_already_is_left_out_and_what_was_dropped_from_its_plan_is_not(city: City) -> None:
    code = "paid-directly"
    await city.publish(code, procedure="simple")
    first, second = [await approved(city, code, number) for number in (1, 2)]
    plan = (await city.does(city.maker, "payment-plans", {"item_code": code}, 201))["id"]
    await city.until(plan, "submitted", "payment-plans")
    third = await approved(city, code, 3)
    await city.does(city.finance, f"payment-plans/{plan}/return", {"reason": "样例。"})
    await city.does(city.maker, f"payments/{first}/drop", {"reason": "先公示（样例）。"})
    wrong = {"item_code": code, "period": "2026", "numbers": [second]}
    refused = await city.does(city.maker, "announcements", wrong, 422)
    assert plan in refused["errors"][0]["message"]
    assert await announced(city, code) == sorted([first, third])


async def test_each_period_has_announcements_of_its_own(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "periods"
    await city.publish(code, procedure="simple")
    await city.scheme(code, {"period": "2026", "places": 9})
    old = [await approved(city, code, number) for number in (1, 2)]
    await city.scheme(code, {"period": "2027", "places": 9})
    new = await approved(city, code, 3)
    mixed = {"item_code": code, "period": "2027", "numbers": [new, old[0]]}
    refused = await city.does(city.maker, "announcements", mixed, 422)
    assert [error["field"] for error in refused["errors"]] == [f"numbers.{old[0]}"]
    monkeypatch.setattr(commands, "MOST_ENTRIES", 1)
    assert await announced(city, code, period="2027") == [new]
    parts = [await announced(city, code, part=part) for part in (1, 2)]
    assert sorted(number for part in parts for number in part) == sorted(old)


async def test_an_enterprise_hears_that_its_withheld_result_is_not_public_and_that_it_is_final(city: City) -> None:
    code = "withheld"
    await city.publish(code, procedure="simple")
    number = await approved(city, code, 1)
    kept = [{"number": number, "ground": "business-secret", "reason": "涉及未公开的技术（样例）。"}]
    form = {"item_code": code, "period": "2026", "withheld": kept}
    key = (await city.does(city.maker, "announcements", form, 201))["id"]
    await city.until_seen(city.maker, f"announcements/{key}", status="ended")
    await city.does(city.head, f"announcements/{key}/confirm")
    told = ("application-received", "application-accepted", "review-completed")
    final = ("result-withheld", "withheld-result-confirmed")
    await city.until_mail(city.of(enterprise(1)), f"application:{number}", *told, *final)


async def test_an_objector_can_be_reached_by_the_department_and_is_told_of_the_outcome(city: City) -> None:
    code = "objected"
    await city.publish(code, procedure="simple")
    number = await approved(city, code, 1)
    key = (await city.does(city.maker, "announcements", {"item_code": code, "period": "2026", "days": 30}, 201))["id"]
    citizen = city.running.sign_in(Role.APPLICANT, subject="citizen")
    objection = {"against": number, "grounds": "不符合（样例）。", "contact": "样例人 199 0000 0001"}
    await city.does(citizen, f"announcements/{key}/objections", objection, 201)
    path = f"/api/application/announcements/{key}/objections/1/objector"
    stranger = city.running.sign_in(Role.OFFICER, department="kjj", subject="stranger")
    for who in (citizen, city.bureau, stranger):
        assert (await city.running.client.get(path, headers=who)).status_code == 403
    shown = await city.running.client.get(path, headers=city.maker)
    assert shown.json() == {"contact": "样例人 199 0000 0001", "phone": "19900000001"}
    history = await _history(city, f"announcement-{key}")
    assert [type(event).__name__ for event in history] == ["ResultsAnnounced", "ObjectionRaised", "ObjectorShown"]
    assert "0000 0001" not in repr(history)
    decision = {"outcome": "rejected", "reason": "不属实（样例）。"}
    await city.does(city.head, f"announcements/{key}/objections/1/decide", decision)
    inbox, found = f"/api/notify/inbox?recipient=objector:{key}:1", []
    async with asyncio.timeout(PATIENCE):
        while not found:
            found = (await city.running.client.get(inbox, headers=city.bureau)).json()["items"]
    assert [each["template"] for each in found] == ["objection-decided-person"]


async def _history(city: City, name: str) -> list[Event]:
    assert isinstance(city.running, Running)
    return [each.event for each in await city.running.runtimes["application"].aggregates.history(name)]
