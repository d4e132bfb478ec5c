"""An announcement decides: its days, who may object, what an upheld objection takes with it, who confirms."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.application.announcing.objectors import mobile_in
from services.application.announcing.owing import END, OBJECTION, deadlines_of
from services.application.decider.announcement import (
    AnnouncementCommand,
    AnnouncementState,
    AnnounceResults,
    ConfirmResults,
    DecideObjection,
    EndAnnouncement,
    Entry,
    RaiseObjection,
    RaiseObjectionOverdue,
    RecomputeAnnouncement,
    ShowObjector,
    announcement,
    contact_of,
)
from shared.calendar import AnnouncedYear
from shared.deadlines.book import Owed
from shared.eventstore.decider import Context, Refused
from shared.eventstore.events import Event, Recorded
from shared.readmodels.happened import from_log
from shared.security.actor import Actor, Role, system
from tests.services.application.applications import CALENDAR, ENTERPRISE, MONDAY, OFFICER, STRANGER, USCC, morning

HEAD = Actor(subject="head", roles=(Role.DEPARTMENT_HEAD,), department="gxj")
CITIZEN = Actor(subject="citizen", roles=(Role.APPLICANT,))
PLATFORM = system("application")
LATE, MUCH_LATER = date(2026, 3, 10), date(2026, 5, 6)
OF_ITEM: dict[str, Any] = {"item_id": "i", "item_code": "gxj-1", "item_title": "补助（样例）", "department": "gxj"}
ENTRIES = tuple(Entry(number=f"SB2026-{n}", enterprise=USCC, name="样例（样例）", amount_fen=100) for n in (1, 2))
ANNOUNCE = AnnounceResults(**OF_ITEM, period="2026", days=5, entries=ENTRIES)
OBJECT = RaiseObjection(against="SB2026-1", grounds="不符合条件（样例）。", contact=None)
UPHELD = DecideObjection(objection=1, outcome="upheld", reason="属实（样例）。", removed=("SB2026-1",))
REJECTED = DecideObjection(objection=1, outcome="rejected", reason="不属实（样例）。")
KNOWN = CALENDAR.revised(
    AnnouncedYear(
        year=2027, notice="国务院办公厅通知（样例）", days_off=(date(2027, 1, 1), date(2027, 1, 4)), make_up_days=()
    )
)
Done = tuple[AnnouncementCommand, Actor, date]


def told(*steps: Done) -> tuple[AnnouncementState | None, list[Event]]:
    state: AnnouncementState | None = None
    happened: list[Event] = []
    for command, actor, day in steps:
        for event in announcement.decide(state, command, Context(morning(day), CALENDAR, actor)):
            state = announcement.evolve(state, event)
            happened.append(event)
    return state, happened


def names(*steps: Done) -> list[str]:
    return [type(event).__name__ for event in told(*steps)[1]]


ANNOUNCED: Done = (ANNOUNCE, OFFICER, MONDAY)
OBJECTED: Done = (OBJECT, CITIZEN, MONDAY)
ENDED: Done = (EndAnnouncement(), PLATFORM, LATE)


def test_what_nobody_objects_to_is_final_after_its_days() -> None:
    assert names(ANNOUNCED, (EndAnnouncement(), PLATFORM, date(2026, 3, 9)), ENDED, ENDED) == [
        "ResultsAnnounced", "AnnouncementEnded",
    ]  # fmt: skip
    state, happened = told(ANNOUNCED, ENDED, (ConfirmResults(), HEAD, LATE), (ConfirmResults(), HEAD, LATE))
    assert [type(event).__name__ for event in happened][-1] == "ResultsConfirmed"
    assert state is not None and len(state.standing) == 2


def test_an_upheld_objection_removes_what_it_is_about() -> None:
    state, _ = told(ANNOUNCED, OBJECTED, (UPHELD, HEAD, LATE))
    assert state is not None and [entry.number for entry in state.standing] == ["SB2026-2"]


def test_the_department_learns_how_to_reach_an_objector_and_each_look_is_recorded() -> None:
    with_contact: Done = (OBJECT.model_copy(update={"contact": "sealed"}), CITIZEN, MONDAY)
    look: Done = (ShowObjector(objection=1), OFFICER, LATE)
    state, happened = told(ANNOUNCED, with_contact, look, look)
    assert [(event.objection, event.by) for event in happened[2:]] == [(1, "officer")] * 2  # type: ignore[attr-defined]
    assert contact_of(state, 1) == "sealed"


@pytest.mark.parametrize(
    ("written", "phone"),
    [
        ("19900000001", "19900000001"),
        ("样例人，手机１９９ ００００ ０００１", "19900000001"),
        ("199-0000-0001（样例）", "19900000001"),
        ("0510-80000000 19900000001", "19900000001"),
        ("0510-80000000", None),
        ("320281190001010001", None),
    ],
)
def test_the_mobile_number_is_found_in_what_was_written(written: str, phone: str | None) -> None:
    assert mobile_in(written) == phone


def test_an_objection_is_late_once_and_can_still_be_decided() -> None:
    overdue: Done = (RaiseObjectionOverdue(objection=1), PLATFORM, MUCH_LATER)
    assert names(ANNOUNCED, OBJECTED, overdue, overdue, (REJECTED, OFFICER, MUCH_LATER))[2:] == [
        "ObjectionOverdue", "ObjectionDecided",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        (((ANNOUNCE, STRANGER, MONDAY),), "application.not-your-department"),
        ((ANNOUNCED, ANNOUNCED), "application.announcement-exists"),
        ((OBJECTED,), "application.announcement-unknown"),
        ((ANNOUNCED, (OBJECT, OFFICER, MONDAY)), "application.objection-not-yours"),
        ((ANNOUNCED, (OBJECT, ENTERPRISE, LATE)), "application.announcement-over"),
        ((ANNOUNCED, (OBJECT.model_copy(update={"against": "x"}), CITIZEN, MONDAY)), "application.objection-invalid"),
        ((ANNOUNCED, OBJECTED, (UPHELD, STRANGER, LATE)), "application.not-your-department"),
        (
            (ANNOUNCED, OBJECTED, (UPHELD.model_copy(update={"removed": ()}), HEAD, LATE)),
            "application.objection-invalid",
        ),
        ((ANNOUNCED, OBJECTED, (REJECTED, HEAD, LATE), (UPHELD, HEAD, LATE)), "application.objection-decided"),
        ((ANNOUNCED, OBJECTED, (ShowObjector(objection=1), OFFICER, MONDAY)), "application.objector-unknown"),
        ((ANNOUNCED, OBJECTED, (ShowObjector(objection=2), OFFICER, MONDAY)), "application.objection-unknown"),
        ((ANNOUNCED, OBJECTED, (ShowObjector(objection=1), STRANGER, MONDAY)), "application.not-your-department"),
        ((ANNOUNCED, OBJECTED, (ShowObjector(objection=1), CITIZEN, MONDAY)), "application.not-your-department"),
        ((ANNOUNCED, (ConfirmResults(), HEAD, MONDAY)), "application.announcement-open"),
        ((ANNOUNCED, OBJECTED, ENDED, (ConfirmResults(), HEAD, LATE)), "application.objections-open"),
        ((ANNOUNCED, ENDED, (ConfirmResults(), OFFICER, LATE)), "application.four-eyes"),
        ((ANNOUNCED, (EndAnnouncement(), HEAD, LATE)), "application.platform-only"),
    ],
)
def test_what_cannot_be_done_is_refused(steps: tuple[Done, ...], code: str) -> None:
    with pytest.raises(Refused) as refused:
        told(*steps)
    assert refused.value.code == code


def test_withheld_results_need_a_reason_each() -> None:
    kept = tuple(entry.model_copy(update={"withheld": "personal-privacy"}) for entry in ENTRIES)
    with pytest.raises(Refused) as refused:
        told((ANNOUNCE.model_copy(update={"entries": kept}), OFFICER, MONDAY))
    assert len(refused.value.errors) == 2


def test_everything_owed_is_settled_by_what_it_comes_to() -> None:
    book: set[str] = set()
    steps: list[tuple[Done, set[str]]] = [
        (ANNOUNCED, {END}),
        (OBJECTED, {END, f"{OBJECTION}1"}),
        (ENDED, {f"{OBJECTION}1"}),
        ((REJECTED, HEAD, LATE), set()),
    ]
    done: list[Done] = []
    for step, owed in steps:
        before = len(told(*done)[1])
        done.append(step)
        for event in told(*done)[1][before:]:
            for change in deadlines_of(from_log(Recorded("announcement-a", 1, morning(MONDAY), event, OFFICER, "c"))):
                book = book | {change.kind} if isinstance(change, Owed) else book - {change.kind}
        assert book == owed


def test_days_and_objections_are_counted_again_when_the_years_calendar_is_announced() -> None:
    day = date(2026, 12, 28)
    state, happened = told((ANNOUNCE, OFFICER, day), (OBJECT, CITIZEN, day))
    assert state is not None
    rows = [change for event in happened for change in deadlines_of(from_log(_recorded(event, day)))]
    assert {each.kind: each.provisional for each in rows if isinstance(each, Owed)} == {
        END: True,
        f"{OBJECTION}1": True,
    }
    for command in (RecomputeAnnouncement(), RecomputeAnnouncement(objection=1)):
        assert announcement.decide(state, command, Context(morning(day), CALENDAR, PLATFORM)) == []
        (moved,) = announcement.decide(state, command, Context(morning(day), KNOWN, PLATFORM))
        state = announcement.evolve(state, moved)
        assert announcement.decide(state, command, Context(morning(day), KNOWN, PLATFORM)) == []
        (owed,) = deadlines_of(from_log(_recorded(moved, day)))
        assert isinstance(owed, Owed)
        (before,) = (each for each in rows if each.kind == owed.kind and isinstance(each, Owed))
        assert not owed.provisional
        assert owed.at > before.at
    assert not state.clock.due.provisional
    early = Context(morning(date(2027, 1, 5)), KNOWN, PLATFORM)
    assert announcement.decide(state, EndAnnouncement(), early) == [], "the day that held before is not the last one"
    late = Context(morning(date(2027, 3, 1)), KNOWN, PLATFORM)
    assert announcement.decide(state, EndAnnouncement(), late)


def _recorded(event: Event, day: date) -> Recorded:
    return Recorded("announcement-gxj-1.2026.1", 1, morning(day), event, OFFICER, "command")
