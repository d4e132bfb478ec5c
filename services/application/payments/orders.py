"""Orders as they leave: with the accounts opened. What cannot be opened any more is a matter of its own payment alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel

from services.application.decider.payment import ShowTrouble, payment
from services.application.payments.funds import Order
from services.application.readmodels.payments import PaymentRow
from shared.runtime.service import Runtime
from shared.security.personal import ErasedError

UNREADABLE = "收款账户信息已删除，无法再发出或查询这笔指令，请财政部门向资金平台核实后登记拨付结果。"


class Account(BaseModel):
    """What an enterprise's sealed account holds."""

    bank: str
    account: str


def account_of(runtime: Runtime, row: PaymentRow) -> Account | None:
    """The account, None when its key was erased; for a thread, as the keys are fetched one by one."""
    try:
        return Account.model_validate_json(runtime.vault.open(row.account))
    except ErasedError:
        return None


def unreadable(runtime: Runtime, rows: Sequence[PaymentRow]) -> frozenset[str]:
    """Keys of the payments whose accounts nobody can read any more; for a thread."""
    return frozenset(row.key for row in rows if account_of(runtime, row) is None)


def orders_of(runtime: Runtime, rows: Sequence[PaymentRow]) -> tuple[list[Order], list[PaymentRow]]:
    """The orders, and the rows whose accounts nobody can read any more; for a thread."""
    orders: list[Order] = []
    without: list[PaymentRow] = []
    for row in rows:
        account = account_of(runtime, row)
        if account is None:
            without.append(row)
            continue
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
    return orders, without


async def show_trouble(runtime: Runtime, troubles: Mapping[str, tuple[str, str]]) -> None:
    """Order and trouble, by payment; empty: there is none any more. Said once, as long as it is the same."""
    commands = [(payment, key, ShowTrouble(order=order, trouble=why)) for key, (order, why) in troubles.items()]
    await runtime.execute_all(commands, runtime.itself)


def yuan(fen: int) -> str:
    """As finance writes it."""
    return f"{fen // 100}.{fen % 100:02}"
