"""Forms and drafts through the doors: set, prefilled, filled in by two, handed in, compared, supplemented."""

from __future__ import annotations

from collections.abc import AsyncIterator
from copy import deepcopy
from typing import Any

import pytest

from services.application.decider.attachment import attachment
from shared.security.actor import Role
from tests.services.application.city import City, enterprise
from tests.services.application.forms.forms import RIGHT, SCHEMA
from tests.support.running import Running, running_services

ONE = enterprise(1)
CONTACT = "19900000001"


@pytest.fixture(scope="module")
async def city(database_url: str) -> AsyncIterator[City]:
    async with running_services("registry", "policy", "application", database_url=database_url) as running:
        made = City(running)
        await made.register(1, 2)
        yield made


async def asks(city: City, code: str, schema: dict[str, Any] | None = None) -> None:
    """An item with a form."""
    await city.publish(code, procedure="simple")
    await sets(city, code, schema or SCHEMA)


async def sets(city: City, code: str, schema: dict[str, Any], status: int = 200) -> Any:
    client = city.running.client
    answer = await client.put(f"/api/application/forms/{code}", json={"answers": schema}, headers=city.maker)
    assert answer.status_code == status, answer.text
    return answer.json()


async def facts(city: City, uscc: str, **values: Any) -> None:
    """What a department knows of an enterprise, and application has heard."""
    statements = [{"uscc": uscc, "key": key, "value": value, "as_of": "2026-01-31"} for key, value in values.items()]
    answer = await city.running.client.post(
        "/api/registry/facts/supply/batch", json={"rows": statements}, headers=city.maker | city.after
    )
    assert answer.status_code == 200 and not answer.json()["refused"], answer.text
    wait = {"Chengce-Wait-For": f"registry:{answer.json()['position']}"}
    await city.running.client.get("/api/application/offers", headers=city.maker | wait)


def _shown(answers: dict[str, Any]) -> dict[str, Any]:
    return {name: each["value"] for name, each in answers.items()}


async def test_a_wrong_form_is_refused_with_all_its_mistakes(city: City) -> None:
    await city.publish("form-wrong", procedure="simple")
    schema = deepcopy(SCHEMA)
    schema["properties"]["contact"]["format"] = "fax"
    schema["properties"]["way"]["x-labels"] = {"stolen": "x"}
    refused = await sets(city, "form-wrong", schema, 422)
    assert {error["code"] for error in refused["errors"]} == {"unknown-format", "unknown-option"}


async def test_what_is_known_fills_the_form_and_differences_are_shown_to_both(city: City) -> None:
    await asks(city, "form-known")
    await facts(city, ONE, employees=20, revenue=100_000_00)
    filled = await city.sees(city.of(ONE), "forms/form-known/prefill", enterprise=ONE)
    assert filled["answers"] == {"name": "样例1号（样例）", "staff": 20, "revenue": "100000.00"}
    assert (filled["origins"]["staff"]["source"], filled["origins"]["staff"]["as_of"]) == ("gxj", "2026-01-31")
    body = {
        "item_code": "form-known", "enterprise": ONE,
        "answers": filled["answers"] | RIGHT | {"staff": 12, "contact": CONTACT},
    }  # fmt: skip
    number = (await city.does(city.of(ONE), "applications", body, 201))["id"]
    for who in (city.of(ONE), city.maker):
        shown = await city.sees(who, f"applications/{number}/answers")
        outcomes = {each["field"]: each["outcome"] for each in shown["compared"]}
        assert outcomes == {"name": "differs", "staff": "differs", "revenue": "same"}
        assert (shown["answers"]["contact"], shown["answers"]["amount"]) == (CONTACT, "40000.50")
    assert (await city.sees(city.bureau, f"applications/{number}/answers"))["answers"]["contact"] == "****0001"
    application = await city.sees(city.maker, f"applications/{number}")
    assert (application["requested_fen"], application["differing"]) == (4_000_050, 2)
    assert [step["step"] for step in application["steps"]] == ["application-submitted", "answers-compared"]


async def test_wrong_answers_are_refused_all_at_once_and_nothing_is_submitted(city: City) -> None:
    await asks(city, "form-refused")
    body = {"item_code": "form-refused", "enterprise": ONE, "answers": {"way": "leased", "amount": "0", "x": "1"}}
    refused = await city.does(city.of(ONE), "applications", body, 422)
    assert {error["field"] for error in refused["errors"]} >= {
        "answers.name", "answers.lessor", "answers.amount", "answers.x",
    }  # fmt: skip
    without = {"item_code": "form-refused", "enterprise": ONE, "statement": "只有说明。"}
    assert (await city.does(city.of(ONE), "applications", without, 422))["errors"]


