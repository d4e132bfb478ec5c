"""How a value becomes a score; pure, and stated here for everybody.

With value v, target t and weight w, and nothing above w or below 0, however much more was reached:

- at-least: w where v >= t, else w * v / t;
- at-most: w where v <= t, else w * t / v;
- equal: w * (1 - |v - t| / |t|);
- between t and m: w inside, below as at-least of t, above as at-most of m.

A target of 0 is reached or not: w or 0. Budget execution is at-least of the budget. Scores are rounded half up to two places.
The deviation is |v - t| / |t| in percent, also where more was reached than asked for: a target far off was badly set. Inside
a span it is 0, outside it is from the nearer bound. Above 30 % it needs a reason.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from services.application.events.performance import Grade, Indicator

REASON_ABOVE = Decimal(30)  # percent of deviation
GRADES: tuple[tuple[Decimal, Grade], ...] = ((Decimal(90), "excellent"), (Decimal(80), "good"), (Decimal(60), "fair"))
ZERO, HUNDRED = Decimal(0), Decimal(100)


def rounded(value: Decimal) -> Decimal:
    """Two places, half up."""
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def score(indicator: Indicator, value: Decimal) -> Decimal:
    """Points for a value, from 0 to the indicator's weight."""
    return rounded(indicator.weight * min(max(_share(indicator, value), ZERO), Decimal(1)))


def _share(indicator: Indicator, value: Decimal) -> Decimal:
    target = indicator.target
    match indicator.direction:
        case "at-least":
            return _at_least(value, target)
        case "at-most":
            return _at_most(value, target)
        case "equal":
            if value == target:
                return Decimal(1)
            return 1 - abs(value - target) / abs(target) if target else ZERO
    most = indicator.most
    assert most is not None  # noqa: S101 - a span has both bounds
    return _at_least(value, target) if value < target else _at_most(value, most)


def _at_least(value: Decimal, target: Decimal) -> Decimal:
    if value >= target:
        return Decimal(1)
    return value / target if target > 0 else ZERO


def _at_most(value: Decimal, target: Decimal) -> Decimal:
    if value <= target:
        return Decimal(1)
    return target / value if target > 0 else ZERO


def deviation(indicator: Indicator, value: Decimal) -> Decimal | None:
    """Percent of the target; None where the target is zero and the value is not: there is no such share."""
    target = indicator.target
    if indicator.direction == "between" and indicator.most is not None:
        if target <= value <= indicator.most:
            return rounded(ZERO)
        target = target if value < target else indicator.most
    if value == target:
        return rounded(ZERO)
    return rounded(abs(value - target) / abs(target) * HUNDRED) if target else None


def needs_reason(off: Decimal | None) -> bool:
    """Whether a deviation has to be explained."""
    return off is None or off > REASON_ABOVE


def executed(budget_fen: int, executed_fen: int, weight: Decimal) -> tuple[Decimal, Decimal]:
    """The rate in percent, and the points for it."""
    share = Decimal(executed_fen) / Decimal(budget_fen)
    return rounded(share * HUNDRED), rounded(weight * min(share, Decimal(1)))


def grade(total: Decimal) -> Grade:
    """优 from 90, 良 from 80, 中 from 60, 差 below."""
    return next((name for least, name in GRADES if total >= least), "poor")
