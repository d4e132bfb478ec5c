"""The counter through its doors, on real servers: from the number to the rating."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from PIL import Image

from shared.security.actor import Role
from tests.services.application.city import PATIENCE, City, enterprise, row
from tests.services.application.counter.people import HALL, ONE, TWO
from tests.services.application.forms.forms import RIGHT, SCHEMA
from tests.services.application.test_api import AT
from tests.support.pdfs import images_of, text_of
from tests.support.running import Running, running_services, services_with, settings_for_tests
from tests.support.servers import nats_server

SERVICES = ("registry", "policy", "application", "hotline", "notify")
USCC, OTHER = enterprise(1), enterprise(2)
VISITOR = {"name": "样例办理人", "phone": "199 0000 0001", "enterprise": USCC, "capacity": "employee"}


class Counter(City):
    """The city, its hall, and the clerks there."""

    def __init__(self, running: Running) -> None:
        super().__init__(running)
        self.clerk, self.other = (
            running.sign_in(Role.COUNTER_CLERK, department="szj", subject=f"clerk-{n}") for n in (1, 2)
        )
        self.own = self.of(USCC)

    async def opened(self, hall: str) -> None:
        answer = await self.running.client.put(f"/api/application/halls/{hall}", json=HALL, headers=self.bureau)
        assert answer.status_code == 200, answer.text

    async def served(self, hall: str, counter: str = ONE, service: str = "application") -> str:
        """A visit that has begun."""
        number = (await self.does(self.clerk, f"halls/{hall}/numbers", {"service": service}, 201))["number"]
        assert (await self.does(self.clerk, f"halls/{hall}/call", {"counter": counter}))["number"] == number
        return str((await self.does(self.clerk, f"halls/{hall}/numbers/{number}/serve"))["visit"])

    async def uploads(self, who: dict[str, str], content: bytes, visit: str | None = None, name: str = "页.jpg") -> Any:
        headers = who | {"Chengce-File-Name": quote(name)}
        params = {"visit": visit} if visit else {}
        post = self.running.client.post
        return await post("/api/application/attachments", content=content, headers=headers, params=params)

    async def scanned(self, visit: str, pages: int = 2, name: str = "扫描件.pdf") -> str:
        """Pages uploaded one by one and joined; the attachment's number."""
        keys = [(await self.uploads(self.clerk, jpeg(n), visit)).json()["id"] for n in range(pages)]
        body = {"name": name, "pages": keys}
        return str((await self.does(self.clerk, f"attachments/join?visit={visit}", body, 201))["id"])

    async def agreed(self, visit: str, *scope: str) -> None:
        await self.does(self.clerk, f"visits/{visit}/visitor", VISITOR)
        paper = await self.scanned(visit, name="同意书（样例）")
        said = {"scope": scope or ["apply", "prefill"], "how": "paper", "text_version": 1, "attachment": paper}
        await self.does(self.clerk, f"visits/{visit}/consent", said)

    async def hotline(self, method: str, path: str, who: dict[str, str], body: Any = None) -> Any:
        return await self.running.client.request(method, f"/api/hotline/{path}", json=body, headers=who)

    async def until_closed(self, hall: str, day: str) -> Any:
        """The figures of a day that is over."""
        async with asyncio.timeout(PATIENCE):
            while True:
                figures = await self.sees(self.clerk, f"halls/{hall}/figures", day=day)
                if figures["closed"]:
                    return figures
                await asyncio.sleep(0.05)

    async def until_found(self, path: str, who: dict[str, str]) -> Any:
        """What hotline answers once it has heard."""
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = await self.hotline("GET", path, who)
                if answer.status_code != 404:
                    return answer
                await asyncio.sleep(0.05)


def jpeg(shade: int) -> bytes:
    made = io.BytesIO()
    Image.new("L", (248, 351), 100 + shade).save(made, "JPEG")
    return made.getvalue()