async def test_a_repeat_is_the_same_application_though_the_form_has_changed(city: City) -> None:
    await asks(city, "form-repeat")
    body = {"item_code": "form-repeat", "enterprise": ONE, "answers": RIGHT | {"contact": CONTACT}}
    headers = city.of(ONE) | {"Idempotency-Key": "once"}
    first = await city.does(headers, "applications", body, 201)
    schema = deepcopy(SCHEMA)
    schema["properties"]["year"] = {"type": "integer", "title": "年度"}
    schema["required"] = [*schema["required"], "year"]
    await sets(city, "form-repeat", schema)
    assert (await city.does(headers, "applications", body, 201))["id"] == first["id"]
    shown = await city.sees(city.of(ONE), "forms/form-repeat", version=1)
    assert (shown["current"], shown["changes"]) == (2, ["新增“年度”（必填）。"])
    assert (await city.sees(city.of(ONE), f"applications/{first['id']}"))["form"] == 1


async def test_a_supplement_changes_answers_and_is_judged_as_a_whole(city: City) -> None:
    await asks(city, "form-supplement")
    body = {"item_code": "form-supplement", "enterprise": ONE, "answers": RIGHT | {"contact": CONTACT}}
    number = (await city.does(city.of(ONE), "applications", body, 201))["id"]
    await city.does(city.maker, f"applications/{number}/supplement-request", {"requirements": ["请补充出租方。"]})
    path = f"applications/{number}/supplement"
    wrong = {"answer": "已改。", "answers": {"way": "leased"}}
    refused = await city.does(city.of(ONE), path, wrong, 422)
    assert [error["field"] for error in refused["errors"]] == ["answers.lessor"]
    right = {"answer": "已改。", "answers": {"way": "leased", "lessor": "样例租赁（样例）"}}
    await city.does(city.of(ONE), path, right)
    shown = await city.sees(city.maker, f"applications/{number}/answers")
    assert shown["answers"] == RIGHT | {
        "amount": "40000.50", "way": "leased", "lessor": "样例租赁（样例）", "contact": CONTACT,
    }  # fmt: skip


async def test_two_fill_in_one_draft_and_nothing_is_lost_on_the_way_to_the_application(city: City) -> None:
    await asks(city, "form-draft")
    sign_in = city.running.sign_in
    unverified = sign_in(Role.APPLICANT, subject="person")
    verified = sign_in(Role.APPLICANT, subject="person", enterprise=ONE)
    key = (await city.does(unverified, "drafts", {"item_code": "form-draft"}, 201))["id"]
    await city.does(unverified, f"drafts/{key}/save", {"base": 0, "answers": RIGHT | {"contact": CONTACT}})
    early = await city.does(unverified, f"drafts/{key}/submit", status=403)
    assert early["code"] == "application.not-verified"
    await city.does(verified, f"drafts/{key}/save", {"base": 1, "answers": {"amount": "30000"}})
    await city.does(city.of(ONE), f"drafts/{key}/save", {"base": 1, "answers": {"amount": "20000", "staff": "若干"}})
    shown = await city.sees(verified, f"drafts/{key}")
    assert _shown(shown["answers"]) == RIGHT | {"contact": CONTACT, "amount": "30000", "staff": "若干"}
    assert [each["value"] for each in shown["aside"]["amount"]] == ["20000"]
    assert [error["field"] for error in shown["missing"]] == ["answers.staff"]
    assert [each["changed"] for each in shown["changes"]][1:] == [["amount"], ["staff"]]
    wrong = await city.does(verified, f"drafts/{key}/submit", status=422)
    said = [(error["field"], error["code"]) for error in wrong["errors"]]
    assert said == [("answers.amount", "undecided"), ("answers.staff", "type")]
    await city.does(verified, f"drafts/{key}/save", {"base": 3, "answers": {"amount": "20000", "staff": 12}})
    number = (await city.does(verified, f"drafts/{key}/submit", status=201))["id"]
    application = await city.sees(city.maker, f"applications/{number}/answers")
    assert application["answers"] == RIGHT | {"contact": CONTACT, "amount": "20000.00", "staff": 12}
    again = await city.does(city.of(ONE), f"drafts/{key}/submit", status=409)
    assert number in again["title"]
    assert (await city.sees(verified, "drafts"))["items"] == []


