"""What the platform measures itself, and the unit of each; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from services.application.events.performance import Measured
from services.application.performance.scoring import HUNDRED, rounded

TYPED = "typed"


@dataclass(frozen=True)
class Measure:
    """Its name among people, and its unit."""

    label: str
    unit: str


MEASURES: Mapping[str, Measure] = {
    "payments-paid": Measure("已拨付笔数", "笔"),
    "sum-paid": Measure("已拨付金额", "元"),
    "enterprises-paid": Measure("获得资金的企业数", "家"),
    "decision-days": Measure("从提交到办结的平均天数", "天"),
    "decided-in-time": Measure("按期办结率", "%"),
    "rating-mean": Measure("好差评平均分", "分"),
    "satisfied-share": Measure("好差评满意率", "%"),
}


def value_of(measured: Measured, measure: str) -> Decimal | None:
    """In the measure's unit, with two places at most; None where the record has nothing to measure it by."""
    match measure:
        case "payments-paid":
            return Decimal(measured.payments)
        case "sum-paid":
            return Decimal(measured.paid_fen) / HUNDRED
        case "enterprises-paid":
            return Decimal(measured.enterprises)
        case "decision-days":
            return measured.decision_days
        case "decided-in-time":
            return _share(measured.in_time, measured.decided)
        case "rating-mean":
            return measured.rating_mean
        case "satisfied-share":
            return _share(measured.satisfied, measured.ratings)
    raise ValueError(f"no measure: {measure}")


def _share(part: int, whole: int) -> Decimal | None:
    return rounded(Decimal(part) / Decimal(whole) * HUNDRED) if whole else None
