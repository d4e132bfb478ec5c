"""Large, medium, small or micro: 统计上大中小微型企业划分办法（2017）, by GB/T 4754-2017, employees, revenue and assets.

A large, medium or small enterprise reaches all limits of its industry at once; one that misses any of them falls into the
next band. So an enterprise is as large as the least of its indicators says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.contracts.facts import LARGEST, SMALLEST, Span

SCALES = ("micro", "small", "medium", "large")
WAN = 1_000_000  # 1万元 in fen
_ANYTHING = Span(SMALLEST, LARGEST)


@dataclass(frozen=True, slots=True)
class Limits:
    """The least value of each band: persons, or fen."""

    large: int
    medium: int
    small: int

    def band(self, number: int) -> int:
        """The place in `SCALES` that this number alone would give."""
        return (number >= self.small) + (number >= self.medium) + (number >= self.large)


@dataclass(frozen=True, slots=True)
class Industry:
    """An industry of the method: the codes under it, and the limits of each indicator that decides."""

    codes: tuple[str, ...]
    limits: Mapping[str, Limits]


def _wan(large: int, medium: int, small: int) -> Limits:
    return Limits(large * WAN, medium * WAN, small * WAN)


INDUSTRIES: Mapping[str, Industry] = {
    "农、林、牧、渔业": Industry(("A",), {"revenue": _wan(20_000, 500, 50)}),
    "工业": Industry(("B", "C", "D"), {"employees": Limits(1_000, 300, 20), "revenue": _wan(40_000, 2_000, 300)}),
    "建筑业": Industry(("E",), {"revenue": _wan(80_000, 6_000, 300), "assets": _wan(80_000, 5_000, 300)}),
    "批发业": Industry(("F51",), {"employees": Limits(200, 20, 5), "revenue": _wan(40_000, 5_000, 1_000)}),
    "零售业": Industry(("F52",), {"employees": Limits(300, 50, 10), "revenue": _wan(20_000, 500, 100)}),
    # Railways are left out by the method; loading and handling (591) stands with transport, not with storage.
    "交通运输业": Industry(
        ("G54", "G55", "G56", "G57", "G58", "G591"),
        {"employees": Limits(1_000, 300, 20), "revenue": _wan(30_000, 3_000, 200)},
    ),
    "仓储业": Industry(
        tuple(f"G59{n}" for n in range(2, 10)),
        {"employees": Limits(200, 100, 20), "revenue": _wan(30_000, 1_000, 100)},
    ),
    "邮政业": Industry(("G60",), {"employees": Limits(1_000, 300, 20), "revenue": _wan(30_000, 2_000, 100)}),
    "住宿业": Industry(("H61",), {"employees": Limits(300, 100, 10), "revenue": _wan(10_000, 2_000, 100)}),
    "餐饮业": Industry(("H62",), {"employees": Limits(300, 100, 10), "revenue": _wan(10_000, 2_000, 100)}),
    "信息传输业": Industry(("I63", "I64"), {"employees": Limits(2_000, 100, 10), "revenue": _wan(100_000, 1_000, 100)}),
    "软件和信息技术服务业": Industry(("I65",), {"employees": Limits(300, 100, 10), "revenue": _wan(10_000, 1_000, 50)}),
    "房地产开发经营": Industry(("K701",), {"revenue": _wan(200_000, 1_000, 100), "assets": _wan(10_000, 5_000, 2_000)}),
    "物业管理": Industry(("K702",), {"employees": Limits(1_000, 300, 100), "revenue": _wan(5_000, 1_000, 500)}),
    "租赁和商务服务业": Industry(("L",), {"employees": Limits(300, 100, 10), "assets": _wan(120_000, 8_000, 100)}),
    # 社会工作 is Q84; health (Q83) has no rule, nor has letting one's own premises (K704).
    "其他未列明行业": Industry(("K703", "K709", "M", "N", "O", "Q84", "R"), {"employees": Limits(300, 100, 10)}),
}
# Wider codes that lie wholly within several industries of the method: decided where all of these agree.
_WHOLLY_WITHIN = ("F", "G59", "H", "I")


def industries_of(code: str) -> tuple[Industry, ...]:
    """The industries that a code of GB/T 4754-2017 (with its section's letter) may belong to; none: no rule, no scale."""
    own = tuple(each for each in INDUSTRIES.values() if code.startswith(each.codes))
    if own or code not in _WHOLLY_WITHIN:
        return own
    return tuple(each for each in INDUSTRIES.values() if any(known.startswith(code) for known in each.codes))


def scale_of(code: str, indicators: Mapping[str, Span]) -> str | None:
    """`large`, `medium`, `small` or `micro`; None where the method has no rule, or what is known leaves it open.

    `indicators` are `employees` (persons), `revenue` and `assets` (fen); one that is missing may be anything.
    """
    industries = industries_of(code)
    bands = {band for each in industries for band in (_band(each, indicators, 0), _band(each, indicators, 1))}
    return SCALES[bands.pop()] if len(bands) == 1 else None


def _band(industry: Industry, indicators: Mapping[str, Span], end: int) -> int:
    # A larger number never gives a smaller band, so both ends of all spans bound what lies between.
    spans = {name: indicators.get(name, _ANYTHING) for name in industry.limits}
    return min(limits.band((spans[name].least, spans[name].most)[end]) for name, limits in industry.limits.items())
