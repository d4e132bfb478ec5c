"""Payment by file, for a fund platform that cannot be asked: the orders go out, what became of them comes in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from sqlmodel import col, select

from services.application.decider.payment import payment
from services.application.each import at_present, chunks
from services.application.grants.rows import fen_of
from services.application.payments.asking import settlement
from services.application.payments.funds import Outcome
from services.application.payments.orders import UNREADABLE, orders_of, show_trouble, yuan
from services.application.readmodels.payments import PaymentRow
from shared.eventstore.decider import Because, FieldError, Refused
from shared.http.batches import BatchAnswer, CommandFor, take_batch
from shared.http.spreadsheets import spreadsheet
from shared.runtime.service import Runtime
from shared.security.actor import Actor

OUT = {
    "order": "指令号",
    "payee": "收款人",
    "bank": "开户行",
    "account": "账号",
    "amount": "金额（元）",
    "purpose": "用途",
}
HEADERS: Mapping[str, Sequence[str]] = {
    "order": ("指令号", "指令编号"),
    "status": ("结果", "拨付结果", "状态"),
    "amount": ("金额", "金额（元）", "金额(元)"),
    "paid_on": ("付款日期", "拨付日期", "日期"),
    "reference": ("凭证号", "流水号"),
    "reason": ("退回原因", "原因"),
}
_FIELDS = {header: field for field, headers in HEADERS.items() for header in (field, *headers)}
_WORDS = {"已付": "paid", "成功": "paid", "已拨付": "paid", "退回": "returned", "失败": "returned", "退票": "returned"}


def _status(value: object) -> str:
    word = str(value).strip()
    if word not in _WORDS and word not in _WORDS.values():
        raise ValueError(f"结果“{word[:20]}”无法识别，请填写：已付、退回。")
    return _WORDS.get(word, word)


class OutcomeForm(BaseModel):
    """What became of an order, as the fund platform's file says it."""

    model_config = ConfigDict(extra="ignore")

    order: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    status: Annotated[str, BeforeValidator(_status)]
    amount: Annotated[int, BeforeValidator(fen_of)]
    paid_on: date | None = None
    reference: str = Field("", max_length=100)
    reason: str = Field("", max_length=500)

    @model_validator(mode="after")
    def _whole(self) -> OutcomeForm:
        if self.status == "paid" and self.paid_on is None:
            raise ValueError("已付的指令须填写付款日期。")
        if self.status == "returned" and not self.reason:
            raise ValueError("退回的指令须填写退回原因。")
        return self


async def order_file(runtime: Runtime, key: str) -> bytes:
    """The orders of a plan that are under way, as a spreadsheet; amounts in yuan. Those whose accounts nobody can read any
    more are left out, and say so on their payments."""
    await at_present(runtime)
    lines: list[dict[str, str]] = []
    async for rows in chunks(runtime, PaymentRow, PaymentRow.plan == key, PaymentRow.status == "ordered"):
        orders, unreadable = await runtime.in_thread(orders_of, runtime, rows)
        await show_trouble(runtime, {row.key: (row.order_number or "", UNREADABLE) for row in unreadable})
        for order in orders:
            told = order.model_dump() | {"amount": yuan(order.amount_fen)}
            lines.append({header: told[name] for name, header in OUT.items()})
    if not lines:
        raise Refused("application.nothing-to-order", "这份拨付计划目前没有正在拨付的指令。")
    return await runtime.in_thread(spreadsheet, lines)


async def take_outcomes(runtime: Runtime, key: str, actor: Actor, rows: Sequence[dict[str, Any]]) -> BatchAnswer:
    """Settles orders row by row; what is not this plan's, or of another amount, comes back."""
    await at_present(runtime)
    forms = [_normalised(row) for row in rows]
    numbers = {str(form.get("order", "")).strip() for form in forms}
    query = select(PaymentRow).where(PaymentRow.plan == key, col(PaymentRow.order_number).in_(numbers))
    known = {row.order_number: row for row in await runtime.reads.all(PaymentRow, query)}

    async def command_of(form: OutcomeForm) -> CommandFor:
        row = known.get(form.order)
        if row is None:
            _wrong("order", "unknown", "这份拨付计划中没有这个指令号，或该指令已有更新的一次拨付。")
        elif row.amount_fen != form.amount:
            message = (
                f"金额与平台记录的{yuan(row.amount_fen)}元不一致，请核对；实际如此的，请由两人登记这一笔的拨付结果。"
            )
            _wrong("amount", "differs", message)
        assert row is not None  # noqa: S101 - refused above
        said = form.model_dump(exclude={"amount"}) | {"amount_fen": form.amount}
        return payment, row.key, settlement(Outcome(**said))

    return await take_batch(runtime, actor, forms, OutcomeForm, command_of)


def _wrong(field: str, code: str, message: str) -> None:
    raise Refused(
        "application.outcome-wrong", message, [FieldError(field=field, code=code, message=message)], Because.INVALID
    )


def _normalised(row: Mapping[str, Any]) -> dict[str, Any]:
    named = ((_FIELDS.get(re.sub(r"\s", "", str(header))), value) for header, value in row.items())
    return {name: value for name, value in named if name is not None and value not in (None, "")}
