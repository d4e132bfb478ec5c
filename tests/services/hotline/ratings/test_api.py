"""Ratings through the public door."""

from __future__ import annotations

import httpx
import pytest

from services.hotline.ratings.following import REVISIT, on_due
from shared.deadlines.book import DeadlineRow
from shared.security.actor import Role
from tests.services.hotline.conftest import Desk
from tests.services.hotline.ratings.examples import USCC
from tests.support.running import Running


@pytest.fixture
def enterprise(hotline: Running) -> Desk:
    desk = Desk(hotline, Role.APPLICANT)
    desk.headers = hotline.sign_in(Role.APPLICANT, enterprise=USCC)
    return desk


@pytest.fixture
def clerk(hotline: Running) -> Desk:
    return Desk(hotline, Role.COUNTER_CLERK, department="gxj")


@pytest.fixture
def reviewer(hotline: Running) -> Desk:
    return Desk(hotline, Role.REVIEWER, department="gxj")


@pytest.fixture
def bureau(hotline: Running) -> Desk:
    return Desk(hotline, Role.DATA_BUREAU, department="szj")


@pytest.fixture
def visitor(hotline: Running) -> Desk:
    desk = Desk(hotline)
    desk.headers = {}
    return desk


async def answered(agent: Desk, officer: Desk) -> str:
    """A ticket of the enterprise that gxj has answered."""
    key, _ = await agent.take_in(caller={"enterprise_uscc": USCC})
    assert (await agent.post(f"tickets/{key}/dispatch", {"department": "gxj"})).status_code == 200
    assert (await officer.post(f"tickets/{key}/answer", {"text": "申报自3月起受理。"})).status_code == 200
    return key


def rated(response: httpx.Response) -> str:
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


async def test_an_answered_ticket_is_rated_by_its_enterprise_at_once_and_only_once(
    agent: Desk, officer: Desk, enterprise: Desk, visitor: Desk
) -> None:
    key = await answered(agent, officer)
    form = {"kind": "ticket", "key": key, "grade": 5, "tags": ["答复清楚"]}
    assert (await visitor.post("ratings", form)).status_code == 401
    given = await enterprise.post("ratings", form)
    assert rated(given) == f"ticket-{key}"
    refused = await enterprise.post("ratings", form | {"grade": 1})
    assert refused.json()["code"] == "hotline.already-rated"
    mine = await enterprise.get("ratings/mine", after=given)
    assert [row["grade"] for row in mine.json()["items"] if row["id"] == f"ticket-{key}"] == [5]


async def test_what_is_not_finished_cannot_be_rated(agent: Desk, enterprise: Desk) -> None:
    key, _ = await agent.take_in(caller={"enterprise_uscc": USCC})
    for kind, name in (("ticket", key), ("ticket", "nothing"), ("application", "nothing"), ("counter", "23456")):
        answer = await enterprise.post("ratings", {"kind": kind, "key": name, "grade": 5})
        assert answer.status_code == 404, answer.text
    assert (await enterprise.post("ratings", {"kind": "ticket", "key": key})).status_code == 422  # no default grade


async def test_a_bad_rating_of_a_ticket_has_it_worked_on_again(
    hotline: Running, agent: Desk, officer: Desk, stranger: Desk, enterprise: Desk
) -> None:
    ticket_key = await answered(agent, officer)
    key = rated(await enterprise.post("ratings", {"kind": "ticket", "key": ticket_key, "grade": 2, "anonymous": True}))
    row = DeadlineRow(
        id=f"rating-{key}/{REVISIT}",
        aggregate_id=f"rating-{key}",
        kind=REVISIT,
        due_at=hotline.runtimes["hotline"].clock.now(),
        provisional=False,
    )
    assert await on_due(hotline.runtimes["hotline"], row)  # whether or not the scheduler was there before
    reply = await officer.post(f"ratings/{key}/reply", {"text": "我们马上核实。"})
    shown = (await officer.get("ratings", after=reply, bad=True)).json()["items"]
    mine = next(each for each in shown if each["id"] == key)
    assert (mine["follow_up_due_on"], mine["enterprise"], mine["reply"]) == (None, None, "我们马上核实。")
    ticket = (await officer.get(f"tickets/{ticket_key}", after=reply)).json()
    assert (ticket["status"], ticket["reopened"], ticket["due_on"]) == ("dispatched", 1, "2026-10-09")
    assert ticket["steps"][-1]["text"].startswith("评价不满意")
    assert key not in [each["id"] for each in (await stranger.get("ratings")).json()["items"]]
    bare = await officer.post(f"tickets/{ticket_key}/answer", {"text": "已核实。"})
    assert [error["field"] for error in bare.json()["errors"]] == ["put_right"]
    done = await officer.post(f"tickets/{ticket_key}/answer", {"text": "已核实。", "put_right": "已补发奖励。"})
    assert done.status_code == 200, done.text


