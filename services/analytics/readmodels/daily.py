"""Counters by civil day, department and metric, summed per batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, ClassVar

from sqlalchemy import BigInteger
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
    "visits": "访问次数",
    "applications": "提交申报",
    "accepted": "受理申报",
    "not_accepted": "不予受理",
    "supplements": "要求补正",
    "reviews_in_time": "按时审核",
    "reviews_late": "逾期审核",
    "reviews_overdue": "审核超期",
    "approved": "审核通过",
    "acceptance_overdue": "受理超期",
    "steps_overdue": "审核步骤超期",
    "results_confirmed": "公示后确认",
    "approvals_revoked": "公示后撤销",
    "objections": "公示异议",
    "objections_overdue": "异议处理超期",
    "withdrawn": "撤回申报",
    "grants_offered": "免申即享推送",
    "grants_confirmed": "免申即享确认",
    "grants_declined": "免申即享放弃",
    "grants_lapsed": "免申即享失效",
    "grants_supported": "列入扶持名单",
    "payments_paid": "拨付笔数",
    "paid_fen": "拨付金额（分）",
    "payments_sent_back": "拨付退回",
    "tickets_received": "收到诉求",
    "tickets_dispatched": "派发诉求",
    "tickets_answered": "答复诉求",
    "tickets_answered_late": "逾期答复",
    "tickets_overdue": "答复超期",
    "tickets_supervised": "督办诉求",
    "tickets_returned": "退回误派",
    "tickets_reopened": "重新办理",
    "tickets_apart": "非企业诉求",
    "tickets_unhandled": "无人处理",
    "answers_published": "公开问答",
    "ratings": "收到评价",
    "ratings_5": "非常满意",
    "ratings_4": "满意",
    "ratings_3": "基本满意",
    "ratings_2": "不满意",
    "ratings_1": "非常不满意",
    "ratings_bad": "差评",
    "follow_ups": "差评整改",
    "follow_ups_late": "逾期整改",
    "enterprises": "登记企业",
}


Count = tuple[date, str | None, str, int]  # day, department, metric, how many


class DailyRow(SQLModel, table=True):
    """How often something happened on a day, in a department (`none`: in no department)."""

    __tablename__ = "analytics_daily"

    day: date = Field(primary_key=True)
    department: str = Field(primary_key=True)
    metric: str = Field(primary_key=True)
    n: int = Field(sa_type=BigInteger)


class Daily(ReadModel):
    """Counts on the civil day on which the event says it happened, so that imported history lands on its own days."""

    name = "daily"
    version = 5
    sources: ClassVar[tuple[str, ...]] = ("registry", "policy", "application", "hotline")
    tables: ClassVar[tuple[type[SQLModel], ...]] = (DailyRow,)

    async def apply(self, events: Sequence[Happened], writer: Writer) -> None:
        counted: dict[tuple[date, str, str], int] = {}  # a Counter asks Python for each new key
        for happened in events:
            if isinstance(happened.event, Published):
                for day, department, metric, number in counts(happened.event, happened.day):
                    key = (day, department or NO_DEPARTMENT, metric)
                    counted[key] = counted.get(key, 0) + number
        rows = [{"day": d, "department": dept, "metric": m, "n": n} for (d, dept, m), n in counted.items()]
        await writer.add(DailyRow, rows)


def counts(event: Published, day: date) -> Sequence[Count]:
    """What an event adds how much to, when it was heard of on `day`. Pure."""
    counting = _COUNTING.get(type(event))
    return counting(event, day) if counting else ()


def _reviewed(event: application.ReviewCompleted, _day: date) -> Sequence[Count]:
    in_time = (event.completed_on, event.department, "reviews_in_time" if event.in_time else "reviews_late", 1)
    return (
        (in_time, (event.completed_on, event.department, "approved", 1)) if event.outcome == "approved" else (in_time,)
    )


def _paid(event: application.PaymentPaid, _day: date) -> Sequence[Count]:
    paid = (event.paid_on, event.department, "payments_paid", 1)
    return (paid, (event.paid_on, event.department, "paid_fen", event.amount_fen))


def _answered(event: hotline.TicketAnswered, _day: date) -> Sequence[Count]:
    answered = (event.answered_on, event.department, "tickets_answered", 1)
    return (
        (answered,) if event.in_time else (answered, (event.answered_on, event.department, "tickets_answered_late", 1))
    )


def _rated(event: hotline.RatingGiven, _day: date) -> Sequence[Count]:
    rated = (event.given_on, event.department, "ratings", 1)
    by_grade = (event.given_on, event.department, f"ratings_{event.grade}", 1)
    bad = ((event.given_on, event.department, "ratings_bad", 1),) if event.grade <= 2 else ()
    return (rated, by_grade, *bad)


def _followed_up(event: hotline.FollowUpRecorded, _day: date) -> Sequence[Count]:
    done = (event.recorded_on, event.department, "follow_ups", 1)
    return (done,) if event.in_time else (done, (event.recorded_on, event.department, "follow_ups_late", 1))


def _visited(event: policy.ViewsCounted, _day: date) -> Sequence[Count]:
    return tuple((event.day, each.department, "visits", each.views) for each in event.counts)


# By class: asking one class after the other costs more than counting does.
_COUNTING: dict[type[Published], Callable[[Any, date], Sequence[Count]]] = {
    registry.EnterpriseRegistered: lambda _event, day: ((day, None, "enterprises", 1),),
    policy.PolicyPublished: lambda event, day: ((day, event.department, "documents", 1),),
    policy.ItemPublished: lambda event, day: ((day, event.department, "items", 1),),
    policy.ViewsCounted: _visited,
    application.ApplicationSubmitted: lambda event, _day: ((event.submitted_on, event.department, "applications", 1),),
    application.ApplicationAccepted: lambda event, _day: ((event.accepted_on, event.department, "accepted", 1),),
    application.ApplicationNotAccepted: lambda event, day: ((day, event.department, "not_accepted", 1),),
    application.SupplementRequested: lambda event, day: ((day, event.department, "supplements", 1),),
    application.ReviewCompleted: _reviewed,
    application.ReviewOverdue: lambda event, day: ((day, event.department, "reviews_overdue", 1),),
    application.AcceptanceOverdue: lambda event, day: ((day, event.department, "acceptance_overdue", 1),),
    application.StepOverdue: lambda event, day: tuple((day, each, "steps_overdue", 1) for each in event.departments),
    application.ApplicationWithdrawn: lambda event, day: ((day, event.department, "withdrawn", 1),),
    application.ResultConfirmed: lambda event, _day: ((event.confirmed_on, event.department, "results_confirmed", 1),),
    application.ApprovalRevoked: lambda event, day: ((day, event.department, "approvals_revoked", 1),),
    application.ObjectionRaised: lambda event, day: ((day, event.department, "objections", 1),),
    application.ObjectionOverdue: lambda event, day: ((day, event.department, "objections_overdue", 1),),
    application.GrantOffered: lambda event, day: ((day, event.department, "grants_offered", 1),),
    application.GrantConfirmed: lambda event, day: ((day, event.department, "grants_confirmed", 1),),
    application.GrantDeclined: lambda event, day: ((day, event.department, "grants_declined", 1),),
    application.GrantLapsed: lambda event, day: ((day, event.department, "grants_lapsed", 1),),
    application.GrantSupported: lambda event, _day: ((event.supported_on, event.department, "grants_supported", 1),),
    application.PaymentPaid: _paid,
    application.PaymentSentBack: lambda event, day: ((day, event.department, "payments_sent_back", 1),),
    hotline.TicketReceived: lambda event, _day: ((civil_date(event.received_at), None, "tickets_received", 1),),
    hotline.TicketDispatched: lambda event, day: ((day, event.department, "tickets_dispatched", 1),),
    hotline.TicketAnswered: _answered,
    hotline.RatingGiven: _rated,
    hotline.FollowUpRecorded: _followed_up,
    hotline.TicketOverdue: lambda event, day: ((day, event.department, "tickets_overdue", 1),),
    hotline.TicketSupervised: lambda event, day: ((day, event.department, "tickets_supervised", 1),),
    hotline.TicketReturned: lambda event, day: ((day, event.department, "tickets_returned", 1),),
    hotline.TicketReopened: lambda event, day: ((day, event.department, "tickets_reopened", 1),),
    hotline.TicketSetApart: lambda _event, day: ((day, None, "tickets_apart", 1),),
    hotline.TicketUnhandled: lambda _event, day: ((day, None, "tickets_unhandled", 1),),
    hotline.AnswerPublished: lambda event, day: ((day, event.department, "answers_published", 1),),
}
