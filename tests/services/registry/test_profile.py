"""What sources state of an enterprise, and what then holds."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from services.registry.decider import ExpireFacts, RegisterEnterprise, WithdrawFact, enterprise
from services.registry.events import (
    EffectiveFact,
    EnterpriseRegistered,
    FactsStated,
    FactWithdrawn,
    ProfileChanged,
    StatedFact,
)
from shared.calendar import SHANGHAI
from shared.contracts.facts import FactValue
from shared.security.actor import Actor, system
from tests.services.registry.profiles import AS_OF, BUREAU, OWNER, RIVAL, SCIENCE, TAX, USCC, fact, state, stated
from tests.support.deciding import WORKING_MORNING, Given, given

LATER = WORKING_MORNING + timedelta(days=30)


def after(*commands: object) -> Given:
    """The enterprise after these commands, each with its actor."""
    found = given(enterprise)
    for command, actor in zip(commands[::2], commands[1::2], strict=True):
        outcome = found.when(command, actor=actor)  # type: ignore[arg-type]
        assert outcome.refusal is None, outcome.refusal
        for event in outcome.events:
            found = Given(enterprise, enterprise.evolve(found.state, event))
    return found


def held(found: Given) -> dict[str, tuple[FactValue | None, str]]:
    """What holds, and from whom."""
    return {key: (each.value, each.source) for key, each in found.state.effective.items()}


def test_a_department_states_facts_of_an_enterprise_that_never_registered() -> None:
    said = (fact("tax_paid", 100), fact("above_scale", True))
    given(enterprise).when(state("swju", *said), actor=TAX).then(
        stated("swju", *said),
        ProfileChanged(
            uscc=USCC,
            version=1,
            recorded_at=WORKING_MORNING,
            facts=(
                EffectiveFact(key="above_scale", value=True, source="swju", as_of=AS_OF),
                EffectiveFact(key="tax_paid", value=100, source="swju", as_of=AS_OF),
            ),
        ),
    )


def test_the_same_said_again_changes_nothing() -> None:
    said = state("kjj", fact("qualifications", ("high-tech", "green-factory")))
    again = state("kjj", fact("qualifications", ("green-factory", "high-tech", "high-tech")))
    after(said, SCIENCE).when(said, at=LATER, actor=SCIENCE).then()
    after(said, SCIENCE).when(again, at=LATER, actor=SCIENCE).then()


@pytest.mark.parametrize(
    ("source", "actor", "code"),
    [
        ("enterprise", RIVAL, "registry.not-your-enterprise"),
        ("enterprise", BUREAU, "registry.not-your-enterprise"),
        ("swju", SCIENCE, "registry.not-your-source"),
        ("swju", OWNER, "registry.not-your-source"),
        ("registration", TAX, "registry.not-your-source"),
        ("computed", BUREAU, "registry.computed"),
    ],
)
def test_nobody_speaks_for_another_source(source: str, actor: Actor, code: str) -> None:
    given(enterprise).when(state(source, fact("tax_paid", 1)), actor=actor).refused(code)


def test_everything_wrong_with_a_statement_is_named_at_once() -> None:
    command = state(
        "swju",
        fact("tax_paid", "一百"),
        fact("employees", -1, as_of=date(2026, 3, 3), valid_until=date(2026, 3, 1)),
        fact("industry", "39"),
        fact("no_such_fact", 1),
        fact("scale", "huge"),
        fact("revenue", 1),
        fact("revenue", 2),
        fact("certificates", (" ",)),
        fact("qualifications", ("长" * 121,)),
    )
    given(enterprise).when(command, actor=TAX).refused(
        "registry.invalid-facts",
        [
            "facts.0.value", "facts.1.value", "facts.1.as_of", "facts.1.valid_until", "facts.2.value", "facts.3.key",
            "facts.4.value", "facts.5.key", "facts.7.value", "facts.8.value",
        ],
    )  # fmt: skip


def test_a_source_replaces_its_own_statement_but_not_with_an_older_one() -> None:
    found = after(state("swju", fact("tax_paid", 100)), TAX)
    newer = state("swju", fact("tax_paid", 90, as_of=date(2026, 1, 31)))
    assert held(after(state("swju", fact("tax_paid", 100)), TAX, newer, TAX)) == {"tax_paid": (90, "swju")}
    older = state("swju", fact("tax_paid", 90, as_of=date(2024, 12, 31)))
    found.when(older, actor=TAX).refused("registry.invalid-facts", ["facts.0.as_of"])


def test_what_a_department_verified_goes_before_what_the_enterprise_declares_later() -> None:
    declared = state("enterprise", fact("rd_staff", 50, as_of=date(2026, 3, 1)))
    verified = state("kjj", fact("rd_staff", 40))
    assert held(after(verified, SCIENCE, declared, OWNER))["rd_staff"] == (40, "kjj")
    assert held(after(declared, OWNER, verified, SCIENCE))["rd_staff"] == (40, "kjj")


def test_of_two_departments_the_later_as_of_date_counts_and_then_what_came_last() -> None:
    january, december = fact("employees", 11, as_of=date(2026, 1, 31)), fact("employees", 12)
    assert held(after(state("swju", january), TAX, state("kjj", december), SCIENCE))["employees"] == (11, "swju")
    first = after(state("kjj", december), SCIENCE)
    outcome = first.when(state("swju", fact("employees", 13)), at=LATER, actor=TAX)
    (changed,) = [event for event in outcome.events if isinstance(event, ProfileChanged)]
    assert [(each.value, each.source) for each in changed.facts] == [(13, "swju")]


def test_a_value_that_runs_out_gives_way_to_the_next_source_and_then_to_nothing() -> None:
    found = after(
        state("kjj", fact("rd_staff", 40, valid_until=date(2026, 3, 10))), SCIENCE,
        state("enterprise", fact("rd_staff", 50, valid_until=date(2026, 3, 20))), OWNER,
    )  # fmt: skip
    found.when(ExpireFacts(), at=datetime(2026, 3, 10, 23, 59, tzinfo=SHANGHAI)).then()
    at = datetime(2026, 3, 11, 0, 0, tzinfo=SHANGHAI)
    declared = EffectiveFact(
        key="rd_staff", value=50, source="enterprise", standing="declared", as_of=AS_OF, valid_until=date(2026, 3, 20)
    )
    # Version 2, for what the enterprise declared changed nothing that held.
    next_one = ProfileChanged(uscc=USCC, version=2, recorded_at=at, facts=(declared,), next_expiry=date(2026, 3, 20))
    found.when(ExpireFacts(), at=at).then(next_one)
    left = Given(enterprise, enterprise.evolve(found.state, next_one))
    (nothing,) = left.when(ExpireFacts(), at=datetime(2026, 3, 21, 0, 0, tzinfo=SHANGHAI)).events
    assert isinstance(nothing, ProfileChanged)
    assert nothing.facts == (EffectiveFact(key="rd_staff", value=None),)
    assert nothing.next_expiry is None


def test_only_the_platform_lets_values_run_out() -> None:
    after(state("swju", fact("tax_paid", 1)), TAX).when(ExpireFacts(), actor=OWNER).refused("registry.platform-only")


def test_scale_and_ratios_follow_from_what_holds_and_change_with_it() -> None:
    basis = state(
        "swju", fact("industry", "C3922"), fact("employees", 400), fact("revenue", 300_000_000_00),
        fact("rd_expense", 15_000_000_00),
    )  # fmt: skip
    found = after(basis, TAX)
    assert held(found)["scale"] == ("medium", "computed")
    assert held(found)["rd_ratio"] == (500, "computed")
    assert found.state.statement("scale", "computed").inputs == ("industry", "employees", "revenue")
    fewer = state("swju", fact("employees", 100, as_of=date(2026, 2, 1)))
    assert held(after(basis, TAX, fewer, TAX))["scale"] == ("small", "computed")
    withdrawn = WithdrawFact(uscc=USCC, key="industry", source="swju", reason="来源有误。")
    gone = after(basis, TAX, withdrawn, TAX)
    assert "scale" not in held(gone)
    assert gone.state.statement("scale", "computed") is None


def test_a_scale_that_a_department_verified_goes_before_the_computed_one() -> None:
    basis = state("swju", fact("industry", "C3922"), fact("employees", 10))
    assert held(after(basis, TAX, state("kjj", fact("scale", "small")), SCIENCE))["scale"] == ("small", "kjj")


def test_a_source_withdraws_its_own_statement_once() -> None:
    command = WithdrawFact(uscc=USCC, key="tax_paid", source="swju", reason="统计口径有误。")
    found = after(state("swju", fact("tax_paid", 100)), TAX)
    found.when(command, actor=SCIENCE).refused("registry.not-your-source")
    outcome = found.when(command, actor=TAX)
    outcome.then(
        FactWithdrawn(uscc=USCC, key="tax_paid", source="swju", reason="统计口径有误。"),
        ProfileChanged(
            uscc=USCC, version=2, recorded_at=WORKING_MORNING, facts=(EffectiveFact(key="tax_paid", value=None),)
        ),
    )
    after(state("swju", fact("tax_paid", 100)), TAX, command, TAX).when(command, actor=TAX).then()


REGISTRATION = RegisterEnterprise(
    uscc=USCC,
    name="样例一号有限公司",
    industry="C3922",
    division="320281100",
    established_on=date(2019, 5, 6),
    employees=0,
    revenue_fen=2**63 - 1,
    tags=("规模以上", "高新技术企业", "green-factory"),
)


def test_a_registration_is_a_source_too() -> None:
    outcome = given(enterprise).when(REGISTRATION, actor=BUREAU)
    registered, said, changed = outcome.events
    assert isinstance(registered, EnterpriseRegistered)
    assert isinstance(said, FactsStated)
    assert isinstance(changed, ProfileChanged)
    assert (said.source, said.standing) == ("registration", "verified")
    assert {each.key: each.value for each in said.facts} == {
        "industry": "C3922",
        "division": "320281100",
        "established_on": "2019-05-06",
        "employees": 0,
        "revenue": 2**62,
        "qualifications": ("green-factory", "high-tech"),
    }
    assert {each.key for each in changed.facts} == {each.key for each in said.facts} | {"scale"}


def test_tags_that_are_no_qualifications_say_nothing_of_them() -> None:
    only = RegisterEnterprise(uscc=USCC, name="样例一号有限公司", tags=("规模以上",))
    (registered,) = given(enterprise).when(only, actor=BUREAU).events
    assert isinstance(registered, EnterpriseRegistered)


def test_what_an_applicant_registers_counts_as_declared() -> None:
    _, said, _ = given(enterprise).when(REGISTRATION, actor=OWNER).events
    assert isinstance(said, FactsStated)
    assert said.standing == "declared"


def test_a_registration_from_before_profiles_is_completed_by_its_repeat() -> None:
    content = REGISTRATION.model_dump() | {"contact_name": None, "contact_phone": None}
    old = given(enterprise, EnterpriseRegistered(**content))
    said, changed = old.when(REGISTRATION, actor=system("load")).events
    assert isinstance(said, FactsStated)
    assert isinstance(changed, ProfileChanged)
    whole = Given(enterprise, enterprise.evolve(enterprise.evolve(old.state, said), changed))
    whole.when(REGISTRATION, actor=system("load"), at=LATER).then()


def test_a_statement_keeps_what_it_is_made_of() -> None:
    said: StatedFact = fact("employees", 12, valid_until=date(2026, 12, 31))
    kept = after(state("swju", said), TAX).state.statement("employees", "swju")
    assert StatedFact(**{name: getattr(kept, name) for name in StatedFact.model_fields}) == said
    assert kept.recorded_at == WORKING_MORNING
