"""Ten real items of each kind, from the form to the money: four simple, three complex, three without application.

Titles, materials and the facts that conditions ask for are the source's; steps and amounts are laid down here, since the source
states neither. The facts of the applicants are made up from the source's own options.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.application.payments.simulator import Faults
from shared.contracts.facts import FactDefinition, FactKind
from shared.security.actor import Role
from tests.realdata.programmes import PROGRAMMES, definitions, eligibilities, read
from tests.services.application.city import City, enterprise, row
from tests.services.application.test_api import AT, GUIDE
from tests.support.funds import Funds, fund_platform
from tests.support.running import running_services

pytestmark = pytest.mark.realdata
SIMPLE = ("dgtech", "sztech", "fsdigital", "hztech")
COMPLEX = ("gdadvanced", "gdgreenfactory", "gdrecycle")
GIVEN = ("xjr", "prov", "gdchampion")
ACCOUNT = {"bank": "样例银行", "account": "6222000000001234"}
PDF = b"%PDF-1.7 sample"
STEPS = [
    {"key": "check", "title": "材料审核", "departments": ["gxj"], "limit_days": 1},
    {
        "key": "visit", "title": "现场核查", "kind": "inspection", "departments": ["gxj"], "limit_days": 1,
        "after": ["check"],
    },
    {"key": "tax", "title": "税务核对", "departments": ["swj"], "limit_days": 1, "after": ["check"]},
    {
        "key": "final", "title": "复核", "departments": ["gxj"], "limit_days": 1, "after": ["visit", "tax"], "anew": True,
    },
]  # fmt: skip


@pytest.fixture
async def funds() -> AsyncIterator[Funds]:
    async with fund_platform(Faults(slow=0.01, lost=0.2, down=0.1, partial=0.2, repeated=0.2)) as platform:
        yield platform


@pytest.fixture
async def city(database_url: str, funds: Funds) -> AsyncIterator[City]:
    clock = {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": 60.0}
    more = clock | {"fund_url": funds.url, "fund_token": funds.token}
    names = ("registry", "policy", "application")
    async with running_services(*names, database_url=database_url, **more) as running:
        yield City(running)


def facts_in(rule: Any) -> Iterator[str]:
    """The facts that a condition asks for."""
    if isinstance(rule, Mapping):
        if "fact" in rule:
            yield rule["fact"]
        for each in rule.values():
            yield from facts_in(each)
    elif isinstance(rule, list | tuple):
        for each in rule:
            yield from facts_in(each)


def form_of(programme: Mapping[str, Any], asked: list[FactDefinition]) -> dict[str, Any]:
    """What the source asks an applicant: the facts of its conditions, the amount, and its materials as files."""
    fields: dict[str, Any] = {"name": {"type": "string", "title": "企业名称", "x-fact": "name"}}
    for fact in asked:
        value = {"type": "string", "enum": [option.value for option in fact.options]}
        many = {"type": "array", "items": value, "uniqueItems": True}
        fields[fact.key] = {"title": fact.label, "x-fact": fact.key} | (many if fact.kind is FactKind.SET else value)
    fields["amount"] = {"type": "string", "format": "amount", "title": "申请金额（元）", "x-requested": True}
    fields["contact"] = {"type": "string", "format": "phone", "title": "联系电话"}
    materials = [each["name"] for each in programme["materials"] if each.get("required")]
    for number, name in enumerate(materials, start=1):
        file = {"type": "string", "format": "file", "x-accept": ["application/pdf"], "x-most-mb": 10}
        fields[f"file_{number}"] = {"type": "array", "title": name[:100], "minItems": 1, "items": file}
    needed = ["name", "amount", "contact", *(f"file_{number}" for number in range(1, len(materials) + 1))]
    return {"answers": {"type": "object", "properties": fields, "required": needed}}


async def lays_down(city: City, programme: Mapping[str, Any], procedure: str, asked: list[FactDefinition]) -> str:
    """Publishes the item, with its form and process."""
    code = f"real-{programme['id']}"
    materials = [
        {"name": each["name"][:200], "required": bool(each.get("required"))} for each in programme["materials"]
    ]
    guide = GUIDE | {"materials": materials, "promised_days": 5}
    await city.publish(code, procedure, title=programme["name"][:200], guide=guide)
    if procedure == "no-application":
        return code
    await city.scheme(code, {"most_fen": 10_000_000}, {"steps": STEPS} if procedure == "complex" else None)
    form = form_of(programme, asked)
    answer = await city.running.client.put(f"/api/application/forms/{code}", json=form, headers=city.maker)
    assert answer.status_code == 200, answer.text
    return code


async def applies(city: City, code: str, number: int) -> str:
    """Fills the form from what is known, uploads every material, and hands it in by way of a draft."""
    who = city.of(enterprise(number))
    draft = (await city.does(who, "drafts", {"item_code": code}, 201))["id"]
    missing = (await city.sees(who, f"drafts/{draft}"))["missing"]
    answers: dict[str, Any] = {"amount": "40,000.00", "contact": "19900000001"}
    for name in (error["field"].removeprefix("answers.") for error in missing):
        if name.startswith("file_"):
            headers = who | {"Chengce-File-Name": "sample.pdf"}
            sent = await city.running.client.post("/api/application/attachments", content=PDF, headers=headers)
            assert sent.status_code == 201, sent.text
            answers[name] = [sent.json()["id"]]
    await city.does(who, f"drafts/{draft}/save", {"base": 0, "answers": answers})
    number_of = str((await city.does(who, f"drafts/{draft}/submit", status=201))["id"])
    shown = await city.sees(city.maker, f"applications/{number_of}/answers")
    assert shown["compared"] and {each["outcome"] for each in shown["compared"]} == {"same"}
    await city.does(who, f"applications/{number_of}/account", ACCOUNT)
    await city.does(city.maker, f"applications/{number_of}/accept", {})
    return number_of


async def reviews(city: City, number: str, *, steps: bool) -> None:
    if not steps:
        review = {"outcome": "approved", "opinion": "符合条件（样例）。", "amount_fen": 4_000_000}
        await city.does(city.maker, f"applications/{number}/review", review)
        return
    tax = city.running.sign_in(Role.OFFICER, department="swj", subject="tax")
    agrees = {"agrees": True, "opinion": "同意（样例）。"}
    for who, step, more in (
        (city.maker, "check", {}),
        (city.maker, "visit", {"place": "样例路1号（样例）"}),
        (tax, "tax", {}),
        (city.head, "final", {"amount_fen": 4_000_000}),
    ):
        await city.does(who, f"applications/{number}/steps/{step}/opinion", agrees | more)


async def pays(city: City, **form: str) -> None:
    """A plan by the department, approved by finance, until every payment is paid."""
    key = (await city.does(city.maker, "payment-plans", form, 201))["id"]
    await city.until(key, "submitted", "payment-plans")
    await city.does(city.finance, f"payment-plans/{key}/approve")
    ended = await city.until(key, "concluded", "payment-plans")
    assert ended["figures"]["rows"] == {"paid": 1}


async def test_ten_real_items_go_from_the_form_to_the_money(city: City, funds: Funds, realdata: Path) -> None:
    programmes = {each["id"]: each for each in read(realdata, PROGRAMMES)}
    rules, facts = eligibilities(realdata), definitions(realdata)
    await city.register(1)
    post = city.running.client.post
    defined = {"rows": [fact.model_dump(mode="json") for fact in facts.values()]}
    assert (await post("/api/registry/facts/batch", json=defined, headers=city.bureau)).status_code == 200
    supplied = [
        {"uscc": enterprise(1), "key": key, "value": [fact.options[0].value] if fact.kind is FactKind.SET else fact.options[0].value}
        for key, fact in facts.items()
    ]  # fmt: skip
    answer = await post("/api/registry/facts/supply/batch", json={"rows": supplied}, headers=city.maker)
    assert answer.status_code == 200 and not answer.json()["refused"], answer.text
    wait = {"Chengce-Wait-For": f"registry:{answer.json()['position']}"}
    assert (await city.running.client.get("/api/application/offers", headers=wait)).status_code == 200

    for procedure, names in (("simple", SIMPLE), ("complex", COMPLEX)):
        for name in names:
            asked = sorted(set(facts_in(rules[name].model_dump(mode="json"))) & facts.keys())
            code = await lays_down(city, programmes[name], procedure, [facts[key] for key in asked])
            number = await applies(city, code, 1)
            await reviews(city, number, steps=procedure == "complex")
            await pays(city, item_code=code)
            shown = await city.sees(city.of(enterprise(1)), f"applications/{number}")
            assert (shown["payment"]["status"], shown["steps"][-1]["title"]) == ("paid", "资金到账")
            assert shown["next"].startswith("40,000.00元已于2026年")
    for name in GIVEN:
        code = await lays_down(city, programmes[name], "no-application", [])
        key = await city.open_list(code)
        await city.take(key, row(1))
        await city.does(city.maker, f"grant-lists/{key}/submit")
        await city.does(city.bureau, f"grant-lists/{key}/accept")
        await city.until(key, "offered")
        await city.does(city.of(enterprise(1)), f"grants/{code}.2026.{enterprise(1)}/confirm", ACCOUNT)
        await city.does(city.head, f"grant-lists/{key}/confirm")
        await city.until(key, "concluded")
        await pays(city, grant_list=key)
    assert funds.paid_twice == []
    assert len(funds.books.paid) == len((*SIMPLE, *COMPLEX, *GIVEN))
