"""The events every measurement runs on: applications of several departments over months, as services store them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from eventsourcing.persistence import StoredEvent

from services.application import events
from shared.calendar import Due, LimitClock
from shared.eventstore.events import Event, Recorded
from shared.eventstore.mapper import EventMapper
from shared.security.actor import Actor, Role

SERVICE = "application"
DEPARTMENTS = ("gxj", "kjj", "rsj", "swj", "czj", "fgw", "nyj", "zjj", "scjg", "wlj", "sthj", "jtj")
_BEGIN = datetime(2026, 1, 5, 1, tzinfo=UTC)
_A_DAY = 400  # applications handed in, so that a history goes forward in time as a city's does
_LIMIT_DAYS = 10
_OFFICER = Actor(subject="officer-1", roles=(Role.OFFICER,), source="192.0.2.10")


def history(count: int) -> Iterator[Recorded]:
    """The first `count` stored events, at log positions 1, 2, 3 and so on; the same for ever."""
    position = 0
    number = 0
    while True:
        number += 1
        at = _BEGIN + timedelta(days=number // _A_DAY, minutes=number % _A_DAY)
        for version, event in enumerate(_application(number, at.date()), start=1):
            position += 1
            if position > count:
                return
            yield Recorded(
                originator_id=f"application-SB2026-{number}",
                originator_version=version,
                at=at + timedelta(days=version - 1, seconds=number % 60, microseconds=number % 1_000_000),
                event=event,
                actor=_OFFICER,
                command_id=f"{number:08x}-4bf9-4f3c-8e70-{version:012x}",
                traceparent=f"00-{number:032x}-{position:016x}-01",
                position=position,
            )


def stored(count: int) -> Iterator[StoredEvent]:
    """The same events as rows of the log."""
    mapper = EventMapper()
    return (mapper.to_stored_event(recorded) for recorded in history(count))


def _application(number: int, day: date) -> Iterator[Event]:
    """All that happens to one application, most of them without a supplement."""
    department = DEPARTMENTS[number % len(DEPARTMENTS)]
    whose = {
        "number": f"SB2026-{number}",
        "item_id": f"item-{department}-{number % 40}",
        "item_code": f"{department}-{number % 40}",
        "item_title": "技术改造设备投入奖励（样例）",
        "department": department,
        "enterprise": "91320281MA0Y00016Q",
    }
    clock = LimitClock(
        limit_days=_LIMIT_DAYS,
        started_on=day,
        due=Due(day=day + timedelta(days=14), provisional=False, calendar="国务院办公厅关于2026年部分节假日安排的通知"),
    )
    materials = ("申报书.pdf", "设备购置发票.pdf", "投资明细表.xlsx")
    yield events.ApplicationSubmitted(
        **whose, promised_days=_LIMIT_DAYS, statement="购置数控机床三台，申请奖励。", requested_fen=50_000_000,
        materials=materials, submitted_on=day, scheme=None, period=None, process=None, ranked=False, most_fen=None,
        holds=(), acceptance=None, form=None, answers={}, attachments=(),
    )  # fmt: skip
    if number % 11 == 0:
        yield events.ApplicationNotAccepted(**whose, reasons=("设备购置合同的签订日期不在政策规定的期间内。",))
        return
    if number % 5 == 0:
        clocks = {"clock": None, "acceptance": None, "steps": {}, "late": ()}
        yield events.SupplementRequested(**whose, requirements=("请补充设备购置发票的扫描件。",), term=None, **clocks)
        yield events.ApplicationSupplemented(
            **whose, answer="已补充。", materials=materials[:1], answers=None, attachments=(), departments=(), **clocks
        )
    yield events.ApplicationAccepted(**whose, accepted_on=day + timedelta(days=1), clock=clock)
    if number % 17 == 0:
        yield events.ReviewOverdue(**whose, due_on=clock.due.day, limit_days=_LIMIT_DAYS)
    yield events.ReviewCompleted(
        **whose, outcome="approved" if number % 3 else "rejected", opinion="材料齐全，符合条件。",
        amount_fen=50_000_000 if number % 3 else None, completed_on=day + timedelta(days=8), in_time=number % 17 != 0,
    )  # fmt: skip
