"""What hotline has once stored, it reads for ever."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from services.hotline import events
from shared.calendar import AnnouncedYear, LimitClock, WorkingCalendar
from shared.eventstore.events import Event, Recorded
from shared.security.actor import Actor
from tests.services.hotline.tickets import (
    AGENT,
    OFFICER,
    PLATFORM,
    answered,
    dispatched,
    overdue,
    received,
    recomputed,
    shanghai,
)
from tests.support.stored import check_samples

FOLDER = Path(__file__).parent / "stored"
# A calendar of its own: the installed one cites its release, which samples must not follow.
NOTICE = WorkingCalendar((AnnouncedYear(year=2026, notice="样例通知"),))
REVISED = NOTICE.revised(AnnouncedYear(year=2026, notice="样例修订通知", days_off=frozenset({date(2026, 3, 4)})))


def recorded(version: int, event: Event, at: str, actor: Actor = AGENT) -> Recorded:
    return Recorded("ticket-12345-JY-1", version, shanghai(at), event, actor, f"command-{version}")


EXPECTED = (
    recorded(1, received(), "2026-03-02T09:00"),
    recorded(2, dispatched("2026-03-02", 3, NOTICE), "2026-03-02T09:05"),
    recorded(
        3,
        recomputed("2026-03-05", LimitClock.start(REVISED, 3, date(2026, 3, 2))),
        "2026-03-03T09:00",
        PLATFORM,
    ),
    recorded(4, overdue("2026-03-06"), "2026-03-07T00:00", PLATFORM),
    recorded(5, answered("2026-03-09T10:00", in_time=False, unit="行政审批科（样例）"), "2026-03-09T10:00", OFFICER),
)


def test_every_version_of_every_event_has_a_sample_that_is_read_and_stored_again_alike() -> None:
    check_samples(FOLDER, events, EXPECTED)
