"""Limits that run out and limits that move, in a running service."""

from __future__ import annotations

from datetime import UTC, datetime

import nats

from services.hotline.deadlines import on_calendar, on_due
from services.hotline.limits import OVERDUE
from shared.calendar import WorkingCalendar
from shared.contracts.base import stream_of
from shared.deadlines.book import DeadlineRow
from shared.messaging.cloudevents import delivered
from shared.security.actor import Role
from tests.services.hotline.conftest import Desk
from tests.services.hotline.tickets import CALENDAR, shanghai
from tests.support.running import Running, running_services

A_DAY_A_SECOND = 86_400
UNANNOUNCED = WorkingCalendar(tuple(year for year in CALENDAR.years if year.year < 2026))


def deadline(key: str) -> DeadlineRow:
    due_at = shanghai("2026-01-01T00:00")
    return DeadlineRow(
        id=f"ticket-{key}/{OVERDUE}",
        aggregate_id=f"ticket-{key}",
        kind=OVERDUE,
        due_at=due_at,
        provisional=False,
    )


async def test_a_deadline_that_is_out_of_date_changes_nothing(hotline: Running, agent: Desk) -> None:
    key, _ = await agent.take_in()
    dispatched = await agent.post(f"tickets/{key}/dispatch", {"department": "gxj"})
    await on_due(hotline.runtimes["hotline"], deadline(key))
    await on_calendar(hotline.runtimes["hotline"], deadline(key))
    again = await agent.get(f"tickets/{key}", dispatched)
    assert again.json()["overdue"] is False
    answer = await Desk(hotline, Role.OFFICER, department="gxj").post(f"tickets/{key}/answer", {"text": "答。"})
    assert answer.json()["version"] == 3


async def test_the_announced_year_moves_the_due_day_of_an_open_ticket(hotline: Running, agent: Desk) -> None:
    """Without the notice, Friday the 25th of September counts and the holiday's make-up days do not."""
    runtime = hotline.runtimes["hotline"]
    announced = runtime.ledger.calendar
    key, _ = await agent.take_in()
    try:
        runtime.ledger.calendar = lambda: UNANNOUNCED
        answer = await agent.post(f"tickets/{key}/dispatch", {"department": "gxj"})
    finally:
        runtime.ledger.calendar = announced
    before = (await agent.get(f"tickets/{key}", answer)).json()
    await on_calendar(runtime, deadline(key))
    answer.headers["Chengce-Position"] = f"hotline:{await hotline.end_of_log('hotline')}"
    after = (await agent.get(f"tickets/{key}", answer)).json()
    assert (before["due_on"], before["provisional"]) == ("2026-09-29", True)
    assert (after["due_on"], after["provisional"]) == ("2026-09-30", False)


async def test_a_ticket_becomes_overdue_once_and_is_answered_late(database_url: str) -> None:
    clock = {
        "clock_at": shanghai("2026-03-02T09:00"),
        "clock_origin": datetime.now(UTC),
        "clock_speed": A_DAY_A_SECOND,
    }
    async with running_services("hotline", database_url=database_url, **clock) as running:
        agent, officer = Desk(running, Role.HOTLINE_AGENT), Desk(running, Role.OFFICER, department="gxj")
        bus = await nats.connect(running.settings.nats_url)
        raised = await bus.subscribe("chengce.hotline.ticket-overdue.gxj")
        answers = await bus.subscribe("chengce.hotline.ticket-answered.gxj")
        await bus.flush()
        key, _ = await agent.take_in(received_at="2026-03-02T08:00:00+08:00")
        await agent.post(f"tickets/{key}/dispatch", {"department": "gxj", "limit_days": 1})
        overdue = delivered(await raised.next_msg(timeout=60), "hotline")
        assert overdue.event.ticket_id == key and overdue.at >= shanghai("2026-03-04T00:00")
        answer = await officer.post(f"tickets/{key}/answer", {"text": "晚了，抱歉。"})
        shown = (await officer.get(f"tickets/{key}", answer)).json()
        assert (shown["overdue"], shown["in_time"], shown["status"]) == (True, False, "answered")
        assert delivered(await answers.next_msg(timeout=60), "hotline").event.in_time is False
        info = await bus.jetstream().stream_info(
            stream_of("hotline"), subjects_filter="chengce.hotline.ticket-overdue.*"
        )
        assert info.state.subjects == {"chengce.hotline.ticket-overdue.gxj": 1}
        await bus.close()
