"""Agreement with another engine's verdicts on given profiles, condition by condition."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from services.policy.conditions.evaluating import match_one
from services.policy.conditions.language import Verdict
from services.policy.conditions.validating import problems
from tests.realdata.programmes import ORACLE, definitions, eligibilities, expressed, profile

pytestmark = pytest.mark.realdata
WORDS = {Verdict.MET: "met", Verdict.NOT_MET: "failed", Verdict.UNKNOWN: "unverified"}
# Where a condition asks two questions, by programme, their verdict and ours.
EXPLAINED = {
    # They take the costs of two years together for those of each year.
    ("prov", "met", "unverified"),
    # They look at the second question only when the first is answered; here a known “no” decides a conjunction, a
    # known “yes” a disjunction, and a disjunction with an unanswered part is not yet a “no”.
    ("xjr", "unverified", "failed"),
    ("prov", "unverified", "failed"),
    ("prov", "unverified", "met"),
    ("prov", "failed", "unverified"),
}


def test_all_required_conditions_get_the_same_verdict_but_those_that_are_explained(realdata: Path) -> None:
    facts, items = definitions(realdata), eligibilities(realdata)
    equal, differing = 0, Counter[tuple[str, str, str]]()
    for line in (realdata / ORACLE).read_text("utf-8").splitlines():
        case = json.loads(line)
        theirs = {
            **dict.fromkeys(case["matched"], "met"),
            **dict.fromkeys(case["unverified_required"] + case["unverified_veto"], "unverified"),
            **dict.fromkeys(case["failed_required"] + case["failed_veto"], "failed"),
        }
        matched = match_one(items[case["policy_id"]], {}, profile(case["profile"], facts), date(2026, 8, 14))
        for each in matched.requirements:
            if each.requirement.required:
                pair = theirs[each.requirement.title], WORDS[each.verdict]
                equal += pair[0] == pair[1]
                differing[(case["policy_id"], *pair)] += pair[0] != pair[1]
    different = {key for key, number in differing.items() if number}
    assert different <= EXPLAINED
    assert equal / (equal + differing.total()) > 0.995


def test_every_condition_that_the_source_has_as_data_is_a_rule_that_can_be_published(realdata: Path) -> None:
    facts = definitions(realdata)
    assert [error for each in eligibilities(realdata).values() for error in problems(each, facts, {})] == []
    counts = expressed(realdata)
    assert (counts["items"], counts["expressed"], counts["by person"]) == (26, 102, 162)
