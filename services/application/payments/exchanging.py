"""A round with the fund platform: order what is planned, hear what became of what was ordered."""

from __future__ import annotations

import time
from collections.abc import Sequence

import structlog
from pydantic import BaseModel

from services.application.decider.payment import OrderPayment, SettlePayment, payment
from services.application.decider.payment_plan import ConcludePlan, PlanState, RecordExchange, payment_plan
from services.application.each import at_present, chunks, do_all
from services.application.partners import partners
from services.application.payments.funds import FundPlatform, FundsUnavailable, Order, Outcome
from services.application.payments.making import Figures, figures
from services.application.readmodels.payments import PaymentRow
from shared.eventstore.decider import Refused
from shared.runtime.service import Runtime

log = structlog.get_logger(__name__)
FIRST = " "  # before every key
ROUND_SECONDS = 15.0  # real time, well below that for which a deadline is claimed; what is left is the next round's
NOBODY = "没有配置资金平台接口，请下载拨付文件办理，并导入拨付结果。"


class Account(BaseModel):
    """What an enterprise's sealed account holds."""

    bank: str
    account: str


class _OverError(Exception):
    """The round has taken its time; the next goes on after the payment it has reached."""

    def __init__(self, reached: str) -> None:
        super().__init__(reached)
        self.reached = reached


async def exchange(runtime: Runtime, key: str) -> None:
    """One round of an approved plan; ends with what it found, or with the end of the plan. May be begun anew at any point:
    an order's number is stored before it is sent, and the fund platform pays a number once."""
    platform = partners(runtime).funds
    await at_present(runtime)
    state: PlanState = await runtime.state(payment_plan, key)
    if state.status != "approved":  # nothing leaves that finance has not approved, whatever calls for a round
        return
    trouble, reached, until = None, "", time.monotonic() + ROUND_SECONDS
    try:
        await _order(runtime, key, until, state.reached)
        if platform is None:
            trouble = NOBODY
        else:
            trouble = await _ask(runtime, key, platform, until, state.reached)
    except _OverError as over:
        reached = over.reached
    except FundsUnavailable as error:
        log.warning("funds_unavailable", plan=key, error=str(error))
        trouble = f"{error}。"
    found = await figures(runtime, key)
    await conclude_round(
        runtime,
        key,
        found,
        RecordExchange(**_counted(found), trouble=trouble, reached=reached, by_file=platform is None),
    )


async def _order(runtime: Runtime, key: str, until: float, reached: str) -> None:
    async for rows in chunks(runtime, PaymentRow, PaymentRow.plan == key, PaymentRow.status == "planned"):
        await do_all(runtime, [(payment, row.key, OrderPayment(plan=key)) for row in rows])
        _check(until, reached or FIRST)
    await at_present(runtime)


async def _ask(runtime: Runtime, key: str, platform: FundPlatform, until: float, last: str) -> str | None:
    """What it says is taken, but for what contradicts the record: that is shown, and settled by people."""
    contradicted: list[str] = []
    async for rows in chunks(runtime, PaymentRow, PaymentRow.plan == key, PaymentRow.status == "ordered", last=last):
        orders = await runtime.in_thread(orders_of, runtime, rows)
        wanted = {row.order_number: row for row in rows}
        outcomes = {each.order: each for each in await platform.order(orders) if each.order in wanted}
        contradicted += await _settle(runtime, wanted, list(outcomes.values()))
        _check(until, rows[-1].key)
    return f"{len(contradicted)}笔与资金平台不一致，请对账：{'、'.join(contradicted[:5])}。" if contradicted else None


async def _settle(runtime: Runtime, wanted: dict[str | None, PaymentRow], outcomes: Sequence[Outcome]) -> list[str]:
    wrong = [each.order for each in outcomes if each.amount_fen != wanted[each.order].amount_fen]
    done = [each for each in outcomes if each.status != "accepted" and each.order not in wrong]
    commands = [(payment, wanted[each.order].key, settlement(each)) for each in done]
    verdicts = await runtime.execute_all(commands, runtime.itself)
    refused = [each.order for each, verdict in zip(done, verdicts, strict=True) if isinstance(verdict, Refused)]
    return [*wrong, *refused]


def settlement(outcome: Outcome) -> SettlePayment:
    """The command that follows from an outcome that is final."""
    said = outcome.model_dump(include={"order", "reference", "reason"}) | {"on": outcome.paid_on}
    return SettlePayment(**said, outcome="paid" if outcome.status == "paid" else "returned")


def orders_of(runtime: Runtime, rows: Sequence[PaymentRow]) -> list[Order]:
    """With the accounts opened; for a thread, as the keys are fetched one by one. Raises `ErasedError`."""
    orders: list[Order] = []
    for row in rows:
        account = Account.model_validate_json(runtime.vault.open(row.account))
        orders.append(
            Order(
                order=row.order_number or "",
                batch=row.plan,
                payee=row.name,
                bank=account.bank,
                account=account.account,
                amount_fen=row.amount_fen,
                purpose=f"{row.item_title}（{row.item_code}）",
            )
        )
    return orders


def _check(until: float, reached: str) -> None:
    if time.monotonic() > until:
        raise _OverError(reached)


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
