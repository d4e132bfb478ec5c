"""A live session from its announcement to its record, and its questions to their answers or tickets."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.hotline.decider.live import LookAtLive, live
from services.hotline.decider.remark import LookAtQuestion, remark
from services.hotline.events import live as events
from shared.calendar import LimitClock, WorkingCalendar, civil_date
from shared.eventstore.decider import Context
from tests.services.hotline.conftest import NOW, Desk
from tests.services.hotline.tickets import PLATFORM

STARTS = NOW + timedelta(minutes=20)


def form(**changes: Any) -> dict[str, Any]:
    return {
        "title": "技改政策解读（样例）",
        "summary": "解读技改奖励。",
        "department": "gxj",
        "speakers": ["投资与技改科"],
        "starts_at": STARTS.isoformat(),
        "ends_at": (STARTS + timedelta(hours=2)).isoformat(),
    } | changes


async def announced(officer: Desk, title: str) -> str:
    return str((await officer.does("live", form(title=title), 201))["id"])


async def ticket_of(asker: Desk, key: str) -> dict[str, Any]:
    """The remark, once its ticket is there."""
    async with asyncio.timeout(180):
        while True:
            (found,) = [each for each in (await asker.sees("remarks"))["items"] if each["key"] == key]
            if found["ticket"]:
                return dict(found)


async def test_a_session_from_announcement_to_record(officer: Desk, enterprise: Desk, stranger: Desk) -> None:
    key = await announced(officer, "从预告到实录（样例）")
    assert (await officer.does("live", form(title="从预告到实录（样例）"), 201))["id"] == key
    asked = await enterprise.does(f"live/{key}/remarks", {"text": "小微企业能否申报？（样例）"}, 201)
    await officer.does(f"live/{key}/begin")
    comment = await enterprise.does(f"live/{key}/remarks", {"kind": "comment", "text": "讲得清楚（样例）"}, 201)
    assert (await enterprise.sees(f"live/{key}/remarks"))["items"] == []  # nobody has looked yet
    await officer.does(f"remarks/{comment['id']}/show")
    await stranger.does(f"remarks/{asked['id']}/answer", {"text": "可以。"}, 403)
    await officer.does(f"remarks/{asked['id']}/answer", {"text": "可以申报。", "live": True})
    await officer.does(f"live/{key}/end")
    await officer.does(f"live/{key}/record", {"summary": "共答复1个问题（样例）。"})
    shown = await enterprise.sees(f"live/{key}")
    assert (shown["status"], shown["record"]) == ("ended", "共答复1个问题（样例）。")
    public = (await enterprise.sees(f"live/{key}/remarks"))["items"]
    assert [(each["text"], each["answer"]) for each in public] == [
        ("小微企业能否申报？（样例）", "可以申报。"),
        ("讲得清楚（样例）", None),
    ]
    assert "asker" not in public[0] and "enterprise" not in public[0]


async def test_a_question_becomes_a_ticket_that_is_followed_to_its_end(
    officer: Desk, enterprise: Desk, agent: Desk
) -> None:
    key = await announced(officer, "转为工单（样例）")
    asked = await enterprise.does(f"live/{key}/remarks", {"text": "何时兑现去年的奖励？（样例）"}, 201)
    await officer.does(f"remarks/{asked['id']}/hand-over", {"reason": "需要查询后答复。"})
    found = await ticket_of(enterprise, asked["id"])
    assert found["ticket_status"] == "received"
    ticket = await agent.sees(f"tickets/{found['ticket']}")
    assert (ticket["source"], ticket["channel"]) == ("live", "云直播")
    await agent.does(f"tickets/{found['ticket']}/answer", {"text": "已于9月兑现。"})
    assert (await ticket_of(enterprise, asked["id"]))["ticket_status"] == "answered"
    mine = (await enterprise.sees("questions/mine"))["items"]
    assert found["ticket"] in {each["key"] for each in mine}


async def test_numbers_of_persons_are_not_asked_in_public(officer: Desk, enterprise: Desk) -> None:
    key = await announced(officer, "不公开号码（样例）")
    refused = await enterprise.does(f"live/{key}/remarks", {"text": "请回电19900000009。"}, 422)
    assert [error["field"] for error in refused["errors"]] == ["text"]


async def test_everything_that_is_wrong_with_an_announcement_is_said_at_once(officer: Desk) -> None:
    past = (NOW - timedelta(days=1)).isoformat()
    refused = await officer.does("live", form(starts_at=past, ends_at=past), 422)
    assert {error["field"] for error in refused["errors"]} == {"starts_at", "ends_at"}


def at(instant: Any) -> Context:
    return Context(instant, WorkingCalendar.announced(), PLATFORM)


def test_a_session_that_nobody_begins_ends_or_records_is_told_once() -> None:
    announced = events.LiveAnnounced(**form(co_departments=(), address=None, items=()))
    state = live.evolve(None, announced)
    assert not live.decide(state, LookAtLive(), at(STARTS + timedelta(minutes=29)))
    (not_held,) = live.decide(state, LookAtLive(), at(STARTS + timedelta(minutes=30)))
    assert isinstance(not_held, events.LiveNotHeld)
    state = live.evolve(state, not_held)
    assert not live.decide(state, LookAtLive(), at(STARTS + timedelta(days=1)))
    state = live.evolve(state, events.LiveBegun(end_by=STARTS + timedelta(hours=4)))
    (ended,) = live.decide(state, LookAtLive(), at(STARTS + timedelta(hours=4)))
    assert isinstance(ended, events.LiveEnded) and ended.by_itself
    state = live.evolve(state, ended)
    (late,) = live.decide(state, LookAtLive(), at(STARTS + timedelta(days=30)))
    assert isinstance(late, events.LiveRecordOverdue)
    assert not live.decide(live.evolve(state, late), LookAtLive(), at(STARTS + timedelta(days=60)))


@pytest.mark.parametrize("moved", [timedelta(), timedelta(days=10)])
def test_a_question_that_nobody_answers_becomes_a_ticket_counted_from_when_the_session_is(moved: timedelta) -> None:
    ends_at = STARTS + timedelta(hours=2)
    clock = LimitClock.start(WorkingCalendar.announced(), 5, civil_date(ends_at))
    made = events.RemarkMade(
        session="s", kind="question", text="样例", department="gxj", title="样例", asker="a", enterprise=None,
        aloud=False, made_at=NOW, clock=clock, warn_on=civil_date(ends_at),
    )  # fmt: skip
    state, kinds = remark.evolve(None, made), []
    for day in range(60):
        for event in remark.decide(state, LookAtQuestion(ends_at=ends_at + moved), at(NOW + timedelta(days=day))):
            kinds.append(type(event))
            state = remark.evolve(state, event)
    expected = [events.QuestionDueSoon, events.QuestionHandedOver]
    assert kinds == ([events.QuestionDueMoved, *expected] if moved else expected)
    assert state.handed_over is not None and state.handed_over.overdue
