"""The assessment of funds through the doors of real servers: filed, measured, assessed, concluded, public; and overdue."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from shared.calendar import SHANGHAI
from shared.security.actor import Role
from tests.services.application.city import PATIENCE, City, enterprise
from tests.services.application.performance.examples import GOAL, INDICATORS
from tests.services.application.test_api import AT
from tests.support.running import services_with, settings_for_tests
from tests.support.servers import nats_server

SERVICES = ("registry", "policy", "application", "hotline", "notify")
FILE = {
    "title": "设备补助资金（样例）",
    "items": ["gxj-fund"],
    "from_on": "2026-03-01",
    "until_on": "2026-03-31",
    "goal": GOAL
    | {
        "budget_fen": 300_000,
        "indicators": [
            INDICATORS[0] | {"target": 2, "weight": 20},
            INDICATORS[1],
            INDICATORS[2],
            INDICATORS[3] | {"weight": 10},
            {
                "name": "按期办结",
                "kind": "timeliness",
                "direction": "at-least",
                "target": 100,
                "weight": 10,
                "source": "decided-in-time",
            },
            {
                "name": "拨付额",
                "kind": "cost",
                "direction": "at-most",
                "target": 3000,
                "weight": 10,
                "source": "sum-paid",
            },
        ],
    },
}
PDF = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


async def test_from_the_goal_to_the_public_result_and_a_department_that_says_nothing(database_url: str) -> None:
    with nats_server() as nats_url:
        clock = {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": 1.0}
        march = settings_for_tests(database_url, nats_url, **clock)
        async with services_with(SERVICES, march) as running:
            key, silent = await _in_the_period(City(running))
        async with services_with(SERVICES, _later(march, 2026, 4, 22)) as running:
            await _assessed(City(running), key)
        async with services_with(SERVICES, _later(march, 2026, 5, 6)) as running:
            await _overdue(City(running), silent)


def _later(settings: Any, year: int, month: int, day: int) -> Any:
    at = datetime(year, month, day, 9, tzinfo=SHANGHAI)
    return settings.model_copy(update={"clock_at": at, "clock_origin": datetime.now(UTC)})


async def _in_the_period(city: City) -> tuple[str, str]:
    await city.publish("gxj-fund", procedure="simple")
    await city.publish("gxj-else", procedure="simple")
    await city.register(1, 2)
    await _everything_wrong_at_once(city)
    key = str((await city.does(city.maker, "performance", FILE, 201))["id"])
    assert (await city.does(city.maker, "performance", FILE, 201))["id"] == key
    await city.until_mail(city.finance, f"performance:{key}", "performance-goal-to-approve")
    await city.does(city.maker, f"performance/{key}/goal/approve", {"version": 1}, 403)
    await city.does(city.finance, f"performance/{key}/goal/return", {"version": 1, "reason": "样例：目标过低。"})
    better = FILE | {"goal": FILE["goal"] | {"text": "支持企业更新设备（样例）。"}}  # type: ignore[operator]
    await city.does(city.maker, "performance", better, 201)
    await city.does(city.finance, f"performance/{key}/goal/approve", {"version": 2})
    await city.until_mail(city.maker, f"performance:{key}", "performance-goal-returned", "performance-goal-approved")
    silent = FILE | {"items": ["gxj-else"], "title": "另一资金（样例）"}
    other = str((await city.does(city.maker, "performance", silent, 201))["id"])
    await city.does(city.finance, f"performance/{other}/goal/approve", {"version": 1})
    await _supported(city)
    await _until_measured(city, key, "rating-mean", "3.50")
    report = {"text": "进度正常（样例）。", "risks": ["样例风险。"]}
    await city.does(city.maker, f"performance/{key}/reports", report)
    (shown,) = (await city.sees(city.maker, f"performance/{key}"))["reports"]
    assert (shown["number"], shown["measured"]["enterprises"], shown["measured"]["paid_fen"]) == (1, 2, 250_000)
    early = await city.does(city.maker, f"performance/{key}/self-assessment", {"summary": "早。"}, 409)
    assert early["code"] == "application.performance-period-open"
    return key, other


async def _everything_wrong_at_once(city: City) -> None:
    wrong = FILE | {"items": ["gxj-fund", "nowhere"], "title": "", "goal": {"text": "", "indicators": []}}
    refused = await city.does(city.maker, "performance", wrong, 422)
    assert {error["field"] for error in refused["errors"]} == {
        "title", "items.1", "goal.text", "goal.budget_fen", "goal.indicators",
    }  # fmt: skip
    stranger = city.running.sign_in(Role.OFFICER, department="kjj", subject="stranger")
    theirs = await city.does(stranger, "performance", FILE, 422)
    assert [(error["field"], error["code"]) for error in theirs["errors"]] == [("items.0", "not-yours")]


async def _supported(city: City) -> None:
    """Two applications decided, paid, and rated 5 and 2."""
    numbers: list[str] = []
    for n, fen in ((1, 100_000), (2, 150_000)):
        number = str((await city.apply("gxj-fund", n, fen)).json()["id"])
        await city.does(city.maker, f"applications/{number}/accept")
        review = {"outcome": "approved", "opinion": "同意（样例）。", "amount_fen": fen}
        await city.does(city.maker, f"applications/{number}/review", review)
        account = {"bank": "样例银行", "account": "6222000000001234"}
        await city.does(city.of(enterprise(n)), f"applications/{number}/account", account)
        numbers.append(number)
    plan = str((await city.does(city.maker, "payment-plans", {"item_code": "gxj-fund"}, 201))["id"])
    await city.until(plan, "submitted", "payment-plans")
    await city.does(city.finance, f"payment-plans/{plan}/approve")
    await city.until_seen(city.finance, f"payment-plans/{plan}", rounds=1)
    paid = [f"{number}.1,已付,{yuan},2026-03-02" for number, yuan in zip(numbers, (1000, 1500), strict=True)]
    lines = ["指令号,结果,金额（元）,付款日期", *paid]
    sent = await city.running.client.post(
        f"/api/application/payment-plans/{plan}/outcomes/file",
        content="\n".join(lines).encode(),
        headers=city.finance | {"Content-Type": "text/csv"},
    )
    assert sent.json()["loaded"] == 2, sent.text
    await city.until(plan, "concluded", "payment-plans")
    for n, grade in ((1, 5), (2, 2)):
        await _rated(city, n, numbers[n - 1], grade)


async def _rated(city: City, n: int, number: str, grade: int) -> None:
    tags = ["办事效率高"] if grade > 2 else ["办理太慢"]
    form = {"kind": "application", "key": number, "grade": grade, "tags": tags, "text": "样例。"}
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await city.running.client.post("/api/hotline/ratings", json=form, headers=city.of(enterprise(n)))
            if answer.status_code != 404:  # until hotline has heard that it was decided
                break
            await asyncio.sleep(0.05)
    assert answer.status_code == 201, answer.text


async def _until_measured(city: City, key: str, measure: str, value: str) -> None:
    """Application hears of ratings from hotline's stream."""
    async with asyncio.timeout(PATIENCE):
        while True:
            shown = await city.sees(city.maker, f"performance/{key}/measured")
            if shown["values"][measure]["value"] == value:
                return
            await asyncio.sleep(0.05)


