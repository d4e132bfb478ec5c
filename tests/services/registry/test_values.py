"""What people and spreadsheets write, read by the fact's kind."""

from __future__ import annotations

from typing import Any

import pytest

from services.registry.values import read_value
from shared.contracts.facts import BASE_CATALOGUE, DateBand, NumberBand


@pytest.mark.parametrize(
    ("key", "raw", "meant"),
    [
        ("employees", 120, 120),
        ("employees", " 120 ", 120),
        ("revenue_growth", "-350", -350),
        ("employees", "100..500", NumberBand(least=100, most=500)),
        ("employees", "100..", NumberBand(least=100)),
        ("employees", {"most": 500}, NumberBand(most=500)),
        ("above_scale", "是", True),
        ("above_scale", "FALSE", False),
        ("above_scale", True, True),
        ("scale", "小型", "small"),
        ("scale", "small", "small"),
        ("qualifications", "高新技术企业、绿色工厂", ("high-tech", "green-factory")),
        ("qualifications", ["高新技术企业", "其他称号"], ("high-tech", "其他称号")),
        ("qualifications", "", ()),
        ("industry", " C3922 ", "C3922"),
        ("established_on", "2019-05-06", "2019-05-06"),
        ("established_on", "20190506", "2019-05-06"),
        ("established_on", " 2019/05/06", "2019-05-06"),
        ("established_on", "去年", "去年"),
        ("established_on", {"earliest": "2019-01-01"}, DateBand.model_validate({"earliest": "2019-01-01"})),
        ("employees", "约百人", "约百人"),  # left for the check to refuse
    ],
)
def test_a_value_is_read_as_it_was_meant(key: str, raw: Any, meant: Any) -> None:
    found = read_value(BASE_CATALOGUE[key], raw)
    assert (found, type(found)) == (meant, type(meant))


@pytest.mark.parametrize("raw", [None, {"a": 1}, {"least": 5, "most": 1}, [1]])
def test_what_is_no_value_is_refused_with_a_sentence(raw: Any) -> None:
    with pytest.raises(ValueError, match=r"无法识别|核对"):
        read_value(BASE_CATALOGUE["employees"], raw)


def test_a_number_too_large_for_any_fact_is_left_for_the_check_to_refuse() -> None:
    assert read_value(BASE_CATALOGUE["employees"], "9" * 19) == 10**19 - 1
