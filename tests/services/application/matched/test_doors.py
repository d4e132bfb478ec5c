"""A list made from matching, on the real servers of registry, policy, application and notify, from facts to offers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.security.actor import Role
from tests.services.application.city import City, enterprise, row
from tests.services.application.test_api import AT
from tests.support.running import running_services
from tests.support.sms_receiver import listening, serving, url_of

SERVICES = ("registry", "policy", "application", "notify")
RULES = {
    "requirements": [
        {"title": "研发投入", "rule": {"op": "compare", "fact": "rd_ratio", "comparison": ">=", "value": 500}},
        {"title": "注册地", "rule": {"op": "under", "fact": "division", "codes": ["320281"]}},
        {"title": "信用良好", "rule": None},
    ]
}


class MatchedCity(City):
    """Policy is asked over HTTP."""

    async def supply(self, *facts: tuple[int, str, Any]) -> None:
        rows = [{"uscc": enterprise(n), "key": key, "value": value, "as_of": "2026-03-01"} for n, key, value in facts]
        answer = await self.running.client.post(
            "/api/registry/facts/supply/batch", json={"rows": rows}, headers=self.bureau
        )
        assert answer.status_code == 200 and not answer.json()["refused"], answer.text
        self.after = {"Chengce-Wait-For": f"registry:{answer.json()['position']}"}

    async def publish(self, code: str, procedure: str = "no-application", **more: Any) -> None:
        await super().publish(code, procedure, **more)
        seen = {"Chengce-Wait-For": f"policy:{await self.running.end_of_log('policy')}"}
        assert (await self.running.client.get("/api/policy/items", headers=seen)).status_code == 200

    async def matched(self, key: str, status: int = 200, who: dict[str, str] | None = None, **form: Any) -> Any:
        headers = (who or self.maker) | self.after
        if sent := form.pop("sent", None):
            headers |= {"Idempotency-Key": sent}
        answer = await self.running.client.post(
            f"/api/application/grant-lists/{key}/rows/matched", json=form, headers=headers
        )
        assert answer.status_code == status, answer.text
        return answer.json()

    async def whole(self, key: str, **form: Any) -> list[Any]:
        """Every part, one after another."""
        answers = [await self.matched(key, **form)]
        while answers[-1]["next"]:
            answers.append(await self.matched(key, **form, cursor=answers[-1]["next"]))
        return answers


@pytest.fixture
async def city(database_url: str) -> AsyncIterator[MatchedCity]:
    clock = {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": 1.0}
    with listening() as listener:
        urls = {"policy": url_of(listener)}
        async with running_services(*SERVICES, database_url=database_url, service_urls=urls, **clock) as running:
            app = running.client._transport.app  # type: ignore[attr-defined] # the same one, on a port
            async with serving(app, listener):
                yield MatchedCity(running)


async def prepared(city: MatchedCity, code: str) -> str:
    """Five enterprises: three meet the item, one does not, one is undecided; one of those that meet it is not registered."""
    await city.register(1, 2, 3, 4)
    met = [(n, "division", "320281104") for n in (1, 2, 5)] + [(n, "rd_ratio", 600) for n in (1, 2, 5)]
    await city.supply(*met, (3, "division", "320281"), (3, "rd_ratio", 100), (4, "rd_ratio", 700))
    await city.supply((1, "scale", "small"), (2, "scale", "micro"))
    await city.publish(code, eligibility=RULES)
    return await city.open_list(code)


async def test_from_facts_to_offers(city: MatchedCity) -> None:
    key = await prepared(city, "gxj-fit")
    looked = await city.matched(key, dry=True, amount="50000")
    assert (looked["met"], looked["undecided"], looked["not_met"], looked["registered"]) == (3, 1, 1, 4)
    assert (looked["put_on"], looked["put_on_fen"], looked["already"]) == (2, 10_000_000, 0)
    assert [(each["enterprise"], each["amount_fen"]) for each in looked["rows"]] == [
        (enterprise(n), 5_000_000) for n in (1, 2)
    ]
    assert (looked["by_person"], looked["roll"]) == (["信用良好"], None)
    assert (await city.sees(city.maker, f"grant-lists/{key}"))["figures"]["rows"] == {}

    parts = await city.whole(key, amount="50000", basis="样例政策第三条。", limit=2)
    assert [(part["looked_at"], part["put_on"], len(part["refused"])) for part in parts] == [(2, 2, 0), (1, 0, 1)]
    (refused,) = parts[1]["refused"]
    assert (refused["enterprise"], [error["code"] for error in refused["errors"]]) == (enterprise(5), ["unknown"])
    assert len({part["roll"] for part in parts}) == 1
    rows = (await city.sees(city.maker, f"grant-lists/{key}/rows"))["items"]
    assert [each["enterprise"] for each in rows] == [enterprise(1), enterprise(2)]
    roll = parts[0]["roll"]
    assert rows[0]["basis"].startswith("样例政策第三条；符合事项 gxj-fit 第1版的申报条件（2026-03-02 ")
    assert roll in rows[0]["basis"]
    kept = await city.running.client.get(f"/api/policy/rolls/{roll}", headers=city.maker)
    assert [each["enterprise"] for each in kept.json()["enterprises"]] == [enterprise(n) for n in (1, 2, 5)]

    await city.does(city.maker, f"grant-lists/{key}/submit")
    closed = await city.matched(key, 409, amount="50000")
    assert [error["code"] for error in closed["errors"]] == ["closed"]
    await city.does(city.bureau, f"grant-lists/{key}/accept")
    shown = await city.until(key, "offered")
    assert shown["figures"]["rows"] == {"offered": 2}
    await city.until_mail(city.of(enterprise(1)), f"grant:gxj-fit.2026.{enterprise(1)}", "grant-offered")
    await only_ones_own_are_seen(city)


async def only_ones_own_are_seen(city: MatchedCity) -> None:
    first, second = (f"gxj-fit.2026.{enterprise(n)}" for n in (1, 2))
    own = await city.sees(city.of(enterprise(1)), "grants")
    assert [each["key"] for each in own["items"]] == [first]
    other = await city.running.client.get(f"/api/application/grants/{second}", headers=city.of(enterprise(1)))
    assert other.status_code == 403
    assert [each["key"] for each in (await city.sees(city.bureau, "grants"))["items"]] == [first, second]
    stranger = city.running.sign_in(Role.OFFICER, department="kjj", subject="stranger")
    assert (await city.sees(stranger, "grants"))["items"] == []


async def test_what_is_there_stays_and_what_was_taken_off_does_not_come_back(city: MatchedCity) -> None:
    key = await prepared(city, "gxj-stay")
    assert (await city.take(key, row(1, "777", 依据="人工核定。")))["loaded"] == 1
    first = await city.matched(key, amount="50000", sent="k" * 200)
    again = await city.matched(key, amount="50000", sent="k" * 200)
    assert (first["put_on"], first["already"], again["put_on"], again["already"]) == (1, 1, 0, 2)
    assert first["roll"] == again["roll"]
    await city.does(city.maker, f"grant-lists/{key}/rows/remove", {"enterprise": enterprise(2), "reason": "样例。"})
    for dry in (True, False):
        again = await city.matched(key, amount="60000", dry=dry)
        assert (again["put_on"], again["already"]) == (0, 1)
        codes = {each["enterprise"]: each["errors"][0]["code"] for each in again["refused"]}
        assert codes == {enterprise(2): "taken-off", enterprise(5): "unknown"}
    rows = (await city.sees(city.maker, f"grant-lists/{key}/rows", status="listed"))["items"]
    assert [(each["amount_fen"], each["basis"]) for each in rows] == [(77_700, "人工核定。")]
    elsewhere = await city.open_list("gxj-stay", part=2)
    taken = await city.matched(elsewhere, amount="1")
    assert [each["errors"][0]["code"] for each in taken["refused"]] == ["listed-elsewhere", "unknown"]
    assert taken["put_on"] == 1  # what another list has let go


async def test_amounts_by_a_fact_and_those_that_are_undecided(city: MatchedCity) -> None:
    key = await prepared(city, "gxj-table")
    table = {"fact": "scale", "lines": [{"is": "small", "amount": "500"}]}
    answer = await city.matched(key, amount_by=table)
    assert (answer["put_on"], answer["put_on_fen"]) == (1, 50_000)
    why = {each["enterprise"]: each["errors"][0]["message"] for each in answer["refused"]}
    assert why.keys() == {enterprise(2), enterprise(5)}
    assert "没有适用" in why[enterprise(2)]
    assert answer["missing"] == [{"fact": "division", "label": "注册地", "enterprises": 1}]
    for params in ({"roll": answer["roll"]}, {}):
        lacking = await city.sees(city.maker, f"grant-lists/{key}/rows/undecided", **params)
        assert lacking["items"] == [{"enterprise": enterprise(4), "name": "样例4号（样例）", "missing": ["注册地"]}]
    unknown = await city.matched(key, 422, amount_by=table | {"fact": "height"})
    assert [error["code"] for error in unknown["errors"]] == ["unknown-fact"]


async def test_only_the_lists_department_learns_whom_the_item_fits(city: MatchedCity) -> None:
    key = await prepared(city, "gxj-own")
    stranger = city.running.sign_in(Role.OFFICER, department="kjj", subject="stranger")
    await city.matched(key, 403, stranger, amount="1", dry=True)
    await city.matched(key, 403, city.of(enterprise(1)), amount="1", dry=True)
    answer = await city.running.client.get(f"/api/application/grant-lists/{key}/rows/undecided", headers=stranger)
    assert answer.status_code == 403
    other = await prepared(city, "gxj-own-2")
    part = await city.matched(key, amount="1", limit=1)
    for form in ({"cursor": part["next"]}, {"cursor": "bm9uZQ"}):
        assert (await city.matched(other, 422, amount="1", **form))["code"] == "platform.invalid-cursor"
    assert (await city.matched(key, 422, amount="1", dry=True, cursor=part["next"]))["code"] == (
        "platform.invalid-cursor"
    )


async def test_where_conditions_are_prose_or_policy_is_away_nothing_is_written(city: MatchedCity) -> None:
    await city.register(1)
    await city.publish("gxj-prose")
    key = await city.open_list("gxj-prose")
    refused = await city.matched(key, 422, amount="1")
    assert refused["code"] == "policy.no-eligibility"
    rolls = city.running.runtimes["application"].resources.rolls
    with listening() as nobody:
        nowhere = url_of(nobody)
    rolls._url = lambda: nowhere
    away = await city.matched(key, 409, amount="1")
    assert away["code"] == "application.matching-unavailable"
