"""Matches kept as evidence: everything they rested on, so that they can be computed again."""

from __future__ import annotations

from datetime import date

from services.policy.conditions.evaluating import Matched, facts_needed, match_one
from services.policy.conditions.explaining import WORDS, VerdictWord
from services.policy.conditions.language import Condition, Eligibility
from services.policy.conditions.validating import names_in
from services.policy.decider.evidence import RecordMatch
from services.policy.events.matching import FactConsidered, MatchRecorded
from services.policy.matching.knowledge import Knowledge, KnownEnterprise, OpenItem
from services.policy.readmodels.profiles import profile_of


def record_match(item: OpenItem, enterprise: KnownEnterprise, knowledge: Knowledge, today: date) -> RecordMatch:
    """The command that keeps a match as it is today."""
    matched = match_one(item.eligibility, knowledge.named, enterprise.profile, today)
    named = named_in(item.eligibility, knowledge)
    facts = sorted(facts_needed(item.eligibility, named) & enterprise.facts.keys())
    return RecordMatch(
        uscc=enterprise.uscc,
        code=item.code,
        title=item.title,
        revision=item.revision,
        day=today,
        profile_version=enterprise.version,
        verdict=WORDS[matched.verdict],
        eligibility=item.eligibility.model_dump(mode="json"),
        named=named,
        facts=tuple(_considered(key, enterprise) for key in facts),
    )


def _considered(key: str, enterprise: KnownEnterprise) -> FactConsidered:
    held = enterprise.profile[key]
    return FactConsidered(
        key=key,
        value=enterprise.facts[key]["value"],
        source=held.source,
        standing=held.standing,
        as_of=held.as_of,
        valid_until=held.valid_until,
    )


def named_in(eligibility: Eligibility, knowledge: Knowledge) -> dict[str, Condition]:
    """The named conditions that it refers to, directly or through others."""
    found: dict[str, Condition] = {}
    ahead = {name for r in eligibility.requirements if r.rule is not None for name in names_in(r.rule)}
    while ahead:
        name = ahead.pop()
        if name in knowledge.named and name not in found:
            found[name] = knowledge.named[name]
            ahead |= names_in(found[name])
    return dict(sorted(found.items()))


def recomputed(recorded: MatchRecorded, knowledge: Knowledge) -> tuple[Matched, VerdictWord]:
    """The match from what was kept with it, whatever has changed since."""
    facts = {fact.key: fact.model_dump(mode="json", exclude={"key"}) for fact in recorded.facts}
    profile = profile_of(facts, knowledge.catalogue)
    eligibility = Eligibility.model_validate(recorded.eligibility)
    matched = match_one(eligibility, recorded.named, profile, recorded.day)
    return matched, WORDS[matched.verdict]
