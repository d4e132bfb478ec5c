"""Places, money, turns, steps and rankings, through the doors."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from shared.security.actor import Role
from tests.services.application.attachments.test_kinds import zipped
from tests.services.application.city import PATIENCE, City, enterprise
from tests.services.application.test_api import AT, GUIDE
from tests.support.running import running_services, services_with, settings_for_tests
from tests.support.servers import nats_server

SERVICES = ("registry", "policy", "application", "notify")
LONG = GUIDE | {"promised_days": 20}
STEPS = {
    "steps": [
        {"key": "check", "title": "材料审核", "departments": ["gxj"], "limit_days": 3},
        {"key": "visit", "title": "现场核查", "kind": "inspection", "departments": ["gxj"], "limit_days": 5, "after": ["check"]},
        {"key": "joint", "title": "联合审核", "departments": ["kjj", "czj"], "limit_days": 5, "after": ["check"]},
    ]
}  # fmt: skip
EXPERTS = {
    "steps": [
        {"key": "check", "title": "材料审核", "departments": ["gxj"], "limit_days": 3},
        {"key": "experts", "title": "专家评分", "kind": "scores", "departments": ["gxj"], "limit_days": 9,
         "needs": 2, "after": ["check"]},
    ]
}  # fmt: skip


@pytest.fixture
async def city(database_url: str) -> AsyncIterator[City]:
    clock = {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": 1.0}
    async with running_services(*SERVICES, database_url=database_url, **clock) as running:
        yield City(running)


async def test_of_five_hundred_at_once_a_hundred_get_the_hundred_places(city: City) -> None:
    await city.publish("gxj-places", procedure="simple")
    await city.scheme("gxj-places", {"places": 100})
    answers = await asyncio.gather(*(city.apply("gxj-places", n, key=f"k{n}") for n in range(500)))
    assert Counter(answer.status_code for answer in answers) == {201: 100, 409: 400}
    refused = next(answer for answer in answers if answer.status_code == 409).json()
    assert refused["code"] == "application.exhausted"
    assert "名额已满" in refused["title"]
    shown = await city.sees(city.maker, "schemes/gxj-places")
    assert shown["places_left"] == 0
    again = await asyncio.gather(*(city.apply("gxj-places", n, key=f"k{n}") for n in range(500)))
    assert [a.json().get("id") for a in again] == [a.json().get("id") for a in answers], "a repeat is the same"

    taken = next(answer.json()["id"] for answer in answers if answer.status_code == 201)
    winner = next(n for n, answer in enumerate(answers) if answer.json().get("id") == taken)
    loser = next(n for n, answer in enumerate(answers) if answer.status_code == 409)
    await city.does(city.of(enterprise(winner)), f"applications/{taken}/withdraw", {"reason": "不再需要（样例）。"})
    async with asyncio.timeout(60):
        while (await city.apply("gxj-places", loser)).status_code != 201:  # noqa: ASYNC110 - given back by the platform
            await asyncio.sleep(0.05)
    assert (await city.apply("gxj-places", winner)).status_code == 409


async def test_of_a_budget_there_is_never_too_much_nor_too_little(city: City) -> None:
    await city.publish("gxj-money", procedure="simple")
    await city.scheme("gxj-money", {"budget_fen": 1_000_000, "most_fen": 30_000})
    wanted = [10_000 + n % 3 * 10_000 for n in range(500)]
    answers = await asyncio.gather(*(city.apply("gxj-money", n, fen, key=f"m{n}") for n, fen in enumerate(wanted)))
    granted = sum(fen for fen, answer in zip(wanted, answers, strict=True) if answer.status_code == 201)
    least_refused = min(fen for fen, answer in zip(wanted, answers, strict=True) if answer.status_code == 409)
    shown = await city.sees(city.maker, "schemes/gxj-money")
    assert shown["left_fen"] == 1_000_000 - granted >= 0
    assert least_refused > shown["left_fen"], "nobody was refused who would have fitted"

    paired = zip(answers, wanted, strict=True)
    number = next(answer.json()["id"] for answer, fen in paired if (answer.status_code, fen) == (201, 30_000))
    await city.does(city.maker, f"applications/{number}/accept")
    less = {"outcome": "approved", "opinion": "核减（样例）。", "amount_fen": 5_000}
    await city.does(city.maker, f"applications/{number}/review", less)
    after = await city.sees(city.maker, "schemes/gxj-money")
    assert after["left_fen"] == shown["left_fen"] + 25_000
    missing = await city.apply("gxj-money", 900)
    too_much = await city.apply("gxj-money", 900, 30_001)
    assert [e["code"] for a in (missing, too_much) for e in a.json()["errors"]] == ["missing", "too-much"]


async def test_what_is_approved_without_an_amount_keeps_nothing_of_the_budget(city: City) -> None:
    await city.publish("gxj-none", procedure="simple")
    await city.scheme("gxj-none", {"budget_fen": 1000})
    number = str((await city.apply("gxj-none", 1, 600)).json()["id"])
    await city.does(city.maker, f"applications/{number}/accept")
    assert (await city.sees(city.maker, "schemes/gxj-none"))["left_fen"] == 400
    review = {"outcome": "approved", "opinion": "符合条件，不给予资金（样例）。"}
    await city.does(city.maker, f"applications/{number}/review", review)
    assert (await city.sees(city.maker, "schemes/gxj-none"))["left_fen"] == 1000


async def test_opinions_given_at_once_leave_granted_what_the_budget_keeps(city: City) -> None:
    await city.publish("gxj-both", procedure="complex", guide=LONG)
    steps = [{"key": key, "title": key, "departments": ["gxj"], "limit_days": 3} for key in ("a", "b", "c")]
    await city.scheme("gxj-both", {"budget_fen": 1000}, {"steps": steps})
    number = str((await city.apply("gxj-both", 1, 900)).json()["id"])
    await city.does(city.maker, f"applications/{number}/accept")
    said = {"a": 700, "b": 50, "c": None}
    opinions = ({"opinion": "同意（样例）。", "amount_fen": fen} for fen in said.values())
    paths = (f"applications/{number}/steps/{key}/opinion" for key in said)
    await asyncio.gather(*(city.does(city.maker, path, body) for path, body in zip(paths, opinions, strict=True)))
    granted = (await city.sees(city.maker, f"applications/{number}"))["granted_fen"]
    assert granted in (700, 50)
    assert (await city.sees(city.maker, "schemes/gxj-both"))["left_fen"] == 1000 - granted


async def test_bounds_are_not_set_over_what_has_come_in_and_can_be_taken_away(city: City) -> None:
    await city.publish("gxj-bounds", procedure="simple")
    await city.scheme("gxj-bounds", {"places": 1})
    assert (await city.apply("gxj-bounds", 1)).status_code == 201
    assert (await city.apply("gxj-bounds", 2)).status_code == 409
    await city.scheme("gxj-bounds", {})
    assert (await city.sees(city.maker, "schemes/gxj-bounds"))["places_left"] is None
    assert (await city.apply("gxj-bounds", 2)).status_code == 201
    again = {"rules": {"period": "2026", "places": 2}}
    refused = await city.running.client.put("/api/application/schemes/gxj-bounds", json=again, headers=city.maker)
    assert refused.status_code == 422
    assert [(each["field"], each["code"]) for each in refused.json()["errors"]] == [("rules.places", "period-begun")]


async def test_an_enterprise_has_one_turn_for_an_item_and_for_items_that_exclude_each_other(city: City) -> None:
    for code in ("gxj-x", "gxj-y", "gxj-z"):
        await city.publish(code, procedure="simple")
    await city.scheme("gxj-x", {"exclusive": ["equipment"]})
    await city.scheme("gxj-y", {"exclusive": ["equipment"], "once": False})
    await city.scheme("gxj-z", {"once": False})
    both = await asyncio.gather(city.apply("gxj-x", 1), city.apply("gxj-y", 1))
    assert sorted(answer.status_code for answer in both) == [201, 409]
    refused = next(answer for answer in both if answer.status_code == 409).json()
    assert refused["code"] == "application.turn-taken"
    assert [(await city.apply("gxj-z", 1)).status_code for _ in range(2)] == [201, 201]
    assert (await city.apply("gxj-y", 2)).status_code == 201
    number = next(answer.json()["id"] for answer in both if answer.status_code == 201)
    await city.does(city.maker, f"applications/{number}/decline", {"reasons": ["不在范围（样例）。"]})
    async with asyncio.timeout(60):
        while (await city.apply("gxj-x", 1)).status_code != 201:  # noqa: ASYNC110 - given back by the platform
            await asyncio.sleep(0.05)


async def test_a_repeat_takes_nothing_for_an_application_that_has_ended(city: City) -> None:
    await city.publish("gxj-again", procedure="simple")
    await city.scheme("gxj-again", {"places": 1, "once": True})
    number = (await city.apply("gxj-again", 1, key="first")).json()["id"]
    await city.does(city.of(enterprise(1)), f"applications/{number}/withdraw", {"reason": "不再需要（样例）。"})
    async with asyncio.timeout(PATIENCE):
        while (await city.sees(city.maker, "schemes/gxj-again"))["places_left"] != 1:
            pass
    again = await city.apply("gxj-again", 1, key="first")
    assert (again.status_code, again.json()["id"], again.json()["repeated"]) == (201, number, True)
    assert (await city.sees(city.maker, "schemes/gxj-again"))["places_left"] == 1
    assert (await city.apply("gxj-again", 2)).status_code == 201
    assert (await city.apply("gxj-again", 1)).json()["code"] == "application.exhausted"


async def test_a_review_goes_through_departments_and_shows_where_it_is(city: City) -> None:
    await city.publish("gxj-steps", procedure="complex", guide=LONG)
    await city.scheme("gxj-steps", {}, STEPS)
    number = str((await city.apply("gxj-steps", 1, 100)).json()["id"])
    owner = city.of(enterprise(1))
    waiting = await city.sees(owner, f"applications/{number}")
    assert waiting["accept_by"] == "2026-03-09"
    assert waiting["next"] == "等待主管部门受理，最迟2026年3月9日。"
    await city.does(city.maker, f"applications/{number}/accept")
    await city.until_mail(city.maker, f"application:{number}", "application-to-accept", "step-started")
    opinion = {"opinion": "同意（样例）。", "amount_fen": 90}
    await city.does(city.maker, f"applications/{number}/steps/check/opinion", opinion)
    shown = await city.sees(owner, f"applications/{number}")
    assert {key: each["status"] for key, each in shown["standing"].items()} == {
        "check": "done",
        "visit": "open",
        "joint": "open",
    }
    assert "现场核查、联合审核" in shown["next"]
    picture = await city.running.client.get(f"/api/application/applications/{number}/process.svg", headers=owner)
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.text.count("办理中") == 2
    other = {name: city.running.sign_in(Role.OFFICER, department=name, subject=name) for name in ("kjj", "czj")}
    await city.does(other["kjj"], f"applications/{number}/steps/joint/opinion", {"opinion": "同意（样例）。"})
    await city.does(other["czj"], f"applications/{number}/steps/joint/opinion", {"opinion": "同意（样例）。"})
    await city.does(
        city.head, f"applications/{number}/steps/visit/return", {"to": "check", "reason": "核对金额（样例）。"}
    )
    await city.does(city.maker, f"applications/{number}/steps/check/opinion", opinion | {"amount_fen": 80})
    for name in ("kjj", "czj"):
        await city.does(other[name], f"applications/{number}/steps/joint/opinion", {"opinion": "同意（样例）。"})
    photo = await city.uploaded(city.head, b"\xff\xd8\xff sample", "photo.jpg")
    sheet = await city.uploaded(city.head, zipped("xl/workbook.xml"), "sheet.xlsx")
    visited = {"opinion": "设备在位（样例）。", "place": "样例路1号（样例）", "photos": [photo]}
    wrong = visited | {"place": None, "photos": [photo, "nothing", sheet]}
    refused = await city.does(city.head, f"applications/{number}/steps/visit/opinion", wrong, 422)
    assert {(each["field"], each["code"]) for each in refused["errors"]} == {
        ("photos.1", "unknown-file"), ("photos.2", "file-kind"), ("place", "missing"),
    }  # fmt: skip
    await city.does(city.head, f"applications/{number}/steps/visit/opinion", visited)
    picture = await city.running.client.get(f"/api/application/attachments/{photo}/file", headers=other["kjj"])
    assert picture.content == b"\xff\xd8\xff sample"
    ended = await city.sees(owner, f"applications/{number}")
    assert (ended["status"], ended["granted_fen"]) == ("reviewed", 80)
    assert ended["next"] == "审核通过，请填写收款账户，以便拨付。"
    steps = [each["step"] for each in ended["steps"]]
    assert steps.count("step-started") == 5 + 1 and steps[-1] == "review-completed"
    assert [each["photos"] for each in ended["steps"] if each.get("photos")] == [[photo]]
    assert "maker" not in str(ended["steps"]), "who gave an opinion is the department's business"


async def test_a_step_that_is_stuck_is_given_to_others(city: City) -> None:
    await city.publish("gxj-stuck", procedure="complex", guide=LONG)
    await city.scheme("gxj-stuck", {}, STEPS)
    number = str((await city.apply("gxj-stuck", 1, 100)).json()["id"])
    path = f"applications/{number}"
    await city.does(city.maker, f"{path}/accept")
    await city.does(city.maker, f"{path}/steps/check/opinion", {"opinion": "同意（样例）。", "amount_fen": 90})
    form = {"departments": ["gxj", "nobody"], "reason": "部门撤并（样例）。"}
    await city.does(city.maker, f"{path}/steps/joint/reassign", form, 403)
    refused = await city.does(city.head, f"{path}/steps/joint/reassign", form, 422)
    assert [each["code"] for each in refused["errors"]] == ["unknown"]
    await city.does(city.head, f"{path}/steps/joint/reassign", form | {"departments": ["gxj"]})
    shown = await city.sees(city.maker, path)
    assert (shown["involved"], shown["working"]) == (["gxj"], ["gxj"])
    await city.does(city.head, f"{path}/steps/joint/opinion", {"opinion": "同意（样例）。"})
    after = await city.sees(city.maker, path)
    assert after["standing"]["joint"]["status"] == "done"


async def test_a_wrong_scheme_is_refused_with_everything_that_is_wrong(city: City) -> None:
    await city.publish("gxj-wrong", procedure="complex")
    body = {"rules": {"period": "2026", "award": "ranked"}, "process": STEPS}
    refused = await city.running.client.put("/api/application/schemes/gxj-wrong", json=body, headers=city.maker)
    assert refused.status_code == 422
    assert {error["code"] for error in refused.json()["errors"]} == {
        "nothing-to-share", "no-end", "too-long", "nothing-to-rank", "unknown",
    }  # fmt: skip


async def test_a_ranking_with_ties_is_made_by_one_confirmed_by_another_and_everybody_is_told(database_url: str) -> None:
    with nats_server() as nats_url:
        clock = {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": 1.0}
        today = settings_for_tests(database_url, nats_url, **clock)
        async with services_with(SERVICES, today) as running:
            numbers = await _scored(City(running), [70, 90, 80, 80, 95])
        tomorrow = today.model_copy(update={"clock_at": AT + timedelta(days=1)})
        async with services_with(SERVICES, tomorrow) as running:
            await _ranked(City(running), numbers)


RANKING = {"item_code": "gxj-rank", "period": "2026"}


async def _scored(city: City, scores: list[int]) -> list[str]:
    """Applications for 100 fen each, from submission to two experts' scores, on the last day of the window."""
    window = {"kind": "fixed", "opens_on": "2026-03-02", "closes_on": "2026-03-02"}
    await city.publish("gxj-rank", procedure="complex", guide=LONG, window=window)
    await city.scheme("gxj-rank", {"award": "ranked", "places": 3, "budget_fen": 250}, EXPERTS)
    numbers: list[str] = []
    for n, score in enumerate(scores):
        number = str((await city.apply("gxj-rank", n, 100)).json()["id"])
        await city.does(city.maker, f"applications/{number}/accept")
        await city.does(city.maker, f"applications/{number}/steps/check/opinion", {"opinion": "齐全（样例）。"})
        for expert in ("e1", "e2"):
            who = city.running.sign_in(Role.REVIEWER, department="gxj", subject=expert)
            given = {"score": score, "opinion": "样例。"}
            await city.does(who, f"applications/{number}/steps/experts/opinion", given)
        numbers.append(number)
    early = await city.does(city.maker, "rankings", RANKING, 409)
    assert early["code"] == "application.window-open"
    return numbers


