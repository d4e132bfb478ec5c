"""What the room once stored is read for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from services.hotline.events import rating as events
from shared.eventstore.events import Event, Recorded
from tests.services.hotline.ratings.examples import DAY, ENTERPRISE, begun, given_rating, matter
from tests.support.stored import check_samples

FOLDER = Path(__file__).parent / "stored"
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
_NAMED = {"matter": matter(), "grade": 1, "anonymous": False}
_RUNNING = {"clock": begun().clock, "warn_on": begun().warn_on}
_DUE = {"due_on": date(2026, 3, 9)}
OF_RATING: list[Event] = [
    given_rating(),
    events.RatingApproved(**_NAMED),
    events.RatingHidden(**_NAMED, reason="含他人电话。"),
    events.RatingReplied(**_NAMED, text="谢谢。"),
    begun(),
    events.FollowUpExtended(**_NAMED, **_RUNNING, reason="需会商。"),
    events.FollowUpRecomputed(**_NAMED, **_RUNNING),
    events.FollowUpDueSoon(**_NAMED, **_DUE),
    events.FollowUpOverdue(**_NAMED, **_DUE),
    events.FollowUpRecorded(**_NAMED, text="已改进。", put_right=True, recorded_on=DAY, in_time=True),
]
OTHERS: list[tuple[str, Event]] = [
    ("visit-N", events.VisitRecorded(number="N", department="gxj", about="咨询材料", day=DAY)),
    ("rater-20260302-x", events.RatingCounted(rating="application-a-1")),
    ("rating-application-a-1", events.RatingPassedOn(**_NAMED)),
]
EXPECTED = [
    Recorded(aggregate, 1, AT, event, ENTERPRISE, f"command-{n}")
    for n, (aggregate, event) in enumerate([*(("rating-application-a-1", each) for each in OF_RATING), *OTHERS], 1)
]


def test_every_stored_event_of_ratings_is_read_as_it_was_meant() -> None:
    check_samples(FOLDER, events, EXPECTED)
