"""What policy decides about documents."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from services.policy.decider import document
from services.policy.keys import canonical_number, document_key
from shared.calendar import SHANGHAI
from shared.eventstore.decider import Because
from shared.security.actor import Actor, Role
from tests.services.policy.catalogue import BUREAU, HEAD, OF_ANOTHER, OFFICER, publish, published
from tests.support.deciding import given


def on(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 23, 59, tzinfo=SHANGHAI)


@pytest.mark.parametrize("actor", [OFFICER, HEAD, BUREAU])
def test_a_document_is_published_by_its_department_or_the_data_bureau(actor: Actor) -> None:
    given(document).when(publish(), actor=actor).then(published())


@pytest.mark.parametrize(
    "actor",
    [
        OF_ANOTHER,
        Actor(subject="reviewer", roles=(Role.REVIEWER,), department="gxj"),
        Actor(subject="applicant", roles=(Role.APPLICANT,), enterprise="91320281MA0Y0001XT"),
    ],
)
def test_nobody_else_publishes_a_document(actor: Actor) -> None:
    refusal = given(document).when(publish(), actor=actor).refused("policy.not-your-department")
    assert refusal.because is Because.FORBIDDEN


def test_everything_wrong_with_a_document_is_named_at_once() -> None:
    wrong = publish(number="", title=" ", disclosure="withheld", effective_on=date(2026, 2, 26), decided_on=None)
    given(document).when(wrong).refused(
        "policy.document-invalid", ["number", "title", "withheld_reason", "effective_on", "decided_on"]
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"issued_on": date(2026, 2, 26)}, "issued_on"),
        ({"issued_on": None}, "issued_on"),
        ({"decided_on": date(2026, 3, 3), "issued_on": date(2026, 3, 4), "effective_on": None}, "decided_on"),
    ],
)
def test_a_document_is_decided_before_it_is_issued_and_not_in_the_future(
    changes: dict[str, object], field: str
) -> None:
    given(document).when(publish(**changes)).refused("policy.document-invalid", [field])


def test_a_document_is_late_after_the_third_working_day_and_published_all_the_same() -> None:
    # Decided on Friday 27 February 2026; the 28th is a make-up Saturday, so the days are 28 February, 2 and 3 March.
    due = date(2026, 3, 3)
    given(document).when(publish(), at=on(3, 3)).then(published(publish_due_on=due, late=False))
    given(document).when(publish(), at=on(3, 4)).then(published(publish_due_on=due, late=True))


def test_a_withheld_document_has_no_day_to_be_public_on() -> None:
    withheld = {"disclosure": "withheld", "withheld_reason": "含有企业的商业秘密"}
    given(document).when(publish(**withheld), at=on(6, 1)).then(published(**withheld, publish_due_on=None))


def test_a_document_of_another_catalogue_may_come_without_the_day_of_its_decision() -> None:
    taken = {"origin": "catalogue", "decided_on": None}
    given(document).when(publish(**taken), at=on(6, 1)).then(published(**taken, publish_due_on=None))


def test_the_same_document_twice_is_one() -> None:
    given(document, published()).when(publish(), at=on(6, 1)).then()


def test_other_content_under_the_same_number_is_refused_naming_what_differs() -> None:
    changed = publish(title="另一个标题", themes=("其他",))
    refusal = given(document, published()).when(changed).refused("policy.document-exists", ["title", "themes"])
    assert refusal.because is Because.CONFLICT


@pytest.mark.parametrize("spelling", ["样例〔2026〕1 号", "样例[2026]1号", " 样例【2026】1号\n", "样例［2026］1号"])
def test_another_spelling_of_a_number_is_the_same_document(spelling: str) -> None:
    assert canonical_number(spelling) == "样例〔2026〕1号"
    assert document_key("gxj", spelling) == document_key("gxj", "样例〔2026〕1号")
    given(document, published()).when(publish(number=spelling)).then()


def test_keys_are_safe_and_tell_departments_and_numbers_apart() -> None:
    keys = {document_key(d, n) for d in ("gxj", "kjj") for n in ("样例〔2026〕1号", "样例〔2026〕2号")}
    assert len(keys) == 4
    assert all(key.isascii() and key.replace("-", "").isalnum() for key in keys)
