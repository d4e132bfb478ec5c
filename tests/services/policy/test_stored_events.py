"""What was once stored is read for ever."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from services.policy.events import catalogue as events
from shared.eventstore.events import Recorded
from tests.services.policy.catalogue import CODE, KEY, OFFICER, drafted, item_published, published
from tests.support.stored import check_samples

FOLDER = Path(__file__).parent / "stored"
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
EXPECTED = [
    Recorded(f"document-{KEY}", 1, AT, published(), OFFICER, "command-1"),
    Recorded(f"item-{CODE}", 1, AT, drafted(), OFFICER, "command-2"),
    Recorded(f"item-{CODE}", 2, AT, item_published(), OFFICER, "command-3"),
]


def test_every_stored_event_of_policy_is_read_as_it_was_meant() -> None:
    check_samples(FOLDER, events, EXPECTED)
