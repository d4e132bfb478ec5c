"""The applicant's timeline says of every step what it is, on whose side, and how long it took."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.application.events import application, counter, handling, payment, review
from services.application.events.application import OfApplication
from services.application.events.payment import OfPayment
from services.application.readmodels.track import SILENT
from services.application.timeline import TITLES, side_of, timeline
from shared.security.actor import Actor, Role, system
from tests.services.application.applications import CALENDAR, ENTERPRISE, OFFICER, morning
from tests.support.stored import event_classes

FRIDAY = date(2026, 2, 13)  # the working day after the next is Saturday the 14th, made up for the Spring Festival


def test_every_step_of_an_application_and_its_payment_has_a_title_and_nothing_else() -> None:
    classes = [each for room in (application, counter, handling, review, payment) for each in event_classes(room)]
    shown = {each for each in classes if issubclass(each, OfApplication | OfPayment) and each not in SILENT}
    assert {each.TOPIC.partition(".")[2] for each in shown} == set(TITLES)


@pytest.mark.parametrize(
    ("actor", "who"),
    [
        (ENTERPRISE, "申报企业"),
        (OFFICER, "市工信局"),
        (Actor(subject="a", roles=(Role.OFFICER,), department="kjj"), "kjj"),
        (Actor(subject="a", roles=(Role.COUNTER_CLERK,), department="zwzx"), "惠企服务专窗"),
        (Actor(subject="a", roles=(Role.FINANCE,), department="czj"), "财政部门"),
        (system("application"), "平台"),
        (None, "平台"),
    ],
)
def test_who_is_a_side_and_never_a_person(actor: Actor | None, who: str) -> None:
    step = {"at": morning(FRIDAY).isoformat(), "step": "application-accepted", "side": side_of(actor)}
    (shown,) = timeline([step], {"gxj": "市工信局"}, CALENDAR)
    assert (shown["who"], shown["title"], shown["working_days"]) == (who, "受理", 0)


def test_how_long_a_step_took_is_counted_in_working_days() -> None:
    days = (FRIDAY, FRIDAY + timedelta(days=1), date(2026, 2, 25), date(2026, 2, 25))
    steps = [{"at": morning(day).isoformat(), "step": "opinion-given", "side": "gxj"} for day in days]
    assert [each["working_days"] for each in timeline(steps, {}, CALENDAR)] == [
        CALENDAR.working_days_between(before, day) for before, day in zip((FRIDAY, *days), days, strict=False)
    ]
    assert [each["working_days"] for each in timeline(steps, {}, CALENDAR)][:2] == [0, 1], "Saturday is made up"