async def _ranked(city: City, numbers: list[str]) -> None:
    await city.scheme("gxj-rank", {"period": "2027", "places": 9})  # the next period, before this one is ranked
    await city.does(city.maker, "rankings", RANKING | {"period": "2027"}, 422)
    await city.does(city.maker, "rankings", RANKING, 201)
    own = await city.does(city.maker, "rankings/gxj-rank.2026/confirm", status=403)
    assert own["code"] == "application.four-eyes"
    shown = await city.sees(city.maker, "rankings/gxj-rank.2026")
    assert [(each["number"], each["rank"], each["granted"]) for each in shown["entries"]] == [
        (numbers[4], 1, True),
        (numbers[1], 2, True),
        (numbers[2], 3, False),  # 50 are left, and it asks for 100: the line
        (numbers[3], 3, False),
        (numbers[0], 5, False),
    ]
    await city.does(city.head, "rankings/gxj-rank.2026/confirm")
    await city.until_seen(city.maker, "rankings/gxj-rank.2026", status="concluded")
    for n, number in enumerate(numbers):
        owner = city.of(enterprise(n))
        ended = await city.sees(owner, f"applications/{number}")
        assert (ended["status"], ended["granted_fen"]) == ("reviewed", 100 if n in (4, 1) else None)
        await city.until_mail(
            owner, f"application:{number}", "application-received", "application-accepted",
            "step-started-enterprise", "step-started-enterprise", "application-scored", "review-completed",
        )  # fmt: skip


