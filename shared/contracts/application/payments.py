"""Published by application: payment with finance (articles 7, 20)."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from shared.contracts.base import Published


class _OfPlan(Published):
    plan_id: str
    item_id: str
    item_code: str
    item_title: str
    department: str


class PaymentPlanSubmitted(_OfPlan):
    """A department has handed a payment plan to finance (articles 7, 20)."""

    TYPE: ClassVar[str] = "application.payment-plan-submitted"
    TITLE: ClassVar[str] = "拨付计划已提交"

    rows: int
    total_fen: int


class PaymentPlanReturned(_OfPlan):
    """Finance gives it back to be mended."""

    TYPE: ClassVar[str] = "application.payment-plan-returned"
    TITLE: ClassVar[str] = "拨付计划已退回"

    reason: str


class PaymentPlanApproved(_OfPlan):
    """Finance has it paid."""

    TYPE: ClassVar[str] = "application.payment-plan-approved"
    TITLE: ClassVar[str] = "拨付计划已批准"

    rows: int
    total_fen: int


class PaymentPlanConcluded(_OfPlan):
    """Each of its payments is paid or dropped."""

    TYPE: ClassVar[str] = "application.payment-plan-concluded"
    TITLE: ClassVar[str] = "拨付计划已办结"

    paid: int
    paid_fen: int
    dropped: int


class _OfPayment(_OfPlan):
    """`payment_id` is the number of the application or grant that it pays."""

    payment_id: str
    enterprise: str
    amount_fen: int


class PaymentOutcomeProposed(_OfPayment):
    """Somebody of finance says what became of an order; a second hand has to confirm it."""

    TYPE: ClassVar[str] = "application.outcome-proposed"
    TITLE: ClassVar[str] = "拨付结果已登记，待复核"
    INTERNAL: ClassVar[bool] = True

    order: str
    proposal: int
    reason: str


class PaymentPaid(_OfPayment):
    """The money is with the enterprise, as much as `amount_fen` says."""

    TYPE: ClassVar[str] = "application.payment-paid"
    TITLE: ClassVar[str] = "资金已拨付"

    paid_on: date
    reference: str


class PaymentSentBack(_OfPayment):
    """The money came back; the enterprise has to mend its account."""

    TYPE: ClassVar[str] = "application.payment-sent-back"
    TITLE: ClassVar[str] = "资金拨付被退回"

    reason: str
