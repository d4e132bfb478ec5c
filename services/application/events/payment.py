"""What happened to a payment plan (资金拨付计划, articles 7, 20), and to each payment on it."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal

from shared.eventstore.events import Event


class _OfPlan(Event):
    """Of which item at which department; carried by every event so that it can be told by itself."""

    item_id: str
    item_code: str
    item_title: str
    department: str


class PaymentPlanOpened(_OfPlan):
    """The department wants to have paid what `grant_list` supports, or what was approved for the item up to now (None)."""

    TOPIC: ClassVar[str] = "application.payment-plan-opened"

    grant_list: str | None
    opened_on: date
    by: str


class PaymentPlanSubmitted(_OfPlan):
    """Every payment stands on it, or what is left after it was returned; finance looks at it."""

    TOPIC: ClassVar[str] = "application.payment-plan-submitted"

    rows: int
    total_fen: int
    by: str


class PaymentPlanReturned(_OfPlan):
    """Finance gives it back to be mended."""

    TOPIC: ClassVar[str] = "application.payment-plan-returned"

    reason: str


class PaymentPlanApproved(_OfPlan):
    """Finance has it paid: somebody else than who handed it in."""

    TOPIC: ClassVar[str] = "application.payment-plan-approved"

    rows: int
    total_fen: int
    by: str


class PaymentsExchanged(_OfPlan):
    """One round with the fund platform: how many of the plan's payments are where, and when it is asked again.

    `trouble`: what kept it from answering; `reached`: the payment after which the next round goes on. `again_at` is None
    only where an earlier release left the plan to what people would do.
    """

    TOPIC: ClassVar[str] = "application.payments-exchanged"

    round: int
    open: int
    paid: int
    returned: int
    trouble: str | None
    reached: str
    again_at: datetime | None


class PaymentPlanConcluded(_OfPlan):
    """Each of its payments is paid or dropped."""

    TOPIC: ClassVar[str] = "application.payment-plan-concluded"

    paid: int
    paid_fen: int
    dropped: int


class OfPayment(_OfPlan):
    """Whose payment, of how much, on which plan. `payment_id` is that of the grant or application it is for."""

    payment_id: str
    plan: str
    enterprise: str
    name: str
    amount_fen: int


class PaymentPlanned(OfPayment):
    """It stands on a plan. The account is sealed; `account_end` are its last four digits."""

    TOPIC: ClassVar[str] = "application.payment-planned"

    account: str
    account_end: str


class PaymentDropped(OfPayment):
    """It is taken off before it is paid; it may stand on another plan. `order`: its last attempt on that plan, if there was one."""

    TOPIC: ClassVar[str] = "application.payment-dropped"

    order: str
    reason: str


class PaymentOrdered(OfPayment):
    """The platform is about to order it, under a number of its own for each attempt: the fund platform pays a number once."""

    TOPIC: ClassVar[str] = "application.payment-ordered"

    order: str
    attempt: int


class PaymentTroubled(OfPayment):
    """What the fund platform says of an order does not fit, or it will not have it: people have to look; empty: no more."""

    TOPIC: ClassVar[str] = "application.payment-troubled"

    order: str
    trouble: str


class OutcomeProposed(OfPayment):
    """Finance says itself what became of an order; a second hand has to confirm it. `paid_fen` is what has really left;
    `proposal` counts."""

    TOPIC: ClassVar[str] = "application.outcome-proposed"

    proposal: int
    order: str
    outcome: Literal["paid", "returned"]
    paid_fen: int | None
    paid_on: date | None
    reference: str
    reason: str
    by: str


class PaymentPaid(OfPayment):
    """The money is with the enterprise, as much as `amount_fen` says. `reference` is the fund platform's voucher."""

    TOPIC: ClassVar[str] = "application.payment-paid"

    order: str
    paid_on: date
    reference: str


class PaymentSentBack(OfPayment):
    """The money came back, or never left."""

    TOPIC: ClassVar[str] = "application.payment-sent-back"

    order: str
    reason: str


class PayeeChanged(OfPayment):
    """The enterprise gives another account before it is ordered."""

    TOPIC: ClassVar[str] = "application.payee-changed"

    account: str
    account_end: str


class PayeeCorrected(OfPayment):
    """The enterprise gives another account after the money came back."""

    TOPIC: ClassVar[str] = "application.payee-corrected"

    account: str
    account_end: str
