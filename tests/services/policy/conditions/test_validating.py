"""What is wrong with an eligibility is named all at once, with its place."""

from __future__ import annotations

from services.policy.conditions.language import Condition, Eligibility, In, Named, Not
from services.policy.conditions.validating import cycle, problems
from shared.contracts.facts import BASE_CATALOGUE

NAMED: dict[str, Condition] = {"small": In(fact="scale", values=("small",))}


def codes_of(*rules: dict[str, object]) -> list[tuple[str, str]]:
    eligibility = Eligibility.model_validate(
        {"requirements": [{"title": "条件", "rule": rule} for rule in rules] + [{"title": "由人核对"}]}
    )
    found = problems(eligibility, BASE_CATALOGUE, NAMED)
    assert all(error.message.endswith(("。", "？")) for error in found)
    return [(error.field.removeprefix("eligibility.requirements."), error.code) for error in found]


def test_all_mistakes_are_named_at_once_each_with_its_place() -> None:
    assert codes_of(
        {"op": "compare", "fact": "revenu", "comparison": ">=", "value": 1},
        {"op": "compare", "fact": "scale", "comparison": ">=", "value": 1},
        {"op": "all", "of": [{"op": "any", "of": []}, {"op": "between", "fact": "employees", "least": 5, "most": 4}]},
        {"op": "at-least", "number": 3, "of": [{"op": "is", "fact": "listed"}, {"op": "named", "name": "smal"}]},
        {"op": "under", "fact": "industry", "codes": ["C39", "39", "C3922"]},
        {"op": "in", "fact": "scale", "values": ["small", "tiny"], "undecided": ["small"]},
        {"op": "holds", "fact": "qualifications", "values": ["high-tech"], "least": 2},
        {"op": "not", "of": {"op": "is", "fact": "employees"}},
    ) == [
        ("0.rule.fact", "unknown-fact"),
        ("1.rule.op", "wrong-kind"),
        ("2.rule.of.0.of", "empty"),
        ("2.rule.of.1.most", "below-least"),
        ("3.rule.number", "more-than-parts"),
        ("3.rule.of.1.name", "unknown-condition"),
        ("4.rule.codes.1", "no-code"),
        ("5.rule.values.1", "unknown-option"),
        ("5.rule.undecided", "in-both"),
        ("6.rule.least", "more-than-values"),
        ("7.rule.of.op", "wrong-kind"),
    ]


def test_a_misspelt_fact_is_answered_with_what_was_probably_meant() -> None:
    eligibility = Eligibility.model_validate(
        {"requirements": [{"title": "x", "rule": {"op": "compare", "fact": "employes", "comparison": "<", "value": 1}}]}
    )
    (error,) = problems(eligibility, BASE_CATALOGUE, {})
    assert "“employees”" in error.message


def test_what_is_right_has_no_problems() -> None:
    assert codes_of({"op": "named", "name": "small"}, {"op": "in", "fact": "scale", "values": ["micro"]}) == []


def test_a_named_condition_that_comes_back_to_itself_is_found_with_its_way() -> None:
    assert cycle("aa", Named(name="small"), NAMED) == ()
    named: dict[str, Condition] = {"bb": Not(of=Named(name="cc")), "cc": Named(name="aa")}
    assert cycle("aa", Named(name="bb"), named) == ("aa", "bb", "cc", "aa")
