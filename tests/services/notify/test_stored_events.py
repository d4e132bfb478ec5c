"""What was once stored is read for ever."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from services.notify import events
from shared.eventstore.events import Recorded
from shared.security.actor import system
from tests.services.notify.histories import ID, accepted, delivered, failed, rejected, written
from tests.support.stored import check_samples

FOLDER = Path(__file__).parent / "stored"
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
EXPECTED = [
    Recorded(f"message-{ID}", version, AT, event, system("notify"), f"command-{version}")
    for version, event in enumerate([written(), rejected(first=AT), accepted(2), delivered(2), failed(3)], start=1)
]


def test_every_stored_event_of_notify_is_read_as_it_was_meant() -> None:
    check_samples(FOLDER, events, EXPECTED)
