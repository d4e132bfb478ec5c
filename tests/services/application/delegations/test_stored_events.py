"""What the room once stored is read for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from services.application.events import delegation as events
from shared.eventstore.events import Event, Recorded
from shared.security.actor import Actor, Role
from tests.support.stored import check_samples

FOLDER = Path(__file__).parent / "stored"
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
OFFICER = Actor(subject="officer", roles=(Role.OFFICER,), department="gxj", source="127.0.0.1")
WHO = {"department": "gxj", "absent": "officer", "delegate": "deputy", "number": 1}
DAYS = {"from_on": date(2026, 3, 2), "until_on": date(2026, 3, 6)}
HAPPENED: list[Event] = [
    events.DelegationSet(**WHO, **DAYS, reason="出差（样例）。", by="officer"),
    events.DelegationUsed(**WHO, application="SB2026-1", step="check"),
    events.DelegationEnded(**WHO, why="ended", reason="提前返回（样例）。", ended_on=date(2026, 3, 4), by="officer"),
]
EXPECTED = [Recorded("delegation-1f", 1, AT, event, OFFICER, "command") for event in HAPPENED]


def test_every_stored_event_is_read_as_it_was_meant() -> None:
    check_samples(FOLDER, events, EXPECTED)
