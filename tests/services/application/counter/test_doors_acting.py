"""What a clerk does for an enterprise in a visit: drafts and grants, through the doors."""

from __future__ import annotations

from copy import deepcopy

from tests.services.application.city import row
from tests.services.application.counter.window import OTHER, USCC, Counter
from tests.services.application.forms.forms import RIGHT, SCHEMA


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
