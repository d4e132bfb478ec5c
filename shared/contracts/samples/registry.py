"""Registry, notify and analytics."""

from __future__ import annotations

from datetime import date
from typing import Any

from shared.contracts.analytics import BulletinPublished
from shared.contracts.base import Published
from shared.contracts.facts import BASE_CATALOGUE
from shared.contracts.notify import MessageWritten, SmsAccepted, SmsDelivered, SmsFailed
from shared.contracts.registry import (
    DepartmentRegistered,
    DisputeOverdue,
    DisputeSettled,
    EnterpriseRegistered,
    FactDefined,
    FactDisputed,
    FactsChanged,
    FactStatement,
)
from shared.contracts.samples.base import APPLICATION, DEPARTMENT, MESSAGE, USCC

_message: dict[str, Any] = {"message_id": MESSAGE, "recipient": f"enterprise:{USCC}"}
_dispute: dict[str, Any] = {
    "uscc": USCC,
    "number": 1,
    "key": "rd_ratio",
    "label": "研发费用占营业收入的比例",
    "department": DEPARTMENT,
}

_CONSULTATION: Any = {
    "consultation_id": "ZQYJ-SAMPLE-001",
    "title": "关于征求《技术改造扶持办法（样例）》意见的公告",
    "department": DEPARTMENT,
}

SAMPLES: tuple[Published, ...] = (
    DepartmentRegistered(code=DEPARTMENT, name="样例市工业主管部门", short_name="样例工业部门", role="department"),
    EnterpriseRegistered(
        uscc=USCC,
        name="样例精密制造有限公司",
        industry="C3489",
        division="320281",
        established_on=date(2019, 5, 6),
    ),
    FactDefined(definition=BASE_CATALOGUE["rd_ratio"]),
    FactsChanged(
        uscc=USCC,
        version=3,
        facts=(
            FactStatement(
                key="rd_ratio", value=560, source=DEPARTMENT, as_of=date(2025, 12, 31), valid_until=date(2026, 12, 31)
            ),
            FactStatement(key="invention_patents", value=None),
        ),
    ),
    FactDisputed(**_dispute, due_on=date(2026, 3, 23), provisional=False),
    DisputeSettled(**_dispute, outcome="corrected", settled_on=date(2026, 3, 20), in_time=True),
    DisputeOverdue(**_dispute, due_on=date(2026, 3, 23), limit_days=15),
    MessageWritten(**_message, template="review-completed", about=f"application:{APPLICATION}"),
    SmsAccepted(**_message, attempts=1),
    SmsDelivered(**_message),
    SmsFailed(**_message, attempts=3, reason="样例原因：号码已停机"),
    BulletinPublished(
        number="SAMPLE-2026-03",
        first_day=date(2026, 3, 1),
        last_day=date(2026, 3, 31),
        departments=(DEPARTMENT,),
    ),
)
