"""What the room once stored is read for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from services.application.events import payment as events
from services.application.events import payout
from shared.eventstore.events import Event, Recorded
from shared.security.actor import Actor, Role
from tests.services.application.applications import USCC
from tests.support.stored import check_samples

FOLDER = Path(__file__).parent / "stored"
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
DAY = date(2026, 3, 2)
FINANCE = Actor(subject="finance", roles=(Role.FINANCE,), source="127.0.0.1")
ITEM: dict[str, Any] = {"item_id": "i", "item_code": "gxj-9", "item_title": "奖励（样例）", "department": "gxj"}
GRANT = f"gxj-9.2026.{USCC}"
PAYMENT: dict[str, Any] = {
    **ITEM, "payment_id": GRANT, "plan": "BF2026-1", "enterprise": USCC, "name": "样例公司", "amount_fen": 5_000_000,
}  # fmt: skip
ORDER = f"{GRANT}.1"
OF_PLAN: list[Event] = [
    events.PaymentPlanOpened(**ITEM, grant_list="MS2026-5A3B1C2D", opened_on=DAY, by="officer"),
    events.PaymentPlanSubmitted(**ITEM, rows=2, total_fen=10_000_000, by="officer"),
    events.PaymentPlanReturned(**ITEM, reason="金额有误。"),
    events.PaymentPlanApproved(**ITEM, rows=2, total_fen=10_000_000, by="finance"),
    events.PaymentsExchanged(
        **ITEM, round=1, open=1, paid=1, returned=0, trouble="资金平台没有应答。", reached=GRANT, again_at=AT
    ),
    events.PaymentPlanConcluded(**ITEM, paid=1, paid_fen=5_000_000, dropped=1),
]
OF_PAYMENT: list[Event] = [
    events.PaymentPlanned(**PAYMENT, account="sealed", account_end="1234"),
    events.PaymentDropped(**PAYMENT, order=ORDER, reason="重复。"),
    events.PaymentOrdered(**PAYMENT, order=ORDER, attempt=1),
    events.PaymentPaid(**PAYMENT, order=ORDER, paid_on=DAY, reference="PZ1"),
    events.PaymentSentBack(**PAYMENT, order=ORDER, reason="账号不存在。"),
    events.PayeeCorrected(**PAYMENT, account="sealed", account_end="5678"),
    events.PayeeChanged(**PAYMENT, account="sealed", account_end="5678"),
    events.PaymentTroubled(
        **PAYMENT, order=ORDER, trouble="资金平台拒绝了请求（409），请财政部门与资金平台核对后处理。"
    ),
    events.OutcomeProposed(
        **PAYMENT,
        proposal=1,
        order=ORDER,
        outcome="paid",
        paid_fen=4_999_900,
        paid_on=DAY,
        reference="PZ1",
        reason="银行扣收手续费（样例）。",
        by="finance",
    ),
]
EXPECTED = [
    Recorded(aggregate, 1, AT, event, FINANCE, f"command-{n}")
    for n, (aggregate, event) in enumerate(
        [*(("paymentplan-BF2026-1", each) for each in OF_PLAN), *((f"payment-{GRANT}", each) for each in OF_PAYMENT)], 1
    )
]
OF_APPLICATION: dict[str, Any] = {**ITEM, "number": "SB2026-1", "enterprise": USCC, "plan": "BF2026-1"}
OF_GRANT: dict[str, Any] = {
    **ITEM, "period": "2026", "grant_list": "MS2026-5A3B1C2D", "enterprise": USCC, "name": "样例公司",
    "amount_fen": 5_000_000, "plan": "BF2026-1",
}  # fmt: skip
OF_SOURCES = [
    Recorded("application-SB2026-1", 7, AT, payout.ApplicationPutOnPlan(**OF_APPLICATION), FINANCE, "command"),
    Recorded("application-SB2026-1", 8, AT, payout.ApplicationTakenOffPlan(**OF_APPLICATION), FINANCE, "command"),
    Recorded(f"grant-{GRANT}", 5, AT, payout.GrantPutOnPlan(**OF_GRANT), FINANCE, "command"),
    Recorded(f"grant-{GRANT}", 6, AT, payout.GrantTakenOffPlan(**OF_GRANT), FINANCE, "command"),
]


def test_every_stored_event_of_what_is_paid_is_read_as_it_was_meant() -> None:
    check_samples(FOLDER.parent / "stored_payout", payout, OF_SOURCES)


def test_every_stored_event_of_payments_is_read_as_it_was_meant() -> None:
    check_samples(FOLDER, events, EXPECTED)
