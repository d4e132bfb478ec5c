"""Programmes of Hangzhou (`policy_programmes_hangzhou_2019.json`): their numeric conditions as data, read by hand.

The source states thresholds; facts are stated here in our words and units (fen, basis points, pieces, persons).
Requirements without a rule are those that the source states without a number or a list.
"""

from __future__ import annotations

from typing import Any

from shared.contracts.facts import FactDefinition, FactKind, Unit

WAN = 1_000_000  # fen in 10,000 yuan


def _number(key: str, label: str, unit: Unit) -> FactDefinition:
    return FactDefinition(key=key, label=label, kind=FactKind.NUMBER, unit=unit)


DEFINITIONS = (
    _number("granted_rights", "已授权专利与软件著作权", Unit.PIECE),
    _number("layout_designs", "集成电路布图设计专有权", Unit.PIECE),
    _number("minor_rights", "实用新型、外观设计与软件著作权合计", Unit.PIECE),
    _number("rd_expense_three_years", "近三年研发费用合计", Unit.FEN),
    _number("qualified_staff_ratio", "本科以上或中级以上人员占研发人员的比例", Unit.BASIS_POINT),
    _number("patent_points", "有效专利折算分值", Unit.CENTIPOINT),
    FactDefinition(key="local_titles", label="省市级称号", kind=FactKind.SET),
    FactDefinition(key="research_body", label="省级以上研发机构", kind=FactKind.FLAG),
    FactDefinition(key="own_research_body", label="独立的研发机构", kind=FactKind.FLAG),
)


def at_least(fact: str, value: int) -> dict[str, Any]:
    return {"op": "compare", "fact": fact, "comparison": ">=", "value": value}


def at_most(fact: str, value: int) -> dict[str, Any]:
    return {"op": "compare", "fact": fact, "comparison": "<=", "value": value}


def either(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"op": "any", "of": list(rules)}


def both(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"op": "all", "of": list(rules)}


def banded(*bands: tuple[int | None, int]) -> dict[str, Any]:
    """A least share of research costs that depends on revenue: (up to this many fen, basis points), the last open."""
    parts, below = [], None
    for limit, ratio in bands:
        part = [at_least("rd_ratio", ratio)]
        part += [at_most("revenue", limit)] if limit is not None else []
        part += [{"op": "compare", "fact": "revenue", "comparison": ">", "value": below}] if below is not None else []
        parts.append(both(*part))
        below = limit
    return either(*parts)


def holds(fact: str, value: str) -> dict[str, Any]:
    return {"op": "holds", "fact": fact, "values": [value]}


def years(comparison: str, count: int) -> dict[str, Any]:
    shift = {"years": -count}
    return {"op": "date", "fact": "established_on", "comparison": comparison, "day": {"shift": shift}}


HIGH_TECH = holds("qualifications", "high-tech")
CITY = {"op": "under", "fact": "division", "codes": ["3301"]}
PROVINCE = {"op": "under", "fact": "division", "codes": ["33"]}
INVENTION = at_least("invention_patents", 1)
CORE = either(INVENTION, at_least("layout_designs", 1), at_least("minor_rights", 4))
GROWTH = either(at_least("revenue_growth", 1500), at_least("revenue", 200 * WAN))
START_UP = (
    both(CITY, years(">=", 5)), at_most("registered_capital", 1000 * WAN), at_least("granted_rights", 1),
    at_least("rd_ratio", 500), at_most("revenue", 3000 * WAN),
)  # fmt: skip

# By the source's id; None: stated without anything that a fact could decide.
RULES: dict[str, tuple[dict[str, Any] | None, ...]] = {
    "HZ01": (both(PROVINCE, years("<=", 1)), at_least("granted_rights", 1), None),
    "HZ02": (
        both(CITY, years("<=", 1)), None, at_least("granted_rights", 1),
        banded((3000 * WAN, 500), (10_000 * WAN, 400), (None, 300)),
    ),
    "HZ03": (
        both(CITY, HIGH_TECH), at_least("rd_expense_three_years", 200 * WAN), at_least("rd_staff_ratio", 1500),
        at_least("qualified_staff_ratio", 5000),
    ),
    "HZ04": (both(CITY, years("<=", 1)), HIGH_TECH, CORE, at_least("rd_ratio", 300), at_least("rd_staff", 15)),
    "HZ05": (
        holds("local_titles", "city-technology-centre"), HIGH_TECH, CORE, at_least("revenue", 20_000 * WAN),
        at_least("rd_staff", 50),
    ),
    "HZ06": (
        both(PROVINCE, HIGH_TECH), either(INVENTION, at_least("minor_rights", 4)),
        holds("local_titles", "city-research-centre"),
        either(banded((5000 * WAN, 600), (20_000 * WAN, 400), (None, 300)), at_least("rd_expense", 1000 * WAN)),
        {"op": "is", "fact": "own_research_body"}, at_least("rd_staff", 15), at_least("qualified_staff_ratio", 6000),
    ),
    "HZ07": (both(CITY, HIGH_TECH), {"op": "is", "fact": "research_body"}, at_least("rd_expense", 1000 * WAN), None),
    "HZ08": (None, at_least("rd_ratio", 150)),
    "HZ09": (at_least("revenue", 3000 * WAN), at_least("patent_points", 2000)),
    "HZ10": (holds("local_titles", "patent-pilot"), at_least("revenue", 3000 * WAN), at_least("patent_points", 3000)),
    "HZ11": (
        either(INVENTION, at_least("utility_patents", 5), at_least("design_patents", 5), at_least("software_copyrights", 6)),
        banded((5000 * WAN, 500), (20_000 * WAN, 400), (None, 300)), GROWTH,
    ),
    "HZ12": START_UP,
    "HZ13": START_UP,
}  # fmt: skip
