"""Why an item fits or does not, and what to ask next, in Chinese."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.policy.conditions.evaluating import Held, Matcher, match_one
from services.policy.conditions.explaining import best_questions, explained
from services.policy.conditions.language import (
    AnyOf,
    Compare,
    Condition,
    DateCompare,
    Day,
    Eligibility,
    Holds,
    Named,
    Requirement,
    Shift,
    Under,
    Verdict,
)
from services.policy.conditions.sentences import Words, sentence
from shared.contracts.facts import BASE_CATALOGUE, FactValue, NumberBand, known
from tests.services.policy.conditions.strategies import CATALOGUE, EXACT, TODAY, decidable, profiles

WORDS = Words(BASE_CATALOGUE, {"small": "小微企业"}, {"C39": "计算机、通信和其他电子设备制造业"})
RD = Compare(fact="rd_ratio", comparison=">=", value=500)


def of(*rules: object) -> Eligibility:
    return Eligibility.model_validate({"requirements": [{"title": f"第{n}项", "rule": r} for n, r in enumerate(rules)]})


def test_conditions_read_as_a_clerk_would_write_them() -> None:
    year = DateCompare(fact="established_on", comparison="<=", day=Day(shift=Shift(years=-1)))
    by = DateCompare(fact="established_on", comparison="<=", day=Day(on=date(2025, 12, 31)))
    assert [sentence(each, WORDS) for each in (RD, year, by)] == [
        "研发费用占营业收入的比例不低于5%", "成立日期距今已满1年", "成立日期不晚于2025年12月31日",
    ]  # fmt: skip
    revenue = Compare(fact="revenue", comparison="<", value=4_000_000_000_000)
    either = AnyOf(of=(revenue, Under(fact="industry", codes=("C39", "I65")), Named(name="small")))
    assert sentence(either, WORDS) == (
        "满足任意一项：（1）上年度营业收入低于400亿元；（2）所属行业属于计算机、通信和其他电子设备制造业（C39）或I65；（3）符合“小微企业”"
    )
    two = Holds(fact="qualifications", values=("high-tech", "green-factory", "tech-sme"), least=2)
    assert sentence(two, WORDS) == "持有资质称号中至少2项：高新技术企业、绿色工厂、科技型中小企业"


def test_what_is_not_met_says_what_would_have_to_change_and_what_is_held() -> None:
    held = {"rd_ratio": Held(known(BASE_CATALOGUE["rd_ratio"], 320), source="swju", as_of=date(2025, 12, 31))}
    (answer,) = explained(match_one(of(RD), {}, held, TODAY), WORDS, TODAY)
    assert (answer.verdict, answer.changes) == ("not-met", ["需要研发费用占营业收入的比例不低于5%，现为3.2%。"])
    assert answer.condition and answer.condition.fact
    fact = answer.condition.fact
    assert (fact.value, fact.source, fact.as_of, fact.expired) == ("3.2%", "swju", date(2025, 12, 31), False)


def test_a_fact_that_has_run_out_is_shown_and_decides_nothing() -> None:
    held = {"rd_ratio": Held(known(BASE_CATALOGUE["rd_ratio"], 900), valid_until=date(2026, 3, 30))}
    (answer,) = explained(match_one(of(RD), {}, held, TODAY), WORDS, TODAY)
    assert (answer.verdict, answer.missing) == ("unknown", ["rd_ratio"])
    assert answer.condition and answer.condition.fact and answer.condition.fact.expired


def test_a_band_decides_where_all_of_it_agrees_and_is_shown_as_a_band() -> None:
    definition = BASE_CATALOGUE["revenue"]
    band = {"revenue": Held(known(definition, NumberBand(least=50_000_000_000, most=100_000_000_000)))}
    limits = (50_000_000_000, 60_000_000_000, 100_000_000_001)
    rules = [Compare(fact="revenue", comparison=">=", value=limit) for limit in limits]
    answers = explained(match_one(of(*rules), {}, band, TODAY), WORDS, TODAY)
    assert [answer.verdict for answer in answers] == ["met", "unknown", "not-met"]
    assert answers[1].condition and answers[1].condition.fact
    assert answers[1].condition.fact.value == "5亿元至10亿元"


def test_a_requirement_that_a_person_checks_is_shown_and_decides_nothing() -> None:
    eligibility = Eligibility(requirements=(Requirement(title="数据"), Requirement(title="研发", rule=RD)))
    held = {"rd_ratio": Held(known(BASE_CATALOGUE["rd_ratio"], 500))}
    matched = match_one(eligibility, {}, held, TODAY)
    assert matched.verdict is Verdict.MET
    assert [answer.by_person for answer in explained(matched, WORDS, TODAY)] == [True, False]
    alone = match_one(Eligibility(requirements=(Requirement(title="数据"),)), {}, held, TODAY)
    assert (alone.verdict, alone.undecidable, alone.missing) == (Verdict.UNKNOWN, True, frozenset())


def test_the_best_question_decides_most_items_by_itself() -> None:
    staff = Compare(fact="employees", comparison=">=", value=10)
    assets = Compare(fact="assets", comparison=">=", value=10)
    matcher = Matcher({"a": of(RD), "b": of(RD), "c": of(staff), "d": of(staff, assets), "e": of(assets, staff, RD)})
    questions = best_questions(matcher.match({}, TODAY).values(), WORDS)
    assert [(q.fact, q.decides, q.helps) for q in questions] == [
        ("rd_ratio", 2, 1), ("employees", 1, 2), ("assets", 0, 2),
    ]  # fmt: skip
    assert all(question.question.endswith("？") for question in questions)


@given(rule=decidable, profile=profiles(), answers=st.fixed_dictionaries(EXACT))
def test_the_facts_that_are_said_to_be_missing_decide_the_item_whatever_they_are(
    rule: Condition, profile: dict[str, Held], answers: dict[str, FactValue]
) -> None:
    matched = match_one(of(rule.model_dump()), {}, profile, TODAY)
    assert bool(matched.missing) is (matched.verdict is Verdict.UNKNOWN)
    told = {key: Held(known(CATALOGUE[key], answers[key])) for key in matched.missing}
    assert match_one(of(rule.model_dump()), {}, profile | told, TODAY).verdict is not Verdict.UNKNOWN
