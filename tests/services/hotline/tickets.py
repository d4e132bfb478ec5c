"""Tickets and their pasts, for the tests of hotline."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from services.hotline.decider import DispatchTicket, ReceiveTicket
from services.hotline.decider.clocks import timed
from services.hotline.decider.commands import History
from services.hotline.events import (
    TicketAnswered,
    TicketDeadlineRecomputed,
    TicketDispatched,
    TicketOverdue,
    TicketReceived,
)
from services.hotline.events.rules import STANDARD, Limit
from shared.calendar import SHANGHAI, AnnouncedYear, LimitClock, WorkingCalendar, end_of
from shared.security.actor import Actor, Role, system

CALENDAR = WorkingCalendar.announced()
RULES = STANDARD
PLATFORM = system("hotline")
AGENT = Actor(subject="agent", roles=(Role.HOTLINE_AGENT,), department="cyzx")
OFFICER = Actor(subject="officer", roles=(Role.OFFICER,), department="gxj")
OTHER_OFFICER = Actor(subject="other", roles=(Role.OFFICER,), department="kjj")
BUREAU = Actor(subject="bureau", roles=(Role.DATA_BUREAU,), department="szj")
NEW_YEAR_2027 = AnnouncedYear(year=2027, notice="样例通知：2027年放假安排", days_off=frozenset({date(2027, 1, 1)}))

HEAD = Actor(subject="head", roles=(Role.DEPARTMENT_HEAD,), department="gxj")
SUPERVISOR = Actor(subject="supervisor", roles=(Role.SUPERVISOR,))
ENTERPRISE = Actor(subject="enterprise-user", roles=(Role.APPLICANT,), enterprise="91320281000000019H")
PERSON = Actor(subject="person", roles=(Role.APPLICANT,))

ABOUT: dict[str, Any] = {
    "source": "12345",
    "number": "JY-1",
    "title": "咨询技改奖励（样例）",
    "nature": "consultation",
    "enterprise": "91320281000000019H",
}


def shanghai(text: str) -> datetime:
    """An instant, as a clock in Shanghai shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def receive(**changes: Any) -> ReceiveTicket:
    """The command that takes the ticket in."""
    fields = {
        **ABOUT,
        "channel": "电话",
        "content": "企业询问设备投入奖励的申报时间。",
        "received_at": shanghai("2026-03-02T08:30"),
        "town": "320281100",
        "suggested_department": "gxj",
        "caller_name": "sealed-name",
        "caller_phone": "sealed-phone",
        "rules": RULES,
    }
    return ReceiveTicket(**fields | changes)


def replied(at: str, **changes: Any) -> History:
    """The answer that a ticket brings with it."""
    fields = {"text": "申报自3月起受理。", "replied_at": shanghai(at), "department": "gxj", "limit_days": 3}
    return History(**fields | changes)


def received(**changes: Any) -> TicketReceived:
    """The event of `receive()` on Monday morning; the desk has until Tuesday."""
    handle_by = changes.pop("handle_by", LimitClock.start(CALENDAR, 1, date(2026, 3, 2)))
    command = receive(**changes)
    sealed = {"caller_name": command.caller_name, "caller_phone": command.caller_phone, "particulars": None}
    return TicketReceived(
        **command.model_dump(exclude={"history", "concerns"}), **sealed, handle_by=handle_by, suggestion=None
    )


def told_answered(**changes: Any) -> TicketReceived:
    """A ticket that came with its answer: the desk owes nothing."""
    return received(handle_by=None, **changes)


def dispatch(department: str = "gxj", limit_days: int | None = None) -> DispatchTicket:
    """The command that makes a department responsible."""
    limit = Limit(amount=limit_days) if limit_days is not None else None
    return DispatchTicket(department=department, limit=limit, rules=RULES)


def dispatched(on: str = "2026-03-02", limit_days: int = 3, calendar: WorkingCalendar = CALENDAR) -> TicketDispatched:
    """To gxj, on that day."""
    clock = LimitClock.start(calendar, limit_days, date.fromisoformat(on))
    return TicketDispatched(
        **ABOUT,
        department="gxj",
        co_handlers=(),
        urgency="normal",
        terms=RULES.terms,
        reviewed=False,
        **timed(clock, RULES.terms, calendar),
    )


def answered(at: str, *, in_time: bool = True, **changes: Any) -> TicketAnswered:
    """By gxj, unless said otherwise."""
    fields = {
        "department": "gxj",
        "unit": None,
        "text": "申报自3月起受理。",
        "answered_at": shanghai(at),
        "answered_on": date.fromisoformat(at[:10]),
        "in_time": in_time,
        "historic": False,
        "put_right": None,
        "lead": None,
        "joined": (),
    } | changes
    if "close_at" not in fields:
        closes = CALENDAR.add_working_days(date.fromisoformat(at[:10]), RULES.terms.close_after)
        fields["close_at"] = None if fields["historic"] else end_of(closes.day)
    return TicketAnswered(**ABOUT, **fields)


def overdue(due_on: str = "2026-03-05", limit_days: int = 3) -> TicketOverdue:
    """The limit of `dispatched()` has passed."""
    return TicketOverdue(**ABOUT, department="gxj", due_on=date.fromisoformat(due_on), limit_days=limit_days)


def recomputed(previous: str, clock: LimitClock, calendar: WorkingCalendar = CALENDAR) -> TicketDeadlineRecomputed:
    """Counted by a newer calendar."""
    return TicketDeadlineRecomputed(
        **ABOUT,
        department="gxj",
        previous_due_on=date.fromisoformat(previous),
        notice=clock.due.calendar,
        **timed(clock, RULES.terms, calendar),
    )
