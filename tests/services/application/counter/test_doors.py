"""The counter through its doors, on real servers: from the number to the rating."""

from __future__ import annotations

from tests.services.application.counter.people import HALL
from tests.services.application.counter.window import OTHER, USCC, VISITOR, Counter, jpeg
from tests.support.pdfs import images_of, text_of

KEY = {"Idempotency-Key": "at-the-counter"}


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
