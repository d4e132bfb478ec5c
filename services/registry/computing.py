"""Facts that follow from others: the scale of the enterprise, and ratios. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from services.registry.events import ComputedFact, StatedFact
from services.registry.scale import industries_of, scale_of
from shared.contracts.facts import LARGEST, SMALLEST, FactValue, NumberBand, Span

BASIS_POINTS = 10_000
# A ratio's key, and those of what is divided by what.
RATIOS = {"rd_ratio": ("rd_expense", "revenue"), "rd_staff_ratio": ("rd_staff", "employees")}
SCALE = "scale"
DERIVED = frozenset({SCALE, *RATIOS})
_INDICATORS = ("employees", "revenue", "assets")


def computed(held: Mapping[str, StatedFact]) -> dict[str, ComputedFact]:
    """All that can be computed of the facts that hold, by key. What is known as a band gives a band, or nothing."""
    found = [_scale(held), *(_ratio(key, held) for key in RATIOS)]
    return {fact.key: fact for fact in found if fact is not None}


def ratio(part: Span, whole: Span) -> Span | None:
    """`part` of `whole` in basis points, rounded down; None where nothing can be said (no whole, or a negative one)."""
    if part.least < 0 or whole.most <= 0 or whole.least < 0:
        return None
    least = part.least * BASIS_POINTS // whole.most if whole.most < LARGEST else 0
    known_most = part.most < LARGEST and whole.least > 0
    most = min(part.most * BASIS_POINTS // whole.least, LARGEST) if known_most else LARGEST
    return None if least == 0 and most == LARGEST else Span(least, most)


def _ratio(key: str, held: Mapping[str, StatedFact]) -> ComputedFact | None:
    spans = {name: span for name in RATIOS[key] if (span := _span(held, name))}
    if len(spans) < 2:
        return None
    part, whole = (spans[name] for name in RATIOS[key])
    found = ratio(part, whole)
    return _follows(key, _value(found), held, RATIOS[key]) if found else None


def _scale(held: Mapping[str, StatedFact]) -> ComputedFact | None:
    industry = held.get("industry")
    if industry is None or not isinstance(industry.value, str):
        return None
    spans = {name: span for name in _INDICATORS if (span := _span(held, name))}
    found = scale_of(industry.value, spans)
    if found is None:
        return None
    deciding = {name for each in industries_of(industry.value) for name in each.limits}
    inputs = ("industry", *(name for name in _INDICATORS if name in spans and name in deciding))
    return _follows(SCALE, found, held, inputs)


def _follows(key: str, value: FactValue, held: Mapping[str, StatedFact], inputs: Sequence[str]) -> ComputedFact:
    ends: list[date] = [end for name in inputs if (end := held[name].valid_until)]
    oldest = min(held[name].as_of for name in inputs)
    return ComputedFact(key=key, value=value, as_of=oldest, valid_until=min(ends, default=None), inputs=tuple(inputs))


def _span(held: Mapping[str, StatedFact], name: str) -> Span | None:
    match held[name].value if name in held else None:
        case bool() | None:
            return None
        case int() as number:
            return Span(number, number)
        case NumberBand(least=least, most=most):
            return Span(SMALLEST if least is None else least, LARGEST if most is None else most)
    return None


def _value(span: Span) -> FactValue:
    if span.least == span.most:
        return span.least
    return NumberBand(least=span.least, most=None if span.most == LARGEST else span.most)
