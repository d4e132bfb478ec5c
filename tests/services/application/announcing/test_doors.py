"""From the announcement to the final result, through the doors; what does not stand is not paid, and not open data."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from services.application.decider import application
from shared.security.actor import Role
from tests.services.application.city import City, enterprise
from tests.support.running import running_services

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
ORGANISATIONS = {
    "type": "array",
    "minItems": 1,
    "items": {"type": "object", "required": ["id", "name"], "properties": {"id": {"type": "string"}}},
}
# What the 360Giving Data Standard requires of a grant.
GIVING = {
    "type": "object",
    "required": ["grants"],
    "properties": {
        "grants": {
            "type": "array",
            "items": {
                "type": "object",
                "required": [
                    "id", "title", "description", "currency", "amountAwarded", "awardDate", "recipientOrganization",
                    "fundingOrganization",
                ],
                "properties": {
                    "currency": {"const": "CNY"},
                    "amountAwarded": {"type": "number"},
                    "recipientOrganization": ORGANISATIONS,
                    "fundingOrganization": ORGANISATIONS,
                },
            },
        }
    },
}  # fmt: skip


@pytest.fixture(scope="module")
async def city(database_url: str) -> AsyncIterator[City]:
    clock = {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": timedelta(days=1).total_seconds() / 2}
    names = ("registry", "policy", "application")
    async with running_services(*names, database_url=database_url, **clock) as running:
        made = City(running)
        await made.register(1, 2, 3)
        yield made


async def approved(city: City, code: str, number: int) -> str:
    """An application that has passed its review."""
    answer = await city.apply(code, number, 100_00)
    assert answer.status_code == 201, answer.text
    name = str(answer.json()["id"])
    await city.does(city.maker, f"applications/{name}/accept", {})
    review = {"outcome": "approved", "opinion": "同意（样例）。", "amount_fen": 100_00}
    await city.does(city.maker, f"applications/{name}/review", review)
    account = {"bank": "样例银行", "account": f"62220000{number:04d}"}
    await city.does(city.of(enterprise(number)), f"applications/{name}/account", account)
    return name


async def until_planned(city: City, code: str) -> list[str]:
    """What a new payment plan of the item holds, once it is made."""
    key = (await city.does(city.maker, "payment-plans", {"item_code": code}, 201))["id"]
    await city.until(key, "submitted", "payment-plans")
    return sorted(each["key"] for each in (await city.sees(city.bureau, "payments", plan=key))["items"])


async def test_results_are_announced_objected_to_confirmed_paid_and_open(city: City) -> None:
    code = "announced"
    await city.publish(code, procedure="simple")
    await city.scheme(code, {"places": 3})
    first, second, third = [await approved(city, code, number) for number in (1, 2, 3)]
    withheld = [{"number": third, "ground": "business-secret", "reason": "涉及未公开的技术（样例）。"}]
    form = {"item_code": code, "period": "2026", "withheld": withheld}
    key = (await city.does(city.maker, "announcements", form, 201))["id"]
    client = city.running.client
    await city.sees(city.maker, f"announcements/{key}")
    public = (await client.get(f"/api/application/announcements/{key}")).json()  # nobody has signed in
    assert [entry["number"] for entry in public["entries"]] == sorted([first, second])
    assert public["withheld"] == {"商业秘密": 1}
    assert len(await city.sees(city.maker, f"announcements/{key}/entries")) == 3
    assert len(await city.sees(city.of(enterprise(1)), f"announcements/{key}/entries")) == 2

    citizen = city.running.sign_in(Role.APPLICANT, subject="citizen")
    await city.does(citizen, f"announcements/{key}/objections", {"against": first, "grounds": "不符合（样例）。"}, 201)
    assert len(await city.sees(citizen, f"announcements/{key}/objections")) == 1
    assert await city.sees(city.of(enterprise(2)), f"announcements/{key}/objections") == []
    decision = {"outcome": "upheld", "reason": "属实（样例）。", "removed": [first]}
    await city.does(city.head, f"announcements/{key}/objections/1/decide", decision)
    assert (await city.sees(city.of(enterprise(1)), f"applications/{first}"))["status"] == "revoked"
    await city.until_seen(city.maker, f"schemes/{code}", places_left=1)
    early = await city.does(city.head, f"announcements/{key}/confirm", status=409)
    assert early["code"] in ("application.announcement-open", "application.objections-open")

    await city.until_seen(city.maker, f"announcements/{key}", status="ended")
    await city.does(city.maker, f"announcements/{key}/confirm", status=403)
    await city.does(city.head, f"announcements/{key}/confirm")
    assert (await city.sees(city.maker, f"applications/{second}"))["final"] is True
    assert await until_planned(city, code) == sorted([second, third])

    rows = await _open(city, "grants.csv")
    assert [row["编号"] for row in csv.DictReader(io.StringIO(rows.lstrip("\ufeff")))] == [second]
    giving = (await client.get("/api/application/open-data/360giving.json")).json()
    Draft202012Validator(GIVING).validate(giving)
    assert [(grant["id"], grant["amountAwarded"]) for grant in giving["grants"]] == [
        (f"jiangyin-chengce-{second}", 100)
    ]
    plain = (await client.get("/api/application/open-data/grants.json")).json()
    assert [(grant["key"], grant["amount_fen"]) for grant in plain["grants"]] == [(second, 100_00)]


async def _open(city: City, name: str) -> str:
    end = await city.running.end_of_log("application")
    headers = {"Chengce-Wait-For": f"application:{end}"}
    await city.running.client.get("/api/application/announcements", headers=headers)
    return str((await city.running.client.get(f"/api/application/open-data/{name}")).text)


async def test_what_is_before_the_public_is_not_paid_yet(city: City) -> None:
    code = "waits"
    await city.publish(code, procedure="simple")
    announced, free = [await approved(city, code, number) for number in (1, 2)]
    form = {"item_code": code, "period": "2026", "days": 30, "numbers": [announced]}
    await city.does(city.maker, "announcements", form, 201)
    assert await until_planned(city, code) == [free]
    planned = await city.does(
        city.maker, "announcements", {"item_code": code, "period": "2026", "part": 2, "numbers": [free]}, 422
    )
    assert [error["field"] for error in planned["errors"]] == [f"numbers.{free}"]
    assert (await city.running.runtimes["application"].state(application, free)).plan is not None  # type: ignore[attr-defined]
    plan = (await city.sees(city.maker, f"payments/{free}"))["plan"]
    await city.does(city.finance, f"payment-plans/{plan}/return", {"reason": "样例：先公示。"})
    await city.does(city.maker, f"payments/{free}/drop", {"reason": "样例：先公示。"})
    assert (await city.running.runtimes["application"].state(application, free)).plan is None  # type: ignore[attr-defined]
    assert await until_planned(city, code) == [free]  # what was taken off may stand on another plan


async def test_everything_wrong_with_an_announcement_is_said_at_once(city: City) -> None:
    code = "wrong"
    await city.publish(code, procedure="simple")
    answer = await city.apply(code, 1)
    waiting = answer.json()["id"]
    form: dict[str, Any] = {
        "item_code": code, "period": "2026", "numbers": [waiting, "SB2026-NONE"],
        "withheld": [{"number": "SB2026-OTHER", "ground": "personal-privacy", "reason": "样例。"}],
    }  # fmt: skip
    refused = await city.does(city.maker, "announcements", form, 422)
    assert {error["field"] for error in refused["errors"]} == {
        f"numbers.{waiting}", "numbers.SB2026-NONE", "withheld.SB2026-OTHER",
    }  # fmt: skip
    nothing = await city.does(city.maker, "announcements", {"item_code": code, "period": "2026"}, 422)
    assert nothing["errors"][0]["code"] == "none"
