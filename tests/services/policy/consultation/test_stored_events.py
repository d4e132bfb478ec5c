"""What was once stored is read for ever."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from services.policy.events import consultation as events
from shared.eventstore.events import Recorded
from tests.services.policy.catalogue import OFFICER
from tests.services.policy.consultation.examples import EVENTS
from tests.support.stored import check_samples

FOLDER = Path(__file__).parent / "stored"
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
EXPECTED = [
    Recorded(aggregate, number, AT, event, OFFICER, f"command-{number}")
    for number, (aggregate, event) in enumerate(EVENTS, 1)
]


def test_every_stored_event_of_consultations_is_read_as_it_was_meant() -> None:
    check_samples(FOLDER, events, EXPECTED)
