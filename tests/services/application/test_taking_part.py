"""Every department that takes part in a review sees the application, and whose turn it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from shared.security.actor import Role
from tests.services.application.city import City, enterprise
from tests.services.application.schemes.test_doors import LONG, SERVICES, STEPS
from tests.services.application.test_api import AT
from tests.support.running import running_services


@pytest.fixture
async def city(database_url: str) -> AsyncIterator[City]:
    clock = {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": 1.0}
    async with running_services(*SERVICES, database_url=database_url, **clock) as running:
        yield City(running)


async def test_departments_see_what_they_take_part_in_and_what_is_theirs_to_do(city: City) -> None:
    await city.publish("gxj-part", procedure="complex", guide=LONG)
    await city.scheme("gxj-part", {}, STEPS)
    number = str((await city.apply("gxj-part", 1, 100)).json()["id"])
    others = {name: city.running.sign_in(Role.OFFICER, department=name, subject=name) for name in ("kjj", "czj", "rsj")}

    async def to_do(who: dict[str, str]) -> list[str]:
        shown = await city.sees(who, "applications", to_do=True)
        return [each["number"] for each in shown["items"]]

    assert [await to_do(who) for who in (city.maker, others["kjj"])] == [[number], []]
    await city.does(city.maker, f"applications/{number}/accept")
    await city.does(city.maker, f"applications/{number}/steps/check/opinion", {"opinion": "同意（样例）。"})
    seen = await city.sees(others["kjj"], f"applications/{number}")
    assert (seen["involved"], seen["working"]) == (["czj", "gxj", "kjj"], ["czj", "gxj", "kjj"])
    picture = await city.running.client.get(
        f"/api/application/applications/{number}/process.svg", headers=others["czj"]
    )
    assert picture.status_code == 200
    await city.does(others["kjj"], f"applications/{number}/steps/joint/opinion", {"opinion": "同意（样例）。"})
    assert [await to_do(who) for who in (city.maker, others["kjj"], others["czj"])] == [[number], [], [number]]
    listed = await city.sees(others["kjj"], "applications")
    assert [each["number"] for each in listed["items"]] == [number], "what it has done it still sees"

    assert (await city.sees(others["rsj"], "applications"))["items"] == []
    answer = await city.running.client.get(f"/api/application/applications/{number}", headers=others["rsj"])
    assert (answer.status_code, answer.json()["code"]) == (403, "application.not-yours")
    await city.does(city.of(enterprise(1)), f"applications/{number}/withdraw", {"reason": "不再需要（样例）。"})
    assert await to_do(city.maker) == []
