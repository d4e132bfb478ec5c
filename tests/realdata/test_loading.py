"""Real policies through the public doors, as items with conditions where their source states them as data."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.security.actor import Role
from tests.realdata.hangzhou import DEFINITIONS, RULES
from tests.realdata.programmes import PROGRAMMES, definitions, eligibilities, read
from tests.services.policy.test_api import GUIDE
from tests.support.running import Running, running_services

pytestmark = pytest.mark.realdata
UNTITLED = {"materials": [{"name": "原文未列明", "required": True}], "process": ["按原文办理"]}


@pytest.fixture(scope="module")
async def running(database_url: str) -> AsyncIterator[Running]:
    async with running_services("registry", "policy", database_url=database_url) as running:
        yield running


class Loading:
    """The data bureau at the doors."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.headers = running.sign_in(Role.DATA_BUREAU, department="szj")

    async def rows(self, path: str, rows: list[dict[str, Any]], **params: str) -> dict[str, Any]:
        answer = await self.running.client.post(path, json={"rows": rows}, params=params, headers=self.headers)
        assert answer.status_code == 200, answer.text
        service = path.split("/")[2]
        self.headers["Chengce-Wait-For"] = f"{service}:{answer.json()['position']}"
        found: dict[str, Any] = answer.json()
        return found

    async def get(self, path: str) -> Any:
        answer = await self.running.client.get(path, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()


def document(number: str, title: str) -> dict[str, Any]:
    days = {"issued_on": "2026-03-02", "decided_on": "2026-03-02"}
    return {"number": number, "title": title[:200], "department": "kjj", **days}


def item(code: str, number: str, title: str, eligibility: dict[str, Any]) -> dict[str, Any]:
    return {
        "code": code, "department": "kjj", "document_number": number, "title": title[:200], "support_type": "资金奖补",
        "procedure": "complex", "window": {"kind": "undetermined"}, "guide": GUIDE | UNTITLED,
        "eligibility": eligibility,
    }  # fmt: skip


async def test_all_three_sets_are_loaded_and_what_can_be_decided_is(running: Running, realdata: Path) -> None:
    loading = Loading(running)
    facts = [*definitions(realdata).values(), *DEFINITIONS]
    loaded = await loading.rows("/api/registry/facts/batch", [f.model_dump(mode="json") for f in facts])
    assert (loaded["loaded"], loaded["refused"]) == (len(facts), [])
    await running.runtimes["policy"].reads.caught_up({"registry": loaded["position"]})

    programmes, rules = read(realdata, PROGRAMMES), eligibilities(realdata)
    documents = [document(f"粤〔2026〕{p['id']}", p["name"]) for p in programmes]
    items = [
        item(p["id"], f"粤〔2026〕{p['id']}", p["name"], rules[p["id"]].model_dump(mode="json")) for p in programmes
    ]
    hangzhou = read(realdata, "policy_programmes_hangzhou_2019.json")
    documents += [document(f"杭〔2019〕{p['id']}", p["name"]) for p in hangzhou]
    for programme in hangzhou:
        asked = [{"title": f"条件{n}", "rule": rule} for n, rule in enumerate(RULES[programme["id"]], start=1)]
        items.append(item(programme["id"], f"杭〔2019〕{programme['id']}", programme["name"], {"requirements": asked}))
    assert (await loading.rows("/api/policy/documents/batch", documents))["loaded"] == 39
    answer = await loading.rows("/api/policy/items/batch", items)
    assert (answer["loaded"], answer["refused"]) == (39, [])

    cards = read(realdata, "policy_cards_beijing.json")
    answer = await loading.rows("/api/policy/import/cards/batch", cards, department="fgw")
    assert answer["loaded"] + answer["repeated"] + len(answer["refused"]) == len(cards)
    assert answer["loaded"] > 80
    assert all(row["errors"] for row in answer["refused"])

    await _holds_them_against_an_enterprise(loading)


async def _holds_them_against_an_enterprise(loading: Loading) -> None:
    uscc = "91320281MA0Y00016Q"
    held = {
        "qualifications": ["high-tech"], "rd_expense": 2_000_000_000, "rd_ratio": 700, "revenue": 6_000_000_000,
        "division": "330106", "established_on": "2015-05-05", "granted_rights": 12, "q_level": "3",
    }  # fmt: skip
    rows = [{"uscc": uscc, "key": key, "value": value, "as_of": "2026-01-01"} for key, value in held.items()]
    assert (await loading.rows("/api/registry/facts/supply/batch", rows))["refused"] == []
    answer = await loading.get(f"/api/policy/match/{uscc}")
    groups = {group: {each["code"] for each in answer[group]} for group in ("met", "unknown", "not_met")}
    assert sum(map(len, groups.values())) == 39
    assert {"HZ01", "HZ02", "HZ08"} <= groups["met"]
    assert "HZ12" in groups["not_met"]
    assert "HZ11" in groups["unknown"]
    assert answer["questions"][0]["decides"] + answer["questions"][0]["helps"] > 1
    explained = await loading.get(f"/api/policy/match/{uscc}/items/HZ12")
    assert any("现为" in change for each in explained["requirements"] for change in each["changes"])
