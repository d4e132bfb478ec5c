"""A department's own system through the doors, on real servers: connected, following, taking over, giving results."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.contracts.base import contract
from shared.security.actor import Role
from tests.services.application.city import City, enterprise
from tests.services.application.schemes.test_doors import LONG, SERVICES, STEPS
from tests.services.application.systems.connecting import SystemAtWork, connected, requested
from tests.services.application.test_api import AT
from tests.support.running import running_services, services_with, settings_for_tests
from tests.support.servers import nats_server

PERSON = {"handled_by": "maker"}
ANEW = {
    "steps": [
        {"key": "check", "title": "材料审核", "departments": ["gxj"], "limit_days": 3},
        {"key": "again", "title": "复核", "departments": ["gxj"], "limit_days": 3, "after": ["check"], "anew": True},
    ]
}


@pytest.fixture(scope="module")
async def city(database_url: str) -> AsyncIterator[City]:
    clock = {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": 1.0}
    async with running_services(*SERVICES, database_url=database_url, **clock) as running:
        yield City(running)


async def applied(city: City, code: str, number: int = 1, **more: Any) -> str:
    await city.publish(code, **({"procedure": "simple"} | more))
    return str((await city.apply(code, number, 100)).json()["id"])


async def test_a_system_is_asked_for_approved_and_draws_its_secret_once(city: City) -> None:
    wrong = {"name": "", "office": "信息科（样例）", "phone": "不知道", "extra": 1}
    refused = await city.does(city.head, "systems", wrong, 422)
    assert {each["field"] for each in refused["errors"]} == {"name", "phone", "extra"}, "everything at once"
    client = await requested(city, items=["gxj-secret"])
    await city.until_mail(city.bureau, f"system:{client}", "system-requested")
    await city.does(city.head, f"systems/{client}/approve", None, 403)
    assert (await city.does(city.head, f"systems/{client}/secrets", {}, 409))[
        "code"
    ] == "application.system-wrong-status"
    await city.does(city.bureau, f"systems/{client}/approve")
    await city.does(city.bureau, f"systems/{client}/approve")
    await city.does(city.bureau, f"systems/{client}/secrets", {}, 403)
    other = city.running.sign_in(Role.DEPARTMENT_HEAD, department="kjj", subject="other-head")
    await city.does(other, f"systems/{client}/secrets", {}, 403)

    keyed = city.head | {"Idempotency-Key": "draw-1"}
    first = await city.does(keyed, f"systems/{client}/secrets", {})
    again = await city.does(keyed, f"systems/{client}/secrets", {})
    assert (len(first["secret"]) >= 43, again["secret"], again["repeated"]) == (True, None, True)
    await city.until_mail(city.maker, f"system:{client}", "system-approved", "system-secret-issued")
    shown = await city.sees(city.bureau, f"systems/{client}")
    assert first["secret"] not in str(shown)
    assert [each["what"] for each in shown["history"]] == [
        "system-requested",
        "system-approved",
        "system-secret-issued",
    ]
    assert client in [each["id"] for each in (await city.sees(city.head, "systems"))["items"]]
    assert client not in [each["id"] for each in (await city.sees(other, "systems"))["items"]]
    assert (await SystemAtWork(city, client, first["secret"]).token()).status_code == 200


async def test_signing_in_right_and_wrong(city: City) -> None:
    system = await connected(city)
    right = await system.token(lifetime="60")
    assert (right.json()["token_type"], right.json()["expires_in"]) == ("Bearer", 60)
    assert right.headers["Cache-Control"] == "no-store"
    post = city.running.client.post
    door, grant = "/api/application/system/token", {"grant_type": "client_credentials"}
    in_form = await post(door, data=grant | {"client_id": system.client, "client_secret": system.secret})
    assert in_form.status_code == 200
    wrong = await post(door, data=grant, auth=(system.client, "wrong"))
    unknown = await post(door, data=grant, auth=("gxj-000000000000", system.secret))
    nobody = await post(door, data=grant)
    assert [each.status_code for each in (wrong, unknown, nobody)] == [401, 401, 401]
    assert wrong.json() == unknown.json() == nobody.json(), "which of both is wrong is not said"
    assert (wrong.json()["error"], wrong.headers["WWW-Authenticate"]) == ("invalid_client", "Basic")
    grantless = await system.token(grant_type="password")
    assert (grantless.status_code, grantless.json()["error"]) == (400, "unsupported_grant_type")
    assert (await system.token(lifetime="86400")).json()["error"] == "invalid_request"


async def test_a_systems_token_opens_its_own_doors_alone_and_a_persons_none_of_them(city: City) -> None:
    system = await connected(city)
    get = city.running.client.get
    for path in (
        "/api/application/applications", "/api/application/systems", "/api/notify/inbox", "/api/application/delegations",
        "/api/registry/enterprises/91320281MA0Y00016Q/profile",
    ):  # fmt: skip
        answer = await get(path, headers=system.headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "platform.people-only"), path
    for who in (city.head, city.bureau):
        answer = await get("/api/application/system/feed", headers=who)
        assert (answer.status_code, answer.json()["code"]) == (403, "application.systems-only")
    for headers in ({}, {"Authorization": "Bearer forged"}):
        assert (await get("/api/application/system/feed", headers=headers)).status_code == 401
    answer = await city.running.client.post(
        "/api/registry/sign-in", json={"subject": "system:x", "roles": ["department-system"], "department": "gxj"}
    )
    assert answer.status_code == 403, "the development sign-in makes no system"


async def test_a_new_secret_and_the_one_before_it_hold_together_for_a_while(database_url: str) -> None:
    with nats_server() as nats_url:
        clock = {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": 1.0}
        today = settings_for_tests(database_url, nats_url, **clock)
        async with services_with(SERVICES, today) as running:
            city = City(running)
            old = await connected(city)
            path = f"systems/{old.client}/secrets"
            newer = SystemAtWork(city, old.client, (await city.does(city.head, path, {"overlap_hours": 2}))["secret"])
            assert [(await each.token()).status_code for each in (old, newer)] == [200, 200]
        later = today.model_copy(update={"clock_at": AT + timedelta(hours=2, minutes=1)})
        async with services_with(SERVICES, later) as running:
            city = City(running)
            old.city = newer.city = city
            assert [(await each.token()).status_code for each in (old, newer)] == [401, 200]
            newest = SystemAtWork(city, old.client, (await city.does(city.head, path, {"overlap_hours": 0}))["secret"])
            assert [(await each.token()).status_code for each in (newer, newest)] == [401, 200], "leaked: at once"


async def test_a_system_takes_an_application_through_to_its_result(city: City) -> None:
    number = await applied(city, "gxj-through")
    system = await connected(city, items=["gxj-through"])
    (case,) = (await system.sees("applications", to_do=True))["items"]
    assert (case["number"], [(each["part"], each["taken"]) for each in case["parts"]]) == (
        number,
        [("acceptance", None)],
    )
    take = {"part": "acceptance", "case_number": "XM-1"}
    first = await system.does(number, "take", take, key="take-1")
    again = await system.does(number, "take", take, key="take-1")
    assert (again["version"], again["repeated"]) == (first["version"], True)
    assert (await system.does(number, "take", take))["version"] == first["version"], "already its own"
    reused = await system.does(number, "take", take | {"case_number": "XM-2"}, 422, key="take-1")
    assert reused["code"] == "platform.idempotency-key-reused"

    refused = await city.does(city.maker, f"applications/{number}/accept", None, 409)
    assert refused["code"] == "application.handled-by-system"
    assert "“受理”已由部门系统“项目管理系统（样例）”接办" in refused["title"]
    await system.does(number, "accept", PERSON)
    assert (await system.does(number, "review", PERSON | {"outcome": "approved", "opinion": "同意。"}, 409))[
        "code"
    ] == ("application.not-taken")
    await system.does(number, "take", {"part": "review", "case_number": "XM-1"})
    told = {"part": "review", "text": "正在安排现场核查（样例）。", "stage_name": "核查"}
    await system.does(number, "progress", told)
    user = city.of(enterprise(1))
    shown = await city.sees(user, f"applications/{number}")
    assert [each["step"] for each in shown["steps"]] == [
        "application-submitted", "handling-taken", "application-accepted", "handling-taken", "progress-reported",
    ]  # fmt: skip
    assert (shown["steps"][-1]["text"], shown["steps"][-1]["stage_name"]) == (told["text"], "核查")
    assert shown["cases"] == [{"system": system.client, "system_name": "项目管理系统（样例）", "case_number": "XM-1"}]
    assert [each["stage_name"] for each in shown["handled_by_systems"]] == ["核查"]
    mail = ("application-received", "application-accepted", "progress-reported")
    await city.until_mail(user, f"application:{number}", *mail)

    wrong = PERSON | {"outcome": "maybe", "opinion": "", "amount_fen": -1, "x": 1}
    refused = await system.does(number, "review", wrong, 422)
    assert {each["field"] for each in refused["errors"]} == {"outcome", "opinion", "amount_fen", "x"}
    await system.does(number, "review", PERSON | {"outcome": "approved", "opinion": "同意（样例）。", "amount_fen": 90})
    shown = await city.sees(user, f"applications/{number}")
    assert (shown["status"], shown["granted_fen"], shown["handled_by_systems"]) == ("reviewed", 90, [])
    await city.until_mail(user, f"application:{number}", *mail, "review-completed")


async def test_what_is_others_is_as_if_it_were_not_there(city: City) -> None:
    mine, other = await applied(city, "gxj-mine"), await applied(city, "gxj-other")
    system = await connected(city, items=["gxj-mine"])
    head = city.running.sign_in(Role.DEPARTMENT_HEAD, department="kjj", subject="kjj-head")
    foreign = await connected(city, head)
    for asking, number in ((system, other), (foreign, mine), (foreign, "SB2026-NONE")):
        answers = [await asking.asks(f"applications/{number}"), await asking.asks(f"applications/{number}/answers")]
        written = await asking.does(number, "take", {"part": "acceptance"}, 404)
        assert {(each.status_code, each.json()["code"]) for each in answers} == {(404, "platform.not-found")}
        assert written["code"] == "platform.not-found"
    assert [each["number"] for each in (await system.sees("applications"))["items"]] == [mine]
    assert (await foreign.sees("applications"))["items"] == []
    assert {event["data"]["number"] for event in (await system.sees("feed"))["events"]} == {mine}
    assert (await foreign.sees("feed"))["events"] == []


async def test_the_feed_is_in_order_resumable_and_says_what_nats_says(city: City) -> None:
    numbers = [await applied(city, "gxj-feed")]
    numbers += [str((await city.apply("gxj-feed", n, 100)).json()["id"]) for n in (2, 3)]
    system = await connected(city, items=["gxj-feed"])
    for number in numbers:
        await system.does(number, "take", {"part": "acceptance"})
        await system.does(number, "accept", PERSON)
    whole = await system.sees("feed")
    places = [int(event["sequence"]) for event in whole["events"]]
    assert len(places) == 9 and places == sorted(set(places))
    assert not whole["more"]
    page, one_by_one = {"next": None, "more": True}, []
    while page["more"]:
        page = await system.sees("feed", limit=1, **({"cursor": page["next"]} if page["next"] else {}))
        one_by_one += page["events"]
    assert one_by_one == whole["events"]
    for event in whole["events"]:
        assert (event["specversion"], event["source"], event["department"]) == ("1.0", "/chengce/application", "gxj")
        contract(event["type"]).model_validate(event["data"])
        assert "case_number" not in event["data"]
    assert (await system.sees("feed", cursor=whole["next"]))["events"] == []
    assert (await system.asks("feed", cursor="nonsense!")).json()["code"] == "platform.invalid-cursor"

    waiting = asyncio.create_task(system.sees("feed", cursor=whole["next"], wait=20))
    await city.apply("gxj-feed", 4, 100)
    async with asyncio.timeout(15):
        (event,) = (await waiting)["events"]
    assert event["type"] == "chengce.application.application-submitted.v1"


async def test_people_take_back_what_a_system_has_taken(city: City) -> None:
    number = await applied(city, "gxj-back")
    system = await connected(city, items=["gxj-back"])
    await system.does(number, "take", {"part": "acceptance"})
    door, reason = f"applications/{number}/take-back", {"reason": "系统故障（样例）。"}
    await city.does(city.maker, door, reason, 403)
    await city.does(city.head, door, reason)
    await city.does(city.head, door, reason)
    assert (await system.does(number, "accept", PERSON, 409))["code"] == "application.not-taken"
    await city.until_mail(city.maker, f"application:{number}", "application-to-accept", "handling-released")
    await system.does(number, "take", {"part": "acceptance"})
    await city.does(city.bureau, door, reason)
    await city.does(city.maker, f"applications/{number}/accept")
    await system.does(number, "take", {"part": "review"})
    await system.does(number, "release", {"part": "review", "reason": "需要人工判断（样例）。"})
    await city.does(city.maker, f"applications/{number}/review", {"outcome": "approved", "opinion": "同意（样例）。"})


async def test_a_suspended_system_can_do_nothing_at_once_and_holds_up_nobody(city: City) -> None:
    first, second = await applied(city, "gxj-stop"), str((await city.apply("gxj-stop", 2, 100)).json()["id"])
    system = await connected(city, items=["gxj-stop"])
    for number in (first, second):
        await system.does(number, "take", {"part": "acceptance"})
    now = (await system.sees("feed", start="now"))["next"]
    waiting = asyncio.create_task(system.asks("feed", cursor=now, wait=20))
    await city.does(city.head, f"systems/{system.client}/suspend", {"reason": "密钥可能泄露（样例）。"})
    await city.apply("gxj-stop", 3, 100)
    async with asyncio.timeout(15):
        assert (await waiting).status_code == 403, "what happens while it waits it does not hear"
    assert (await system.does(first, "accept", PERSON, 403))["code"] == "application.system-not-connected"
    assert (await system.asks("feed")).status_code == 403
    assert (await system.token()).json()["error"] == "unauthorized_client"
    await city.does(city.maker, f"applications/{first}/accept")
    shown = await city.sees(city.maker, f"applications/{first}")
    released = next(each for each in shown["steps"] if each["step"] == "handling-released")
    assert released["why"] == "not-connected"
    await city.does(city.head, f"systems/{system.client}/resume", None, 403)
    await city.does(city.bureau, f"systems/{system.client}/resume")
    await system.does(second, "accept", PERSON)
    await city.does(city.bureau, f"systems/{system.client}/end", {"reason": "已停用（样例）。"})
    assert (await system.token()).status_code == 401, "its secrets are gone"
    named = ("system-approved", "system-secret-issued", "system-suspended", "system-resumed", "system-ended")
    await city.until_mail(city.maker, f"system:{system.client}", *named)


async def test_steps_are_each_departments_own_and_another_hand_is_another_person(city: City) -> None:
    number = await applied(city, "gxj-steps", procedure="complex", guide=LONG)
    await city.scheme("gxj-steps", {}, STEPS)
    stepped = str((await city.apply("gxj-steps", 2, 100)).json()["id"])
    assert (await city.sees(city.maker, f"applications/{number}"))["process"] is None
    await city.does(city.maker, f"applications/{stepped}/accept")
    await city.does(city.maker, f"applications/{stepped}/steps/check/opinion", {"opinion": "同意（样例）。"})
    head = city.running.sign_in(Role.DEPARTMENT_HEAD, department="kjj", subject="kjj-head")
    theirs = await connected(city, head)
    await theirs.does(stepped, "take", {"part": "step:joint", "case_number": "KJ-1"})
    refused = await theirs.does(stepped, "take", {"part": "step:visit"}, 409)
    assert refused["errors"][0]["field"] == "part"
    other = city.running.sign_in(Role.OFFICER, department="czj", subject="czj-1")
    own = city.running.sign_in(Role.OFFICER, department="kjj", subject="kjj-1")
    await city.does(own, f"applications/{stepped}/steps/joint/opinion", {"opinion": "同意（样例）。"}, 409)
    await city.does(other, f"applications/{stepped}/steps/joint/opinion", {"opinion": "同意（样例）。"})
    await theirs.does(stepped, "steps/joint/opinion", {"handled_by": "kjj-1", "opinion": "同意（样例）。"})
    shown = await city.sees(head, f"applications/{stepped}")
    assert shown["standing"]["joint"]["status"] == "done"

    await city.publish("gxj-anew", procedure="complex", guide=LONG)
    await city.scheme("gxj-anew", {}, ANEW)
    number = str((await city.apply("gxj-anew", 3, 100)).json()["id"])
    await city.does(city.maker, f"applications/{number}/accept")
    await city.does(city.maker, f"applications/{number}/steps/check/opinion", {"opinion": "同意（样例）。"})
    system = await connected(city, items=["gxj-anew"])
    await system.does(number, "take", {"part": "step:again"})
    said = {"opinion": "同意（样例）。"}
    assert (await system.does(number, "steps/again/opinion", said | {"handled_by": "maker"}, 403))["code"] == (
        "application.four-eyes"
    )
    await system.does(number, "steps/again/opinion", said | {"handled_by": "second"})
    assert (await city.sees(city.maker, f"applications/{number}"))["status"] == "reviewed"


async def test_every_write_says_which_one_it_is(city: City) -> None:
    number = await applied(city, "gxj-keyless")
    system = await connected(city, items=["gxj-keyless"])
    answer: httpx.Response = await city.running.client.post(
        f"/api/application/system/applications/{number}/take", json={"part": "acceptance"}, headers=system.headers
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "application.idempotency-key-missing")
