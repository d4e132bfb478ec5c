"""Answers are judged whole, as the standard says, and every error is a Chinese sentence."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from services.application.definition.answers import as_entered, judge, tidy
from services.application.definition.formats import CHECKER, FORMATS, fen_of, yuan_of
from tests.services.application.forms.forms import FORM, RIGHT

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from(["样例", "", "  ", 3, None]),
    "staff": st.sampled_from([1, 0, 2.0, 2.5, True, "3", 2**60]),
    "contact": st.sampled_from(["19900000001", "0510-8680 0000", "12", "１９９００００００１"]),
    "way": st.sampled_from(["bought", "leased", "stolen", 1]),
    "amount": st.sampled_from(["1", "0.99", "100000.01", "4万", "1,000.5 元", "-3", "1.234", "NaN", 5]),
    "bought_on": st.sampled_from(["2026-02-30", "2025-12-31", "2026-03-02", "20260302"]),
    "rows": st.sampled_from(
        [
            [],
            [{}],
            [{"model": "A", "price": "1"}],
            [{"model": "A"}, {"price": "x"}],
            [{"model": "A" * 21}] * 4,
            "A",
            [1],
        ]
    ),
    "lessor": st.sampled_from(["样例", "", 1]),
    "seller": st.sampled_from(["样例", None]),
    "other": st.just("x"),
}


@given(st.fixed_dictionaries({}, optional=VALUES))
def test_what_is_right_is_what_the_standard_says(answers: dict[str, Any]) -> None:
    entered = tidy(FORM, answers)
    standard = Draft202012Validator(FORM.answers, format_checker=CHECKER).is_valid(entered)
    ours = [error for error in judge(FORM, answers).errors if error.code not in ("formatMinimum", "formatMaximum")]
    assert (not ours) is standard, (entered, ours)  # bounds of amounts and days are an extension


@given(st.fixed_dictionaries({}, optional=VALUES))
def test_every_error_is_a_sentence_that_says_where(answers: dict[str, Any]) -> None:
    for error in judge(FORM, answers).errors:
        assert error.field.startswith("answers.") and error.message.endswith("。") and "“" in error.message


@given(st.fixed_dictionaries({}, optional=VALUES))
def test_what_is_kept_reads_back_as_it_was_entered(answers: dict[str, Any]) -> None:
    kept, errors = judge(FORM, answers)
    if not errors:
        assert judge(FORM, as_entered(FORM, kept)).kept == kept


def test_everything_is_said_at_once() -> None:
    wrong = {
        "staff": 0, "contact": "12", "way": "leased", "seller": "样例", "amount": "200000", "bought_on": "2025-01-01",
        "rows": [{"model": "A", "price": "1"}, {"price": "一元"}], "more": 1,
    }  # fmt: skip
    assert [(each.field, each.message) for each in judge(FORM, wrong).errors] == [
        ("answers.name", "请填写“企业名称”。"),
        ("answers.staff", "“从业人员”不能小于1。"),
        ("answers.contact", "“联系电话”应为手机号码，或带区号的固定电话。"),
        ("answers.amount", "“申请金额”不能大于100000元。"),
        ("answers.bought_on", "“购置日期”不能早于2026-01-01。"),
        ("answers.rows.1.model", "“设备”第2项：请填写“型号”。"),
        ("answers.rows.1.price", "“设备”第2项：“价格”应为以元为单位、不小于零、最多两位小数的金额，例如 40000.50。"),
        ("answers.lessor", "请填写“出租方”。"),
        ("answers.seller", "按其他选项，不需要填写“卖方”，请删去或改正有关选项。"),
        ("answers.more", "表单中没有“more”这一项，请删去。"),
    ]


def test_amounts_are_entered_in_yuan_and_kept_in_fen() -> None:
    kept = judge(FORM, RIGHT | {"rows": [{"model": "A", "price": "￥１，２３４．５"}]}).kept
    assert (kept["amount"], kept["rows"][0]["price"]) == (4_000_050, 123_450)
    assert as_entered(FORM, kept)["amount"] == "40000.50"


@given(st.integers(0, 2**62))
def test_no_fen_is_lost(fen: int) -> None:
    assert fen_of(yuan_of(fen)) == fen


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("uscc", "91320281MA0Y00016Q", "91320281MA0Y00016A"),
        ("identity-number", "11010519491231002X", "110105194912310021"),
        ("phone", "19900000001", "1990000000"),
        ("bank-account", "6222000000000000000", "6222"),
        ("postal-code", "214400", "21440"),
        ("email", "name@example.cn", "name@example"),
        ("date", "2026-03-02", "2026-3-2"),
        ("amount", "0.01", "0.001"),
        ("file", "0123ABCD", "a b"),
    ],
)
def test_a_format_takes_what_is_right_and_refuses_what_is_not(kind: str, right: str, wrong: str) -> None:
    assert FORMATS[kind].right(right)
    assert not FORMATS[kind].right(wrong)
