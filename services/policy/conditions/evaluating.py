"""Evaluating conditions in memory: one enterprise against all items, each distinct condition once, with its reasons.

A result keeps what it was decided on, so that an explanation needs no second evaluation. Verdicts inside are those of SQL:
True, False, None for unknown.
"""

from __future__ import annotations

import operator
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import reduce

from services.policy.conditions.language import (
    All,
    AnyOf,
    AtLeast,
    Between,
    Compare,
    Condition,
    DateCompare,
    Day,
    Eligibility,
    Holds,
    In,
    Is,
    Named,
    Not,
    Requirement,
    Under,
    Verdict,
)
from shared.contracts.facts import Known, Span, Standing

Answer = bool | None
NamedConditions = Mapping[str, Condition]
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Held:
    """A fact as it is held of an enterprise. From the day after `valid_until` it is unknown."""

    value: Known
    source: str = ""
    standing: Standing = "verified"
    as_of: date | None = None
    valid_until: date | None = None
    disputed: bool = False


Profile = Mapping[str, Held]


@dataclass(slots=True)
class Result:
    """The answer to one condition, the fact it was decided on (None: nothing held), and the results of its parts.

    `missing` are the facts that decide it, whatever they turn out to be; empty unless the answer is unknown.
    """

    condition: Condition
    answer: Answer
    held: Held | None
    parts: tuple[Result, ...]
    missing: frozenset[str]


@dataclass(slots=True)
class RequirementResult:
    """A requirement with its result; None where a person checks it."""

    requirement: Requirement
    result: Result | None

    @property
    def verdict(self) -> Verdict:
        """Unknown where a person checks it."""
        return Verdict(self.result.answer) if self.result else Verdict.UNKNOWN


@dataclass(slots=True)
class Matched:
    """One item for one enterprise."""

    verdict: Verdict
    requirements: tuple[RequirementResult, ...]

    @property
    def missing(self) -> frozenset[str]:
        """The facts that decide the item; empty unless its verdict is unknown."""
        if self.verdict is not Verdict.UNKNOWN:
            return NOTHING
        return union(r.result.missing for r in self.requirements if r.result and r.requirement.required)

    @property
    def undecidable(self) -> bool:
        """No required requirement is there as data: nothing that could become known decides it."""
        return not any(r.result and r.requirement.required for r in self.requirements)


def union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    """All of them together."""
    return reduce(operator.or_, sets, NOTHING)


@dataclass(slots=True)
class _Node:
    """A distinct condition; its parts stand before it. `test` is of a leaf."""

    condition: Condition
    parts: tuple[int, ...] = ()
    fact: str = ""
    test: Callable[[Known, date], Answer] | None = None


@dataclass
class Matcher:
    """Items compiled together, so that what they share is evaluated once for an enterprise."""

    items: Mapping[str, Eligibility]
    named: NamedConditions = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._nodes: list[_Node] = []
        self._index: dict[Condition, int] = {}
        self._rows: list[tuple[str, tuple[tuple[Requirement, int | None], ...], tuple[int, ...]]] = []
        for key, eligibility in self.items.items():
            rules = tuple((r, None if r.rule is None else self._add(r.rule, ())) for r in eligibility.requirements)
            required = tuple(node for r, node in rules if node is not None and r.required)
            self._rows.append((key, rules, required))

    def match(self, profile: Profile, today: date) -> dict[str, Matched]:
        """Every item's verdict on this day, with the results it rests on."""
        results = self._evaluate(profile, today)
        matches: dict[str, Matched] = {}
        for key, rules, required in self._rows:
            answer = conjunction([results[node].answer for node in required]) if required else None
            explained = tuple([RequirementResult(r, None if n is None else results[n]) for r, n in rules])
            matches[key] = Matched(Verdict(answer), explained)
        return matches

    def verdicts(self, profile: Profile, today: date) -> dict[str, Answer]:
        """The bare verdicts."""
        results = self._evaluate(profile, today)
        return {
            key: conjunction([results[node].answer for node in required]) if required else None
            for key, _, required in self._rows
        }

    def _add(self, condition: Condition, within: tuple[str, ...]) -> int:
        known = self._index.get(condition)
        if known is not None:
            return known
        node = self._node(condition, within)
        self._nodes.append(node)
        self._index[condition] = len(self._nodes) - 1
        return len(self._nodes) - 1

    def _node(self, condition: Condition, within: tuple[str, ...]) -> _Node:
        match condition:
            case All() | AnyOf() | AtLeast():
                return _Node(condition, tuple(self._add(part, within) for part in condition.of))
            case Not():
                return _Node(condition, (self._add(condition.of, within),))
            case Named(name=name):
                # One that is not defined, or stands in its own definition, stays unknown.
                rule = None if name in within else self.named.get(name)
                return _Node(condition, (self._add(rule, (*within, name)),) if rule is not None else ())
        return _Node(condition, fact=condition.fact, test=test_of(condition))

    def _evaluate(self, profile: Profile, today: date) -> list[Result]:
        results: list[Result] = []
        for node in self._nodes:
            if node.test is None:
                results.append(_composed(node, [results[part] for part in node.parts]))
                continue
            held = profile.get(node.fact)
            usable = held is not None and (held.valid_until is None or held.valid_until >= today)
            answer = node.test(held.value, today) if held is not None and usable else None
            missing = frozenset((node.fact,)) if answer is None else NOTHING
            results.append(Result(node.condition, answer, held, (), missing))
        return results


