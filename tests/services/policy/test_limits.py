"""The three working days of articles 11 and 12, and what amending and revising refuse."""

from __future__ import annotations

from datetime import date, datetime

from services.policy.decider import document, item
from services.policy.decider.document import RecordDecision, ReviseDocument
from services.policy.decider.item import DecideWindow, PutWindowOnline, RepealItem
from services.policy.decider.limits import RaisePublicationDueSoon, RaisePublicationOverdue
from services.policy.events import ItemAmended, Window
from services.policy.events.catalogue import DecisionRecorded, PublicationDueSoon, PublicationOverdue, WindowDecided
from services.policy.publishing import publish
from shared.calendar import SHANGHAI
from shared.eventstore.events import Recorded
from tests.services.policy.catalogue import (
    CODE,
    FIXED,
    NUMBER,
    OF_ANOTHER,
    OFFICER,
    REF,
    WITHHELD_REF,
    item_published,
    published,
)
from tests.services.policy.catalogue import drafted as item_drafted
from tests.support.deciding import given

DAY, DUE = date(2026, 3, 2), date(2026, 3, 5)
LIMIT = {"number": NUMBER, "department": "gxj", "title": "", "decision": "new", "decided_on": DAY, "due_on": DUE}
RECORDED = DecisionRecorded(**LIMIT, provisional=False)
UNDECIDED = item_published(window=Window(kind="undetermined"))
DECIDED = WindowDecided(
    code=CODE, title=UNDECIDED.title, department="gxj", document=REF, window=FIXED, decided_on=DAY, due_on=DUE,
    provisional=False,
)  # fmt: skip


def on(day: int) -> datetime:
    return datetime(2026, 3, day, 9, tzinfo=SHANGHAI)


def test_a_decision_is_due_three_working_days_later_and_warned_of_once_on_the_last() -> None:
    command = RecordDecision(number=NUMBER, department="gxj", decision="new", decided_on=DAY)
    given(document).when(command, actor=OFFICER).then(RECORDED)
    soon = PublicationDueSoon(**LIMIT)
    given(document, RECORDED).when(RaisePublicationDueSoon(), at=on(5)).then(soon)
    given(document, RECORDED, soon).when(RaisePublicationDueSoon(), at=on(5)).then()
    given(document, RECORDED).when(RaisePublicationOverdue(), at=on(5)).then()


def test_after_the_last_day_it_is_overdue_once_and_never_when_it_was_published() -> None:
    overdue = PublicationOverdue(**LIMIT)
    given(document, RECORDED).when(RaisePublicationOverdue(), at=on(6)).then(overdue)
    given(document, RECORDED, overdue).when(RaisePublicationOverdue(), at=on(6)).then()
    given(document, RECORDED, published()).when(RaisePublicationOverdue(), at=on(6)).then()


def test_a_decided_window_goes_online_as_a_revision_that_settles_the_limit() -> None:
    past = (item_drafted(window=UNDECIDED.window), UNDECIDED)
    given(item, *past).when(DecideWindow(window=FIXED, decided_on=DAY), actor=OFFICER).then(DECIDED)
    outcome = given(item, *past, DECIDED).when(PutWindowOnline(), actor=OFFICER)
    (amended,) = outcome.events
    assert isinstance(amended, ItemAmended)
    assert (amended.window, amended.revision) == (FIXED, 2)
    given(item, *past, DECIDED, amended).when(RaisePublicationOverdue(), at=on(6)).then()
    given(item, *past, DECIDED).when(RaisePublicationOverdue(), at=on(6)).then(
        PublicationOverdue(**(LIMIT | {"number": CODE, "title": UNDECIDED.title, "decision": "window"}))
    )


def test_nothing_is_raised_for_the_window_of_a_withheld_item() -> None:
    past = (item_drafted(window=UNDECIDED.window), UNDECIDED, DECIDED.model_copy(update={"document": WITHHELD_REF}))
    given(item, *past).when(RaisePublicationOverdue(), at=on(6)).then()


def test_a_revision_without_a_reason_and_on_an_older_one_is_refused() -> None:
    content = published().model_dump(exclude={"origin", "publish_due_on", "late"}) | {"title": "另一个标题"}
    revise = ReviseDocument(**content, expected_revision=1)
    given(document, published()).when(revise, actor=OFFICER).refused("policy.document-invalid", ["reason"])
    older = revise.model_copy(update={"expected_revision": 2, "reason": "更正。"})
    given(document, published()).when(older, actor=OFFICER).refused("policy.revision-moved", ["expected_revision"])


def test_another_department_repeals_nothing() -> None:
    repeal = RepealItem(reason="到期。", decided_on=DAY)
    given(item, item_drafted(), item_published()).when(repeal, actor=OF_ANOTHER).refused("policy.not-your-department")


def test_what_becomes_withheld_is_withdrawn_without_a_word_of_what_it_says() -> None:
    amended = ItemAmended(
        **item_published(document=WITHHELD_REF).model_dump(), revision=2, reason="机密理由。", decided_on=DAY,
        transition_until=None, disclosed_before="public",
    )  # fmt: skip
    outgoing = publish(Recorded(f"item-{CODE}", 3, on(2), amended, OFFICER, "command-1"))
    assert outgoing is not None
    assert set(outgoing.event.model_dump()) == {"item_id", "code", "document_id", "department"}
