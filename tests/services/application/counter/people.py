"""The hall of the tests, and who works there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from services.application.decider.hall import SetHall
from services.application.decider.queue import TakeNumber
from services.application.events import counter as events
from shared.security.actor import Actor, Role
from tests.services.application.applications import MONDAY, USCC, morning

CLERK = Actor(subject="clerk-1", roles=(Role.COUNTER_CLERK,), department="szj")
OTHER = Actor(subject="clerk-2", roles=(Role.COUNTER_CLERK,), department="szj")
ELSEWHERE = Actor(subject="clerk-3", roles=(Role.COUNTER_CLERK,), department="gxj")
BUREAU = Actor(subject="bureau", roles=(Role.DATA_BUREAU,), department="szj")
HEAD = Actor(subject="head", roles=(Role.DEPARTMENT_HEAD,), department="szj")
ONE, TWO = "1号窗口", "2号窗口"
HALL: dict[str, Any] = {
    "name": "样例市政务服务大厅",
    "department": "szj",
    "counters": [ONE, TWO],
    "services": [
        {"service": "consultation", "letter": "A", "title": "政策咨询"},
        {"service": "application", "letter": "B", "title": "申报受理"},
    ],
}
SERVICES = {"consultation": ("A", "政策咨询"), "application": ("B", "申报受理")}
OPENED = events.QueueOpened(hall="city-hall", hall_name=HALL["name"], department="szj", day=MONDAY)
NINE = morning(MONDAY)
VISIT: dict[str, Any] = {
    "visit": "0A1B2C3D4E5F6A7B8C9D0E1F",
    "hall": "city-hall",
    "hall_name": HALL["name"],
    "department": "szj",
    "number": "B001",
    "service_title": "申报受理",
    "day": MONDAY,
}
BEGUN = events.VisitBegun(**VISIT, clerk="clerk-1")
VISITOR = events.VisitorRecorded(
    **VISIT, enterprise=USCC, capacity="employee", name="sealed", identity=None, identity_end=None,
    phone="sealed", phone_end="0001", mark="m1", by="clerk-1",
)  # fmt: skip
CONSENT = events.ConsentGiven(
    **VISIT, enterprise=USCC, scope=("apply", "prefill"), how="paper", text_version=1, attachment="F1", clerk="clerk-1",
    by="clerk-1",
)  # fmt: skip
ENDED = events.VisitEnded(**VISIT, enterprise=USCC, why="ended")


def set_hall(**more: Any) -> SetHall:
    return SetHall.model_validate({"hall": "city-hall"} | HALL | more)


def take(service: str = "application", **more: Any) -> TakeNumber:
    letter, title = SERVICES[service]
    known: dict[str, Any] = {"hall": "city-hall", "day": MONDAY, "hall_name": HALL["name"], "department": "szj"}
    return TakeNumber(**(known | {"service": service, "letter": letter, "service_title": title} | more))


def taken(number: str, minutes: int = 0, holder: str | None = None) -> events.NumberTaken:
    service = "consultation" if number[0] == "A" else "application"
    return events.NumberTaken(
        number=number, service=service, service_title=SERVICES[service][1], taken_at=at(minutes), holder=holder
    )


def called(
    number: str, minutes: int = 0, clerk: str = "clerk-1", counter: str = ONE, *, again: bool = False
) -> events.NumberCalled:
    return events.NumberCalled(number=number, counter=counter, clerk=clerk, called_at=at(minutes), again=again)


def at(minutes: int) -> datetime:
    """Minutes after nine."""
    return NINE + timedelta(minutes=minutes)
