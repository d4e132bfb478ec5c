"""Counters by civil day, department and metric, summed per batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import ClassVar

from sqlmodel import Field, SQLModel

from shared.calendar import civil_date
from shared.contracts import application, hotline, policy, registry
from shared.contracts.base import NO_DEPARTMENT, Published
from shared.readmodels.happened import Happened
from shared.readmodels.model import ReadModel, Writer

# Metric names and their labels; the doors show them in this order.
METRICS: dict[str, str] = {
    "documents": "发布文件",
    "items": "发布事项",
    "applications": "提交申报",
    "accepted": "受理申报",
    "not_accepted": "不予受理",
    "supplements": "要求补正",
    "reviews_in_time": "按时审核",
    "reviews_late": "逾期审核",
    "reviews_overdue": "审核超期",
    "approved": "审核通过",
    "tickets_received": "收到诉求",
    "tickets_dispatched": "派发诉求",
    "tickets_answered": "答复诉求",
    "tickets_answered_late": "逾期答复",
    "tickets_overdue": "答复超期",
    "enterprises": "登记企业",
}


class DailyRow(SQLModel, table=True):
    """How often something happened on a day, in a department (`none`: in no department)."""

    __tablename__ = "analytics_daily"

    day: date = Field(primary_key=True)
    department: str = Field(primary_key=True)
    metric: str = Field(primary_key=True)
    n: int


class Daily(ReadModel):
    """Counts on the civil day on which the event says it happened, so that imported history lands on its own days."""

    name = "daily"
    sources: ClassVar[tuple[str, ...]] = ("registry", "policy", "application", "hotline")
    tables: ClassVar[tuple[type[SQLModel], ...]] = (DailyRow,)

    async def apply(self, events: Sequence[Happened], writer: Writer) -> None:
        counted: Counter[tuple[date, str, str]] = Counter()
        for happened in events:
            if isinstance(happened.event, Published):
                for day, department, metric in counts(happened.event, happened.day):
                    counted[(day, department or NO_DEPARTMENT, metric)] += 1
        rows = [{"day": d, "department": dept, "metric": m, "n": n} for (d, dept, m), n in counted.items()]
        await writer.add(DailyRow, rows)


def counts(event: Published, day: date) -> Iterator[tuple[date, str | None, str]]:
    """What an event adds one to: day, department, metric. Pure."""
    match event:
        case registry.EnterpriseRegistered():
            yield day, None, "enterprises"
        case policy.PolicyPublished():
            yield day, event.department, "documents"
        case policy.ItemPublished():
            yield day, event.department, "items"
        case application.ApplicationSubmitted():
            yield event.submitted_on, event.department, "applications"
        case application.ApplicationAccepted():
            yield event.accepted_on, event.department, "accepted"
        case application.ApplicationNotAccepted():
            yield day, event.department, "not_accepted"
        case application.SupplementRequested():
            yield day, event.department, "supplements"
        case application.ReviewCompleted():
            yield event.completed_on, event.department, "reviews_in_time" if event.in_time else "reviews_late"
            if event.outcome == "approved":
                yield event.completed_on, event.department, "approved"
        case application.ReviewOverdue():
            yield day, event.department, "reviews_overdue"
        case hotline.TicketReceived():
            yield civil_date(event.received_at), None, "tickets_received"
        case hotline.TicketDispatched():
            yield day, event.department, "tickets_dispatched"
        case hotline.TicketAnswered():
            yield event.answered_on, event.department, "tickets_answered"
            if not event.in_time:
                yield event.answered_on, event.department, "tickets_answered_late"
        case hotline.TicketOverdue():
            yield day, event.department, "tickets_overdue"
