"""What others hear of an application, what it owes when, and its stored form."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from services.application import events
from services.application.deadlines import REVIEW_OVERDUE, deadlines_of
from services.application.publishing import publish
from shared.calendar import end_of
from shared.contracts import application as published
from shared.deadlines.book import Owed, Settled
from shared.eventstore.events import Event, Recorded
from shared.readmodels.happened import from_log
from shared.security.actor import Actor, Role
from tests.services.application.applications import ABOUT, CALENDAR, MONDAY, accepted, submitted
from tests.support.stored import check_samples

STORED = Path(__file__).parent / "stored"
STOPPED = accepted().clock.stop(CALENDAR, date(2026, 3, 3))
RESUMED = STOPPED.resume(CALENDAR, date(2026, 3, 6))
LIFE: tuple[Event, ...] = (
    submitted(),
    accepted(),
    events.ApplicationNotAccepted(**ABOUT, reasons=("不在申报范围。",)),
    events.SupplementRequested(**ABOUT, requirements=("补齐发票。",), clock=STOPPED),
    events.ApplicationSupplemented(**ABOUT, answer="已补。", materials=("发票（样例）",), clock=RESUMED),
    events.ReviewCompleted(
        **ABOUT, outcome="approved", opinion="同意。", amount_fen=4_000_000, completed_on=MONDAY, in_time=True
    ),
    events.ReviewOverdue(**ABOUT, due_on=date(2026, 3, 5), limit_days=3),
    events.ReviewDeadlineRecomputed(
        **ABOUT, previous_due_on=date(2026, 3, 4), clock=accepted().clock, notice="国务院办公厅通知（样例）"
    ),
)
INSIDE: tuple[Event, ...] = (events.PayeeGiven(**ABOUT, account="sealed", account_end="1234"),)  # nobody else's


def recorded(event: Event, version: int = 1) -> Recorded:
    """As the record holds it."""
    actor = Actor(subject="officer", roles=(Role.OFFICER,), department="gxj", source="127.0.0.1")
    at = datetime(2026, 3, 2, 1, tzinfo=UTC)
    return Recorded("application-SB2026-1", version, at, event, actor, "a-command")


def test_every_event_has_a_contract_and_goes_to_its_departments_subject() -> None:
    for event in LIFE:
        outgoing = publish(recorded(event))
        assert outgoing is not None
        assert type(outgoing.event).__name__ == type(event).__name__
        assert outgoing.department == "gxj"
        assert isinstance(outgoing.event, published._OfApplication)
        assert outgoing.event.application_id == "SB2026-1"


def test_the_applicants_own_words_stay_inside() -> None:
    for event in LIFE:
        outgoing = publish(recorded(event))
        assert outgoing is not None
        assert "申请补助" not in outgoing.event.model_dump_json()
        assert "已补" not in outgoing.event.model_dump_json()


def test_an_accepted_application_tells_its_promised_day() -> None:
    outgoing = publish(recorded(accepted()))
    assert outgoing is not None
    assert isinstance(outgoing.event, published.ApplicationAccepted)
    assert outgoing.event.review_due_on == date(2026, 3, 5)
    assert not outgoing.event.provisional


def test_what_is_owed_follows_the_clock() -> None:
    owed = {type(event): deadlines_of(from_log(recorded(event))) for event in LIFE}
    settled = [Settled(REVIEW_OVERDUE)]
    assert owed[events.ApplicationSubmitted] == []
    assert owed[events.ApplicationAccepted] == [Owed(REVIEW_OVERDUE, end_of(date(2026, 3, 5)))]
    assert owed[events.SupplementRequested] == settled, "a stopped clock owes nothing"
    assert owed[events.ApplicationSupplemented] == [Owed(REVIEW_OVERDUE, end_of(RESUMED.due.day))]
    for done in (events.ReviewCompleted, events.ReviewOverdue, events.ApplicationNotAccepted):
        assert owed[done] == settled


def test_a_notice_before_acceptance_touches_no_deadline() -> None:
    event = events.SupplementRequested(**ABOUT, requirements=("补齐。",), clock=None)
    assert deadlines_of(from_log(recorded(event))) == []


def test_stored_samples_of_every_version_are_read_and_written_the_same() -> None:
    check_samples(STORED, events, [recorded(event, n) for n, event in enumerate((*LIFE, *INSIDE), start=1)])
