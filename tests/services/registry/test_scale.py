"""统计上大中小微型企业划分办法（2017）: all industries, at and around every limit."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.scale import INDUSTRIES, SCALES, WAN, industries_of, scale_of
from shared.cli.loading import read_rows
from shared.contracts.facts import LARGEST, Span

CODE_OF = {name: industry.codes[0] for name, industry in INDUSTRIES.items()}
CHINESE = {"large": "大型", "medium": "中型", "small": "小型", "micro": "微型"}


def exactly(**numbers: int) -> dict[str, Span]:
    return {name: Span(number, number) for name, number in numbers.items()}


@pytest.mark.parametrize("name", INDUSTRIES)
@pytest.mark.parametrize("band", ["large", "medium", "small"])
def test_all_limits_at_once_make_the_band_and_one_below_makes_the_next(name: str, band: str) -> None:
    limits = {key: getattr(each, band) for key, each in INDUSTRIES[name].limits.items()}
    assert scale_of(CODE_OF[name], exactly(**limits)) == band
    below = SCALES[SCALES.index(band) - 1]
    for key in limits:
        assert scale_of(CODE_OF[name], exactly(**limits | {key: limits[key] - 1})) == below


def test_falling_short_by_more_than_a_band_falls_by_as_many() -> None:
    assert scale_of("C3922", exactly(employees=5000, revenue=299 * WAN)) == "micro"
    assert scale_of("C3922", exactly(employees=5000, revenue=300 * WAN)) == "small"


@pytest.mark.parametrize(
    ("code", "industry"),
    [
        ("B0610", "工业"), ("D", "工业"), ("F5132", "批发业"), ("F52", "零售业"), ("G5910", "交通运输业"),
        ("G5942", "仓储业"), ("I6420", "信息传输业"), ("K7010", "房地产开发经营"), ("K7020", "物业管理"),
        ("K7030", "其他未列明行业"), ("Q8412", "其他未列明行业"), ("L7224", "租赁和商务服务业"), ("R", "其他未列明行业"),
    ],
)  # fmt: skip
def test_a_code_belongs_to_its_industry_of_the_method(code: str, industry: str) -> None:
    assert industries_of(code) == (INDUSTRIES[industry],)


@pytest.mark.parametrize("code", ["G53", "J6610", "K704", "K70", "K", "P", "Q8311", "S", "T", "G"])
def test_an_industry_without_a_rule_or_too_wide_for_one_has_no_scale(code: str) -> None:
    assert scale_of(code, exactly(employees=10_000, revenue=10**14, assets=10**14)) is None


def test_a_wide_code_is_decided_where_all_its_industries_agree() -> None:
    assert scale_of("G59", exactly(employees=1_000, revenue=30_000 * WAN)) == "large"
    assert scale_of("G59", exactly(employees=200, revenue=30_000 * WAN)) is None  # storage: large; handling: small


def test_one_indicator_decides_alone_where_no_value_of_the_other_could_change_it() -> None:
    assert scale_of("C3922", exactly(employees=19)) == "micro"
    assert scale_of("C3922", exactly(employees=20)) is None


def test_a_band_decides_where_all_of_it_gives_the_same_scale() -> None:
    within = {"employees": Span(300, 999), "revenue": Span(2_000 * WAN, LARGEST)}
    assert scale_of("C3922", within) == "medium"
    assert scale_of("C3922", within | {"employees": Span(299, 999)}) is None


numbers = st.integers(0, 300_000 * WAN)
spans = st.tuples(numbers, numbers).map(lambda ends: Span(min(ends), max(ends)))


@given(st.sampled_from(sorted(INDUSTRIES)), numbers, numbers, numbers, numbers)
def test_more_of_an_indicator_never_makes_an_enterprise_smaller(name: str, x: int, y: int, z: int, more: int) -> None:
    base = {"employees": x, "revenue": y, "assets": z}
    before = scale_of(CODE_OF[name], exactly(**base))
    assert before is not None
    for key in base:
        after = scale_of(CODE_OF[name], exactly(**base | {key: base[key] + more}))
        assert after is not None
        assert SCALES.index(after) >= SCALES.index(before)


@given(st.sampled_from(sorted(INDUSTRIES)), spans, spans, spans, st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_what_a_band_decides_holds_for_every_value_in_it(
    name: str, x: Span, y: Span, z: Span, a: float, b: float, c: float
) -> None:
    found = scale_of(CODE_OF[name], {"employees": x, "revenue": y, "assets": z})
    if found is not None:
        point = {
            key: span.least + int((span.most - span.least) * part)
            for key, span, part in (("employees", x, a), ("revenue", y, b), ("assets", z, c))
        }
        assert scale_of(CODE_OF[name], exactly(**point)) == found


@pytest.mark.realdata
def test_every_boundary_case_of_the_method_is_as_expected(realdata: Path) -> None:
    rows = read_rows(realdata / "sme_size_cases.csv")
    assert len(rows) == 70
    for row in rows:
        known = {
            "employees": row["employees"] and int(Decimal(row["employees"])),
            "revenue": row["revenue_wan"] and int(Decimal(row["revenue_wan"]) * WAN),
            "assets": row["assets_wan"] and int(Decimal(row["assets_wan"]) * WAN),
        }
        found = scale_of(CODE_OF[row["industry"]], exactly(**{k: v for k, v in known.items() if v != ""}))
        assert CHINESE[found or ""] == row["expected"], row


@pytest.mark.realdata
def test_every_limit_stands_as_published(realdata: Path) -> None:
    of_letter = {"X": ("employees", 1), "Y": ("revenue", WAN), "Z": ("assets", WAN)}
    published: dict[str, set[str]] = {}
    for row in read_rows(realdata / "sme_size_thresholds_2017.csv"):
        name, unit = of_letter[row["indicator"]]
        limits = INDUSTRIES[row["industry"]].limits[name]
        expected = tuple(int(row[f"{band}_min"]) * unit for band in ("large", "medium", "small"))
        assert (limits.large, limits.medium, limits.small) == expected, row
        published.setdefault(row["industry"], set()).add(name)
    assert published == {name: set(industry.limits) for name, industry in INDUSTRIES.items()}
