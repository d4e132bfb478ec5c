"""Conditions and profiles made up by hypothesis: few facts and small values, so that they meet often."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from services.policy.conditions.evaluating import Held
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
    Shift,
    Under,
)
from services.policy.conditions.sql import Slots
from shared.contracts.facts import BASE_CATALOGUE, DateBand, FactDefinition, FactKind, FactValue, NumberBand, known

TODAY = date(2026, 3, 31)
KEYS = ("employees", "revenue", "established_on", "listed", "scale", "industry", "division", "qualifications")
CATALOGUE: dict[str, FactDefinition] = {key: BASE_CATALOGUE[key] for key in KEYS}
SCALES = tuple(option.value for option in BASE_CATALOGUE["scale"].options)
TITLES = tuple(option.value for option in BASE_CATALOGUE["qualifications"].options[:4])
CODES = ("C", "C39", "C392", "C3922", "I65", "I6510", "A")
NAMED: dict[str, Condition] = {
    "small": In(fact="scale", values=("small", "micro"), undecided=("medium",)),
    "young-and-small": All(of=(Named(name="small"), DateCompare(fact="established_on", comparison=">=", day=Day()))),
    "within-itself": Not(of=Named(name="within-itself")),
}

numbers = st.integers(-3, 12)
days = st.integers(-800, 60).map(lambda n: TODAY + timedelta(days=n))
comparisons = st.sampled_from(["<", "<=", "=", "!=", ">=", ">"])
shifts = st.builds(Shift, years=st.integers(-2, 1), months=st.integers(-13, 13), days=st.integers(-40, 40))
leaves = st.one_of(
    st.builds(Compare, fact=st.sampled_from(["employees", "revenue"]), comparison=comparisons, value=numbers),
    st.builds(Between, fact=st.just("employees"), least=numbers, most=numbers),
    st.builds(
        DateCompare,
        fact=st.just("established_on"),
        comparison=comparisons,
        day=st.builds(Day, on=st.none() | days, shift=shifts),
    ),
    st.builds(Is, fact=st.just("listed"), value=st.booleans()),
    st.builds(
        In,
        fact=st.just("scale"),
        values=st.lists(st.sampled_from(SCALES), max_size=3).map(tuple),
        undecided=st.lists(st.sampled_from(SCALES), max_size=1).map(tuple),
    ),
    st.builds(
        Under, fact=st.just("industry"), codes=st.lists(st.sampled_from(CODES), min_size=1, max_size=3).map(tuple)
    ),
    st.builds(
        Holds,
        fact=st.just("qualifications"),
        values=st.lists(st.sampled_from(TITLES), min_size=1, max_size=3).map(tuple),
        least=st.integers(1, 3),
    ),
    st.builds(Compare, fact=st.just("not_in_the_catalogue"), comparison=comparisons, value=numbers),
    st.builds(Named, name=st.sampled_from([*NAMED, "nowhere-defined"])),
)


def _composed(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(parts, max_size=4).map(tuple)
    some = st.lists(parts, min_size=1, max_size=4).map(tuple)
    return st.one_of(
        st.builds(All, of=several),
        st.builds(AnyOf, of=several),
        st.builds(AtLeast, number=st.integers(1, 4), of=some),
        st.builds(Not, of=parts),
    )


# Conditions that exact values always decide, and such values.
decidable = st.recursive(
    st.one_of(
        st.builds(Compare, fact=st.sampled_from(["employees", "revenue"]), comparison=comparisons, value=numbers),
        st.builds(Is, fact=st.just("listed"), value=st.booleans()),
        st.builds(Holds, fact=st.just("qualifications"), values=st.just(TITLES), least=st.integers(1, 3)),
    ),
    _composed,
    max_leaves=12,
)
EXACT: dict[str, st.SearchStrategy[FactValue]] = {
    "employees": numbers,
    "revenue": numbers,
    "listed": st.booleans(),
    "qualifications": st.sets(st.sampled_from(TITLES)).map(tuple),
}
conditions = st.recursive(leaves, _composed, max_leaves=12)
requirements = st.builds(
    Requirement, title=st.just("条件"), rule=st.none() | conditions, required=st.sampled_from([True, True, False])
)
eligibilities = st.builds(Eligibility, requirements=st.lists(requirements, min_size=1, max_size=4).map(tuple))


def _number_values() -> st.SearchStrategy[FactValue]:
    bands = st.tuples(st.none() | numbers, st.none() | numbers).filter(
        lambda ends: ends[0] is None or ends[1] is None or ends[0] <= ends[1]
    )
    return numbers | bands.map(lambda ends: NumberBand(least=ends[0], most=ends[1]))


def _date_values() -> st.SearchStrategy[FactValue]:
    bands = st.tuples(days, days).map(lambda ends: DateBand(earliest=min(ends), latest=max(ends)))
    return days.map(date.isoformat) | bands


VALUES: dict[str, st.SearchStrategy[FactValue]] = {
    "employees": _number_values(),
    "revenue": _number_values(),
    "established_on": _date_values(),
    "listed": st.booleans(),
    "scale": st.sampled_from(SCALES),
    "industry": st.sampled_from(CODES),
    "division": st.just("320281"),
    "qualifications": st.sets(st.sampled_from(TITLES)).map(lambda found: tuple(sorted(found))),
}


@st.composite
def profiles(draw: st.DrawFn) -> dict[str, Held]:
    """What is held of one enterprise: some facts missing, some bands, some out of date."""
    held: dict[str, Held] = {}
    for key in draw(st.sets(st.sampled_from(KEYS))):
        until = draw(st.none() | st.sampled_from([TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1)]))
        held[key] = Held(known(CATALOGUE[key], draw(VALUES[key])), valid_until=until)
    return held


def slots() -> Slots:
    """A place for each fact of the catalogue."""
    made = Slots()
    for definition in CATALOGUE.values():
        made = made.with_fact(definition)
    return made


assert {definition.kind for definition in CATALOGUE.values()} == set(FactKind)