async def test_what_nobody_takes_is_raised_and_never_accepted_silently(database_url: str) -> None:
    # A working day is over in some four seconds.
    clock = {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": timedelta(days=1).total_seconds() / 4}
    async with running_services(*SERVICES, database_url=database_url, accept_days=1, **clock) as running:
        city = City(running)
        await city.publish("gxj-late", procedure="simple")
        number = str((await city.apply("gxj-late", 1)).json()["id"])
        owner = city.of(enterprise(1))
        shown = await city.until_seen(owner, f"applications/{number}", unaccepted=True)
        assert shown["status"] == "submitted"
        about = f"application:{number}"
        await city.until_mail(owner, about, "application-received", "acceptance-overdue")
        await city.until_mail(city.maker, about, "application-to-accept", "acceptance-overdue-department")
        assert "acceptance-overdue-supervision" in await city.mail(city.bureau, about)


async def test_a_supplement_that_never_comes_holds_up_nobody_for_ever(database_url: str) -> None:
    # A working day is over in some four seconds.
    clock = {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": timedelta(days=1).total_seconds() / 4}
    async with running_services(*SERVICES, database_url=database_url, supplement_days=1, **clock) as running:
        city = City(running)
        await city.publish("gxj-silent", procedure="simple")
        number = str((await city.apply("gxj-silent", 1)).json()["id"])
        owner, path = city.of(enterprise(1)), f"applications/{number}"
        await city.does(city.maker, f"{path}/accept")
        await city.does(city.maker, f"{path}/supplement-request", {"requirements": ["发票（样例）。"]})
        waiting = await city.sees(owner, path)
        assert waiting["supplement_by"] is not None
        over = await city.until_seen(owner, path, waiting_for_applicant=False)
        assert (over["status"], over["working"]) == ("accepted", ["gxj"])
        assert [each["who"] for each in over["steps"] if each["step"] == "supplement-lapsed"] == ["平台"]
        assert "仍可以补正" in over["next"]
        await city.does(owner, f"{path}/supplement", {"answer": "已补（样例）。"})
        await city.does(city.maker, f"{path}/review", {"outcome": "approved", "opinion": "齐全（样例）。"})
        about = f"application:{number}"
        await city.until_mail(
            owner, about, "application-received", "application-accepted", "supplement-requested", "supplement-due-soon",
            "supplement-lapsed", "application-supplemented-enterprise", "review-completed",
        )  # fmt: skip
        assert "supplement-lapsed-department" in await city.mail(city.maker, about)
