"""Delegation through the doors: set, told, used, and ended by the platform."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shared.security.actor import Role
from tests.services.application.city import City
from tests.services.application.schemes.test_doors import EXPERTS, LONG, SERVICES
from tests.services.application.test_api import AT
from tests.support.running import Running, services_with, settings_for_tests
from tests.support.servers import nats_server


def expert(running: Running, name: str) -> dict[str, str]:
    return running.sign_in(Role.REVIEWER, department="gxj", subject=name)


async def test_a_colleague_acts_during_an_absence_and_no_longer(database_url: str) -> None:
    with nats_server() as nats_url:
        clock = {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": 1.0}
        today = settings_for_tests(database_url, nats_url, **clock)
        async with services_with(SERVICES, today) as running:
            key, numbers = await _used(City(running))
        after = today.model_copy(update={"clock_at": AT + timedelta(days=2)})
        async with services_with(SERVICES, after) as running:
            await _ended(City(running), key, numbers[1])


async def _used(city: City) -> tuple[str, list[str]]:
    await city.publish("gxj-away", procedure="complex", guide=LONG)
    await city.scheme("gxj-away", {}, EXPERTS)
    numbers = []
    for n in (1, 2):
        number = str((await city.apply("gxj-away", n, 100)).json()["id"])
        await city.does(city.maker, f"applications/{number}/accept")
        await city.does(city.maker, f"applications/{number}/steps/check/opinion", {"opinion": "同意（样例）。"})
        numbers.append(number)
    away, deputy, other = (expert(city.running, name) for name in ("away", "deputy", "other"))
    door = f"applications/{numbers[0]}/steps/experts/opinion"
    mine = {"score": 80, "opinion": "可行（样例）。", "on_behalf_of": "away"}
    refused = await city.does(deputy, door, mine, 403)
    assert refused["code"] == "application.not-delegated"

    days = {"from_on": "2026-03-02", "until_on": "2026-03-03", "reason": "出差（样例）。"}
    key = (await city.does(away, "delegations", days | {"delegate": "deputy"}, 201))["id"]
    await city.until_mail(away, f"delegation:{key}", "delegation-set-absent")
    await city.until_mail(deputy, f"delegation:{key}", "delegation-set-delegate")
    await city.does(deputy, door, mine)
    assert (await city.does(deputy, door, {"score": 90, "opinion": "可行（样例）。"}, 409))["code"] == (
        "application.opinion-given"
    )
    await city.does(other, door, {"score": 90, "opinion": "可行（样例）。"})
    assert (await city.sees(city.maker, f"applications/{numbers[0]}"))["status"] == "reviewed"
    (shown,) = (await city.sees(deputy, "delegations", current=True))["items"]
    assert (shown["absent"], shown["in_force"]) == ("away", True)
    assert [(each["application"], each["step"]) for each in shown["used"]] == [(numbers[0], "experts")]
    assert (await city.sees(other, "delegations"))["items"] == []
    assert len((await city.sees(city.head, "delegations"))["items"]) == 1
    return key, numbers


async def _ended(city: City, key: str, number: str) -> None:
    away, deputy = expert(city.running, "away"), expert(city.running, "deputy")
    await city.until_mail(away, f"delegation:{key}", "delegation-set-absent", "delegation-ended-absent")
    await city.until_mail(deputy, f"delegation:{key}", "delegation-set-delegate", "delegation-ended-delegate")
    (shown,) = (await city.sees(away, "delegations"))["items"]
    assert (shown["in_force"], shown["ended_on"], shown["end_reason"]) == (False, "2026-03-04", "委托期满。")
    mine = {"score": 80, "opinion": "可行（样例）。", "on_behalf_of": "away"}
    refused = await city.does(deputy, f"applications/{number}/steps/experts/opinion", mine, 403)
    assert refused["errors"][0]["field"] == "on_behalf_of"
