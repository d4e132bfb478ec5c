"""Visits at the counter, and tickets about applications."""

from __future__ import annotations

from datetime import date

from shared.contracts.application.counter import CounterConsentGiven, CounterVisitEnded
from shared.contracts.base import Published
from shared.contracts.hotline.ticket import TicketAboutApplication
from shared.contracts.samples.base import APPLICATION, DEPARTMENT, ITEM, TICKET, USCC

SAMPLES: tuple[Published, ...] = (
    CounterVisitEnded(
        visit_id="0A1B2C3D4E5F6A7B8C9D0E1F",
        hall="city-hall",
        hall_name="样例市政务服务大厅",
        department=DEPARTMENT,
        service_title="申报受理",
        day=date(2026, 3, 2),
        enterprise=USCC,
        why="ended",
    ),
    CounterConsentGiven(
        visit_id="0A1B2C3D4E5F6A7B8C9D0E1F",
        hall_name="样例市政务服务大厅",
        department=DEPARTMENT,
        day=date(2026, 3, 2),
        enterprise=USCC,
        scope=("apply", "prefill"),
    ),
    TicketAboutApplication(
        ticket_id=TICKET,
        source="portal",
        number="20260304-0123456789",
        title="样例：申报何时审核完成",
        nature="complaint",
        enterprise=USCC,
        application=APPLICATION,
        item=ITEM,
        of_department=DEPARTMENT,
    ),
)
