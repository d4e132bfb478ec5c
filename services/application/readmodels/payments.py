"""Payment plans, and each payment on them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Column, DateTime, Index
from sqlmodel import Field, SQLModel

from services.application.events import payment as events
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel


class PaymentPlanRow(SQLModel, table=True):
    """A plan. `status` as in the decider; what became of its payments is counted from their rows."""

    __tablename__ = "application_payment_plans"

    key: str = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger, index=True)
    item_id: str
    item_code: str = Field(index=True)
    item_title: str
    department: str = Field(index=True)
    grant_list: str | None
    status: str = Field(index=True)
    opened_on: date
    rows: int = 0
    total_fen: int = Field(default=0, sa_type=BigInteger)
    reason: str | None = None
    rounds: int = 0
    trouble: str | None = None
    again_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class PaymentPlans(RowModel[PaymentPlanRow]):
    """Fed by application's own log."""

    name = "payment-plans"
    table = PaymentPlanRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (PaymentPlanRow,)

    def key(self, happened: Happened) -> str | None:
        """The plan's."""
        kind, _, key = happened.aggregate_id.partition("-")
        return key if kind == "paymentplan" else None

    def evolve(self, row: PaymentPlanRow | None, happened: Happened) -> PaymentPlanRow | None:
        """The plan after the event."""
        event = happened.event
        if isinstance(event, events.PaymentPlanOpened):
            first = {"key": self.key(happened), "position": happened.position, "status": "making"}
            return PaymentPlanRow(**event.model_dump(exclude={"by"}) | first)
        assert row is not None  # noqa: S101 - nothing happens to a plan before it is opened
        for name, value in _of_plan(event).items():
            setattr(row, name, value)
        return row


def _of_plan(event: Any) -> dict[str, Any]:
    match event:
        case events.PaymentPlanSubmitted(rows=rows, total_fen=fen):
            status = "submitted" if rows else "empty"
            return {"status": status, "rows": rows, "total_fen": fen, "reason": None}
        case events.PaymentPlanReturned(reason=reason):
            return {"status": "returned", "reason": reason}
        case events.PaymentPlanApproved():
            return {"status": "approved"}
        case events.PaymentsExchanged():
            return {"rounds": event.round, "trouble": event.trouble, "again_at": event.again_at}
        case events.PaymentPlanConcluded():
            return {"status": "concluded", "trouble": None, "again_at": None}
    return {}


class PaymentRow(SQLModel, table=True):
    """A payment. `order_number` is that of its last attempt; `trouble`: what is wrong with it, for people to look at;
    `proposed`: what finance says became of it, until a second hand confirms that. `amount_fen` is, once it is paid, what was."""

    __tablename__ = "application_payments"
    __table_args__ = (
        Index("application_payments_of_plan", "plan", "status", "key"),
        Index("application_payments_of_enterprise", "enterprise", "key"),
        Index("application_payments_of_department", "department", "key"),
    )

    key: str = Field(primary_key=True)
    plan: str
    item_id: str
    item_code: str
    item_title: str
    department: str
    enterprise: str
    name: str
    amount_fen: int = Field(sa_type=BigInteger)
    account: str  # sealed
    account_end: str
    status: str
    attempt: int = 0
    order_number: str | None = Field(default=None, index=True)
    paid_on: date | None = None
    reference: str | None = None
    reason: str | None = None
    trouble: str | None = None
    proposed: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))


class Payments(RowModel[PaymentRow]):
    """Fed by application's own log."""

    name = "payments"
    version = 2
    table = PaymentRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (PaymentRow,)

    def key(self, happened: Happened) -> str | None:
        """The payment's."""
        kind, _, key = happened.aggregate_id.partition("-")
        return key if kind == "payment" else None

    def evolve(self, row: PaymentRow | None, happened: Happened) -> PaymentRow | None:
        """The payment after the event."""
        event = happened.event
        if isinstance(event, events.PaymentPlanned):
            first = {"key": event.payment_id, "status": "planned", "attempt": row.attempt if row else 0}
            return PaymentRow(**event.model_dump(exclude={"payment_id"}) | first)
        assert row is not None  # noqa: S101 - nothing happens to a payment before it is planned
        for name, value in _of_payment(event).items():
            setattr(row, name, value)
        return row


LOOKED_AT: dict[str, Any] = {"trouble": None, "proposed": None}


def _of_payment(event: Any) -> dict[str, Any]:
    match event:
        case events.PaymentDropped(reason=reason):
            return {"status": "dropped", "reason": reason}
        case events.PaymentOrdered(order=order, attempt=attempt):
            return {"status": "ordered", "order_number": order, "attempt": attempt}
        case events.PaymentTroubled(trouble=trouble):
            return {"trouble": trouble or None}
        case events.OutcomeProposed():
            names = {"proposal", "outcome", "paid_fen", "paid_on", "reference", "reason"}
            return {"proposed": event.model_dump(mode="json", include=names)}
        case events.PaymentPaid(paid_on=day, reference=reference, amount_fen=fen):
            paid = {"paid_on": day, "reference": reference, "amount_fen": fen, "reason": None}
            return {"status": "paid"} | paid | LOOKED_AT
        case events.PaymentSentBack(reason=reason):
            return {"status": "sent-back", "reason": reason} | LOOKED_AT
        case events.PayeeChanged(account=account, account_end=end):
            return {"account": account, "account_end": end}
        case events.PayeeCorrected(account=account, account_end=end):
            return {"status": "planned", "account": account, "account_end": end, "order_number": None}
    return {}
