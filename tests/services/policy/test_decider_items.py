"""What policy decides about items."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.policy.decider import AdoptItem, DraftAndPublishItem, DraftItem, PublishItem, item
from services.policy.events import Material, Window
from shared.eventstore.decider import Because
from tests.services.policy.catalogue import (
    BUREAU,
    GUIDE,
    OF_ANOTHER,
    OFFICER,
    PARTS,
    REF,
    WITHHELD_REF,
    draft,
    drafted,
    item_published,
)
from tests.support.deciding import given

AT_ONCE = DraftAndPublishItem
NOTHING: dict[str, Any] = {"guide": {}}


def without(part: str) -> dict[str, Any]:
    return {name: value for name, value in GUIDE.items() if name != part}


def test_a_draft_may_be_incomplete_and_written_anew() -> None:
    bare = {"title": "", "support_type": "", "procedure": None, "window": None, "guide": {}}
    given(item).when(draft(**bare), actor=OFFICER).then(drafted(**bare))
    given(item, drafted(**bare)).when(draft(), actor=OFFICER).then(drafted())
    given(item, drafted()).when(draft(), actor=OFFICER).then()


def test_a_complete_draft_is_published_once() -> None:
    given(item, drafted()).when(PublishItem(document=REF), actor=OFFICER).then(item_published())
    given(item, drafted(), item_published()).when(PublishItem(document=REF), actor=OFFICER).then()


def test_an_item_is_drafted_and_published_at_once() -> None:
    given(item).when(draft(AT_ONCE), actor=OFFICER).then(drafted(), item_published())
    given(item, drafted()).when(draft(AT_ONCE), actor=BUREAU).then(item_published())
    given(item, drafted(), item_published()).when(draft(AT_ONCE), actor=OFFICER).then()


@pytest.mark.parametrize("part", PARTS)
def test_a_guide_without_one_part_is_incomplete(part: str) -> None:
    given(item).when(draft(AT_ONCE, guide=without(part))).refused("policy.guide-incomplete", [f"guide.{part}"])
    stored = drafted(guide=without(part))
    given(item, stored).when(PublishItem(document=REF)).refused("policy.guide-incomplete", [f"guide.{part}"])


def test_everything_missing_is_named_at_once_together_with_whatever_else_is_wrong() -> None:
    wrong = draft(
        AT_ONCE,
        title="",
        support_type=" ",
        procedure=None,
        amount_fen=-1,
        document=None,
        window={"kind": "fixed", "opens_on": "2026-06-30", "closes_on": "2026-04-01"},
        guide={"materials": [{"name": "", "note": "复印件"}]},
    )
    fields = ["document_number", "title", "support_type", "procedure", "amount_fen", "window.closes_on"]
    fields += [f"guide.{part}" for part in PARTS if part != "materials"]
    fields += ["guide.materials.0.name", "guide.materials.0.required"]
    refusal = given(item).when(wrong).refused("policy.guide-incomplete", fields)
    assert refusal.because is Because.INVALID
    assert f"{len(fields)}处" in refusal.title
    assert all(error.message.endswith("。") for error in refusal.errors)


def test_blank_lines_are_no_conditions() -> None:
    given(item).when(draft(AT_ONCE, guide=GUIDE | {"conditions": ["  ", ""]})).refused(
        "policy.guide-incomplete", ["guide.conditions"]
    )


@pytest.mark.parametrize("days", [0, 366, -3])
def test_a_promise_is_between_one_and_365_working_days(days: int) -> None:
    guide = GUIDE | {"promised_days": days}
    given(item).when(draft(AT_ONCE, guide=guide)).refused("policy.item-invalid", ["guide.promised_days"])


@pytest.mark.parametrize("days", [1, 365])
def test_the_shortest_and_the_longest_promise_are_taken(days: int) -> None:
    guide = GUIDE | {"promised_days": days}
    assert len(given(item).when(draft(AT_ONCE, guide=guide)).events) == 2


def test_a_phone_without_a_number_is_refused() -> None:
    guide = GUIDE | {"phone": "待定"}
    given(item).when(draft(AT_ONCE, guide=guide)).refused("policy.item-invalid", ["guide.phone"])


@pytest.mark.parametrize(
    ("window", "fields"),
    [
        (None, ["window"]),
        ({"kind": "fixed"}, ["window.opens_on", "window.closes_on"]),
        ({"kind": "fixed", "opens_on": "2026-04-01"}, ["window.closes_on"]),
        ({"kind": "year-round", "closes_on": "2026-04-01"}, ["window.closes_on"]),
        ({"kind": "undetermined", "opens_on": "2026-04-01"}, ["window.opens_on"]),
    ],
)
def test_a_window_must_agree_with_its_kind(window: dict[str, str] | None, fields: list[str]) -> None:
    given(item).when(draft(AT_ONCE, window=window)).refused("policy.item-invalid", fields)


def test_a_window_of_one_day_is_one() -> None:
    day = Window(kind="fixed", opens_on=date(2026, 4, 1), closes_on=date(2026, 4, 1))
    given(item).when(draft(AT_ONCE, window=day)).then(drafted(window=day), item_published(window=day))


def test_an_item_without_a_document_stays_a_draft() -> None:
    nameless = {"document": None, "document_number": None}
    given(item).when(draft(**nameless)).then(drafted(document=None))
    given(item).when(draft(AT_ONCE, **nameless)).refused("policy.item-invalid", ["document_number"])
    given(item, drafted(document=None)).when(PublishItem()).refused("policy.item-invalid", ["document_number"])


@pytest.mark.parametrize("kind", [DraftItem, AdoptItem, AT_ONCE])
def test_a_document_that_is_named_must_be_known(kind: type[DraftItem]) -> None:
    given(item).when(draft(kind, document=None)).refused("policy.item-invalid", ["document_number"])
    by_id = draft(kind, document=None, document_number=None, document_id="gxj-0")
    given(item).when(by_id).refused("policy.item-invalid", ["document_id"])


def test_another_departments_withheld_document_is_as_unknown_as_none() -> None:
    theirs = draft(department="kjj", document=WITHHELD_REF, document_id=WITHHELD_REF.id)
    unknown = given(item).when(theirs, actor=OF_ANOTHER).refused("policy.item-invalid", ["document_id"])
    absent = given(item).when(theirs.model_copy(update={"document": None}), actor=OF_ANOTHER)
    assert absent.refused("policy.item-invalid").errors == unknown.errors


def test_another_departments_public_document_may_be_rested_on() -> None:
    theirs = draft(department="kjj", document_id=REF.id)
    given(item).when(theirs, actor=OF_ANOTHER).then(drafted(department="kjj"))


def test_an_item_of_a_withheld_document_is_published_within_its_department() -> None:
    own = {"document": WITHHELD_REF}
    given(item).when(draft(AT_ONCE, **own), actor=OFFICER).then(drafted(**own), item_published(**own))


def test_nobody_writes_or_publishes_another_departments_item() -> None:
    given(item).when(draft(), actor=OF_ANOTHER).refused("policy.not-your-department")
    given(item, drafted()).when(PublishItem(document=REF), actor=OF_ANOTHER).refused("policy.not-your-department")


@pytest.mark.parametrize("kind", [DraftItem, AdoptItem, AT_ONCE])
def test_a_code_belongs_to_the_department_that_used_it_first(kind: type[DraftItem]) -> None:
    theirs = draft(kind, department="kjj")
    given(item, drafted()).when(theirs, actor=OF_ANOTHER).refused("policy.item-code-taken", ["code"])


@pytest.mark.parametrize("kind", [DraftItem, AT_ONCE])
def test_a_published_item_no_longer_changes_by_drafting(kind: type[DraftItem]) -> None:
    past = (drafted(), item_published())
    given(item, *past).when(draft(kind, title="另一个名称")).refused("policy.item-published", ["title"])
    given(item, *past).when(draft(kind)).then()


def test_what_is_taken_from_another_catalogue_never_overwrites_what_a_clerk_has_written() -> None:
    card = draft(AdoptItem, title="卡片上的名称", guide={})
    given(item).when(card).then(drafted(title="卡片上的名称", guide={}))
    given(item, drafted()).when(card).then()
    given(item, drafted(), item_published()).when(card).then()


def test_publishing_takes_the_draft_that_was_looked_at() -> None:
    other = REF.model_copy(update={"id": "gxj-other"})
    given(item, drafted()).when(PublishItem(document=other)).refused("policy.item-moved")


def test_publishing_follows_what_the_record_says_of_the_document_now() -> None:
    given(item, drafted()).when(PublishItem(document=WITHHELD_REF)).then(item_published(document=WITHHELD_REF))


def test_an_unknown_item_is_not_published() -> None:
    assert given(item).when(PublishItem()).refused("policy.item-unknown").because is Because.NOT_FOUND


def test_a_material_says_whether_it_is_required() -> None:
    open_question = GUIDE | {"materials": [Material(name="设备发票")]}
    given(item).when(draft(AT_ONCE, guide=open_question)).refused(
        "policy.guide-incomplete", ["guide.materials.0.required"]
    )
