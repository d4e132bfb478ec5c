"""Grants without application from the list to the support list, through the doors of the services that take part."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from shared.security.actor import Role
from tests.services.application.city import City, enterprise, row
from tests.services.application.test_api import AT
from tests.support.running import running_services


@pytest.fixture
async def city(database_url: str) -> AsyncIterator[City]:
    """Ten minutes are a working day: the clock runs 144 times as fast."""
    services = ("registry", "policy", "application", "notify")
    clock = {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": 1.0}
    async with running_services(*services, database_url=database_url, **clock) as running:
        yield City(running)


async def test_a_list_goes_its_way_to_the_support_list_and_everybody_is_told(city: City) -> None:
    await city.register(1, 2, 3)
    await city.publish("gxj-free")
    key = await city.open_list("gxj-free")
    taken = await city.take(key, row(1), row(2, "1,234.50"), row(3))
    assert (taken["loaded"], taken["refused"]) == (3, [])
    assert (await city.take(key, row(1)))["repeated"] == 1
    first, second = (f"gxj-free.2026.{enterprise(n)}" for n in (1, 2))
    await city.does(city.maker, f"grant-lists/{key}/rows/remove", {"enterprise": enterprise(3), "reason": "样例。"})
    assert await city.sees(city.of(enterprise(1)), "grants") == {"items": [], "next": None}  # not before it is accepted

    await city.does(city.maker, f"grant-lists/{key}/submit")
    refused = await city.take(key, row(3))
    assert [e["code"] for e in refused["refused"][0]["errors"]] == ["closed"]
    await city.until_mail(city.bureau, f"list:{key}", "grant-list-to-accept")
    await city.does(city.bureau, f"grant-lists/{key}/accept")
    shown = await city.until(key, "offered")
    assert shown["figures"] == {
        "rows": {"offered": 2, "unlisted": 1},
        "fen": {"offered": 5_123_450, "unlisted": 5_000_000},
    }
    assert shown["confirm_by"] == "2026-03-05"
    await city.until_mail(city.of(enterprise(2)), f"grant:{second}", "grant-offered")

    waiting = await city.does(city.head, f"grant-lists/{key}/confirm", status=409)
    assert waiting["code"] == "application.grants-waiting"
    account = {"bank": "样例银行江阴支行", "account": "6222000000001234"}
    await city.does(city.of(enterprise(2)), f"grants/{first}/confirm", account, 403)
    await city.does(city.of(enterprise(1)), f"grants/{first}/confirm", account)
    own = await city.sees(city.of(enterprise(1)), f"grants/{first}")
    assert (own["status"], own["account_end"], own["amount_fen"]) == ("confirmed", "1234", 5_000_000)
    await city.does(city.of(enterprise(1)), f"grants/{first}/confirm", account | {"account": "6222000000007777"})
    assert (await city.sees(city.of(enterprise(1)), f"grants/{first}"))["account_end"] == "7777"
    await city.does(city.of(enterprise(2)), f"grants/{second}/decline", {"reason": "已享受其他政策。"})

    own_list = await city.does(city.maker, f"grant-lists/{key}/confirm", status=403)
    assert own_list["code"] == "application.four-eyes"
    await city.does(city.head, f"grant-lists/{key}/confirm")
    await city.until(key, "concluded")
    await city.until_mail(city.of(enterprise(1)), f"grant:{first}", "grant-offered", "grant-supported")
    public = await city.running.client.get("/api/application/support-lists", params={"item_code": "gxj-free"})
    assert [(each["enterprise"], each["amount_fen"]) for each in public.json()["items"]] == [(enterprise(1), 5_000_000)]
    assert "6222000000001234" not in str(await city.running.client.get("/api/application/support-lists")) + str(shown)

    again = await city.open_list("gxj-free", part=2)
    twice = await city.take(again, row(1), row(3))
    assert [e["code"] for e in twice["refused"][0]["errors"]] == ["listed-elsewhere"]
    assert twice["loaded"] == 1  # what was taken off may stand on another list


async def test_every_row_is_looked_at_and_all_that_is_wrong_is_said(city: City) -> None:
    await city.register(1)
    await city.publish("gxj-rows")
    key = await city.open_list("gxj-rows")
    wrong = [
        row(1) | {"企业名称": "另一家（样例）"},
        row(7),
        {"统一社会信用代码": "123", "金额（元）": "很多"},
        row(1, "12.345"),
    ]
    answer = await city.take(key, *wrong, row(1))
    found = [[(error["field"], error["code"]) for error in each["errors"]] for each in answer["refused"]]
    assert found[:2] == [[("name", "differs")], [("enterprise", "unknown")]]
    assert {field for field, _ in found[2]} == {"enterprise", "name", "amount"}
    assert [field for field, _ in found[3]] == ["amount"]
    assert answer["loaded"] == 1

    file = "统一社会信用代码,企业名称,金额（元）\n" + f"{enterprise(1)},样例1号（样例）,60000\n{enterprise(9)},不明,1\n"
    sent = await city.running.client.post(
        f"/api/application/grant-lists/{key}/rows/file",
        content=file.encode(),
        headers=city.maker | {"Content-Type": "text/csv"},
    )
    assert (sent.json()["loaded"], [each["line"] for each in sent.json()["refused"]]) == (1, [3]), sent.text
    shown = await city.sees(city.maker, f"grant-lists/{key}")
    assert shown["figures"] == {"rows": {"listed": 1}, "fen": {"listed": 6_000_000}}  # corrected by the file


async def test_only_for_items_without_application_and_only_for_the_department(city: City) -> None:
    await city.publish("gxj-simple", procedure="simple")
    form = {"item_code": "gxj-simple", "period": "2026", "basis": "样例。"}
    refused = await city.does(city.maker, "grant-lists", form, 422)
    assert [error["code"] for error in refused["errors"]] == ["not-without-application"]
    stranger = city.running.sign_in(Role.OFFICER, department="kjj", subject="stranger")
    await city.publish("gxj-other")
    await city.does(stranger, "grant-lists", form | {"item_code": "gxj-other"}, 403)
    key = await city.open_list("gxj-other")
    await city.does(stranger, f"grant-lists/{key}/submit", status=403)
    empty = await city.does(city.maker, f"grant-lists/{key}/submit", status=409)
    assert empty["code"] == "application.grant-list-empty"


async def test_what_is_not_confirmed_lapses_when_the_term_is_over(database_url: str) -> None:
    services = ("registry", "policy", "application", "notify")
    # Two working days are over in some ten seconds.
    clock = {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": timedelta(days=1).total_seconds() / 4}
    async with running_services(*services, database_url=database_url, **clock) as running:
        city = City(running)
        await city.register(1)
        await city.publish("gxj-late")
        key = await city.open_list("gxj-late", term_days=1)
        await city.take(key, row(1))
        await city.does(city.maker, f"grant-lists/{key}/submit")
        await city.does(city.bureau, f"grant-lists/{key}/accept")
        shown = await city.until(key, "answered")
        assert shown["figures"]["rows"] == {"lapsed": 1}
        grant = f"gxj-late.2026.{enterprise(1)}"
        await city.until_mail(city.of(enterprise(1)), f"grant:{grant}", "grant-offered", "grant-lapsed")
        late = await city.does(
            city.of(enterprise(1)), f"grants/{grant}/confirm", {"bank": "样例银行", "account": "62220000"}, 409
        )
        assert late["code"] == "application.grant-not-open"
