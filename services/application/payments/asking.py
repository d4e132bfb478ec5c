"""One pass over the orders of a plan that are under way: what the fund platform says of each is taken, what is wrong with one
is shown on that one, and all others go on."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.application.decider.payment import SettlePayment, payment
from services.application.each import CHUNK, chunks
from services.application.payments.funds import FundPlatform, FundsRefused, FundsUnavailable, Order, Outcome
from services.application.payments.orders import UNREADABLE, orders_of, show_trouble, yuan
from services.application.readmodels.payments import PaymentRow
from shared.eventstore.decider import Refused
from shared.runtime.service import Runtime

FIRST = " "  # before every key


@dataclass
class Answers:
    """What became of orders: `outcomes`, and why the fund platform would not have some (`refused`, by order). `left` are
    those that there was no time for; `unavailable`: why it gave no answer any more."""

    outcomes: list[Outcome] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    left: Sequence[Order] = ()
    unavailable: str | None = None


@dataclass(frozen=True)
class Passed:
    """`trouble` for people to look at; `reached`: the payment after which the next round goes on, empty: with the first."""

    trouble: str | None = None
    reached: str = ""


async def ask_all(runtime: Runtime, key: str, platform: FundPlatform, until: float, last: str) -> Passed:
    """From behind `last` on, until `until`. Where the platform gives no answer for some, the next round begins behind them."""
    troubled: list[str] = []
    async for rows in chunks(runtime, PaymentRow, PaymentRow.plan == key, PaymentRow.status == "ordered", last=last):
        orders, unreadable = await runtime.in_thread(orders_of, runtime, rows)
        await show_trouble(runtime, {row.key: (row.order_number or "", UNREADABLE) for row in unreadable})
        answers = await ordered(platform, orders, until)
        troubled += [row.order_number or "" for row in unreadable] + await _take(runtime, rows, answers)
        if answers.unavailable is not None:
            return Passed(f"{answers.unavailable}。", rows[-1].key if len(rows) == CHUNK else "")
        if answers.left:
            waiting = {order.order for order in answers.left}
            first = next(n for n, row in enumerate(rows) if row.order_number in waiting)
            return Passed(reached=rows[first - 1].key if first else last or FIRST)
        if time.monotonic() > until:
            return Passed(reached=rows[-1].key)
    if not troubled:
        return Passed()
    return Passed(f"{len(troubled)}笔与资金平台不一致，请在拨付明细中查看并对账：{'、'.join(troubled[:5])}。")


async def ordered(platform: FundPlatform, orders: Sequence[Order], until: float) -> Answers:
    """Hands them over. What is refused together is halved, down to the order that is the cause: once something is done,
    no longer than `until`."""
    answers, parts = Answers(), [orders] if orders else []
    while parts:
        if time.monotonic() > until and (answers.outcomes or answers.refused):
            answers.left = [order for part in reversed(parts) for order in part]
            break
        part = parts.pop()
        try:
            answers.outcomes += await platform.order(part)
        except FundsRefused as error:
            if len(part) == 1:
                answers.refused[part[0].order] = str(error)
            else:
                middle = len(part) // 2
                parts += [part[middle:], part[:middle]]
        except FundsUnavailable as error:
            answers.unavailable = str(error)
            break
    return answers


async def _take(runtime: Runtime, rows: Sequence[PaymentRow], answers: Answers) -> list[str]:
    """Settles what is final; answers with the orders that people have to look at, which say why on their payments."""
    known = {row.order_number or "": row for row in rows}
    outcomes = {each.order: each for each in answers.outcomes if each.order in known}
    wrong = {each.order: _other_amount(each, known[each.order]) for each in outcomes.values()}
    trouble = {order: why for order, why in wrong.items() if why}
    trouble |= {order: f"{why}，请财政部门与资金平台核对后处理。" for order, why in answers.refused.items()}
    fine = [each for each in outcomes.values() if each.order not in trouble]
    over = {known[each.order].key: (each.order, "") for each in fine if known[each.order].trouble}
    await show_trouble(runtime, {known[order].key: (order, why) for order, why in trouble.items()} | over)
    done = [each for each in fine if each.status != "accepted"]
    commands = [(payment, known[each.order].key, settlement(each)) for each in done]
    verdicts = await runtime.execute_all(commands, runtime.itself)
    refused = [each.order for each, verdict in zip(done, verdicts, strict=True) if isinstance(verdict, Refused)]
    return [*trouble, *refused]


def _other_amount(outcome: Outcome, row: PaymentRow) -> str:
    if outcome.amount_fen == row.amount_fen:
        return ""
    there, here = yuan(outcome.amount_fen), yuan(row.amount_fen)
    return f"资金平台记录的金额为{there}元，本平台记录为{here}元，请财政部门核对后登记拨付结果。"


def settlement(outcome: Outcome) -> SettlePayment:
    """The command that follows from an outcome that is final."""
    said = outcome.model_dump(include={"order", "reference", "reason"}) | {"on": outcome.paid_on}
    return SettlePayment(**said, outcome="paid" if outcome.status == "paid" else "returned")
