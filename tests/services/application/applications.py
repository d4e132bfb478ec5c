"""Applications for the tests: who, what, and what has happened."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from services.application import events
from services.application.decider import SubmitApplication
from shared.calendar import SHANGHAI, LimitClock, WorkingCalendar
from shared.security.actor import Actor, Role

USCC = "91320281MA0Y00016Q"
CALENDAR = WorkingCalendar.announced()
ENTERPRISE = Actor(subject="enterprise", roles=(Role.APPLICANT,), enterprise=USCC)
OFFICER = Actor(subject="officer", roles=(Role.OFFICER,), department="gxj")
STRANGER = Actor(subject="stranger", roles=(Role.OFFICER,), department="kjj")
ABOUT: dict[str, Any] = {
    "number": "SB2026-1",
    "item_id": "item-gxj-1",
    "item_code": "gxj-1",
    "item_title": "技改设备补助（样例）",
    "department": "gxj",
    "enterprise": USCC,
}
UNBOUNDED: dict[str, Any] = {
    "scheme": None, "period": None, "process": None, "ranked": False, "most_fen": None, "holds": (),
    "form": None, "answers": {}, "attachments": (),
}  # fmt: skip
MONDAY = date(2026, 3, 2)


def morning(day: date) -> datetime:
    """Nine o'clock in Shanghai."""
    return datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)


def submit(**more: Any) -> SubmitApplication:
    """A command that is right unless changed."""
    content: dict[str, Any] = ABOUT | {
        "procedure": "simple",
        "promised_days": 3,
        "window": "year-round",
        "opens_on": None,
        "closes_on": None,
        "statement": "申请补助。",
        "requested_fen": 4_000_000,
        "materials": ("发票（样例）",),
        "accept_days": 5,
    }
    return SubmitApplication(**(content | more))


def submitted(days: int = 3) -> events.ApplicationSubmitted:
    return events.ApplicationSubmitted(
        **ABOUT, promised_days=days, statement="申请补助。", requested_fen=4_000_000,
        materials=("发票（样例）",), submitted_on=MONDAY, acceptance=LimitClock.start(CALENDAR, 5, MONDAY), **UNBOUNDED,
    )  # fmt: skip


def accepted(days: int = 3, on: date = MONDAY) -> events.ApplicationAccepted:
    return events.ApplicationAccepted(**ABOUT, accepted_on=on, clock=LimitClock.start(CALENDAR, days, on))


def noticed(
    clock: LimitClock | None, acceptance: LimitClock | None = None, term: LimitClock | None = None
) -> events.SupplementRequested:
    """The one notice, with the clocks it stops; without a term, as before there was one."""
    clocks: dict[str, Any] = {"clock": clock, "acceptance": acceptance, "steps": {}, "late": ()}
    return events.SupplementRequested(**ABOUT, requirements=("补齐发票。", "补齐合同。"), term=term, **clocks)


def supplemented(clock: LimitClock | None, acceptance: LimitClock | None = None) -> events.ApplicationSupplemented:
    """The answer, with the clocks that go on."""
    clocks: dict[str, Any] = {"clock": clock, "acceptance": acceptance, "steps": {}, "late": ()}
    return events.ApplicationSupplemented(
        **ABOUT, answer="已补。", materials=("发票（样例）",), answers=None, attachments=(), departments=(), **clocks
    )
