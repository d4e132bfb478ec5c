"""The same rules elsewhere: a straightforward loop in Python, and zen-engine's compiled expressions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import zen

from services.policy.conditions.evaluating import Answer, Profile, conjunction, disjunction, resolved, test_of
from services.policy.conditions.language import (
    AnyOf,
    Compare,
    Condition,
    DateCompare,
    Eligibility,
    Holds,
    In,
    Is,
    Under,
)
from shared.contracts.facts import BASE_CATALOGUE, FactKind, Span


def plainly(eligibility: Eligibility, profile: Profile, today: date) -> Answer:
    """Every requirement looked at anew, as one would write it down first."""
    return conjunction([_plain(r.rule, profile, today) for r in eligibility.requirements if r.rule and r.required])


def _plain(condition: Condition, profile: Profile, today: date) -> Answer:
    if isinstance(condition, AnyOf):
        return disjunction([_plain(part, profile, today) for part in condition.of])
    held = profile.get(getattr(condition, "fact"))  # noqa: B009 - the material has leaves and alternatives only
    return None if held is None else test_of(condition)(held.value, today)


def expression(eligibility: Eligibility, today: date) -> str:
    """An eligibility in zen's language. It has two values: a fact that is missing or a band has to be made exact before."""
    return " and ".join(_written(r.rule, today) for r in eligibility.requirements if r.rule and r.required)


def _written(condition: Condition, today: date) -> str:
    match condition:
        case AnyOf(of=parts):
            return f"({' or '.join(_written(part, today) for part in parts)})"
        case Compare(fact=fact, comparison=comparison, value=value):
            return f"{fact} {comparison} {value}"
        case DateCompare(fact=fact, comparison=comparison, day=day):
            return f"{fact} {comparison} {resolved(day, today).toordinal()}"
        case Is(fact=fact, value=value):
            return f"{fact} == {int(value)}"
        case In(fact=fact, values=values):
            return f"{fact} in [{', '.join(map(repr, values))}]"
        case Under(fact=fact, codes=codes):
            return f"({' or '.join(f'startsWith({fact}, {code!r})' for code in codes)})"
        case Holds(fact=fact, values=values):
            return f"some({fact}, # in [{', '.join(map(repr, values))}])"
    raise AssertionError(f"not in the material: {condition.op}")


def compiled(eligibility: Eligibility, today: date) -> Any:
    """Ready to be evaluated on a context."""
    return zen.compile_expression(expression(eligibility, today))


def context(profile: Profile) -> dict[str, Any]:
    """A profile made exact: what is missing is nothing, a band its least value."""
    return {key: _exact(profile, key, definition.kind) for key, definition in BASE_CATALOGUE.items()}


def _exact(profile: Mapping[str, Any], key: str, kind: FactKind) -> Any:
    held = profile.get(key)
    if held is None:
        return [] if kind is FactKind.SET else "" if kind in (FactKind.CODE, FactKind.CHOICE) else 0
    if isinstance(held.value, Span):
        return held.value.least
    return sorted(held.value) if isinstance(held.value, frozenset) else held.value
