"""Symposia and visits: each demand becomes a ticket, once."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.services.hotline.conftest import Desk

ENTERPRISE = "91320281000000019H"


def form(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "symposium",
        "title": "技改政策座谈会（样例）",
        "held_on": "2026-09-24",
        "place": "市政务服务中心",
        "department": "gxj",
        "minutes": "听取企业意见（样例）。",
        "demands": [
            {"title": "希望提前兑现（样例）", "content": "希望缩短奖励兑现时间。", "enterprise": ENTERPRISE,
             "contact": {"name": "样例联系人", "phone": "19900000009"}},
            {"title": "用工困难（样例）", "content": "希望组织招聘会。", "suggested_department": "rsj"},
        ],
    } | changes  # fmt: skip


async def with_tickets(desk: Desk, key: str, count: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(180):
        while True:
            demands = (await desk.sees(f"meetings/{key}"))["demands"]
            if len(demands) == count and all(each["ticket"] for each in demands):
                return list(demands)


async def test_demands_become_tickets_and_show_what_became_of_them(officer: Desk, agent: Desk) -> None:
    key = (await officer.does("meetings", form(), 201))["id"]
    assert (await officer.does("meetings", form(), 201))["id"] == key
    first, second = await with_tickets(officer, key, 2)
    shown = await agent.sees(f"tickets/{first['ticket']}")
    assert (shown["source"], shown["channel"], shown["enterprise"]) == ("visit", "座谈会", ENTERPRISE)
    caller = (await agent.get(f"tickets/{first['ticket']}/caller")).json()
    assert (caller["name"], caller["phone"]) == ("样例联系人", "19900000009")
    assert "19900000009" not in str(await officer.sees(f"meetings/{key}"))
    await agent.does(f"tickets/{second['ticket']}/answer", {"text": "已安排招聘会。"})
    assert [each["ticket_status"] for each in await with_tickets(officer, key, 2)] == ["received", "answered"]


async def test_a_forgotten_demand_is_added_once(officer: Desk) -> None:
    key = (await officer.does("meetings", form(title="补记（样例）"), 201))["id"]
    await with_tickets(officer, key, 2)
    more = {"demands": [{"title": "道路维修（样例）", "content": "厂区门口道路破损。"}]}
    await officer.does(f"meetings/{key}/demands", more)
    await officer.does(f"meetings/{key}/demands", more)
    tickets = [each["ticket"] for each in await with_tickets(officer, key, 3)]
    assert len(set(tickets)) == 3


async def test_numbers_stand_with_the_contact_and_strangers_record_nothing(officer: Desk, stranger: Desk) -> None:
    bad = form(title="号码（样例）", minutes="联系19900000009。")
    bad["demands"][0]["content"] = "请联系19900000009。"
    refused = await officer.does("meetings", bad, 422)
    assert {error["field"] for error in refused["errors"]} == {"minutes", "demands.0.content"}
    await stranger.does("meetings", form(), 403)
