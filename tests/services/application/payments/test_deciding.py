"""What a plan allows and refuses; pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.application.decider.payment_plan import (
    FIRST_GAP,
    LONGEST_GAP,
    ApprovePlan,
    ConcludeMaking,
    ConcludePlan,
    OpenPlan,
    RecordExchange,
    ResubmitPlan,
    ReturnPlan,
    gap_after,
    payment_plan,
)
from services.application.events import payment as events
from shared.security.actor import Actor, Role
from tests.support.deciding import WORKING_MORNING, given

ABOUT: dict[str, Any] = {"item_id": "i", "item_code": "gxj-9", "item_title": "奖励（样例）", "department": "gxj"}
MAKER = Actor(subject="maker", roles=(Role.OFFICER,), department="gxj")
OTHER = Actor(subject="other", roles=(Role.OFFICER,), department="kjj")
FINANCE = Actor(subject="finance", roles=(Role.FINANCE,))
BOTH = Actor(subject="maker", roles=(Role.OFFICER, Role.FINANCE), department="gxj")
OPENED = events.PaymentPlanOpened(**ABOUT, grant_list="L", opened_on=WORKING_MORNING.date(), by="maker")
COUNTED = {"rows": 2, "total_fen": 300}
SUBMITTED = events.PaymentPlanSubmitted(**ABOUT, **COUNTED, by="maker")
APPROVED = events.PaymentPlanApproved(**ABOUT, **COUNTED, by="finance")
OPEN = OpenPlan(**ABOUT, grant_list="L")


def exchanged(number: int, again_at: Any, open_: int = 2, **more: Any) -> events.PaymentsExchanged:
    counted = {"open": open_, "paid": 0, "returned": 0, "trouble": None, "reached": ""}
    return events.PaymentsExchanged(**ABOUT, round=number, again_at=again_at, **(counted | more))


def test_a_plan_goes_its_way() -> None:
    given(payment_plan).when(OPEN, actor=MAKER).then(OPENED)
    given(payment_plan, OPENED).when(OPEN, actor=MAKER).then()
    given(payment_plan).when(OPEN, actor=OTHER).refused("application.not-your-department")
    given(payment_plan, OPENED).when(ConcludeMaking(**COUNTED)).then(SUBMITTED)
    given(payment_plan, OPENED, SUBMITTED).when(ConcludeMaking(**COUNTED)).then()
    given(payment_plan, OPENED, SUBMITTED).when(ApprovePlan(**COUNTED), actor=FINANCE).then(APPROVED)
    ended = ConcludePlan(paid=2, paid_fen=300, dropped=0)
    concluded = events.PaymentPlanConcluded(**ABOUT, **ended.model_dump())
    given(payment_plan, OPENED, SUBMITTED, APPROVED).when(ended).then(concluded)
    given(payment_plan, OPENED, SUBMITTED, APPROVED, concluded).when(ended).then()


def test_what_one_hand_made_another_approves_and_only_as_it_was_handed_in() -> None:
    handed_in = given(payment_plan, OPENED, SUBMITTED)
    handed_in.when(ApprovePlan(**COUNTED), actor=MAKER).refused("application.finance-only")
    handed_in.when(ApprovePlan(**COUNTED), actor=BOTH).refused("application.four-eyes")
    handed_in.when(ApprovePlan(rows=3, total_fen=300), actor=FINANCE).refused("application.payment-plan-changed")
    given(payment_plan).when(ApprovePlan(**COUNTED), actor=FINANCE).refused("application.payment-plan-unknown")
    empty = events.PaymentPlanSubmitted(**ABOUT, rows=0, total_fen=0, by="maker")
    nothing = ApprovePlan(rows=0, total_fen=0)
    given(payment_plan, OPENED, empty).when(nothing, actor=FINANCE).refused("application.payment-plan-wrong-status")


def test_what_finance_returns_is_handed_in_again_by_the_department() -> None:
    back = events.PaymentPlanReturned(**ABOUT, reason="金额有误。")
    given(payment_plan, OPENED, SUBMITTED).when(ReturnPlan(reason="金额有误。"), actor=FINANCE).then(back)
    given(payment_plan, OPENED, SUBMITTED).when(ReturnPlan(reason="样例。"), actor=MAKER).refused(
        "application.finance-only"
    )
    returned = given(payment_plan, OPENED, SUBMITTED, back)
    returned.when(ResubmitPlan(**COUNTED), actor=MAKER).then(SUBMITTED)
    returned.when(ResubmitPlan(**COUNTED), actor=OTHER).refused("application.not-your-department")
    returned.when(ApprovePlan(**COUNTED), actor=FINANCE).refused("application.payment-plan-wrong-status")


def test_rounds_come_ever_more_slowly_while_nothing_changes() -> None:
    assert [gap_after(n) for n in (0, 6, 7, 8)] == [FIRST_GAP, FIRST_GAP, 2 * FIRST_GAP, 4 * FIRST_GAP]
    assert gap_after(40) == gap_after(10**6) == LONGEST_GAP
    approved = given(payment_plan, OPENED, SUBMITTED, APPROVED)
    soon = WORKING_MORNING + FIRST_GAP
    approved.when(RecordExchange(open=2, paid=0, returned=0)).then(exchanged(1, soon))
    past = [exchanged(n, soon) for n in range(1, 9)]
    later = WORKING_MORNING + timedelta(seconds=20)
    quiet = given(payment_plan, OPENED, SUBMITTED, APPROVED, *past)
    quiet.when(RecordExchange(open=2, paid=0, returned=0)).then(exchanged(9, later))
    quiet.when(RecordExchange(open=1, paid=1, returned=0)).then(exchanged(9, soon, 1, paid=1))


@pytest.mark.parametrize(
    ("command", "again"),
    [
        (RecordExchange(open=2, paid=0, returned=0, reached="x"), WORKING_MORNING),  # the rest, at once
        # what gets no answer is not asked at once; the round after begins behind it
        (RecordExchange(open=2, paid=0, returned=0, reached="x", trouble="样例。"), WORKING_MORNING + FIRST_GAP),
        (RecordExchange(open=2, paid=0, returned=0, by_file=True), WORKING_MORNING + LONGEST_GAP),  # nobody to ask
        (RecordExchange(open=2, paid=0, returned=0, reached="x", by_file=True), WORKING_MORNING),  # not all are ordered
        (
            RecordExchange(open=0, paid=0, returned=2),
            WORKING_MORNING + LONGEST_GAP,
        ),  # enterprises have to mend their accounts
    ],
)
def test_when_the_next_round_comes(command: RecordExchange, again: Any) -> None:
    told = {"returned": command.returned, "reached": command.reached, "trouble": command.trouble}
    approved = given(payment_plan, OPENED, SUBMITTED, APPROVED)
    approved.when(command).then(exchanged(1, again, command.open, **told))
    given(payment_plan, OPENED, SUBMITTED).when(command).then()
    approved.when(command, actor=FINANCE).refused("application.platform-only")
