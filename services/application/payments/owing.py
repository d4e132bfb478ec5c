"""What a plan owes: its making, and rounds with the fund platform until each payment is settled."""

from __future__ import annotations

from collections.abc import Sequence

from services.application.decider.payment_plan import LONGEST_GAP
from services.application.events import payment as events
from services.application.payments.exchanging import exchange
from services.application.payments.making import make
from shared.deadlines.book import DeadlineRow, Owed, Settled
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime

MAKING, EXCHANGE = "payment-making", "payment-exchange"


def deadlines_of(happened: Happened) -> Sequence[Owed | Settled]:
    """Each row ends with an event; what changes a payment of a plan that waits has it looked at again."""
    match happened.event:
        case events.PaymentPlanOpened():
            return [Owed(MAKING, happened.at)]
        case events.PaymentPlanSubmitted():
            return [Settled(MAKING)]
        case events.PaymentPlanApproved():
            return [Owed(EXCHANGE, happened.at)]
        case events.PaymentsExchanged(again_at=at):
            return [Owed(EXCHANGE, at or happened.at + LONGEST_GAP)]  # only its end settles it
        case events.PaymentPlanConcluded():
            return [Settled(EXCHANGE)]
        case events.PaymentPaid(plan=plan) | events.PaymentSentBack(plan=plan) | events.PayeeCorrected(plan=plan):
            return [Owed(EXCHANGE, happened.at, of=f"paymentplan-{plan}")]
        case events.PaymentDropped(plan=plan, order=order) if order:
            return [Owed(EXCHANGE, happened.at, of=f"paymentplan-{plan}")]
    return []


async def on_due(runtime: Runtime, row: DeadlineRow) -> bool:
    """Does what is owed; False where it is not a plan's. Killed in its middle and begun anew, it does the rest."""
    key = row.aggregate_id.partition("-")[2]
    if row.kind == MAKING:
        await make(runtime, key)
    elif row.kind == EXCHANGE:
        await exchange(runtime, key)
    else:
        return False
    return True