async def test_a_counter_visit_is_rated_without_sign_in_and_a_bad_rating_is_put_right(
    clerk: Desk, officer: Desk, visitor: Desk
) -> None:
    visit = await clerk.post("visits-at-counter", {"department": "gxj", "about": "咨询材料", "day": "2026-09-24"})
    number = visit.json()["number"]
    assert number in visit.json()["qr_text"]
    shown = await visitor.get(f"visits-at-counter/{number.lower()}")
    assert shown.json() == {"department": "gxj", "about": "咨询材料", "day": "2026-09-24"}
    bad = await visitor.post("ratings", {"kind": "counter", "key": number, "grade": 1, "text": "等了很久。"})
    key = rated(bad)
    listed = await officer.get("ratings", after=bad, bad=True)
    row = next(row for row in listed.json()["items"] if row["id"] == key)
    assert row["follow_up_due_on"] == "2026-10-09"  # five working days, over the holidays
    done = await officer.post(f"ratings/{key}/follow-up", {"text": "已增设窗口。", "put_right": True})
    assert done.status_code == 200, done.text
    figures = (await visitor.get("ratings/figures", after=done, department="gxj")).json()
    assert (figures["follow_ups_recorded"], figures["follow_ups_in_time"]) == (1, 1)


async def test_the_public_reads_what_was_approved_and_the_rater_left_open(
    clerk: Desk, reviewer: Desk, bureau: Desk, visitor: Desk
) -> None:
    for text, is_open in (("可公开", True), ("不公开", False)):
        form = {"department": "gxj", "about": text, "day": "2026-09-24"}
        number = (await clerk.post("visits-at-counter", form)).json()["number"]
        key = rated(await visitor.post("ratings", {"kind": "counter", "key": number, "grade": 2, "open": is_open}))
        assert (await reviewer.post(f"ratings/{key}/hide", {"reason": "不想公开"})).status_code == 403
        assert (await reviewer.post(f"ratings/{key}/reply", {"text": "谢谢。"})).status_code == 200
        last = await bureau.post(f"ratings/{key}/approve", {})
        assert last.status_code == 200
    public = (await visitor.get("ratings/public", after=last, department="gxj")).json()["items"]
    assert [(row["title"], row["reply"]) for row in public] == [("可公开", "谢谢。")]
    assert "key" not in public[0]


async def test_what_is_not_rated_is_shown_apart_and_makes_nobody_satisfied(clerk: Desk, visitor: Desk) -> None:
    desk = Desk(clerk.running, Role.COUNTER_CLERK, department="zrj")
    form = {"department": "zrj", "about": "咨询", "day": "2026-09-24"}
    visits = [await desk.post("visits-at-counter", form) for _ in range(3)]
    before = (await visitor.get("ratings/figures", after=visits[-1], department="zrj")).json()
    assert (before["given"], before["satisfied_percent"], before["not_rated"]) == (0, None, 3)
    for visit, grade in zip(visits[:2], (3, 2), strict=True):
        form = {"kind": "counter", "key": visit.json()["number"], "grade": grade}
        last = await visitor.post("ratings", form)
    after = (await visitor.get("ratings/figures", after=last, department="zrj")).json()
    assert (after["given"], after["bad"], after["satisfied_percent"], after["not_rated"]) == (2, 1, 50.0, 1)
    assert after["grades"] == {"5": 0, "4": 0, "3": 1, "2": 1, "1": 0}
