"""Enterprises and items to match: made up from a seed, in the proportions of a city's register."""

from __future__ import annotations

import random
from collections.abc import Iterator

from services.policy.conditions.evaluating import Held
from services.policy.conditions.language import (
    AnyOf,
    Compare,
    Condition,
    DateCompare,
    Day,
    Eligibility,
    Holds,
    In,
    Is,
    Requirement,
    Shift,
    Under,
)
from shared.contracts.facts import BASE_CATALOGUE, FactKind, Known, Span

MISSING, BANDED = 0.15, 0.10
_INDUSTRIES = (
    "C3922",
    "C2710",
    "C1751",
    "C3399",
    "I6510",
    "I6531",
    "F5132",
    "F5169",
    "G5942",
    "E4710",
    "A0111",
    "H6210",
)
_TOWNS = tuple(f"320281{n:03}" for n in (1, 4, 5, 7, 8, 9, 100, 102, 103, 104, 107, 108, 109, 111, 400, 403, 404))
_QUALIFICATIONS = tuple(option.value for option in BASE_CATALOGUE["qualifications"].options)
_FIRST_DAY, _LAST_DAY = 730_000, 739_900  # ordinal days of foundation, 1999 to 2026
_LARGEST = {"fen": 10**11, "person": 2_000, "piece": 40, "basis-point": 10_000}


def enterprises(number: int, seed: int = 1) -> Iterator[tuple[str, dict[str, Held]]]:
    """Code and profile of as many enterprises; about thirty facts each, some missing, some only known as bands."""
    rng = random.Random(seed)  # noqa: S311 - material, not a secret
    for n in range(number):
        facts = {key: Held(_value(rng, key)) for key in BASE_CATALOGUE if rng.random() >= MISSING}
        yield f"9132{n:014d}", facts


def _value(rng: random.Random, key: str) -> Known:
    definition = BASE_CATALOGUE[key]
    match definition.kind:
        case FactKind.CODE:
            return rng.choice(_INDUSTRIES if key == "industry" else _TOWNS)
        case FactKind.CHOICE:
            return rng.choices(("large", "medium", "small", "micro"), (2, 8, 40, 50))[0]
        case FactKind.SET:
            return frozenset(value for value in _QUALIFICATIONS if rng.random() < 0.08)
        case FactKind.FLAG:
            flag = int(rng.random() < 0.1)
            return Span(flag, flag)
        case FactKind.DATE:
            day = rng.randint(_FIRST_DAY, _LAST_DAY)
            return Span(day, day)
    largest = _LARGEST[str(definition.unit)]
    value = int(largest * rng.random() ** 4)  # most are small
    return Span(value, value * 2) if rng.random() < BANDED else Span(value, value)


def items(number: int, seed: int = 2) -> dict[str, Eligibility]:
    """As many items of three to eight requirements, as grants have them: place, trade, size, age, costs, titles, no blots."""
    rng = random.Random(seed)  # noqa: S311 - material, not a secret
    return {f"item-{n}": _eligibility(rng) for n in range(number)}


def _eligibility(rng: random.Random) -> Eligibility:
    rules = [_rule(rng) for _ in range(rng.randint(3, 8))]
    by_person = [Requirement(title="由人核对")] * rng.randint(0, 2)
    return Eligibility(requirements=(*(Requirement(title="条件", rule=rule) for rule in rules), *by_person))


def _rule(rng: random.Random) -> Condition:
    numbers = {
        "revenue": 10**9,
        "rd_expense": 10**8,
        "employees": 10,
        "invention_patents": 1,
        "equipment_investment": 10**8,
    }
    fact = rng.choice(tuple(numbers))
    choices: tuple[Condition, ...] = (
        Under(fact="division", codes=(rng.choice(("320281", *_TOWNS)),)),
        Under(fact="industry", codes=tuple(rng.sample(("C", "C39", "C27", "I65", "F51", "A"), 2))),
        In(fact="scale", values=rng.choice((("small", "micro"), ("medium", "small", "micro"), ("large", "medium")))),
        Compare(fact=fact, comparison=">=", value=numbers[fact] * rng.randint(1, 20)),
        Compare(fact="rd_ratio", comparison=">=", value=rng.choice((200, 300, 400, 500))),
        DateCompare(fact="established_on", comparison="<=", day=Day(shift=Shift(years=-rng.randint(1, 5)))),
        Holds(fact="qualifications", values=tuple(rng.sample(_QUALIFICATIONS, 2))),
        Is(fact=rng.choice(("major_accident", "seriously_dishonest", "abnormal_operation")), value=False),
        AnyOf(
            of=(
                Compare(fact="invention_patents", comparison=">=", value=rng.randint(1, 5)),
                Compare(fact="software_copyrights", comparison=">=", value=rng.randint(4, 10)),
                Holds(fact="qualifications", values=("high-tech",)),
            )
        ),
    )
    return rng.choice(choices)
