"""What the room once stored is read for ever."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.application.events import counter as events
from services.application.publishing import publish
from shared.eventstore.events import Event, Recorded
from tests.services.application.applications import ABOUT, MONDAY, USCC
from tests.services.application.counter.people import (
    BEGUN,
    CLERK,
    CONSENT,
    ENDED,
    HALL,
    OPENED,
    VISIT,
    VISITOR,
    called,
    taken,
)
from tests.support.stored import check_samples

FOLDER = Path(__file__).parent / "stored"
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HAPPENED: list[Event] = [
    events.HallSet.model_validate({"hall": "city-hall"} | HALL | {"by": "bureau"}),
    OPENED,
    taken("B001", holder="enterprise"),
    called("B001", 5),
    events.NumberMissed(number="B001", clerk="clerk-1"),
    events.ServingBegun(number="B001", clerk="clerk-1", visit=VISIT["visit"]),
    events.ServingEnded(number="B001", clerk="clerk-1"),
    events.QueueClosed(lapsed=("B002",), unfinished=("B003",)),
    BEGUN,
    VISITOR,
    events.VisitorSeen(**VISIT, by="clerk-1"),
    CONSENT,
    events.ConsentWithdrawn(**VISIT, enterprise=USCC, reason="改由本企业申报。", drafts=("D1",), by="enterprise"),
    events.VisitUsed(**VISIT, act="submit", of="SB2026-1", enterprise=USCC),
    ENDED,
    events.ActedAtCounter(**ABOUT, act="submit", visit=VISIT["visit"], clerk="clerk-1"),
]
EXPECTED = [Recorded("visit-1f", 1, AT, event, CLERK, "command") for event in HAPPENED]


def told(event: Event) -> dict[str, Any] | None:
    outgoing = publish(Recorded("visit-1f", 1, AT, event, CLERK, "command"))
    return outgoing.event.model_dump() if outgoing else None


def test_others_hear_of_consent_on_paper_and_of_the_end_and_never_who_was_there() -> None:
    heard = {event.TOPIC.partition(".")[2]: known for event in HAPPENED if (known := told(event)) is not None}
    assert set(heard) == {"consent-given", "visit-ended"}
    assert heard["visit-ended"] == {
        "visit_id": VISIT["visit"], "hall": "city-hall", "hall_name": HALL["name"], "department": "szj",
        "service_title": "申报受理", "day": MONDAY, "enterprise": USCC, "why": "ended",
    }  # fmt: skip
    assert heard["consent-given"]["scope"] == ("apply", "prefill")
    assert told(CONSENT.model_copy(update={"how": "electronic"})) is None, "who agrees themself knows it"


def test_every_stored_event_is_read_as_it_was_meant() -> None:
    check_samples(FOLDER, events, EXPECTED)
