"""A goal is checked whole; pure."""

from __future__ import annotations

from typing import Any

import pytest

from services.application.performance.goals import goal_of
from tests.services.application.performance.examples import INDICATORS, goal


def codes(**changes: Any) -> dict[str, str]:
    found, errors = goal_of(goal(**changes))
    assert (found is None) == bool(errors)
    assert all(error.message.endswith("。") for error in errors)
    return {error.field: error.code for error in errors}


def with_indicator(place: int, **changes: Any) -> dict[str, Any]:
    return {"indicators": [each | changes if n == place else each for n, each in enumerate(INDICATORS)]}


def test_a_whole_goal_is_taken_and_measured_indicators_have_their_unit() -> None:
    found, errors = goal_of(goal())
    assert found is not None and not errors
    assert [(each.key, each.unit, each.source) for each in found.indicators] == [
        ("1", "家", "enterprises-paid"),
        ("2", "万元", "typed"),
        ("3", "万元", "typed"),
        ("4", "%", "satisfied-share"),
    ]


def test_everything_wrong_is_said_at_once() -> None:
    wrong = [
        {"name": " ", "kind": "colour", "direction": "up", "target": "many", "weight": -1, "source": "guess"},
        INDICATORS[1] | {"most": 3, "unit": ""},
        INDICATORS[2] | {"most": 50},
    ]
    assert codes(text="", budget_fen=0, execution="magic", execution_weight="x", indicators=wrong) == {
        "goal.text": "missing",
        "goal.budget_fen": "no-budget",
        "goal.execution": "unknown",
        "goal.execution_weight": "no-weight",
        "goal.indicators": "class-missing",
        "goal.indicators.0.name": "no-name",
        "goal.indicators.0.kind": "unknown",
        "goal.indicators.0.direction": "unknown",
        "goal.indicators.0.target": "no-number",
        "goal.indicators.0.weight": "no-weight",
        "goal.indicators.0.source": "unknown",
        "goal.indicators.0.unit": "no-unit",
        "goal.indicators.1.most": "no-span",
        "goal.indicators.1.unit": "no-unit",
        "goal.indicators.2.most": "order",
    }


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        (with_indicator(0, weight=29.99), "goal.indicators", "weights"),
        ({"execution_weight": 20}, "goal.indicators", "weights"),
        (with_indicator(0, weight="1.001"), "goal.indicators.0.weight", "no-weight"),
        (with_indicator(0, unit="万家"), "goal.indicators.0.unit", "other-unit"),
        (with_indicator(1, target="1.00001"), "goal.indicators.1.target", "no-number"),
        (with_indicator(1, target="NaN"), "goal.indicators.1.target", "no-number"),
        (with_indicator(2, most=None), "goal.indicators.2.most", "no-number"),
        (with_indicator(3, name="单位成本"), "goal.indicators", "twice"),
        (with_indicator(3, kind="social"), "goal.indicators", "class-missing"),
    ],
)
def test_what_is_wrong_is_named_where_it_stands(changes: dict[str, Any], field: str, code: str) -> None:
    assert codes(**changes) == {field: code}


def test_weights_without_execution_make_a_hundred_too() -> None:
    assert codes(execution_weight=0, **with_indicator(0, weight=40)) == {}