async def test_a_colleague_hands_in_files_from_before_the_account_was_verified_and_replaced_ones_are_let_go(
    city: City,
) -> None:
    paper = {"type": "string", "format": "file", "title": "证明", "x-accept": ["application/pdf"]}
    fields = {"paper": paper, "note": {"type": "string", "title": "说明"}}
    await asks(city, "form-files", {"type": "object", "properties": fields, "required": ["paper"]})
    unverified = city.running.sign_in(Role.APPLICANT, subject="early")
    verified = city.running.sign_in(Role.APPLICANT, subject="early", enterprise=ONE)
    first, second = [await city.uploaded(unverified, b"%PDF-1.7 sample", f"{n}.pdf") for n in (1, 2)]
    key = (await city.does(unverified, "drafts", {"item_code": "form-files"}, 201))["id"]
    await city.does(unverified, f"drafts/{key}/save", {"base": 0, "answers": {"paper": first}})
    await city.does(unverified, f"drafts/{key}/save", {"base": 1, "answers": {"paper": second}})
    note = {"base": 2, "answers": {"note": "样例。"}}
    await city.does(verified, f"drafts/{key}/save", note)
    stranger = await city.does(city.of(enterprise(2)), f"drafts/{key}/save", note, 403)
    assert stranger["code"] == "application.draft-not-yours"
    number = (await city.does(city.of(ONE), f"drafts/{key}/submit", status=201))["id"]
    assert isinstance(city.running, Running)
    named = [(await city.running.runtimes["application"].state(attachment, file)).named for file in (first, second)]
    assert named == [frozenset(), frozenset({f"application-{number}"})]


async def test_a_draft_keeps_its_form_until_it_takes_the_newer_one(city: City) -> None:
    await asks(city, "form-newer")
    key = (await city.does(city.of(ONE), "drafts", {"item_code": "form-newer"}, 201))["id"]
    await city.does(city.of(ONE), f"drafts/{key}/save", {"base": 0, "answers": RIGHT | {"contact": CONTACT}})
    schema = deepcopy(SCHEMA)
    del schema["properties"]["contact"]
    await sets(city, "form-newer", schema)
    shown = await city.sees(city.of(ONE), f"drafts/{key}")
    assert shown["newer"] == {"version": 2, "changes": ["取消“联系电话”。"]}
    await city.does(city.of(ONE), f"drafts/{key}/renew")
    shown = await city.sees(city.of(ONE), f"drafts/{key}")
    assert (shown["form"], shown["newer"], shown["left"]["contact"]["value"]) == (2, None, CONTACT)
    number = (await city.does(city.of(ONE), f"drafts/{key}/submit", status=201))["id"]
    assert (await city.sees(city.of(ONE), f"applications/{number}"))["form"] == 2


async def test_a_draft_is_its_peoples_alone(city: City) -> None:
    await asks(city, "form-private")
    key = (await city.does(city.of(ONE), "drafts", {"item_code": "form-private"}, 201))["id"]
    for who in (city.of(enterprise(2)), city.maker, city.bureau):
        answer = await city.running.client.get(f"/api/application/drafts/{key}", headers=who)
        assert answer.status_code == 403
    await city.does(city.of(enterprise(2)), f"drafts/{key}/drop", status=403)
    left = city.running.sign_in(Role.APPLICANT, subject=f"user-{ONE}", enterprise=enterprise(2))
    assert (await city.running.client.get(f"/api/application/drafts/{key}", headers=left)).status_code == 403
    assert key not in [each["key"] for each in (await city.sees(left, "drafts"))["items"]]
    assert key in [each["key"] for each in (await city.sees(city.of(ONE), "drafts"))["items"]]
    await city.does(city.of(ONE), f"drafts/{key}/drop")
    assert key not in [each["key"] for each in (await city.sees(city.of(ONE), "drafts"))["items"]]


async def test_a_phone_that_comes_as_a_number_is_sealed_and_shown_to_its_people(city: City) -> None:
    await asks(city, "form-number")
    key = (await city.does(city.of(ONE), "drafts", {"item_code": "form-number"}, 201))["id"]
    await city.does(city.of(ONE), f"drafts/{key}/save", {"base": 0, "answers": RIGHT | {"contact": int(CONTACT)}})
    shown = await city.sees(city.of(ONE), f"drafts/{key}")
    assert shown["answers"]["contact"]["value"] == int(CONTACT)
    assert [(error["field"], error["code"]) for error in shown["missing"]] == [("answers.contact", "type")]
    assert isinstance(city.running, Running)
    history = await city.running.runtimes["application"].aggregates.history(f"draft-{key}")
    assert CONTACT not in repr([each.event for each in history])
