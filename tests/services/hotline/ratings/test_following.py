"""What is owed for a rating, what others hear of it, and which matters can be rated."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import Any

import pytest

from services.hotline.events.rating import (
    FollowUpDueSoon,
    FollowUpOverdue,
    FollowUpRecorded,
    RatingApproved,
    RatingReplied,
)
from services.hotline.publishing import publish
from services.hotline.ratings.following import DUE_SOON, OVERDUE, REVISIT, deadlines_of
from services.hotline.readmodels.matters import MatterRow, Matters
from shared.contracts import application, hotline
from shared.contracts.samples import sample_of
from shared.deadlines.book import Owed, Settled
from shared.eventstore.events import Event, Recorded
from shared.readmodels.happened import Happened, from_log
from tests.services.hotline.ratings.examples import DAY, ENTERPRISE, USCC, begun, given_rating, matter
from tests.services.hotline.tickets import shanghai

NOW = shanghai("2026-03-02T09:00")
NAMED: dict[str, Any] = {"matter": matter(), "grade": 1, "anonymous": False}
DUE = {"due_on": date(2026, 3, 9)}


def recorded(event: Event, aggregate: str = "rating-application-a-1") -> Recorded:
    return Recorded(aggregate, 1, NOW, event, ENTERPRISE, "c")


def test_a_follow_up_owes_a_warning_and_a_due_day_and_settles_both_when_recorded() -> None:
    soon, late = Owed(DUE_SOON, shanghai("2026-03-06T00:00")), Owed(OVERDUE, shanghai("2026-03-10T00:00"))
    assert deadlines_of(from_log(recorded(begun()))) == [Settled(REVISIT), soon, late]
    done = FollowUpRecorded(**NAMED, text="已改进。", put_right=True, recorded_on=DAY, in_time=True)
    for end in (done, FollowUpOverdue(**NAMED, **DUE)):
        assert deadlines_of(from_log(recorded(end))) == [Settled(DUE_SOON), Settled(OVERDUE)]
    assert deadlines_of(from_log(recorded(FollowUpDueSoon(**NAMED, **DUE)))) == [Settled(DUE_SOON)]


@pytest.mark.parametrize(("kind", "grade", "owed"), [("ticket", 2, True), ("ticket", 3, False), ("counter", 1, False)])
def test_only_a_bad_rating_of_a_ticket_is_revisited_at_once(kind: str, grade: int, owed: bool) -> None:
    event = given_rating(grade, matter=matter(kind=kind))
    assert deadlines_of(from_log(recorded(event))) == ([Owed(REVISIT, NOW)] if owed else [])


def test_texts_stay_in_hotline_and_the_anonymous_are_not_named() -> None:
    done = FollowUpRecorded(**NAMED, text="等了很久。", put_right=True, recorded_on=DAY, in_time=True)
    replied = RatingReplied(**NAMED, text="等了很久。")
    for event in (given_rating(), replied, done, FollowUpDueSoon(**NAMED, **DUE), FollowUpOverdue(**NAMED, **DUE)):
        outgoing = publish(recorded(event))
        assert outgoing is not None and outgoing.department == "gxj"
        assert "等了很久" not in outgoing.event.model_dump_json() and USCC in outgoing.event.model_dump_json()
    unnamed = publish(recorded(given_rating(anonymous=True)))
    assert unnamed is not None and USCC not in unnamed.event.model_dump_json()
    assert publish(recorded(RatingApproved(**NAMED))) is None


def test_a_bad_rating_tells_the_item_it_is_about() -> None:
    outgoing = publish(recorded(given_rating()))
    assert outgoing is not None and isinstance(outgoing.event, hotline.RatingGiven)
    assert (outgoing.event.item, outgoing.event.grade, outgoing.event.rating_id) == ("SX-1", 1, "application-a-1")


def test_a_decided_application_can_be_rated_whichever_of_the_streams_is_read_first() -> None:
    decided = sample_of(application.ReviewCompleted)
    assert isinstance(decided, application.ReviewCompleted)
    about = matter(
        key=decided.application_id,
        title=decided.item_title,
        department=decided.department,
        enterprise=decided.enterprise,
        item=decided.item_id,
        finished_on=decided.completed_on,
    )
    heard = Happened("application", 1, 0, f"application-{decided.application_id}", NOW, decided)
    rated = from_log(recorded(given_rating(matter=about), f"rating-application-{decided.application_id}"))
    expected = MatterRow(id=f"application-{about.key}", **about.model_dump(), rated=True)
    for order in permutations((heard, rated)):
        row = None
        for happened in order:
            assert Matters().key(happened) == expected.id
            row = Matters().evolve(row, happened)
        assert row is not None and row.model_dump() == expected.model_dump()
    waiting = Matters().evolve(None, heard)
    assert waiting is not None and not waiting.rated


def test_an_application_that_is_not_decided_cannot_be_rated() -> None:
    submitted = sample_of(application.ApplicationSubmitted)
    assert Matters().key(Happened("application", 1, 0, "application-x", NOW, submitted)) is None
