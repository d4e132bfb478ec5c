"""Facts that follow from others."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.computing import computed, ratio
from shared.contracts.facts import LARGEST, NumberBand, Span
from tests.services.registry.profiles import fact


def test_the_scale_names_what_it_was_computed_from_and_is_as_old_as_the_oldest_of_it() -> None:
    held = {
        "industry": fact("industry", "C3922", as_of=date(2025, 1, 1)),
        "employees": fact("employees", 320, as_of=date(2026, 2, 1), valid_until=date(2026, 12, 31)),
        "revenue": fact("revenue", 2_000_000_000_00, valid_until=date(2026, 6, 30)),
        "assets": fact("assets", 1, as_of=date(2020, 1, 1)),  # decides nothing in industry
    }
    scale = computed(held)["scale"]
    assert (scale.value, scale.inputs) == ("medium", ("industry", "employees", "revenue"))
    assert (scale.as_of, scale.valid_until) == (date(2025, 1, 1), date(2026, 6, 30))


def test_ratios_are_whole_basis_points_rounded_down() -> None:
    held = {
        "rd_expense": fact("rd_expense", 2),
        "revenue": fact("revenue", 3),
        "rd_staff": fact("rd_staff", 7),
        "employees": fact("employees", 100),
    }
    found = computed(held)
    assert (found["rd_ratio"].value, found["rd_staff_ratio"].value) == (6666, 700)
    assert found["rd_ratio"].inputs == ("rd_expense", "revenue")


def test_a_band_gives_a_band() -> None:
    held = {
        "rd_expense": fact("rd_expense", NumberBand(least=300, most=500)),
        "revenue": fact("revenue", NumberBand(least=10_000, most=20_000)),
    }
    assert computed(held)["rd_ratio"].value == NumberBand(least=150, most=500)
    open_band = held | {"revenue": fact("revenue", NumberBand(least=None, most=10_000))}
    assert "rd_ratio" not in computed(open_band)  # a revenue that may be negative says nothing


@pytest.mark.parametrize("revenue", [0, -5])
def test_nothing_is_divided_by_nothing(revenue: int) -> None:
    assert computed({"rd_expense": fact("rd_expense", 1), "revenue": fact("revenue", revenue)}) == {}


wholes = st.integers(0, 10**12)
spans = st.tuples(wholes, wholes | st.just(LARGEST)).map(lambda ends: Span(min(ends), max(ends)))


@given(spans, spans, st.integers(0, 10**12), st.integers(1, 10**12))
def test_the_ratio_of_any_two_values_lies_within_the_ratio_of_their_bands(
    part: Span, whole: Span, a: int, b: int
) -> None:
    found = ratio(part, whole)
    if found is not None and part.least <= a <= part.most and whole.least <= b <= whole.most:
        assert found.least <= a * 10_000 // b <= found.most


@given(st.integers(0, 10**12), st.integers(1, 10**12))
def test_exact_values_give_an_exact_ratio(part: int, whole: int) -> None:
    exact = part * 10_000 // whole
    assert ratio(Span(part, part), Span(whole, whole)) == Span(exact, exact)
