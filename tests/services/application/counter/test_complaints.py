"""A ticket about one's own application: asked in the zone, with the application beside it, and seen on its track."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.security.actor import Role
from tests.services.application.city import City, enterprise
from tests.services.application.test_api import AT
from tests.support.running import running_services

SERVICES = ("registry", "policy", "application", "hotline", "notify")
USCC, OTHER = enterprise(1), enterprise(2)
ASKED = {"title": "申报何时审核完成（样例）", "content": "想了解这件申报的办理情况。"}


@pytest.fixture(scope="module")
async def city(database_url: str) -> AsyncIterator[City]:
    clock = {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": 1.0}
    async with running_services(*SERVICES, database_url=database_url, **clock) as running:
        made = City(running)
        await made.publish("asked-a", procedure="simple", title="技改设备补助（样例）")
        yield made


async def hotline(city: City, method: str, path: str, who: dict[str, str], body: Any = None) -> Any:
    """What hotline answers after all that was done there and in application."""
    ends = [f"{name}:{await city.running.end_of_log(name)}" for name in ("hotline", "application")]
    headers = who | {"Chengce-Wait-For": ",".join(ends)}
    return await city.running.client.request(method, f"/api/hotline/{path}", json=body, headers=headers)


async def applied(city: City) -> str:
    number = str((await city.apply("asked-a", 1)).json()["id"])
    await city.does(city.maker, f"applications/{number}/accept")
    return number


async def tickets_of(city: City, number: str) -> list[dict[str, Any]]:
    """As the application shows them after all that hotline has said."""
    end = await city.running.end_of_log("hotline")
    headers = city.of(USCC) | {"Chengce-Wait-For": f"hotline:{end}"}
    answer = await city.running.client.get(f"/api/application/applications/{number}", headers=headers)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["tickets"])


async def test_a_question_about_an_application_goes_to_its_department_with_the_application(city: City) -> None:
    number, own = await applied(city), city.of(USCC)
    link = (await city.sees(own, f"applications/{number}"))["ask"]
    assert (link["href"], link["form"]) == ("/api/hotline/questions", {"application": number})
    form = ASKED | link["form"] | {"nature": "consultation"}
    answer = await hotline(city, "POST", "questions", own, form)
    assert answer.status_code == 201, answer.text
    key = answer.json()["id"]
    again = await hotline(city, "POST", "questions", own, form)
    assert (again.json()["id"], again.json()["repeated"]) == (key, True)
    ticket = (await hotline(city, "GET", f"tickets/{key}", city.maker)).json()
    assert (ticket["status"], ticket["department"], ticket["limit_days"]) == ("dispatched", "gxj", 3)
    about = ticket["application"]
    assert (about["number"], about["item_title"], about["status_text"]) == (
        number, "技改设备补助（样例）", "已受理，正在审核",
    )  # fmt: skip
    assert (about["days"], about["days_left"], about["due_on"]) == (0, 3, "2026-03-05")
    assert about["link"].endswith(f"/api/application/applications/{number}")
    mine = (await hotline(city, "GET", f"questions/mine/{key}", own)).json()
    assert mine["application"] == about
    assert [step["step"] for step in mine["steps"]] == ["已接收", "已关联申报", "已派发"]
    assert [(each["ticket"], each["status"]) for each in await tickets_of(city, number)] == [(key, "dispatched")]
    await hotline(city, "POST", f"tickets/{key}/answer", city.maker, {"text": "3月5日前完成。"})
    (shown,) = await tickets_of(city, number)
    assert (shown["number"], shown["status"]) == (ticket["number"], "answered")
    assert set(shown) == {"ticket", "number", "status", "received_at"}, "number and state only"


async def test_a_complaint_stays_with_the_desk_and_shows_the_application(city: City) -> None:
    number, own = await applied(city), city.of(USCC)
    form = ASKED | {"nature": "complaint", "application": number}
    key = (await hotline(city, "POST", "questions", own, form)).json()["id"]
    refused = await hotline(city, "GET", f"tickets/{key}", city.maker)
    assert refused.status_code == 404, "the department does not have it"
    ticket = (await hotline(city, "GET", f"tickets/{key}", city.bureau)).json()
    assert (ticket["status"], ticket["department"], ticket["suggested_department"]) == ("received", None, None)
    assert ticket["application"]["number"] == number
    assert [each["status"] for each in await tickets_of(city, number)] == ["received"]
    agent = city.running.sign_in(Role.HOTLINE_AGENT, department="cyzx")
    sent = await hotline(city, "POST", f"tickets/{key}/dispatch", agent, {"department": "szj"})
    assert sent.status_code == 200, sent.text
    await city.does(city.maker, f"applications/{number}/review", {"outcome": "approved", "opinion": "同意。"})
    shown = (await hotline(city, "GET", f"tickets/{key}", city.bureau)).json()["application"]
    assert (shown["status_text"], shown["days_left"]) == ("审核通过", None)


@pytest.mark.parametrize("who", [OTHER, None], ids=["another-enterprise", "a-person"])
async def test_an_application_of_others_is_refused_and_makes_no_ticket(city: City, who: str | None) -> None:
    number = await applied(city)
    asker = city.of(who) if who else city.running.sign_in(Role.APPLICANT, subject="person")
    form = ASKED | {"nature": "complaint", "application": number}
    answer = await hotline(city, "POST", "questions", asker, form)
    assert answer.status_code == 422
    assert (answer.json()["code"], answer.json()["errors"][0]["field"]) == (
        "hotline.application-unknown",
        "application",
    )
    unknown = await hotline(city, "POST", "questions", asker, form | {"application": "SB2026-000000000000"})
    assert unknown.json()["code"] == "hotline.application-unknown", "whose it is not learns nothing"
    assert (await hotline(city, "GET", "questions/mine", asker)).json()["items"] == []
