"""What others hear of an application, what it owes when, and its stored form."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from services.application import events
from services.application.deadlines import REVIEW_DUE_SOON, REVIEW_OVERDUE, deadlines_of
from services.application.publishing import publish
from shared.calendar import LimitClock, end_of, start_of
from shared.contracts import application as published
from shared.contracts.application.base import OfApplication
from shared.deadlines.book import Owed
from shared.eventstore.events import Event, Recorded
from shared.readmodels.happened import from_log
from shared.security.actor import Actor, Role
from tests.services.application.applications import (
    ABOUT,
    CALENDAR,
    MONDAY,
    accepted,
    noticed,
    submitted,
    supplemented,
)
from tests.support.stored import check_samples

STORED = Path(__file__).parent / "stored"
STOPPED = accepted().clock.stop(CALENDAR, date(2026, 3, 3))
RESUMED = STOPPED.resume(CALENDAR, date(2026, 3, 6))
LIFE: tuple[Event, ...] = (
    submitted(),
    accepted(),
    events.ApplicationNotAccepted(**ABOUT, reasons=("不在申报范围。",)),
    noticed(STOPPED),
    supplemented(RESUMED),
    events.ReviewCompleted(
        **ABOUT, outcome="approved", opinion="同意。", amount_fen=4_000_000, completed_on=MONDAY, in_time=True
    ),
    events.ReviewOverdue(**ABOUT, due_on=date(2026, 3, 5), limit_days=3),
    events.ReviewDeadlineRecomputed(
        **ABOUT, previous_due_on=date(2026, 3, 4), clock=accepted().clock, notice="国务院办公厅通知（样例）"
    ),
)
LIFE += (
    events.AcceptanceOverdue(**ABOUT, due_on=date(2026, 3, 9), limit_days=5),
    events.ApplicationWithdrawn(**ABOUT, reason="不再需要。", departments=()),
    events.ReviewDueSoon(**ABOUT, due_on=date(2026, 3, 5)),
)
INSIDE: tuple[Event, ...] = (  # nobody else's
    events.PayeeGiven(**ABOUT, account="sealed", account_end="1234"),
    events.HoldsForfeited(**ABOUT, holds=("turn-gxj-1.2026.x",)),
    events.HoldsReleased(**ABOUT),
    events.AnswersCompared(
        **ABOUT,
        form=1,
        fields=(
            {
                "field": "staff",
                "title": "人数",
                "fact": "employees",
                "outcome": "differs",
                "entered": 12,
                "known": {"value": 20, "source": "sj", "standing": "verified", "as_of": "2026-01-31"},
            },
        ),
    ),
)

RESULTS: tuple[Event, ...] = (
    events.ResultAnnounced(**ABOUT, announcement="gxj-1.2026.1", days=5, withheld=False),
    events.ResultConfirmed(
        **ABOUT, period="2026", name="样例（样例）", amount_fen=4_000_000, withheld=False, confirmed_on=MONDAY
    ),
    events.ApprovalRevoked(**ABOUT, reason="公示期间的异议成立（样例）。"),
)

LIMITS: tuple[Event, ...] = (
    events.LimitRecomputed(
        **ABOUT, limit="step", step="check", step_title="材料审核", departments=("gxj",), previous_due_on=MONDAY,
        clock=LimitClock.start(CALENDAR, 3, MONDAY), notice="国务院办公厅通知（样例）",
    ),
)  # fmt: skip
SUPPLEMENTS: tuple[Event, ...] = (
    events.SupplementDueSoon(**ABOUT, due_on=date(2026, 3, 23)),
    events.SupplementLapsed(
        **ABOUT, due_on=date(2026, 3, 23), limit_days=15, departments=("gxj",), clock=RESUMED, acceptance=None, steps={},
        late=(),
    ),
)  # fmt: skip


def recorded(event: Event, version: int = 1) -> Recorded:
    """As the record holds it."""
    actor = Actor(subject="officer", roles=(Role.OFFICER,), department="gxj", source="127.0.0.1")
    at = datetime(2026, 3, 2, 1, tzinfo=UTC)
    return Recorded("application-SB2026-1", version, at, event, actor, "a-command")


def test_every_event_has_a_contract_and_goes_to_its_departments_subject() -> None:
    for event in (*LIFE, *RESULTS, *SUPPLEMENTS, *LIMITS):
        outgoing = publish(recorded(event))
        assert outgoing is not None
        assert type(outgoing.event).__name__ == type(event).__name__
        assert outgoing.department == "gxj"
        assert isinstance(outgoing.event, OfApplication)
        assert outgoing.event.application_id == "SB2026-1"


def test_the_applicants_own_words_stay_inside() -> None:
    for event in (*LIFE, *RESULTS, *SUPPLEMENTS, *LIMITS):
        outgoing = publish(recorded(event))
        assert outgoing is not None
        assert "申请补助" not in outgoing.event.model_dump_json()
        assert "已补" not in outgoing.event.model_dump_json()


def test_what_is_withheld_says_so_and_is_confirmed_to_the_platforms_own_services_alone() -> None:
    announced, confirmed, _ = RESULTS
    outgoing = publish(recorded(announced.model_copy(update={"withheld": True})))
    assert outgoing is not None
    assert isinstance(outgoing.event, published.ResultAnnounced)
    assert outgoing.event.withheld
    outgoing = publish(recorded(confirmed.model_copy(update={"withheld": True})))
    assert outgoing is not None
    assert isinstance(outgoing.event, published.WithheldResultConfirmed)
    assert outgoing.event.INTERNAL
    assert not {"amount_fen", "period"} & set(type(outgoing.event).model_fields)


def test_an_accepted_application_tells_its_promised_day() -> None:
    outgoing = publish(recorded(accepted()))
    assert outgoing is not None
    assert isinstance(outgoing.event, published.ApplicationAccepted)
    assert outgoing.event.review_due_on == date(2026, 3, 5)
    assert not outgoing.event.provisional


def owed_by(*happened: Event) -> dict[str, datetime]:
    """What is owed after these events, by kind."""
    book: dict[str, datetime] = {}
    for event in happened:
        for change in deadlines_of(from_log(recorded(event))):
            book.pop(change.kind, None)
            if isinstance(change, Owed):
                book[change.kind] = change.at
    return book


def test_what_is_owed_follows_the_clocks() -> None:
    accepting = {"acceptance-overdue": end_of(date(2026, 3, 9))}
    running = {REVIEW_OVERDUE: end_of(date(2026, 3, 5)), REVIEW_DUE_SOON: start_of(date(2026, 3, 5))}
    resumed = {REVIEW_OVERDUE: end_of(RESUMED.due.day), REVIEW_DUE_SOON: start_of(RESUMED.due.day)}
    assert owed_by(submitted()) == accepting
    assert owed_by(submitted(), accepted()) == running
    assert owed_by(submitted(), accepted(), noticed(STOPPED)) == {}, "a stopped clock owes nothing"
    assert owed_by(submitted(), accepted(), noticed(STOPPED), supplemented(RESUMED)) == resumed
    done = {type(event): event for event in LIFE}
    for cls in (events.ReviewCompleted, events.ApplicationNotAccepted, events.ApplicationWithdrawn):
        assert owed_by(submitted(), accepted(), done[cls]) == {}
    assert REVIEW_OVERDUE not in owed_by(submitted(), accepted(), done[events.ReviewOverdue])
    assert owed_by(submitted(), done[events.AcceptanceOverdue]) == {}


def test_a_notice_owes_a_reminder_and_its_end_until_there_is_an_answer() -> None:
    term = LimitClock.start(CALENDAR, 15, MONDAY)
    waiting = (submitted(), accepted(), noticed(STOPPED, term=term))
    done = {type(event): event for event in (*LIFE, *SUPPLEMENTS)}
    lapsed = {"supplement-lapsed": end_of(date(2026, 3, 23))}
    assert owed_by(*waiting) == lapsed | {"supplement-due-soon": start_of(date(2026, 3, 20))}
    assert owed_by(*waiting, done[events.SupplementDueSoon]) == lapsed
    resumed = {REVIEW_OVERDUE: end_of(RESUMED.due.day), REVIEW_DUE_SOON: start_of(RESUMED.due.day)}
    assert owed_by(*waiting, supplemented(RESUMED)) == resumed
    assert owed_by(*waiting, done[events.SupplementLapsed]) == resumed, "the clock goes on as after a supplement"
    for cls in (events.ApplicationNotAccepted, events.ApplicationWithdrawn, events.ReviewCompleted):
        assert owed_by(*waiting, done[cls]) == {}


def test_a_notice_before_acceptance_stops_the_time_to_accept() -> None:
    clock = submitted().acceptance
    assert clock is not None
    stopped = clock.stop(CALENDAR, date(2026, 3, 3))
    resumed = stopped.resume(CALENDAR, date(2026, 3, 6))
    assert owed_by(submitted(), noticed(None, stopped)) == {}
    assert owed_by(submitted(), noticed(None, stopped), supplemented(None, resumed)) == {
        "acceptance-overdue": end_of(resumed.due.day)
    }


def test_what_was_said_to_be_late_is_not_said_again_after_a_supplement() -> None:
    late = supplemented(RESUMED).model_copy(update={"late": ("review",)})
    overdue = events.ReviewOverdue(**ABOUT, due_on=date(2026, 3, 5), limit_days=3)
    assert REVIEW_OVERDUE not in owed_by(submitted(), accepted(), overdue, noticed(STOPPED), late)


def test_what_an_ended_application_holds_is_owed_back() -> None:
    forfeited, released = INSIDE[1], INSIDE[2]
    assert owed_by(forfeited) == {"release-holds": recorded(forfeited).at}
    assert owed_by(forfeited, released) == {}


def as_stored() -> list[Recorded]:
    """The events of the samples: what was stored before acceptance had a limit is read without one."""
    unlimited = {
        events.ApplicationSubmitted: {"acceptance": None},
        events.SupplementRequested: {"requirements": ("补齐发票。",)},
    }
    samples = [
        event.model_copy(update=unlimited.get(type(event), {}))
        for event in (*LIFE, *INSIDE, *RESULTS, *SUPPLEMENTS, *LIMITS)
    ]
    return [recorded(event, n) for n, event in enumerate(samples, start=1)]


def test_stored_samples_of_every_version_are_read_and_written_the_same() -> None:
    check_samples(STORED, events, as_stored())