def match_one(eligibility: Eligibility, named: NamedConditions, profile: Profile, today: date) -> Matched:
    """One item for one enterprise."""
    return Matcher({"": eligibility}, named).match(profile, today)[""]


def facts_needed(eligibility: Eligibility, named: NamedConditions) -> frozenset[str]:
    """All facts that the required requirements read."""
    rules = [r.rule for r in eligibility.requirements if r.rule is not None and r.required]
    return union(frozenset(facts_of(rule, named)) for rule in rules)


def facts_of(condition: Condition, named: NamedConditions, within: tuple[str, ...] = ()) -> set[str]:
    """All facts that a condition reads."""
    match condition:
        case All() | AnyOf() | AtLeast():
            return {fact for part in condition.of for fact in facts_of(part, named, within)}
        case Not():
            return facts_of(condition.of, named, within)
        case Named(name=name):
            rule = None if name in within else named.get(name)
            return facts_of(rule, named, (*within, name)) if rule is not None else set()
    return {condition.fact}


def conjunction(answers: Sequence[Answer]) -> Answer:
    """Kleene's and: false wins over unknown, unknown over true."""
    return False if False in answers else None if None in answers else True


def disjunction(answers: Sequence[Answer]) -> Answer:
    """Kleene's or: true wins over unknown, unknown over false."""
    return True if True in answers else None if None in answers else False


def negation(answer: Answer) -> Answer:
    """Kleene's not: unknown stays unknown."""
    return None if answer is None else not answer


def _composed(node: _Node, parts: list[Result]) -> Result:
    answers = [part.answer for part in parts]
    answer: Answer
    match node.condition:
        case All():
            answer = conjunction(answers)
        case AnyOf():
            answer = disjunction(answers)
        case AtLeast(number=number):
            met, unknown = answers.count(True), answers.count(None)
            answer = True if met >= number else False if met + unknown < number else None
        case Not():
            answer = negation(answers[0])
        case _:
            answer = answers[0] if answers else None
    missing = union(part.missing for part in parts) if answer is None else NOTHING
    return Result(node.condition, answer, None, tuple(parts), missing)


def compared(span: Span, comparison: str, limit: int) -> Answer:
    """A span beside a limit: true or false where the whole span agrees."""
    match comparison:
        case ">=":
            return True if span.least >= limit else False if span.most < limit else None
        case ">":
            return True if span.least > limit else False if span.most <= limit else None
        case "<=":
            return True if span.most <= limit else False if span.least > limit else None
        case "<":
            return True if span.most < limit else False if span.least >= limit else None
        case "=":
            return True if span.least == span.most == limit else None if span.least <= limit <= span.most else False
    return negation(compared(span, "=", limit))


def test_of(condition: Condition) -> Callable[[Known, date], Answer]:
    """How a leaf answers to a value that is held, on a day. A value of another kind than it asks for answers nothing."""
    match condition:
        case Compare(comparison=comparison, value=limit):
            return lambda value, _today: compared(value, comparison, limit) if isinstance(value, Span) else None
        case Between(least=least, most=most):
            return lambda value, _today: _between(value, least, most) if isinstance(value, Span) else None
        case DateCompare(comparison=comparison, day=day):
            return lambda value, today: (
                compared(value, comparison, resolved(day, today).toordinal()) if isinstance(value, Span) else None
            )
        case Is(value=wanted):
            return lambda value, _today: compared(value, "=", int(wanted)) if isinstance(value, Span) else None
        case In(values=values, undecided=undecided):
            return lambda value, _today: (
                (True if value in values else None if value in undecided else False) if isinstance(value, str) else None
            )
        case Under(codes=codes):
            return lambda value, _today: _under(value, codes) if isinstance(value, str) else None
        case Holds(values=values, least=least):
            wanted_set = frozenset(values)
            return lambda value, _today: len(wanted_set & value) >= least if isinstance(value, frozenset) else None
    raise AssertionError(f"no leaf: {condition.op}")


def _between(span: Span, least: int, most: int) -> Answer:
    return conjunction([compared(span, ">=", least), compared(span, "<=", most)])


def _under(value: str, codes: tuple[str, ...]) -> Answer:
    if value.startswith(codes):
        return True
    return None if any(code.startswith(value) for code in codes) else False


def resolved(day: Day, today: date) -> date:
    """The day that is meant on the day of evaluation; beyond the calendar's ends, its end."""
    base, shift = day.on or today, day.shift
    months = base.year * 12 + base.month - 1 + shift.years * 12 + shift.months
    year, month = divmod(months, 12)
    if not date.min.year <= year <= date.max.year:
        return date.min if year < date.min.year else date.max
    moved = date(year, month + 1, min(base.day, monthrange(year, month + 1)[1]))
    try:
        return moved + timedelta(days=shift.days)
    except OverflowError:
        return date.min if shift.days < 0 else date.max
