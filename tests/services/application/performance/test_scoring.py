"""Values become scores by the stated rules; pure."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.application.events.performance import Indicator
from services.application.performance.scoring import deviation, executed, grade, needs_reason, score

NUMBERS = st.decimals(-10_000, 10_000, places=2)


def indicator(direction: str, target: Decimal | float | str, most: str | None = None, weight: str = "20") -> Indicator:
    bounds = {"target": Decimal(str(target)), "most": None if most is None else Decimal(most)}
    about = {"key": "1", "name": "n", "kind": "quantity", "unit": "家", "source": "typed"}
    return Indicator(**about, **bounds, direction=direction, weight=Decimal(weight))


@pytest.mark.parametrize(
    ("direction", "target", "most", "value", "points", "off"),
    [
        ("at-least", "10", None, "10", "20.00", "0.00"),
        ("at-least", "10", None, "7", "14.00", "30.00"),
        ("at-least", "3", None, "2", "13.33", "33.33"),
        ("at-least", "10", None, "25", "20.00", "150.00"),
        ("at-least", "10", None, "-1", "0.00", "110.00"),
        ("at-least", "0", None, "0", "20.00", "0.00"),
        ("at-least", "0", None, "-1", "0.00", None),
        ("at-most", "10", None, "8", "20.00", "20.00"),
        ("at-most", "10", None, "16", "12.50", "60.00"),
        ("at-most", "0", None, "0", "20.00", "0.00"),
        ("at-most", "0", None, "1", "0.00", None),
        ("equal", "10", None, "10", "20.00", "0.00"),
        ("equal", "10", None, "12", "16.00", "20.00"),
        ("equal", "10", None, "8", "16.00", "20.00"),
        ("equal", "10", None, "21", "0.00", "110.00"),
        ("equal", "0", None, "1", "0.00", None),
        ("between", "10", "20", "15", "20.00", "0.00"),
        ("between", "10", "20", "10", "20.00", "0.00"),
        ("between", "10", "20", "5", "10.00", "50.00"),
        ("between", "10", "20", "40", "10.00", "100.00"),
        ("between", "-5", "-1", "0", "0.00", "100.00"),
    ],
)
def test_a_value_scores_by_its_direction(
    direction: str, target: str, most: str | None, value: str, points: str, off: str | None
) -> None:
    about = indicator(direction, target, most)
    assert str(score(about, Decimal(value))) == points
    found = deviation(about, Decimal(value))
    assert (None if found is None else str(found)) == off


@given(
    direction=st.sampled_from(["at-least", "at-most", "equal", "between"]),
    target=NUMBERS,
    more=st.decimals(0, 100, places=2),
    value=NUMBERS,
    weight=st.decimals("0.01", 100, places=2),
)
def test_no_score_is_beyond_its_weight_and_what_is_reached_has_it_all(
    direction: str, target: Decimal, more: Decimal, value: Decimal, weight: Decimal
) -> None:
    most = target + more
    about = indicator(direction, target, str(most) if direction == "between" else None, str(weight))
    points = score(about, value)
    assert 0 <= points <= weight
    reached = {
        "at-least": value >= target,
        "at-most": value <= target,
        "equal": value == target,
        "between": target <= value <= most,
    }[direction]
    assert points == weight or not reached


@given(target=st.decimals("0.01", 1000, places=2), values=st.tuples(NUMBERS, NUMBERS))
def test_more_of_what_is_wanted_never_scores_less(target: Decimal, values: tuple[Decimal, Decimal]) -> None:
    less, more = sorted(values)
    assert score(indicator("at-least", target), less) <= score(indicator("at-least", target), more)
    assert score(indicator("at-most", target), less) >= score(indicator("at-most", target), more)


def test_above_thirty_percent_a_reason_is_needed() -> None:
    assert not needs_reason(Decimal("30.00"))
    assert needs_reason(Decimal("30.01"))
    assert needs_reason(None)


@pytest.mark.parametrize(
    ("fen", "rate", "points"),
    [(0, "0.00", "0.00"), (333, "33.30", "3.33"), (1000, "100.00", "10.00"), (1500, "150.00", "10.00")],
)
def test_execution_is_a_share_of_the_budget_and_no_more(fen: int, rate: str, points: str) -> None:
    assert [str(each) for each in executed(1000, fen, Decimal(10))] == [rate, points]


@pytest.mark.parametrize(
    ("total", "name"),
    [
        ("100", "excellent"),
        ("90", "excellent"),
        ("89.99", "good"),
        ("80", "good"),
        ("79.99", "fair"),
        ("60", "fair"),
        ("59.99", "poor"),
    ],
)
def test_grades_begin_at_their_bounds(total: str, name: str) -> None:
    assert grade(Decimal(total)) == name
