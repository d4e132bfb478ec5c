"""What each enterprise is to have, by a fact; pure."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from services.application.grants.amounts import AmountTable
from services.application.grants.matched_forms import MatchedForm
from shared.contracts.rolls import FactOnRoll

BY_SCALE = {"fact": "scale", "lines": [{"is": "small", "amount": "500"}, {"is": "micro", "amount": "300.50"}]}
BY_STAFF = {"fact": "employees", "lines": [{"at_least": 100, "amount": "900"}, {"at_least": 20, "amount": "400"}]}
BY_PLACE = {"fact": "division", "lines": [{"is": "320281104", "amount": "2"}, {"is": "320281", "amount": "1"}]}
BY_FLAG = {"fact": "listed", "lines": [{"is": True, "amount": "7"}], "otherwise": "1"}
BY_TITLE = {"fact": "qualifications", "lines": [{"is": "high-tech", "amount": "9"}]}


def span(least: int, most: int | None = None) -> FactOnRoll:
    return FactOnRoll(least=least, most=least if most is None else most)


@pytest.mark.parametrize(
    ("table", "value", "fen"),
    [
        (BY_SCALE, FactOnRoll(option="small"), 50_000),
        (BY_SCALE, FactOnRoll(option="micro"), 30_050),
        (BY_STAFF, span(20), 40_000),
        (BY_STAFF, span(99), 40_000),
        (BY_STAFF, span(100), 90_000),
        (BY_STAFF, span(30, 60), 40_000),
        (BY_PLACE, FactOnRoll(code="320281104001"), 200),
        (BY_PLACE, FactOnRoll(code="320281105"), 100),
        (BY_FLAG, span(1), 700),
        (BY_FLAG, span(0), 100),
        (BY_TITLE, FactOnRoll(members=("green-factory", "high-tech")), 900),
    ],
)
def test_a_line_that_fits_says_how_much(table: dict[str, Any], value: FactOnRoll, fen: int) -> None:
    assert AmountTable.model_validate(table).fen_for(value) == fen


@pytest.mark.parametrize(
    ("table", "value", "why"),
    [
        (BY_SCALE, None, "没有记载"),
        (BY_SCALE, FactOnRoll(), "没有记载"),
        (BY_SCALE, FactOnRoll(option="large"), "没有适用"),
        (BY_SCALE, FactOnRoll(option="smaller"), "没有适用"),
        (BY_STAFF, span(19), "没有适用"),
        (BY_STAFF, span(90, 110), "跨越"),
        (BY_STAFF, FactOnRoll(option="small"), "不是数值"),
        (BY_TITLE, FactOnRoll(members=()), "没有适用"),
    ],
)
def test_where_nothing_fits_or_is_known_there_is_no_amount(
    table: dict[str, Any], value: FactOnRoll | None, why: str
) -> None:
    with pytest.raises(ValueError, match=why) as refused:
        AmountTable.model_validate(table).fen_for(value)
    assert str(refused.value).endswith("。")


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"amount": "1", "amount_by": BY_SCALE},
        {"amount": "0"},
        {"amount_by": {"fact": "scale", "lines": []}},
        {"amount_by": {"fact": "scale", "lines": [{"amount": "1"}]}},
        {"amount_by": {"fact": "scale", "lines": [{"is": "a", "at_least": 1, "amount": "1"}]}},
        {"amount_by": {"fact": "scale", "lines": [{"is": "a", "amount": "1"}, {"at_least": 1, "amount": "1"}]}},
        {"amount_by": {"fact": "scale", "lines": [{"is": "a", "amount": "1"}, {"is": "a", "amount": "2"}]}},
    ],
)
def test_a_table_is_of_one_kind_and_says_nothing_twice(form: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MatchedForm.model_validate(form)
