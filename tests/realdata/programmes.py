"""Structured programmes of another engine (`policy_structured_gd_2026.json`) as our items: conditions as data where the source
has them as data, by one rule for all.

Each profile question is a fact with its options (certificates: a set). A condition lists for every option whether it
passes, fails or leaves it open, and becomes membership with undecided options. “Not clear” and “not looked up” are no
value of a fact: the fact is then missing. Conditions that the source checks by hand have no rule.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from services.policy.conditions.evaluating import Held
from services.policy.conditions.language import All, AnyOf, Condition, Eligibility, Holds, In, Requirement
from shared.contracts.facts import FactDefinition, FactKind, Option, known

NOT_KNOWN = frozenset({"不清楚", "未查询"})
PROGRAMMES, FIELDS, ORACLE = "policy_structured_gd_2026.json", "policy_profile_fields.json", "policy_match_oracle.jsonl"
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def fact_key(field: str) -> str:
    """A question's key as a fact's: segYears gives q_seg_years."""
    return "q_" + _CAMEL.sub("_", field).lower()


def read(folder: Path, name: str) -> Any:
    """A JSON file of the reference material."""
    return json.loads((folder / name).read_text("utf-8"))


def definitions(folder: Path) -> dict[str, FactDefinition]:
    """A fact for each profile question, by key."""
    made = {}
    for field in read(folder, FIELDS):
        values = [option if isinstance(option, str) else option["value"] for option in field["options"]]
        made[fact_key(field["key"])] = FactDefinition(
            key=fact_key(field["key"]),
            label=field["label"][:60],
            kind=FactKind.SET if field["type"] == "checkbox" else FactKind.CHOICE,
            options=tuple(Option(value=value, label=value) for value in values if value not in NOT_KNOWN),
        )
    return made


# Conditions whose text names a second question beside the one that the source's verdicts are about: what the text says.
# By programme and first question. Two years' costs together say nothing of each year, unless they are below one year's.
ALSO: Mapping[tuple[str, str], tuple[type[All] | type[AnyOf], Condition]] = {
    ("xjr", "rd"): (All, In(fact="q_rd_total", values=("≥1200万",))),
    ("prov", "rd"): (All, In(fact="q_rd_total", values=(), undecided=("100万-1200万", "≥1200万"))),
    ("prov", "revenue"): (AnyOf, In(fact="q_equity", values=("≥2000万",))),
}


def whole_rule(programme: str, condition: Mapping[str, Any], facts: Mapping[str, FactDefinition]) -> Condition | None:
    """The rule for all questions that a condition's text names."""
    rule = rule_of(condition, facts)
    also = ALSO.get((programme, condition.get("autoMatch", "")))
    if rule is None or also is None:
        return rule
    compose, other = also
    if compose is All and isinstance(
        rule, In
    ):  # what passes is left open in the source only for want of the other answer
        rule = In(fact=rule.fact, values=(*rule.values, *rule.undecided))
    return compose(of=(rule, other))


def rule_of(condition: Mapping[str, Any], facts: Mapping[str, FactDefinition]) -> Condition | None:
    """The rule that the source has as data; None where it checks by hand."""
    if "option_verdicts" not in condition:
        return None
    key, verdicts = fact_key(condition["autoMatch"]), condition["option_verdicts"]
    passing = tuple(value for value in verdicts["pass"] if value not in NOT_KNOWN)
    if facts[key].kind is FactKind.SET:
        return Holds(fact=key, values=passing)
    undecided = tuple(value for value in verdicts["unknown"] if value not in NOT_KNOWN)
    return In(fact=key, values=passing, undecided=undecided)


def requirements(programme: Mapping[str, Any], facts: Mapping[str, FactDefinition]) -> Iterator[Requirement]:
    """All conditions of a programme. A group of alternatives is one requirement, decided where each of them is data."""
    for group in programme["conditions"]:
        for item in group.get("items", []):
            yield Requirement(
                title=item["name"], rule=whole_rule(programme["id"], item, facts), required=item["required"]
            )
        for path in group.get("paths", []):
            yield Requirement(title=path["name"], rule=whole_rule(programme["id"], path, facts), required=False)


def eligibilities(folder: Path) -> dict[str, Eligibility]:
    """Each programme by its id."""
    facts = definitions(folder)
    return {
        programme["id"]: Eligibility(requirements=tuple(requirements(programme, facts)))
        for programme in read(folder, PROGRAMMES)
    }


def profile(answers: Mapping[str, Any], facts: Mapping[str, FactDefinition]) -> dict[str, Held]:
    """The given answers as facts."""
    held = {}
    for field, answer in answers.items():
        definition = facts[fact_key(field)]
        if answer == []:  # of a question with several answers, none ticked says nothing
            continue
        if isinstance(answer, list):
            held[definition.key] = Held(known(definition, tuple(answer)))
        elif answer not in NOT_KNOWN:
            held[definition.key] = Held(known(definition, answer))
    return held


def expressed(folder: Path) -> Counter[str]:
    """How many conditions there are, and how many of them are data in the source."""
    counts: Counter[str] = Counter()
    for eligibility in eligibilities(folder).values():
        counts["items"] += 1
        for requirement in eligibility.requirements:
            counts["conditions"] += 1
            counts["expressed" if requirement.rule is not None else "by person"] += 1
            counts["required"] += requirement.required
            counts["required, expressed"] += requirement.required and requirement.rule is not None
    return counts
