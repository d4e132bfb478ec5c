"""What the room once stored is read for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from services.application.events import announcement as events
from shared.calendar import LimitClock
from shared.eventstore.events import Event, Recorded
from shared.security.actor import Actor, Role
from tests.services.application.applications import CALENDAR, USCC
from tests.support.stored import check_samples

FOLDER = Path(__file__).parent / "stored"
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
DAY = date(2026, 3, 2)
OFFICER = Actor(subject="officer", roles=(Role.OFFICER,), department="gxj", source="127.0.0.1")
OF: dict[str, Any] = {
    "item_id": "i", "item_code": "gxj-1", "item_title": "补助（样例）", "department": "gxj", "period": "2026",
}  # fmt: skip
ENTRY = {
    "number": "SB2026-1", "enterprise": USCC, "name": "样例（样例）", "amount_fen": 100, "withheld": None, "reason": "",
}  # fmt: skip
HAPPENED: tuple[Event, ...] = (
    events.ResultsAnnounced(**OF, entries=(ENTRY,), clock=LimitClock.start(CALENDAR, 5, DAY), by="officer"),
    events.ObjectionRaised(
        **OF, objection=1, against="SB2026-1", grounds="样例。", contact="sealed", enterprise=USCC, by="user",
        clock=LimitClock.start(CALENDAR, 15, DAY),
    ),
    events.ObjectorShown(**OF, objection=1, by="officer"),
    events.ObjectionDecided(
        **OF, objection=1, outcome="upheld", reason="属实（样例）。", removed=("SB2026-1",), enterprise=USCC,
        in_time=True, by="officer",
    ),
    events.ObjectionOverdue(**OF, objection=1, due_on=DAY, limit_days=15),
    events.AnnouncementEnded(**OF),
    events.ResultsConfirmed(**OF, confirmed=1, removed=0, by="head"),
    events.AnnouncementLimitRecomputed(
        **OF, objection=1, previous_due_on=DAY, clock=LimitClock.start(CALENDAR, 15, DAY), notice="国务院办公厅通知（样例）",
    ),
)  # fmt: skip
RECORDED = [Recorded("announcement-gxj-1.2026.1", 1, AT, event, OFFICER, "command") for event in HAPPENED]


def test_every_stored_event_is_read_as_it_was_meant() -> None:
    check_samples(FOLDER, events, RECORDED)
