"""Who takes part in reviews beside the people of a department."""

from __future__ import annotations

from datetime import date
from typing import Any

from shared.contracts.application.participation import DelegationEnded, DelegationSet
from shared.contracts.base import Published
from shared.contracts.samples.base import DEPARTMENT

_delegation: dict[str, Any] = {
    "delegation_id": "5a3b1c2d9e8f4a6b8c7d0e1f2a3b4c5d",
    "department": DEPARTMENT,
    "absent": "officer-1",
    "delegate": "officer-2",
}

SAMPLES: tuple[Published, ...] = (
    DelegationSet(**_delegation, from_on=date(2026, 3, 9), until_on=date(2026, 3, 20)),
    DelegationEnded(**_delegation, why="over", ended_on=date(2026, 3, 21)),
)
