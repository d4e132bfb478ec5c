"""What differs between two revisions, as people read it."""

from __future__ import annotations

from typing import Any

import pytest

from services.policy.differences import differences
from tests.services.policy.catalogue import FIXED, item_published
from tests.services.policy.matching.desk import HERE, RD, eligibility

BEFORE = item_published().model_dump(mode="json")


def difference(**after: Any) -> tuple[str, list[str], list[str]]:
    (change,) = differences(BEFORE | {"eligibility": None}, BEFORE | {"eligibility": None} | after)
    return change.label, change.removed, change.added


def test_what_says_the_same_does_not_differ() -> None:
    assert differences(BEFORE, BEFORE) == []


def test_conditions_are_compared_as_sentences() -> None:
    label, removed, added = difference(eligibility=eligibility(RD, None))
    assert (label, removed) == ("数据化申报条件", [])
    assert added == ["第1项条件：研发费用占营业收入的比例不低于5%", "第2项条件：由人核对"]
    before = BEFORE | {"eligibility": eligibility(RD, HERE)}
    (change,) = differences(before, BEFORE | {"eligibility": eligibility(RD | {"value": 300}, HERE)})
    assert [len(change.removed), len(change.added)] == [1, 1]
    assert "3%" in change.added[0]


@pytest.mark.parametrize(
    ("field", "after", "label", "added"),
    [
        ("window", {"kind": "year-round", "opens_on": None, "closes_on": None}, "申报时间", ["全年可申报"]),
        ("window", {"kind": "undetermined", "opens_on": None, "closes_on": None}, "申报时间", ["待定"]),
        ("procedure", "no-application", "办理方式", ["免申即享"]),
        ("amount_fen", 123_45, "最高金额", ["123.45元"]),
        ("amount_fen", None, "最高金额", []),
        ("towns", ["320281104"], "适用镇街", ["320281104"]),
        ("content", "给予补助。分两年拨付。", "扶持内容", ["给予补助。", "分两年拨付。"]),
    ],
)
def test_each_field_is_shown_in_words(field: str, after: Any, label: str, added: list[str]) -> None:
    shown, _, new = difference(**{field: after})
    assert (shown, new) == (label, added)


def test_a_window_that_ends_is_shown_with_its_days() -> None:
    _, removed, _ = difference(window={"kind": "undetermined", "opens_on": None, "closes_on": None})
    assert removed == [f"{FIXED.opens_on}至{FIXED.closes_on}"]


def test_a_guide_is_compared_part_by_part_and_sentence_by_sentence() -> None:
    guide = BEFORE["guide"]
    changed = guide | {"promised_days": guide["promised_days"] + 5, "process": [*guide["process"], "资金拨付"]}
    found = {change.field: change for change in differences(BEFORE, BEFORE | {"guide": changed})}
    assert set(found) == {"guide.promised_days", "guide.process"}
    assert (found["guide.process"].removed, found["guide.process"].added) == ([], ["资金拨付"])
    materials = [*guide["materials"], {"name": "发票", "required": False, "note": "复印件"}]
    (change,) = differences(BEFORE, BEFORE | {"guide": guide | {"materials": materials}})
    assert change.added == ["发票（可选），复印件"]
