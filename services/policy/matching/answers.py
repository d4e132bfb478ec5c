"""Matches as they are shown: items grouped by verdict, with amounts, closing days, reasons, and the next best questions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pydantic import BaseModel, Field

from services.policy.conditions.evaluating import Matched
from services.policy.conditions.explaining import (
    WORDS,
    Question,
    RequirementAnswer,
    VerdictWord,
    best_questions,
    explained,
)
from services.policy.conditions.sentences import Words
from services.policy.matching.knowledge import Knowledge, KnownEnterprise, OpenItem


class ItemMatch(BaseModel):
    """One item for one enterprise. `missing`: facts that decide it, by label; `by_person`: what a person checks."""

    code: str
    title: str
    department: str
    support_type: str
    revision: int
    amount_fen: int | None
    amount_text: str
    window_kind: str | None
    opens_on: date | None
    closes_on: date | None
    days_left: int | None = Field(None, description="距截止的天数，当天为0")
    verdict: VerdictWord
    no_data: bool = Field(False, description="条件没有数据化，无法自动判定")
    missing: list[str] = []
    by_person: list[str] = []
    requirements: list[RequirementAnswer] | None = None


class MatchAnswer(BaseModel):
    """All open items for an enterprise; `profile_version` is the profile they were decided on."""

    uscc: str
    day: date
    profile_version: int
    met: list[ItemMatch] = []
    unknown: list[ItemMatch] = []
    not_met: list[ItemMatch] = []
    questions: list[Question] = Field([], description="最值得补充的信息，能判定的事项多的在前")


def match_answer(
    enterprise: KnownEnterprise, knowledge: Knowledge, today: date, *, explain: bool = False
) -> MatchAnswer:
    """Every open item, those that close first in front, then those with the larger amount."""
    items = knowledge.open_items(today)
    matches = knowledge.matcher.match(enterprise.profile, today)
    answer = MatchAnswer(uscc=enterprise.uscc, day=today, profile_version=enterprise.version)
    groups: Mapping[VerdictWord, list[ItemMatch]] = {
        "met": answer.met,
        "unknown": answer.unknown,
        "not-met": answer.not_met,
    }
    for item in sorted(items.values(), key=_urgency):
        shown = item_match(item, matches[item.code], knowledge.words, today, explain=explain)
        groups[shown.verdict].append(shown)
    answer.questions = best_questions((matches[code] for code in items), knowledge.words)
    return answer


def _urgency(item: OpenItem) -> tuple[date, int, str]:
    return item.closes_on or date.max, -(item.amount_fen or 0), item.code


def item_match(item: OpenItem, matched: Matched, words: Words, today: date, *, explain: bool) -> ItemMatch:
    """One item; with the reasons of every requirement where they are asked for."""
    fields = {
        name: getattr(item, name) for name in ItemMatch.model_fields.keys() & OpenItem.__dataclass_fields__.keys()
    }
    return ItemMatch(
        **fields,
        days_left=(item.closes_on - today).days if item.closes_on else None,
        verdict=WORDS[matched.verdict],
        no_data=matched.undecidable,
        missing=sorted(words.label(fact) for fact in matched.missing),
        by_person=[each.requirement.title for each in matched.requirements if each.result is None],
        requirements=explained(matched, words, today) if explain else None,
    )
