"""What is done to one payment by people: taken off its plan, together with what it is for."""

from __future__ import annotations

from services.application.decider import application
from services.application.decider.payment import DropPayment, PaymentState, payment
from services.application.decider.payment_plan import PlanState, payment_plan
from services.application.payments.together import Source, dropping
from shared.eventstore.decider import Because, Refused
from shared.eventstore.ledger import Receipt
from shared.runtime.service import Runtime
from shared.security.actor import Actor


async def drop(runtime: Runtime, key: str, reason: str, actor: Actor) -> Receipt:
    """Takes it off its plan. Raises `Refused`."""
    state: PaymentState | None = await runtime.state(payment, key)
    if state is None:
        raise Refused("application.payment-unknown", "没有这笔拨付，请核对编号。", because=Because.NOT_FOUND)
    plan: PlanState = await runtime.state(payment_plan, state.planned.plan)
    command = DropPayment(plan_open=plan.status == "returned", reason=reason)
    together = dropping(await source_of(runtime, key), key, state.planned.plan, command)
    return (await runtime.execute_together(together, actor))[0]


async def source_of(runtime: Runtime, key: str) -> Source:
    """What a payment is for."""
    return "grant" if await runtime.state(application, key) is None else "application"