async def _until_told(city: City, who: dict[str, str], key: str, template: str) -> None:
    """Until this is among what somebody reads of it: the data bureau reads what everybody was told."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if template in await city.mail(who, f"performance:{key}"):
                return
            await asyncio.sleep(0.05)


async def _assessed(city: City, key: str) -> None:
    told = ("performance-goal-returned", "performance-goal-approved", "self-assessment-due-soon")
    await city.until_mail(city.maker, f"performance:{key}", *told)
    measured = await city.sees(city.maker, f"performance/{key}/measured")
    assert {name: each["value"] for name, each in measured["values"].items()} == {
        "payments-paid": "2",
        "sum-paid": "2500",
        "enterprises-paid": "2",
        "decision-days": "0.00",
        "decided-in-time": "100.00",
        "rating-mean": "3.50",
        "satisfied-share": "50.00",
    }
    wrong = {"results": [{"key": "2", "value": 9, "attachments": ["NOWHERE"]}], "summary": "样例。"}
    refused = await city.does(city.maker, f"performance/{key}/self-assessment", wrong, 422)
    assert {(error["field"], error["code"]) for error in refused["errors"]} == {
        ("results", "missing"),
        ("results.0.reason", "no-reason"),
        ("results.0.attachments.0", "unknown-file"),
        ("results.key-4.reason", "no-reason"),
    }
    file = await _uploaded(city)
    form = {
        "results": [
            {"key": "2", "value": "2.5", "attachments": [file]},
            {"key": "3", "value": 80, "evidence": "台账（样例）。"},
            {"key": "4", "reason": "办理较慢（样例），已改进。"},
        ],
        "summary": "基本完成（样例）。",
    }
    door = f"performance/{key}/self-assessment"
    first = await city.does(city.maker, door, form)
    assert (await city.does(city.maker, door, form))["version"] == first["version"]  # the same again changes nothing
    await _evidence_is_read_by_those_who_assess(city, file)
    assessed = (await city.sees(city.finance, f"performance/{key}"))["assessed"]
    assert [(each["value"], each["score"]) for each in assessed["results"]] == [
        ("2", "20.00"), ("2.5", "20.00"), ("80", "16.00"), ("50.00", "5.56"), ("100.00", "10.00"), ("2500", "10.00"),
    ]  # fmt: skip
    assert (assessed["execution"]["rate"], assessed["execution"]["score"]) == ("83.33", "8.33")
    assert (assessed["total"], assessed["grade"], assessed["late"]) == ("89.89", "good", False)
    assert assessed["measured"]["positions"]["application"] > 0 and assessed["measured"]["positions"]["hotline"] > 0
    await _concluded(city, key, form, told)


async def _uploaded(city: City) -> str:
    sent = await city.running.client.post("/api/application/attachments", content=PDF, headers=city.maker)
    assert sent.status_code == 201, sent.text
    return str(sent.json()["id"])


async def _evidence_is_read_by_those_who_assess(city: City, file: str) -> None:
    stranger = city.running.sign_in(Role.OFFICER, department="kjj", subject="stranger")
    for who, status in ((city.finance, 200), (city.head, 200), (stranger, 403), (city.of(enterprise(1)), 403)):
        answer = await city.running.client.get(f"/api/application/attachments/{file}/file", headers=who)
        assert answer.status_code == status, answer.text


async def _concluded(city: City, key: str, form: dict[str, Any], told: tuple[str, ...]) -> None:
    await city.does(city.finance, f"performance/{key}/self-assessment/return", {"reason": "样例：补充说明。"})
    await city.until_mail(city.maker, f"performance:{key}", *told, "self-assessment-returned")
    await city.does(city.maker, f"performance/{key}/self-assessment", form | {"summary": "已补充（样例）。"})
    client = city.running.client
    assert (await client.get(f"/api/application/performance-results/{key}")).status_code == 404
    scores = [{"key": "3", "score": 10, "reason": "台账不全（样例）。"}]
    word = {"scores": scores, "consequence": "adjust", "explanation": "提高小微企业比例（样例）。"}
    await city.does(city.maker, f"performance/{key}/conclude", word, 403)
    await city.does(city.finance, f"performance/{key}/conclude", word)
    await city.until_mail(city.maker, f"performance:{key}", *told, "self-assessment-returned", "performance-concluded")
    await _until_told(city, city.bureau, key, "performance-concluded-supervision")
    await city.sees(city.finance, f"performance/{key}")
    (shown,) = (await client.get("/api/application/performance-results", params={"item_code": "gxj-fund"})).json()[
        "items"
    ]
    assert (shown["key"], shown["own_total"], shown["total"], shown["grade"], shown["consequence"]) == (
        key, "89.89", "83.89", "good", "adjust",
    )  # fmt: skip
    assert [(each["name"], each["own_score"], each["score"]) for each in shown["indicators"]][2] == (
        "带动投资", "16.00", "10.00",
    )  # fmt: skip
    assert "台账（样例）" not in str(shown)  # evidence is not for the public
    stranger = city.running.sign_in(Role.OFFICER, department="kjj", subject="stranger")
    assert (await client.get(f"/api/application/performance/{key}", headers=stranger)).status_code == 403
    assert (await city.sees(stranger, "performance"))["items"] == []


async def _overdue(city: City, key: str) -> None:
    late = "self-assessment-overdue"
    await city.until_mail(
        city.maker, f"performance:{key}", "performance-goal-approved", "self-assessment-due-soon", f"{late}-department"
    )
    await _until_told(city, city.bureau, key, late)
    await city.until_mail(city.finance, f"performance:{key}", "performance-goal-to-approve", late)
    assert (await city.sees(city.finance, f"performance/{key}"))["overdue"] is True
