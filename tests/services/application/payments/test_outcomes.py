"""What finance says of an order itself: all that is wrong at once, by two hands, and just what the second has seen; pure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.application.decider.payment import (
    ConfirmOutcome,
    OrderPayment,
    ProposeOutcome,
    SettlePayment,
    ShowTrouble,
    payment,
)
from services.application.events import payment as events
from shared.eventstore.decider import FieldError
from shared.security.actor import Actor, Role
from tests.services.application.payments.test_machine import FINANCE, MAKER, plan
from tests.support.deciding import WORKING_MORNING, Given, given

SECOND = Actor(subject="second", roles=(Role.FINANCE,))
TODAY = WORKING_MORNING.date()
OF: dict[str, Any] = plan("P").model_dump(exclude={"account", "account_end"})
PLANNED = events.PaymentPlanned(**plan("P").model_dump())
ORDERED = events.PaymentOrdered(**OF, order="G.1", attempt=1)
PAID = ProposeOutcome(outcome="paid", paid_fen=99, paid_on=TODAY, reference="PZ", reason="手续费（样例）。")
BACK = ProposeOutcome(outcome="returned", reason="账号不存在（样例）。")
UNDER_WAY = given(payment, PLANNED, ORDERED)


def proposed(command: ProposeOutcome, number: int = 1) -> events.OutcomeProposed:
    return events.OutcomeProposed(**OF, **command.model_dump(), order="G.1", proposal=number, by="finance")


def after(*more: Any) -> Given:
    return given(payment, PLANNED, ORDERED, *more)


def test_what_one_hand_says_another_confirms() -> None:
    UNDER_WAY.when(PAID, actor=FINANCE).then(proposed(PAID))
    after(proposed(PAID)).when(PAID, actor=FINANCE).then()
    paid = events.PaymentPaid(**OF | {"amount_fen": 99}, order="G.1", paid_on=TODAY, reference="PZ")
    after(proposed(PAID)).when(ConfirmOutcome(proposal=1), actor=SECOND).then(paid)
    after(proposed(PAID), paid).when(ConfirmOutcome(proposal=1), actor=SECOND).then()
    back = events.PaymentSentBack(**OF, order="G.1", reason="账号不存在（样例）。")
    after(proposed(BACK)).when(ConfirmOutcome(proposal=1), actor=SECOND).then(back)


@pytest.mark.parametrize(
    ("before", "command", "actor", "code"),
    [
        ((), PAID, MAKER, "application.finance-only"),
        ((), ConfirmOutcome(proposal=1), SECOND, "application.outcome-changed"),
        ((proposed(PAID),), ConfirmOutcome(proposal=1), MAKER, "application.finance-only"),
        ((proposed(PAID),), ConfirmOutcome(proposal=1), FINANCE, "application.four-eyes"),
        ((proposed(PAID), proposed(BACK, 2)), ConfirmOutcome(proposal=1), SECOND, "application.outcome-changed"),
        ((events.PaymentSentBack(**OF, order="G.1", reason="。"),), PAID, FINANCE, "application.payment-not-ordered"),
    ],
)
def test_what_cannot_be_said_is_refused(before: tuple[Any, ...], command: Any, actor: Actor, code: str) -> None:
    after(*before).when(command, actor=actor).refused(code)


def test_the_fund_platforms_word_that_comes_before_the_second_hand_counts() -> None:
    """The second hand is told that there is nothing to confirm any more."""
    back = events.PaymentSentBack(**OF, order="G.1", reason="账号不存在（样例）。")
    after(proposed(PAID), back).when(ConfirmOutcome(proposal=1), actor=SECOND).refused(
        "application.payment-not-ordered"
    )


def test_all_that_is_wrong_is_said_at_once() -> None:
    errors: list[FieldError] = []
    tomorrow = ProposeOutcome(outcome="paid", paid_on=TODAY + timedelta(1), reason="样例。")
    refused = UNDER_WAY.when(tomorrow, actor=FINANCE).refused("application.outcome-wrong", ["paid_fen", "paid_on"])
    errors += refused.errors
    both = BACK.model_copy(update={"paid_fen": 1})
    errors += UNDER_WAY.when(both, actor=FINANCE).refused("application.outcome-wrong", ["outcome"]).errors
    assert all(each.message.endswith("。") for each in errors)


def test_trouble_is_said_once_and_ends_with_the_order() -> None:
    troubled = events.PaymentTroubled(**OF, order="G.1", trouble="样例。")
    UNDER_WAY.when(ShowTrouble(order="G.1", trouble="样例。")).then(troubled)
    after(troubled).when(ShowTrouble(order="G.1", trouble="样例。")).then()
    over = events.PaymentTroubled(**OF, order="G.1", trouble="")
    after(troubled).when(ShowTrouble(order="G.1", trouble="")).then(over)
    UNDER_WAY.when(ShowTrouble(order="G.1", trouble="")).then()
    UNDER_WAY.when(ShowTrouble(order="G.0", trouble="样例。")).then()
    settled = SettlePayment(order="G.1", outcome="paid", on=date(2026, 3, 3))
    paid = events.PaymentPaid(**OF, order="G.1", paid_on=date(2026, 3, 3), reference="")
    after(troubled).when(settled).then(paid)
    after(troubled, paid).when(ShowTrouble(order="G.1", trouble="样例。")).then()


def test_an_account_that_nobody_can_read_is_asked_for_anew_and_its_order_never_sent() -> None:
    outcome = given(payment, PLANNED).when(OrderPayment(plan="P", readable=False))
    assert [type(event) for event in outcome.events] == [events.PaymentOrdered, events.PaymentSentBack]
