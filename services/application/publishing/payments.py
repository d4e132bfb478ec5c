"""What others hear of plans and payments: their ends, not each attempt."""

from __future__ import annotations

from services.application.events import payment as payments
from shared.contracts import application as published
from shared.contracts.base import Published
from shared.eventstore.events import Recorded


def contract(recorded: Recorded) -> Published | None:
    """Those that are told."""
    event = recorded.event
    of_plan = {"plan_id": recorded.originator_id.partition("-")[2], **vars(event)}
    of_payment = {**vars(event), "plan_id": getattr(event, "plan", None)}
    match event:
        case payments.PaymentPlanSubmitted(rows=rows) if rows:
            return published.PaymentPlanSubmitted(**of_plan)
        case payments.PaymentPlanReturned():
            return published.PaymentPlanReturned(**of_plan)
        case payments.PaymentPlanApproved():
            return published.PaymentPlanApproved(**of_plan)
        case payments.PaymentPlanConcluded():
            return published.PaymentPlanConcluded(**of_plan)
        case payments.OutcomeProposed():
            return published.PaymentOutcomeProposed(**of_payment)
        case payments.PaymentPaid():
            return published.PaymentPaid(**of_payment)
        case payments.PaymentSentBack():
            return published.PaymentSentBack(**of_payment)
    return None
