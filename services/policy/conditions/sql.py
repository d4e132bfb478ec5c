"""Conditions as SQL: one item against all enterprises at once. SQL's logic with NULL is Kleene's, so little is left to do.

A row `p` of an enterprise has: `numbers bigint[]`, where a fact in slot s has its least value at 2s+1 and its greatest at
2s+2 (dates are ordinal days, flags 0 and 1); `texts text[]`; `sets jsonb`; `expires jsonb` (`{fact: last valid day}`) and
`next_expiry`, the earliest of these days. Arrays without NULL are read at an offset: a comparison costs nanoseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.policy.conditions.evaluating import NamedConditions, Profile, facts_of, resolved
from services.policy.conditions.language import (
    All,
    AnyOf,
    AtLeast,
    Between,
    Compare,
    Condition,
    DateCompare,
    Eligibility,
    Holds,
    In,
    Is,
    Named,
    Not,
    Under,
)
from shared.contracts.facts import FactDefinition, FactKind, Span

# What stands in a slot of which nothing is known: beyond every limit, so that no comparison decides.
UNKNOWN_LEAST, UNKNOWN_MOST = -(2**63), 2**63 - 1
NULL = "NULL::boolean"
_TEXTS = (FactKind.CHOICE, FactKind.CODE)
_HAS_EXPIRED = "p.next_expiry < DATE '{today}' AND p.expires->>'{fact}' < '{today}'"


@dataclass(frozen=True)
class Slots:
    """Where each fact stands in the arrays; sets are found by their keys."""

    numbers: Mapping[str, int] = field(default_factory=dict)
    texts: Mapping[str, int] = field(default_factory=dict)
    sets: frozenset[str] = frozenset()

    def with_fact(self, definition: FactDefinition) -> Slots:
        """With a place for one more fact; places never change."""
        key = definition.key
        if key in self.numbers or key in self.texts or key in self.sets:
            return self
        if definition.kind is FactKind.SET:
            return Slots(self.numbers, self.texts, self.sets | {key})
        if definition.kind in _TEXTS:
            return Slots(self.numbers, {**self.texts, key: len(self.texts)}, self.sets)
        return Slots({**self.numbers, key: len(self.numbers)}, self.texts, self.sets)


@dataclass(frozen=True)
class Packed:
    """A profile in the columns that the expressions read."""

    numbers: list[int]
    texts: list[str]
    sets: dict[str, list[str]]
    expires: dict[str, str]
    next_expiry: date | None


def pack(profile: Profile, slots: Slots) -> Packed:
    """A profile as a row; facts without a slot are left out."""
    numbers = [UNKNOWN_LEAST, UNKNOWN_MOST] * len(slots.numbers)
    texts = [""] * len(slots.texts)
    sets: dict[str, list[str]] = {}
    expires: dict[str, str] = {}
    for fact, held in profile.items():
        match held.value:
            case Span(least=least, most=most) if fact in slots.numbers:
                place = 2 * slots.numbers[fact]
                numbers[place : place + 2] = [least, most]
            case str(text) if fact in slots.texts:
                texts[slots.texts[fact]] = text
            case frozenset() as members if fact in slots.sets:
                sets[fact] = sorted(members)
            case _:
                continue
        if held.valid_until is not None:
            expires[fact] = held.valid_until.isoformat()
    first = min(expires.values(), default=None)
    return Packed(numbers, texts, sets, expires, date.fromisoformat(first) if first else None)


@dataclass(frozen=True)
class Sql:
    """A boolean expression over `p` and its parameters."""

    expression: str
    params: dict[str, Any]


def sql_verdict(eligibility: Eligibility, named: NamedConditions, slots: Slots, today: date, prefix: str = "c") -> Sql:
    """True where an enterprise meets the item on this day, false where not, NULL where it cannot be decided.

    Parameters are named `<prefix>0`, `<prefix>1` ..., so that several items can share a statement.
    """
    writer = _Writer(named, slots, today, prefix)
    rules = _required(eligibility)
    return Sql(_joined([writer.write(rule) for rule in rules], "AND") if rules else NULL, writer.params)


def sql_missing(eligibility: Eligibility, named: NamedConditions, slots: Slots, today: date, prefix: str = "m") -> Sql:
    """How many facts would have to become known to decide the item; 0 where it is decided. The same count as in memory."""
    writer = _Writer(named, slots, today, prefix)
    rules = _required(eligibility)
    verdict = _joined([writer.write(rule) for rule in rules], "AND") if rules else "TRUE"
    facts = sorted({fact for rule in rules for fact in facts_of(rule, named)})
    counts = [f"({_joined([writer.needs(rule, fact) for rule in rules], 'OR')})::int" for fact in facts]
    return Sql(f"CASE WHEN {verdict} IS NULL THEN {' + '.join(counts) or '0'} ELSE 0 END", writer.params)


def sql_facts_missing(
    eligibility: Eligibility, named: NamedConditions, slots: Slots, today: date, prefix: str = "f"
) -> Sql:
    """Which facts would have to become known to decide the item, as `text[]`; meant for rows that are not decided."""
    writer = _Writer(named, slots, today, prefix)
    rules = _required(eligibility)
    facts = sorted({fact for rule in rules for fact in facts_of(rule, named)})
    wanting = [
        f"CASE WHEN {_joined([writer.needs(rule, fact) for rule in rules], 'OR')} THEN '{fact}' END" for fact in facts
    ]
    return Sql(f"array_remove(ARRAY[{', '.join(wanting)}]::text[], NULL)", writer.params)


def _required(eligibility: Eligibility) -> list[Condition]:
    return [r.rule for r in eligibility.requirements if r.rule is not None and r.required]


def _joined(parts: list[str], by: str) -> str:
    return f"({f' {by} '.join(parts)})" if parts else ("TRUE" if by == "AND" else "FALSE")


class _Writer:
    """Writes expressions. Texts become parameters; numbers and days, which are ours, stand in the statement."""

    def __init__(self, named: NamedConditions, slots: Slots, today: date, prefix: str) -> None:
        self._named = named
        self._slots = slots
        self._today = today
        self._prefix = prefix
        self.params: dict[str, Any] = {}

    def write(self, condition: Condition, within: tuple[str, ...] = ()) -> str:
        match condition:
            case All():
                return _joined([self.write(part, within) for part in condition.of], "AND")
            case AnyOf():
                return _joined([self.write(part, within) for part in condition.of], "OR")
            case Not():
                return f"(NOT {self.write(condition.of, within)})"
            case AtLeast(number=number):
                # One number for both counts, so that no part is written twice: 1000 for each met, 1 for each unknown.
                counted = [f"COALESCE({self.write(part, within)}::int * 1000, 1)" for part in condition.of]
                return (
                    f"(SELECT CASE WHEN s / 1000 >= {number} THEN TRUE WHEN s / 1000 + s % 1000 < {number} THEN FALSE END"  # noqa: S608 - ours
                    f" FROM (SELECT {' + '.join(counted)} AS s) AS counted)"
                )
            case Named(name=name):
                rule = None if name in within else self._named.get(name)
                return NULL if rule is None else self.write(rule, (*within, name))
        expired = _HAS_EXPIRED.format(today=self._today.isoformat(), fact=condition.fact)
        return f"(CASE WHEN {expired} THEN NULL ELSE {self._leaf(condition)} END)"

    def needs(self, condition: Condition, fact: str, within: tuple[str, ...] = ()) -> str:
        """Whether the condition is unknown for want of this fact."""
        match condition:
            case All() | AnyOf() | AtLeast():
                parts = [(part, self.needs(part, fact, within)) for part in condition.of]
                wanting = [need for _, need in parts if need != "FALSE"]
                return f"({self.write(condition, within)} IS NULL AND {_joined(wanting, 'OR')})" if wanting else "FALSE"
            case Not():
                return self.needs(condition.of, fact, within)
            case Named(name=name):
                rule = None if name in within else self._named.get(name)
                return "FALSE" if rule is None else self.needs(rule, fact, (*within, name))
        return f"({self.write(condition, within)} IS NULL)" if condition.fact == fact else "FALSE"

    def _leaf(self, condition: Condition) -> str:
        match condition:
            case Compare(fact=fact, comparison=comparison, value=value):
                return self._compared(fact, comparison, value)
            case Between(fact=fact, least=least, most=most):
                return f"({self._compared(fact, '>=', least)} AND {self._compared(fact, '<=', most)})"
            case DateCompare(fact=fact, comparison=comparison, day=day):
                return self._compared(fact, comparison, resolved(day, self._today).toordinal())
            case Is(fact=fact, value=value):
                return self._compared(fact, "=", int(value))
            case In(fact=fact, values=values, undecided=undecided):
                return self._text(fact, "{t} = ANY({0})", list(values), list(undecided))
            case Under(fact=fact, codes=codes):
                above = sorted({code[:length] for code in codes for length in range(1, len(code))})
                return self._text(fact, "{t} ^@ ANY({0})", list(codes), above)
            case Holds(fact=fact, values=values, least=least):
                return self._holds(fact, list(values), least)
        raise AssertionError(f"no leaf: {condition.op}")

    def _compared(self, fact: str, comparison: str, limit: int) -> str:
        slot = self._slots.numbers.get(fact)
        if slot is None:
            return NULL
        least, most = f"p.numbers[{2 * slot + 1}]", f"p.numbers[{2 * slot + 2}]"
        true, false = {
            ">=": (f"{least} >= {limit}", f"{most} < {limit}"),
            ">": (f"{least} > {limit}", f"{most} <= {limit}"),
            "<=": (f"{most} <= {limit}", f"{least} > {limit}"),
            "<": (f"{most} < {limit}", f"{least} >= {limit}"),
            "=": (f"{least} = {limit} AND {most} = {limit}", f"{most} < {limit} OR {least} > {limit}"),
            "!=": (f"{most} < {limit} OR {least} > {limit}", f"{least} = {limit} AND {most} = {limit}"),
        }[comparison]
        return f"(CASE WHEN {true} THEN TRUE WHEN {false} THEN FALSE END)"

    def _text(self, fact: str, test: str, met: list[str], unknown: list[str]) -> str:
        slot = self._slots.texts.get(fact)
        if slot is None:
            return NULL
        t = f"p.texts[{slot + 1}]"
        open_cases = f"WHEN {t} = ANY({self._list(unknown)}) THEN NULL " if unknown else ""
        return (
            f"(CASE WHEN {t} = '' OR {t} IS NULL THEN NULL WHEN {test.format(self._list(met), t=t)} THEN TRUE "
            f"{open_cases}ELSE FALSE END)"
        )

    def _holds(self, fact: str, values: list[str], least: int) -> str:
        if fact not in self._slots.sets:
            return NULL
        held, wanted = f"p.sets->'{fact}'", self._list(values)
        if least == 1:
            return f"({held} ?| {wanted})"
        distinct = self._list(sorted(set(values)))
        return (
            f"(CASE WHEN {held} IS NOT NULL THEN "  # noqa: S608 - ours
            f"(SELECT count(*) FROM unnest({distinct}) AS wanted WHERE {held} ? wanted) >= {least} END)"
        )

    def _list(self, values: list[str]) -> str:
        name = f"{self._prefix}{len(self.params)}"
        self.params[name] = values
        return f"CAST(:{name} AS text[])"
