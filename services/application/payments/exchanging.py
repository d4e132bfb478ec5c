"""A round with the fund platform: order what is planned, hear what became of what was ordered."""

from __future__ import annotations

import time

from services.application.decider.payment import OrderPayment, payment
from services.application.decider.payment_plan import ConcludePlan, PlanState, RecordExchange, payment_plan
from services.application.each import at_present, chunks, do_all
from services.application.partners import partners
from services.application.payments.asking import FIRST, Passed, ask_all
from services.application.payments.making import Figures, figures
from services.application.payments.orders import unreadable
from services.application.readmodels.payments import PaymentRow
from shared.runtime.service import Runtime

ROUND_SECONDS = 15.0  # real time, well below that for which a deadline is claimed; what is left is the next round's
NOBODY = "没有配置资金平台接口，请下载拨付文件办理，并导入拨付结果。"


async def exchange(runtime: Runtime, key: str) -> None:
    """One round of an approved plan; ends with what it found, or with the end of the plan. May be begun anew at any point:
    an order's number is stored before it is sent, and the fund platform pays a number once."""
    platform = partners(runtime).funds
    await at_present(runtime)
    state: PlanState = await runtime.state(payment_plan, key)
    if state.status != "approved":  # nothing leaves that finance has not approved, whatever calls for a round
        return
    until = time.monotonic() + ROUND_SECONDS
    if not await _order(runtime, key, until):
        passed = Passed(reached=state.reached or FIRST)
    elif platform is None:
        passed = Passed(NOBODY)
    else:
        passed = await ask_all(runtime, key, platform, until, state.reached)
    found = await figures(runtime, key)
    command = RecordExchange(
        **_counted(found), trouble=passed.trouble, reached=passed.reached, by_file=platform is None
    )
    await conclude_round(runtime, key, found, command)


async def _order(runtime: Runtime, key: str, until: float) -> bool:
    """Whether there was time for all that is planned. An account that nobody can read is asked for anew, before it is sent."""
    async for rows in chunks(runtime, PaymentRow, PaymentRow.plan == key, PaymentRow.status == "planned"):
        without = await runtime.in_thread(unreadable, runtime, rows)
        await do_all(
            runtime, [(payment, row.key, OrderPayment(plan=key, readable=row.key not in without)) for row in rows]
        )
        if time.monotonic() > until:
            return False
    await at_present(runtime)
    return True


def _counted(found: Figures) -> dict[str, int]:
    rows = found.rows
    waiting = rows.get("planned", 0) + rows.get("ordered", 0)
    return {"open": waiting, "paid": rows.get("paid", 0), "returned": rows.get("sent-back", 0)}


async def conclude_round(runtime: Runtime, key: str, found: Figures, command: RecordExchange) -> None:
    """Writes down what a round has `found`, or the end of the plan.

    Outcomes and corrections that came between the count and its event had the plan looked at, and the event has put that
    off again: then the plan is looked at once more, at once.
    """
    if not command.open and not command.returned:
        ended = ConcludePlan(paid=command.paid, paid_fen=found.fen.get("paid", 0), dropped=found.rows.get("dropped", 0))
        await runtime.execute(payment_plan, key, ended)
        return
    await runtime.execute(payment_plan, key, command)
    now = await figures(runtime, key)
    if now != found:
        overtaken = command.model_copy(update={**_counted(now), "reached": command.reached or FIRST})
        await runtime.execute(payment_plan, key, overtaken)
