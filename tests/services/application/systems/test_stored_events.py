"""What the room once stored is read for ever."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from services.application.events import handling, system
from shared.eventstore.events import Event, Recorded
from shared.security.actor import Actor, Role
from tests.services.application.applications import ABOUT
from tests.support.stored import check_samples

FOLDER = Path(__file__).parent / "stored"
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HEAD = Actor(subject="head", roles=(Role.DEPARTMENT_HEAD,), department="gxj", source="127.0.0.1")
CLIENT = "gxj-1a2b3c4d5e6f"
ITSELF = Actor(
    subject=f"system:{CLIENT}", name="样例系统（样例）", roles=(Role.DEPARTMENT_SYSTEM,), department="gxj", on_behalf_of="officer"
)  # fmt: skip
WHO = {"system": CLIENT, "system_name": "样例系统（样例）", "department": "gxj"}
OF = ABOUT | {
    "part": "step:check", "part_title": "材料审核", "of_department": "gxj", "system": CLIENT, "system_name": "样例系统（样例）",
}  # fmt: skip
OF_SYSTEM: list[Event] = [
    system.SystemRequested(**WHO, items=("gxj-1",), office="信息科（样例）", phone="0510-80000000", by="officer"),
    system.SystemApproved(**WHO, by="bureau"),
    system.SystemDeclined(**WHO, reason="请先通过测评（样例）。", by="bureau"),
    system.SystemSecretIssued(**WHO, salt="5a17", digest="d19e57", earlier_until=AT, by="head"),
    system.SystemSuspended(**WHO, reason="密钥可能泄露（样例）。", by="head"),
    system.SystemResumed(**WHO, by="bureau"),
    system.SystemEnded(**WHO, reason="已停用（样例）。", by="head"),
]
OF_HANDLING: list[Event] = [
    handling.HandlingTaken(**OF, case_number="XM-1"),
    handling.ProgressReported(**OF, text="正在核查（样例）。", stage_name="核查", case_number="XM-1"),
    handling.HandlingReleased(**OF, why="given-back", reason="需要人工判断（样例）。", by=f"system:{CLIENT}"),
]
CONNECTION = [Recorded(f"system-{CLIENT}", 1, AT, event, HEAD, "command") for event in OF_SYSTEM]
HANDLING = [Recorded("application-SB2026-1", 1, AT, event, ITSELF, "command") for event in OF_HANDLING]


@pytest.mark.parametrize(
    ("room", "module", "expected"), [("connection", system, CONNECTION), ("handling", handling, HANDLING)]
)
def test_every_stored_event_is_read_as_it_was_meant(room: str, module: ModuleType, expected: list[Recorded]) -> None:
    check_samples(FOLDER / room, module, expected)