@pytest.fixture(scope="module")
async def counter(database_url: str) -> AsyncIterator[Counter]:
    clock = {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": 1.0}
    async with running_services(*SERVICES, database_url=database_url, **clock) as running:
        made = Counter(running)
        await made.register(1, 2)
        await made.publish("counter-a", procedure="simple", title="技改设备补助（样例）")
        yield made


async def test_from_the_number_to_the_rating(counter: Counter) -> None:
    await counter.opened("hall-a")
    visit = await counter.served("hall-a")
    await counter.agreed(visit)
    form = {"item_code": "counter-a", "enterprise": USCC, "statement": "申请（样例）。", "requested_fen": 4_000_000}
    await counter.until_mail(counter.own, f"visit:{visit}", "counter-consent-recorded")
    post = counter.running.client.post
    answer = await post("/api/application/applications", json=form | {"visit": visit}, headers=counter.clerk | KEY)
    assert answer.status_code == 201, answer.text
    number = answer.json()["id"]

    shown = await counter.sees(counter.own, f"applications/{number}")
    assert (shown["channel"], shown["visit"], shown["status"]) == ("counter", visit, "submitted")
    at_counter = shown["steps"][-1]
    assert (at_counter["step"], at_counter["act"], at_counter["clerk"]) == ("acted-at-counter", "submit", "clerk-1")
    await counter.until_mail(counter.own, f"application:{number}", "application-received")

    for who in (counter.own, counter.clerk, counter.maker):
        pdf = await counter.running.client.get(f"/api/application/applications/{number}/receipt", headers=who)
        assert pdf.headers["content-type"] == "application/pdf"
        said = text_of(pdf.content)
        assert all(
            part in said for part in ("收件回执", number, "技改设备补助（样例）", "2026年3月9日前", "40,000.00元")
        )
    stranger = await counter.running.client.get(
        f"/api/application/applications/{number}/receipt", headers=counter.of(OTHER)
    )
    assert stranger.status_code == 403
    page = await counter.running.client.get(f"/api/application/receipts/{number}")
    assert number in page.text and "已提交，等待受理" in page.text and USCC not in page.text

    await counter.does(counter.maker, f"applications/{number}/accept")
    await counter.does(counter.maker, f"applications/{number}/supplement-request", {"requirements": ["补齐发票。"]})
    refused = await counter.does(counter.clerk, f"applications/{number}/supplement", {"answer": "已补。"}, 403)
    assert refused["code"] == "application.visit-required"
    await counter.does(counter.clerk, f"applications/{number}/supplement", {"answer": "已补。", "visit": visit})
    await counter.does(counter.clerk, f"visits/{visit}/end")
    again = await post("/api/application/applications", json=form | {"visit": visit}, headers=counter.clerk | KEY)
    assert (again.status_code, again.json()["id"]) == (201, number), "the same key gives the same answer"
    await counter.does(counter.maker, f"applications/{number}/review", {"outcome": "approved", "opinion": "同意。"})
    shown = await counter.sees(counter.own, f"applications/{number}")
    assert [step["step"] for step in shown["steps"]] == [
        "application-submitted", "acted-at-counter", "application-accepted", "supplement-requested",
        "application-supplemented", "acted-at-counter", "review-completed",
    ]  # fmt: skip
    await _rated(counter, visit)


KEY = {"Idempotency-Key": "at-the-counter"}


async def _rated(counter: Counter, visit: str) -> None:
    found = await counter.until_found(f"visits-at-counter/of/{visit}", counter.clerk)
    told = found.json()
    assert (told["department"], told["about"]) == ("szj", f"申报受理（{HALL['name']}）")
    assert told["number"] in told["qr_text"]
    own = await counter.hotline("GET", f"visits-at-counter/of/{visit}", counter.own)
    assert own.json() == told, "the visitor, who knows the visit, finds it as well"
    reviewer = await counter.hotline("GET", f"visits-at-counter/of/{visit}", counter.maker)
    assert reviewer.status_code == 404, "a department that sees the application does not"
    given = {"kind": "counter", "key": told["number"], "grade": 5}
    assert (await counter.hotline("POST", "ratings", {}, given)).status_code == 201


async def test_without_a_visit_or_consent_a_clerk_does_nothing_for_an_enterprise(counter: Counter) -> None:
    await counter.opened("hall-b")
    form = {"item_code": "counter-a", "enterprise": USCC, "statement": "申请（样例）。"}
    bare = await counter.does(counter.clerk, "applications", form, 403)
    assert (bare["code"], bare["errors"][0]["field"]) == ("application.visit-required", "visit")
    assert (await counter.uploads(counter.clerk, jpeg(1))).json()["code"] == "application.visit-required"
    visit = await counter.served("hall-b")
    refused = await counter.does(counter.clerk, "applications", form | {"visit": visit}, 403)
    assert [error["code"] for error in refused["errors"]] == ["no-enterprise", "no-consent"]
    await counter.agreed(visit, "prefill")
    refused = await counter.does(counter.clerk, "applications", form | {"visit": visit}, 403)
    assert [error["code"] for error in refused["errors"]] == ["no-consent"]
    other = await counter.does(counter.other, "applications", form | {"visit": visit, "enterprise": OTHER}, 403)
    assert [error["code"] for error in other["errors"]] == ["not-yours", "other-enterprise", "no-consent"]
    gone = await counter.does(counter.clerk, "applications", form | {"visit": "0000"}, 403)
    assert [error["code"] for error in gone["errors"]] == ["unknown"]
    by_itself = await counter.does(counter.own, "applications", form | {"visit": visit}, 403)
    assert by_itself["code"] == "application.visit-unfit"
    number = str((await counter.apply("counter-a", 1)).json()["id"])
    body = {"reason": "不再申请。"}
    assert (await counter.does(counter.clerk, f"applications/{number}/withdraw", body, 403))["code"] == (
        "application.visit-required"
    )
    await counter.agreed(visit, "apply")
    await counter.does(counter.clerk, f"applications/{number}/withdraw", body | {"visit": visit})
    await counter.does(counter.clerk, f"visits/{visit}/end")
    late = await counter.does(counter.clerk, "applications", form | {"visit": visit}, 403)
    assert [error["code"] for error in late["errors"]] == ["ended"]


async def test_the_visitor_is_sealed_and_who_looks_is_recorded(counter: Counter) -> None:
    await counter.opened("hall-c")
    visit = await counter.served("hall-c")
    wrong = {"name": " ", "identity": "110105194912310021", "phone": "123", "enterprise": USCC}
    refused = await counter.does(counter.clerk, f"visits/{visit}/visitor", wrong, 422)
    assert sorted(error["field"] for error in refused["errors"]) == ["capacity", "identity", "name", "phone"]
    right = VISITOR | {"identity": "11010519491231002x"}
    first = await counter.does(counter.clerk, f"visits/{visit}/visitor", right)
    assert (await counter.does(counter.clerk, f"visits/{visit}/visitor", right))["version"] == first["version"]
    shown = await counter.sees(counter.own, f"visits/{visit}")
    assert (shown["phone_end"], shown["identity_end"], shown["capacity"]) == ("0001", "002X", "employee")
    runtime = counter.running.runtimes["application"]
    stored = str([each.event for each in await runtime.aggregates.history(f"visit-{visit}")])
    assert "样例办理人" not in stored and "19900000001" not in stored and "11010519491231002X" not in stored
    seen = await counter.sees(counter.clerk, f"visits/{visit}/visitor")
    assert seen == {"name": "样例办理人", "identity": "11010519491231002X", "phone": "19900000001"}
    last = (await runtime.aggregates.history(f"visit-{visit}"))[-1].event
    assert (last.TOPIC, last.model_dump()["by"]) == ("application.visitor-seen", "clerk-1")
    for who in (counter.own, counter.other, counter.maker):
        answer = await counter.running.client.get(f"/api/application/visits/{visit}/visitor", headers=who)
        assert answer.status_code == 403
    assert visit in [each["visit"] for each in (await counter.sees(counter.own, "visits", open=True))["items"]]
    assert (await counter.sees(counter.of(OTHER), "visits"))["items"] == []


async def test_scanned_pages_become_one_pdf_that_is_the_enterprises(counter: Counter) -> None:
    await counter.opened("hall-d")
    visit = await counter.served("hall-d")
    await counter.does(counter.clerk, f"visits/{visit}/visitor", VISITOR)
    pages = [(await counter.uploads(counter.clerk, jpeg(n), visit)).json()["id"] for n in range(3)]
    pdf = (await counter.uploads(counter.clerk, b"%PDF-1.7 x", visit, "材料.pdf")).json()["id"]
    torn = (await counter.uploads(counter.clerk, b"\xff\xd8\xff\xe0 torn", visit)).json()["id"]
    mixed = {"pages": [pages[0], pdf, "NONE", torn]}
    refused = await counter.does(counter.clerk, f"attachments/join?visit={visit}", mixed, 422)
    assert [(error["field"], error["code"]) for error in refused["errors"]] == [
        ("pages.1", "no-image"), ("pages.2", "unknown-file"), ("pages.3", "unreadable"),
    ]  # fmt: skip
    body = {"name": "发票（样例）", "pages": [pages[2], pages[0], pages[1]]}
    headers = counter.clerk | {"Idempotency-Key": "join"}
    path = f"/api/application/attachments/join?visit={visit}"
    made = await counter.running.client.post(path, json=body, headers=headers)
    assert made.status_code == 201, made.text
    key = made.json()["id"]
    assert (await counter.running.client.post(path, json=body, headers=headers)).json()["id"] == key
    got = await counter.running.client.get(f"/api/application/attachments/{key}/file", headers=counter.own)
    assert got.headers["content-type"] == "application/pdf"
    assert images_of(got.content) == [jpeg(2), jpeg(0), jpeg(1)], "in the order that was asked for, byte for byte"
    described = await counter.sees(counter.own, f"attachments/{key}")
    assert described["name"] == "发票（样例）.pdf"
    answer = await counter.running.client.get(f"/api/application/attachments/{key}", headers=counter.of(OTHER))
    assert answer.status_code == 403


async def with_form(counter: Counter, code: str) -> None:
    schema = deepcopy(SCHEMA)
    schema["properties"]["invoice"] = {
        "type": "string", "format": "file", "title": "发票", "x-accept": ["application/pdf"],
    }  # fmt: skip
    schema["required"] = [*schema["required"], "invoice"]
    await counter.publish(code, procedure="simple")
    client = counter.running.client
    answer = await client.put(f"/api/application/forms/{code}", json={"answers": schema}, headers=counter.maker)
    assert answer.status_code == 200, answer.text


async def test_a_draft_at_the_counter_is_the_enterprises_and_is_handed_in_with_its_scan(counter: Counter) -> None:
    await counter.opened("hall-e")
    await with_form(counter, "counter-form")
    visit = await counter.served("hall-e")
    begin = {"item_code": "counter-form", "visit": visit}
    assert (await counter.does(counter.clerk, "drafts", {"item_code": "counter-form"}, 403))["code"] == (
        "application.visit-required"
    )
    await counter.agreed(visit, "apply")
    path = f"/api/application/forms/counter-form/prefill?enterprise={USCC}"
    for query in ("", f"&visit={visit}"):
        assert (await counter.running.client.get(path + query, headers=counter.clerk)).status_code == 403
    key = (await counter.does(counter.clerk, "drafts", begin, 201))["id"]
    draft = await counter.sees(counter.own, f"drafts/{key}")
    assert draft["answers"] == {}, "without consent nothing is filled in from what is known"
    invoice = await counter.scanned(visit)
    save = {"base": 0, "answers": RIGHT | {"invoice": invoice}}
    await counter.does(counter.clerk, f"drafts/{key}/save?visit={visit}", save)
    assert (await counter.does(counter.clerk, f"drafts/{key}/save", save | {"base": 1}, 403))["code"] == (
        "application.draft-not-yours"
    )
    number = (await counter.does(counter.clerk, f"drafts/{key}/submit?visit={visit}", None, 201))["id"]
    shown = await counter.sees(counter.own, f"applications/{number}")
    assert (shown["channel"], shown["enterprise"]) == ("counter", USCC)
    assert (await counter.does(counter.clerk, f"drafts/{key}/submit?visit={visit}", None, 409))["code"] == (
        "application.draft-over"
    )

    await counter.agreed(visit)
    filled = await counter.running.client.get(f"{path}&visit={visit}", headers=counter.clerk)
    assert filled.status_code == 200, filled.text
    second = (await counter.does(counter.clerk, "drafts", begin, 201))["id"]
    drafted = await counter.sees(counter.own, f"drafts/{second}")
    assert drafted["answers"]["name"]["value"] == "样例1号（样例）"
    assert drafted["answers"]["name"]["by"] == f"counter:{visit}"
    body = {"reason": "改由本企业申报。"}
    await counter.does(counter.own, f"visits/{visit}/consent/withdraw", body)
    assert (await counter.sees(counter.own, f"drafts/{second}"))["status"] == "ended"
    assert (await counter.sees(counter.own, f"drafts/{key}"))["status"] == "submitted"
    assert (await counter.sees(counter.own, f"applications/{number}"))["status"] == "submitted"
    refused = await counter.does(counter.clerk, "drafts", begin, 403)
    assert [error["code"] for error in refused["errors"]] == ["no-consent"]
    electronic = {"scope": ["apply"], "how": "electronic", "text_version": 1}
    assert (await counter.does(counter.clerk, f"visits/{visit}/consent", electronic, 403))["code"] == (
        "application.consent-not-yours"
    )
    await counter.does(counter.own, f"visits/{visit}/consent", electronic)
    await counter.does(counter.clerk, "drafts", begin, 201)
    text = (await counter.running.client.get("/api/application/consent-text")).json()
    assert text["version"] == 1 and "撤回" in text["text"]


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


async def test_a_grant_is_confirmed_at_the_counter_within_the_consent_for_it(counter: Counter) -> None:
    await counter.opened("hall-i")
    await counter.publish("counter-grant")
    key = await counter.open_list("counter-grant")
    taken = await counter.take(key, row(1), row(2))
    assert taken["loaded"] == 2, taken
    await counter.does(counter.maker, f"grant-lists/{key}/submit")
    await counter.does(counter.bureau, f"grant-lists/{key}/accept")
    await counter.until(key, "offered")
    path = f"grants/counter-grant.2026.{USCC}"
    account = {"bank": "样例银行", "account": "6222000000000000000"}
    assert (await counter.does(counter.clerk, f"{path}/confirm", account, 403))["code"] == (
        "application.visit-required"
    )
    visit = await counter.served("hall-i")
    await counter.agreed(visit, "apply")
    refused = await counter.does(counter.clerk, f"{path}/confirm", account | {"visit": visit}, 403)
    assert [error["code"] for error in refused["errors"]] == ["no-consent"]
    await counter.agreed(visit, "grant")
    await counter.does(counter.clerk, f"{path}/confirm", account | {"visit": visit})
    shown = await counter.sees(counter.own, path)
    assert (shown["status"], shown["account_end"]) == ("confirmed", "0000")
    other = f"grants/counter-grant.2026.{OTHER}/decline"
    refused = await counter.does(counter.clerk, other, {"reason": "不需要。", "visit": visit}, 403)
    assert [error["code"] for error in refused["errors"]] == ["other-enterprise"]
    done = (await counter.sees(counter.own, f"visits/{visit}"))["used"]
    assert [(each["act"], each["of"]) for each in done] == [("confirm", f"counter-grant.2026.{USCC}")]
