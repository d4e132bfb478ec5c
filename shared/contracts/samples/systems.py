"""Departments' own systems."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from shared.contracts.application.systems import (
    HandlingReleased,
    HandlingTaken,
    ProgressReported,
    SystemApproved,
    SystemDeclined,
    SystemEnded,
    SystemRequested,
    SystemResumed,
    SystemSecretIssued,
    SystemSuspended,
)
from shared.contracts.base import Published
from shared.contracts.samples.base import APPLICATION, DEPARTMENT, ITEM, ITEM_TITLE, USCC

_system: dict[str, Any] = {
    "system_id": f"{DEPARTMENT}-1a2b3c4d5e6f",
    "system_name": "项目管理系统（样例）",
    "department": DEPARTMENT,
}
_handling: dict[str, Any] = {
    "application_id": APPLICATION,
    "number": "SB-SAMPLE-2026-0001",
    "item_id": ITEM,
    "item_code": "SAMPLE-2026-001",
    "item_title": ITEM_TITLE,
    "department": DEPARTMENT,
    "enterprise": USCC,
    "part": "step:check",
    "part_title": "材料审核",
    "of_department": DEPARTMENT,
    "system_id": _system["system_id"],
    "system_name": _system["system_name"],
}

SAMPLES: tuple[Published, ...] = (
    SystemRequested(**_system, items=("SAMPLE-2026-001",)),
    SystemApproved(**_system),
    SystemDeclined(**_system, reason="样例：请先通过等级保护测评。"),
    SystemSecretIssued(**_system, earlier_until=datetime(2026, 3, 3, 1, 0, tzinfo=UTC)),
    SystemSuspended(**_system, reason="样例：密钥可能泄露。"),
    SystemResumed(**_system),
    SystemEnded(**_system, reason="样例：系统已停用。"),
    HandlingTaken(**_handling),
    ProgressReported(**_handling, text="样例：已核对发票，正在安排现场核查。", stage_name="现场核查"),
    HandlingReleased(**_handling, why="given-back", reason="样例：需要人工判断。"),
)
