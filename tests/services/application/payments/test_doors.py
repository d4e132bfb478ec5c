"""From the support list to the money, through the doors, with a fund platform that behaves badly."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from openpyxl import load_workbook

from services.application.decider.payment_plan import PlanState, RecordExchange, payment_plan
from services.application.payments.exchanging import conclude_round
from services.application.payments.funds import Order, Outcome
from services.application.payments.making import figures
from services.application.payments.simulator import Entry, Faults
from shared.security.actor import Role
from tests.services.application.city import City, enterprise
from tests.services.application.test_api import AT
from tests.support.funds import TOKEN, Funds, fund_platform
from tests.support.running import running_services

SERVICES = ("registry", "policy", "application", "notify")
GOOD, WRONG = "6222000000001234", "6222000000000000"


@pytest.fixture
async def funds() -> AsyncIterator[Funds]:
    """Slow, forgetful, incomplete, and sometimes not there."""
    async with fund_platform(Faults(slow=0.05, lost=0.3, down=0.2, partial=0.3, repeated=0.3)) as platform:
        yield platform


def clock() -> dict[str, Any]:
    """A minute is a second: what waits for seconds of the platform's time does not hold up a test."""
    return {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": 60.0}


@pytest.fixture
async def city(database_url: str, funds: Funds) -> AsyncIterator[City]:
    more = clock() | {"fund_url": funds.url, "fund_token": funds.token}
    async with running_services(*SERVICES, database_url=database_url, **more) as running:
        yield City(running)


@pytest.fixture
async def city_without(database_url: str) -> AsyncIterator[City]:
    """No fund platform can be asked."""
    async with running_services(*SERVICES, database_url=database_url, **clock()) as running:
        yield City(running)


async def planned(city: City, **form: str) -> str:
    key = str((await city.does(city.maker, "payment-plans", form, 201))["id"])
    await city.until(key, "submitted", "payment-plans")
    return key


async def test_every_supported_enterprise_is_paid_once_and_both_sides_agree(city: City, funds: Funds) -> None:
    accounts = dict.fromkeys(range(1, 31), GOOD) | {7: WRONG}
    grants = await city.supported("gxj-pay", accounts)
    plan = await planned(city, grant_list=grants)
    await city.until_mail(city.finance, f"plan:{plan}", "payment-plan-to-approve")
    shown = await city.sees(city.maker, f"payment-plans/{plan}")
    assert (shown["rows"], shown["total_fen"]) == (30, 150_000_000)

    assert (await city.does(city.maker, f"payment-plans/{plan}/approve", status=403))["title"].endswith("。")
    await city.does(city.finance, f"payment-plans/{plan}/approve")
    wrong = f"gxj-pay.2026.{enterprise(7)}"
    await city.until_mail(
        city.of(enterprise(7)), f"payment:{wrong}", "payment-sent-back"
    )  # what it was told before is about the grant
    stranger = await city.does(
        city.of(enterprise(8)), f"payments/{wrong}/account", {"bank": "样例", "account": GOOD}, 403
    )
    assert stranger["code"] == "application.not-your-enterprise"
    await city.does(city.of(enterprise(7)), f"payments/{wrong}/account", {"bank": "样例银行", "account": GOOD})
    ended = await city.until(plan, "concluded", "payment-plans")
    assert ended["figures"]["rows"] == {"paid": 30}
    own = await city.sees(city.of(enterprise(7)), f"payments/{wrong}")
    assert (own["status"], own["attempt"], own["account_end"], own["paid_on"]) == ("paid", 2, "1234", "2026-03-06")
    await city.until_mail(city.of(enterprise(7)), f"payment:{wrong}", "payment-sent-back", "payment-paid")

    assert funds.paid_twice == []
    assert sum(each.order.amount_fen for each in funds.books.paid) == 150_000_000
    assert funds.books.requests["lost"] + funds.books.requests["down"] > 0
    funds.books.faults = Faults()
    both = await city.sees(city.finance, f"payment-plans/{plan}/reconciliation")
    assert (both["paid_here"], both["paid_there"], both["paid_fen_here"], both["differences"]) == (
        30,
        30,
        both["paid_fen_there"],
        [],
    )
    again = await city.does(city.maker, "payment-plans", {"grant_list": grants}, 201)
    empty = await city.until(str(again["id"]), "empty", "payment-plans")
    assert empty["rows"] == 0  # all of them stand on the first plan


async def test_both_sides_compared_shows_every_difference(city: City, funds: Funds) -> None:
    funds.books.faults = Faults(settles_after=1)
    grants = await city.supported("gxj-both", {1: GOOD, 2: GOOD, 3: GOOD})
    plan = await planned(city, grant_list=grants)
    await city.does(city.finance, f"payment-plans/{plan}/approve")
    await city.until(plan, "concluded", "payment-plans")
    first, second, third = (f"gxj-both.2026.{enterprise(n)}.1" for n in (1, 2, 3))
    entries = funds.books.entries
    stray = entries[first].order.model_copy(update={"order": "stray"})
    funds.books.take(stray)
    del entries[first]
    assert entries[second].outcome and entries[third].outcome
    entries[second].outcome = entries[second].outcome.model_copy(update={"amount_fen": 1})
    entries[third].outcome = entries[third].outcome.model_copy(update={"status": "returned"})
    both = await city.sees(city.finance, f"payment-plans/{plan}/reconciliation")
    found = {(each["order"], each["kind"]) for each in both["differences"]}
    assert found == {(first, "missing-there"), (second, "amount"), (third, "status"), ("stray", "missing-here")}


async def test_a_plan_that_finance_returns_is_mended_and_handed_in_again(city_without: City) -> None:
    city = city_without
    grants = await city.supported("gxj-back", {1: GOOD, 2: GOOD})
    plan = await planned(city, grant_list=grants)
    first = f"gxj-back.2026.{enterprise(1)}"
    closed = await city.does(city.maker, f"payments/{first}/drop", {"reason": "样例。"}, 409)
    assert closed["code"] == "application.payment-not-open"
    await city.does(city.finance, f"payment-plans/{plan}/return", {"reason": "样例：第一笔有误。"})
    await city.until_mail(city.maker, f"plan:{plan}", "payment-plan-returned")
    await city.does(city.maker, f"payments/{first}/drop", {"reason": "样例：有误。"})
    await city.does(city.maker, f"payment-plans/{plan}/submit")
    shown = await city.until(plan, "submitted", "payment-plans")
    assert (shown["rows"], shown["total_fen"]) == (1, 5_000_000)
    second = await planned(city, grant_list=grants)  # what was dropped may stand on another plan
    assert (await city.sees(city.maker, f"payment-plans/{second}"))["rows"] == 1


async def test_without_a_fund_platform_payments_go_out_and_come_back_as_files(city_without: City) -> None:
    city = city_without
    grants = await city.supported("gxj-file", {1: GOOD, 2: GOOD})
    plan = await planned(city, grant_list=grants)
    await city.does(city.finance, f"payment-plans/{plan}/approve")
    shown = await city.until_seen(city.finance, f"payment-plans/{plan}", rounds=1)
    assert "拨付文件" in shown["trouble"]
    answer = await city.running.client.get(f"/api/application/payment-plans/{plan}/file", headers=city.finance)
    assert answer.status_code == 200, answer.text
    table = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert [line[3] for line in table[1:]] == [GOOD, GOOD]
    maker = await city.running.client.get(f"/api/application/payment-plans/{plan}/file", headers=city.maker)
    assert maker.status_code == 403  # accounts are finance's to read

    orders = [str(line[0]) for line in table[1:]]
    lines = [
        "指令号,结果,金额（元）,付款日期,凭证号,退回原因",
        f"{orders[0]},已付,50000.00,2026-03-06,PZ1,",
        f"{orders[1]},已付,5.00,2026-03-06,PZ2,",
        "nobody,已付,50000,2026-03-06,PZ3,",
        f"{orders[1]},退回,50000,,,",
        f"{orders[1]},退回,50000.00,,,账号不存在（样例）",
    ]
    sent = await city.running.client.post(
        f"/api/application/payment-plans/{plan}/outcomes/file",
        content="\n".join(lines).encode(),
        headers=city.finance | {"Content-Type": "text/csv"},
    )
    assert (sent.json()["loaded"], [each["line"] for each in sent.json()["refused"]]) == (2, [3, 4, 5]), sent.text
    second = f"gxj-file.2026.{enterprise(2)}"
    await city.does(
        city.of(enterprise(2)), f"payments/{second}/account", {"bank": "样例", "account": "6222000000005678"}
    )
    own = await city.until_seen(city.of(enterprise(2)), f"payments/{second}", status="ordered")
    repeated = f"指令号,结果,金额（元）,退回原因\n{orders[1]},退回,50000,晚到的结果（样例）\n"
    late = await city.running.client.post(
        f"/api/application/payment-plans/{plan}/outcomes/file",
        content=repeated.encode(),
        headers=city.finance | {"Content-Type": "text/csv"},
    )
    assert [e["code"] for each in late.json()["refused"] for e in each["errors"]] == ["unknown"], late.text
    done = f"指令号,结果,金额（元）,付款日期\n{own['order_number']},已付,50000,2026-03-09\n"
    await city.running.client.post(
        f"/api/application/payment-plans/{plan}/outcomes/file",
        content=done.encode(),
        headers=city.finance | {"Content-Type": "text/csv"},
    )
    ended = await city.until(plan, "concluded", "payment-plans")
    assert ended["figures"]["rows"] == {"paid": 2}


async def test_one_bad_order_stops_no_other_and_two_of_finance_settle_what_contradicts(
    city: City, funds: Funds
) -> None:
    funds.books.faults = Faults(settles_after=1)
    grants = await city.supported("gxj-bad", dict.fromkeys((1, 2, 3, 4), GOOD))
    plan = await planned(city, grant_list=grants)
    refused, other, fine, erased = (f"gxj-bad.2026.{enterprise(n)}" for n in (1, 2, 3, 4))
    item = {"batch": plan, "bank": "样例银行", "account": GOOD, "purpose": "免申奖励（样例）（gxj-bad）"}
    for key, payee, fen in (
        (refused, "别家", 1),
        (other, "样例2号（样例）", 5_000_000),
    ):  # the first is known otherwise
        order = Order(order=f"{key}.1", payee=payee, amount_fen=fen, **item)
        funds.books.entries[order.order] = Entry(order)
    paid_less = Outcome(order=f"{other}.1", status="paid", amount_fen=4_999_900, paid_on=date(2026, 3, 6))
    funds.books.entries[f"{other}.1"].outcome = paid_less
    runtime = city.running.runtimes["application"]  # type: ignore[attr-defined]
    await runtime.in_thread(runtime.vault.erase, f"grant:{erased}")
    await city.does(city.finance, f"payment-plans/{plan}/approve")
    await city.until_seen(city.finance, f"payments/{fine}", status="paid")
    await city.until_seen(city.finance, f"payments/{erased}", status="sent-back")
    assert f"{erased}.1" not in funds.books.entries
    account = {"bank": "样例银行", "account": GOOD}
    await city.does(city.of(enterprise(4)), f"payments/{erased}/account", account)
    await city.until_seen(city.finance, f"payments/{erased}", status="paid", attempt=2)

    shown = await city.sees(city.finance, "payments", plan=plan, troubled=True)
    troubles = {each["key"]: each["trouble"] for each in shown["items"]}
    assert set(troubles) == {refused, other}
    assert "409" in troubles[refused] and "49999.00" in troubles[other]
    assert "2笔" in (await city.sees(city.finance, f"payment-plans/{plan}"))["trouble"]
    assert (await city.sees(city.of(enterprise(1)), f"payments/{refused}"))["trouble"] is None  # finance's own

    second = city.running.sign_in(Role.FINANCE, department="czj", subject="second")
    less = {"outcome": "paid", "paid_fen": 4_999_900, "paid_on": "2026-03-02", "reason": "扣收手续费（样例）。"}
    back = {"outcome": "returned", "reason": "未付出（样例）。"}
    wrong = await city.does(city.finance, f"payments/{other}/outcome", {"outcome": "paid", "reason": "样例。"}, 422)
    assert [error["field"] for error in wrong["errors"]] == ["paid_fen", "paid_on"]
    for key, said in ((other, less), (refused, back)):
        await city.does(city.finance, f"payments/{key}/outcome", said, 201)
        alone = await city.does(city.finance, f"payments/{key}/outcome/1/confirm", status=403)
        assert alone["code"] == "application.four-eyes"
        assert (await city.sees(second, f"payments/{key}"))["proposed"]["outcome"] == said["outcome"]
        await city.until_mail(city.finance, f"payment:{key}", "payment-outcome-to-confirm")
        await city.does(second, f"payments/{key}/outcome/1/confirm")
    await city.does(city.of(enterprise(1)), f"payments/{refused}/account", account)
    ended = await city.until(plan, "concluded", "payment-plans")
    assert (ended["figures"]["rows"], ended["figures"]["fen"]) == ({"paid": 4}, {"paid": 19_999_900})


async def test_what_overtakes_the_word_of_a_round_has_the_plan_looked_at_at_once(city_without: City) -> None:
    city = city_without
    runtime = city.running.runtimes["application"]  # type: ignore[attr-defined]
    plan = await planned(city, grant_list=await city.supported("gxj-race", {1: GOOD, 2: GOOD}))
    await city.does(city.finance, f"payment-plans/{plan}/approve")
    await city.until_seen(city.finance, f"payment-plans/{plan}", rounds=1)
    counted = await figures(runtime, plan)  # by a round that has not been written down yet
    assert counted.rows == {"ordered": 2}
    order = f"gxj-race.2026.{enterprise(1)}.1"
    done = f"指令号,结果,金额（元）,付款日期\n{order},已付,50000,2026-03-06\n"
    await city.running.client.post(
        f"/api/application/payment-plans/{plan}/outcomes/file",
        content=done.encode(),
        headers=city.finance | {"Content-Type": "text/csv"},
    )
    await conclude_round(runtime, plan, counted, RecordExchange(open=2, paid=0, returned=0, by_file=True))
    state: PlanState = await runtime.state(payment_plan, plan)
    assert state.counted == (1, 1, 0)
    second = f"gxj-race.2026.{enterprise(2)}"
    await runtime.in_thread(runtime.vault.erase, f"grant:{second}")
    file = await city.running.client.get(f"/api/application/payment-plans/{plan}/file", headers=city.finance)
    assert file.status_code == 409, file.text  # nobody can read the last account any more
    assert "已删除" in (await city.sees(city.finance, f"payments/{second}"))["trouble"]


async def test_approved_applications_with_an_account_are_paid(city: City, funds: Funds) -> None:
    funds.books.faults = Faults(settles_after=1)
    await city.register(1, 2)
    await city.publish("gxj-apply", procedure="simple")
    numbers: list[str] = []
    for n in (1, 2):
        form = {"item_code": "gxj-apply", "enterprise": enterprise(n), "statement": "申请（样例）。"}
        number = str((await city.does(city.of(enterprise(n)), "applications", form, 201))["id"])
        await city.does(city.maker, f"applications/{number}/accept")
        review = {"outcome": "approved", "opinion": "同意（样例）。", "amount_fen": 123_456}
        await city.does(city.maker, f"applications/{number}/review", review)
        numbers.append(number)
    account = {"bank": "样例银行", "account": GOOD}
    await city.does(city.of(enterprise(2)), f"applications/{numbers[0]}/account", account, 403)
    await city.does(city.of(enterprise(1)), f"applications/{numbers[0]}/account", account)
    mine = await city.sees(city.of(enterprise(1)), f"applications/{numbers[0]}")
    assert mine["account_end"] == "1234"
    assert "account" not in mine
    listed = await city.sees(city.of(enterprise(1)), "applications")
    assert "account" not in listed["items"][0]
    plan = await planned(city, item_code="gxj-apply")
    shown = await city.sees(city.maker, f"payment-plans/{plan}")
    assert (shown["rows"], shown["total_fen"]) == (1, 123_456)  # the second has given no account yet
    other = account | {"account": "6222000000009999"}
    await city.does(city.of(enterprise(1)), f"applications/{numbers[0]}/account", other)  # and the payment with it
    on_plan = await city.sees(city.of(enterprise(1)), f"payments/{numbers[0]}")
    assert (on_plan["status"], on_plan["account_end"]) == ("planned", "9999")
    await city.does(city.of(enterprise(1)), f"payments/{numbers[0]}/account", account)  # and the application with it
    mine = await city.sees(city.of(enterprise(1)), f"applications/{numbers[0]}")
    assert mine["account_end"] == "1234"
    await city.does(city.of(enterprise(1)), f"applications/{numbers[0]}/account", other)
    await city.does(city.finance, f"payment-plans/{plan}/approve")
    await city.until(plan, "concluded", "payment-plans")
    assert [(each.order.payee, each.order.account) for each in funds.books.paid] == [
        ("样例1号（样例）", "6222000000009999")
    ]
    late = await city.does(city.of(enterprise(1)), f"applications/{numbers[0]}/account", account, 409)
    assert late["code"] == "application.payment-not-sent-back"
    await city.does(city.of(enterprise(1)), f"applications/{numbers[0]}/account", other)  # a repeat changes nothing


async def test_a_plan_says_all_that_is_wrong_with_it(city_without: City) -> None:
    city = city_without
    neither = await city.does(city.maker, "payment-plans", {}, 422)
    assert [error["code"] for error in neither["errors"]] == ["one-of"]
    await city.does(city.maker, "payment-plans", {"grant_list": "unknown"}, 404)
    await city.register(1)
    await city.publish("gxj-early")
    key = await city.open_list("gxj-early")
    early = await city.does(city.maker, "payment-plans", {"grant_list": key}, 409)
    assert early["code"] == "application.support-list-open"
    assert TOKEN not in str(early)
    other = city.running.sign_in(Role.OFFICER, department="kjj", subject="other")
    await city.does(other, "payment-plans", {"item_code": "gxj-early"}, 403)
