"""Queues through their doors: many at once, the screen of the hall, and the end of the day."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from shared.security.actor import Role
from tests.services.application.counter.people import HALL, ONE, TWO
from tests.services.application.counter.window import USCC, Counter
from tests.services.application.test_api import AT
from tests.support.running import services_with, settings_for_tests
from tests.support.servers import nats_server


async def test_two_hundred_at_once_and_four_clerks(counter: Counter) -> None:
    """Numbers rise without gaps or doubles, and no number is called to two."""
    await counter.opened("hall-f")
    hall = HALL | {"counters": [f"{n}号窗口" for n in range(4)]}
    await counter.running.client.put("/api/application/halls/hall-f", json=hall, headers=counter.bureau)
    post = counter.running.client.post

    async def take(n: int) -> str:
        body = {"service": "application" if n % 2 else "consultation"}
        answer = await post("/api/application/halls/hall-f/numbers", json=body, headers=counter.clerk)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["number"])

    async def work(n: int, served: list[str]) -> None:
        clerk = counter.running.sign_in(Role.COUNTER_CLERK, department="szj", subject=f"clerk-f{n}")
        while True:
            path = "/api/application/halls/hall-f"
            answer = await post(f"{path}/call", json={"counter": f"{n}号窗口"}, headers=clerk)
            if answer.status_code == 409:
                assert answer.json()["code"] == "application.queue-empty"
                return
            number = answer.json()["number"]
            visit = (await post(f"{path}/numbers/{number}/serve", headers=clerk)).json()["visit"]
            assert (await post(f"/api/application/visits/{visit}/end", headers=clerk)).status_code == 200
            served.append(number)

    numbers = await asyncio.gather(*(take(n) for n in range(200)))
    expected = sorted(f"{letter}{n:03d}" for letter in "AB" for n in range(1, 101))
    assert sorted(numbers) == expected
    served: list[list[str]] = [[] for _ in range(4)]
    await asyncio.gather(*(work(n, served[n]) for n in range(4)))
    assert sorted(number for each in served for number in each) == expected
    assert all(each for each in served), "all four had work"
    for each in served:
        assert [n for n in each if n[0] == "A"] == sorted(n for n in each if n[0] == "A")
    figures = await counter.sees(counter.clerk, "halls/hall-f/figures")
    assert (figures["all"]["taken"], figures["all"]["served"], figures["all"]["waiting"]) == (200, 200, 0)
    assert figures["all"]["mean_wait_minutes"] >= 0


async def test_the_screen_shows_numbers_and_no_persons(counter: Counter) -> None:
    await counter.opened("hall-g")
    own = await counter.does(counter.own, "halls/hall-g/numbers", {"service": "application"}, 201)
    assert (own["number"], own["before"]) == ("B001", 0)
    again = await counter.does(counter.own, "halls/hall-g/numbers", {"service": "application"}, 201)
    assert again["number"] == "B001"
    post = counter.running.client.post
    keyed = [
        await post(
            "/api/application/halls/hall-g/numbers",
            json={"service": "application"},
            headers=counter.clerk | {"Idempotency-Key": "machine-1"},
        )
        for _ in range(2)
    ]
    assert [each.json()["number"] for each in keyed] == ["B002", "B002"]
    await counter.does(counter.clerk, "halls/hall-g/call", {"counter": ONE})
    await counter.does(counter.clerk, "halls/hall-g/numbers/B001/missed")
    assert (await counter.does(counter.clerk, "halls/hall-g/call", {"counter": ONE}))["number"] == "B002"
    taken = await counter.does(counter.other, "halls/hall-g/call", {"counter": ONE}, 409)
    assert taken["code"] == "application.counter-taken"
    recalled = await counter.does(counter.other, "halls/hall-g/numbers/B001/recall", {"counter": TWO})
    assert recalled["number"] == "B001"
    answer = await counter.running.client.get("/api/application/halls/hall-g/screen")
    screen = answer.json()
    assert [(each["number"], each["counter"]) for each in screen["called"]] == [("B001", TWO), ("B002", ONE)]
    assert (screen["missed"], screen["waiting"]) == ([], {"consultation": 0, "application": 0})
    assert "clerk" not in answer.text and USCC not in answer.text
    where = (await counter.running.client.get("/api/application/halls/hall-g/numbers/B001")).json()
    assert (where["status"], where["counter"]) == ("called", TWO)
    unknown = await counter.does(counter.own, "halls/hall-g/numbers", {"service": "nothing"}, 422)
    assert "申报受理（application）" in unknown["errors"][0]["message"]
    wrong = {"counter": "9号窗口", "services": ["nothing"]}
    refused = await counter.does(counter.clerk, "halls/hall-g/call", wrong, 422)
    assert [error["field"] for error in refused["errors"]] == ["counter", "services"]
    assert (await counter.does(counter.own, "halls/none/numbers", {"service": "x"}, 404))["code"] == (
        "application.hall-unknown"
    )
    listed = {each["hall"]: each for each in await counter.sees(counter.own, "halls")}
    assert listed["hall-g"]["counters"] == HALL["counters"]


async def test_numbers_and_visits_end_with_their_day(database_url: str) -> None:
    with nats_server() as nats_url:
        clock = {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": 1.0}
        today = settings_for_tests(database_url, nats_url, **clock)
        async with services_with(("application",), today) as running:
            counter = Counter(running)
            await counter.opened("hall-h")
            visit = await counter.served("hall-h")
            await counter.does(counter.own, "halls/hall-h/numbers", {"service": "application"}, 201)
        after = today.model_copy(update={"clock_at": AT + timedelta(days=1)})
        async with services_with(("application",), after) as running:
            counter = Counter(running)
            figures = await counter.until_closed("hall-h", "2026-03-02")
            assert (figures["all"]["lapsed"], figures["all"]["waiting"]) == (1, 0)
            ended = await counter.until_seen(counter.clerk, f"visits/{visit}", why="over")
            assert ended["rating"] == f"/api/hotline/visits-at-counter/of/{visit}"
            fresh = await counter.does(counter.own, "halls/hall-h/numbers", {"service": "application"}, 201)
            assert fresh["number"] == "B001", "each day begins anew"
