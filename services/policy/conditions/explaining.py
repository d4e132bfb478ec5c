"""Why an item fits or does not: verdicts with the facts behind them, what would have to change, and what to ask next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from services.policy.conditions.evaluating import Held, Matched, RequirementResult, Result
from services.policy.conditions.language import All, AnyOf, AtLeast, Named, Not, Verdict
from services.policy.conditions.sentences import Words, sentence, value_shown
from shared.contracts.facts import FactKind, Option

VerdictWord = Literal["met", "not-met", "unknown"]
WORDS: Mapping[Verdict, VerdictWord] = {Verdict.MET: "met", Verdict.NOT_MET: "not-met", Verdict.UNKNOWN: "unknown"}
MOST_QUESTIONS = 5


class FactUsed(BaseModel):
    """A fact behind a verdict. An expired one is shown, and counts as unknown."""

    key: str
    label: str
    value: str
    source: str
    standing: str
    as_of: date | None
    valid_until: date | None
    expired: bool
    disputed: bool


class ConditionAnswer(BaseModel):
    """A condition, its verdict, and why."""

    verdict: VerdictWord
    sentence: str
    fact: FactUsed | None = None
    parts: list[ConditionAnswer] = []


class RequirementAnswer(BaseModel):
    """A requirement of the guide; `by_person`: no fact decides it. `changes` say what would have to be otherwise."""

    title: str
    required: bool
    by_person: bool
    verdict: VerdictWord
    condition: ConditionAnswer | None = None
    changes: list[str] = []
    missing: list[str] = Field([], description="能够判定这项条件的事实")


class Question(BaseModel):
    """A fact to ask for; `decides` items by itself, `helps` with others."""

    fact: str
    label: str
    question: str
    kind: FactKind
    options: tuple[Option, ...] = ()
    decides: int
    helps: int


def explained(matched: Matched, words: Words, today: date) -> list[RequirementAnswer]:
    """Every requirement with its reasons."""
    return [_requirement(each, words, today) for each in matched.requirements]


def _requirement(each: RequirementResult, words: Words, today: date) -> RequirementAnswer:
    requirement, result = each.requirement, each.result
    return RequirementAnswer(
        title=requirement.title,
        required=requirement.required,
        by_person=result is None,
        verdict=WORDS[each.verdict],
        condition=_condition(result, words, today) if result else None,
        changes=changes(result, words) if result else [],
        missing=sorted(result.missing) if result else [],
    )


def _condition(result: Result, words: Words, today: date) -> ConditionAnswer:
    return ConditionAnswer(
        verdict=WORDS[Verdict(result.answer)],
        sentence=sentence(result.condition, words),
        fact=_fact(result, result.held, words, today) if result.held else None,
        parts=[_condition(part, words, today) for part in result.parts],
    )


def _fact(result: Result, held: Held, words: Words, today: date) -> FactUsed:
    key: str = getattr(result.condition, "fact")  # noqa: B009 - only leaves hold a fact
    return FactUsed(
        key=key,
        label=words.label(key),
        value=value_shown(key, held.value, words),
        source=held.source,
        standing=held.standing,
        as_of=held.as_of,
        valid_until=held.valid_until,
        expired=held.valid_until is not None and held.valid_until < today,
        disputed=held.disputed,
    )


def changes(result: Result, words: Words) -> list[str]:
    """What would have to be otherwise for a condition that is not met; each a sentence. Empty for any other."""
    if result.answer is not False:
        return []
    match result.condition:
        case All() | Named():
            return [line for part in result.parts for line in changes(part, words)]
        case AnyOf() | AtLeast():
            lines = [line for part in result.parts for line in changes(part, words)]
            needed = "任意一项" if isinstance(result.condition, AnyOf) else f"{result.condition.number}项"
            return [f"以下各项中满足{needed}即可：{''.join(lines)}"] if len(lines) > 1 else lines
        case Not(of=inner):
            return [f"目前满足“{sentence(inner, words)}”，而这项要求不满足它。"]
    held = result.held
    now = f"，现为{value_shown(result.condition.fact, held.value, words)}" if held else ""
    return [f"需要{sentence(result.condition, words)}{now}。"]


def best_questions(matches: Iterable[Matched], words: Words, most: int = MOST_QUESTIONS) -> list[Question]:
    """The facts worth asking for, those first that decide most items by themselves, then those that help with most."""
    decides: Counter[str] = Counter()
    helps: Counter[str] = Counter()
    for matched in matches:
        missing = matched.missing
        (decides if len(missing) == 1 else helps).update(missing)
    facts = sorted({*decides, *helps}, key=lambda fact: (-decides[fact], -helps[fact], fact))
    known = [fact for fact in facts if fact in words.catalogue]
    return [_question(fact, words, decides[fact], helps[fact]) for fact in known[:most]]


def _question(fact: str, words: Words, decides: int, helps: int) -> Question:
    definition = words.catalogue[fact]
    return Question(
        fact=fact,
        label=definition.label,
        question=definition.question or f"{definition.label}是什么？",
        kind=definition.kind,
        options=definition.options,
        decides=decides,
        helps=helps,
    )
