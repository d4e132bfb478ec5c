"""Both sides compared: what the platform's record says of a plan's orders, and what the fund platform's books say."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from services.application.each import at_present, chunks
from services.application.partners import partners
from services.application.payments.exchanging import NOBODY
from services.application.payments.funds import FundsUnavailable, Outcome
from services.application.readmodels.payments import PaymentRow
from shared.eventstore.decider import Refused
from shared.runtime.service import Runtime

MOST_SHOWN = 1000
SAME = {"ordered": "accepted", "paid": "paid", "sent-back": "returned", "dropped": "returned"}


class Difference(BaseModel):
    """One order on which the two sides do not agree."""

    order: str
    kind: Literal["missing-there", "missing-here", "amount", "status"]
    here: str | None
    there: str | None
    here_fen: int | None
    there_fen: int | None


class Reconciliation(BaseModel):
    """How many orders each side has of a plan, what is paid, and where they differ (the first 1,000)."""

    orders_here: int
    orders_there: int
    paid_here: int
    paid_fen_here: int
    paid_there: int
    paid_fen_there: int
    different: int
    differences: list[Difference]


async def reconcile(runtime: Runtime, key: str) -> Reconciliation:
    """Order by order. Earlier attempts that came back are known to the fund platform alone, and are no difference.

    Raises `Refused` when it cannot be asked.
    """
    platform = partners(runtime).funds
    if platform is None:
        raise Refused("application.no-fund-platform", NOBODY)
    await at_present(runtime)
    here: dict[str, PaymentRow] = {}
    async for rows in chunks(runtime, PaymentRow, PaymentRow.plan == key):
        here |= {row.order_number: row for row in rows if row.order_number}
    try:
        there = {each.order: each async for each in platform.statement(key)}
    except FundsUnavailable as error:
        raise Refused("application.funds-unavailable", f"{error}，请稍后再对账。") from error
    return _compared(here, there)


def _compared(here: dict[str, PaymentRow], there: dict[str, Outcome]) -> Reconciliation:
    found = [each for order in sorted(here.keys() | there.keys()) if (each := _difference(order, here, there))]
    paid_here = [row for row in here.values() if row.status == "paid"]
    paid_there = [each for each in there.values() if each.status == "paid"]
    return Reconciliation(
        orders_here=len(here),
        orders_there=len(there),
        paid_here=len(paid_here),
        paid_fen_here=sum(row.amount_fen for row in paid_here),
        paid_there=len(paid_there),
        paid_fen_there=sum(each.amount_fen for each in paid_there),
        different=len(found),
        differences=found[:MOST_SHOWN],
    )


def _difference(order: str, here: dict[str, PaymentRow], there: dict[str, Outcome]) -> Difference | None:
    own, other = here.get(order), there.get(order)
    kind: Literal["missing-there", "missing-here", "amount", "status"]
    if own is None:
        if other is None or other.status == "returned":
            return None
        kind = "missing-here"
    elif other is None:
        kind = "missing-there"
    elif own.amount_fen != other.amount_fen:
        kind = "amount"
    elif SAME.get(own.status, own.status) != other.status:
        kind = "status"
    else:
        return None
    return Difference(
        order=order,
        kind=kind,
        here=own.status if own else None,
        there=other.status if other else None,
        here_fen=own.amount_fen if own else None,
        there_fen=other.amount_fen if other else None,
    )
