"""The enterprise disputes a fact, and the department looks again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from services.registry.decider import (
    DisputeFact,
    RaiseDisputeOverdue,
    RecomputeDisputeDeadline,
    SettleDispute,
    WithdrawFact,
    enterprise,
)
from services.registry.events import (
    DisputeDeadlineRecomputed,
    DisputeOverdue,
    DisputeSettled,
    EffectiveFact,
    FactsStated,
    ProfileChanged,
)
from shared.calendar import SHANGHAI, WorkingCalendar
from shared.security.actor import Actor
from tests.services.registry.profiles import (
    AS_OF,
    BUREAU,
    CATALOGUE,
    OWNER,
    RIVAL,
    SCIENCE,
    TAX,
    USCC,
    disputed,
    fact,
    state,
    stated,
)
from tests.support.deciding import WORKING_MORNING, Given, given

REASON = "应以审计报告为准。"
DUE = date(2026, 3, 23)  # 15 working days after Monday, 2 March
DAY_AFTER = datetime(2026, 3, 24, 0, 0, tzinfo=SHANGHAI)


def dispute(**changes: Any) -> DisputeFact:
    content = {"uscc": USCC, "key": "rd_expense", "reason": REASON, "limit_days": 15, "definitions": CATALOGUE}
    return DisputeFact.model_validate(content | changes)


def settle(outcome: str, **changes: Any) -> SettleDispute:
    content = {"uscc": USCC, "number": 1, "outcome": outcome, "reason": "已核对原始凭证。", "definitions": CATALOGUE}
    return SettleDispute.model_validate(content | changes)


def with_facts() -> Given:
    """The tax office states expense and revenue; the ratio follows."""
    said = given(enterprise).when(state("swju", fact("rd_expense", 5), fact("revenue", 100)), actor=TAX)
    return given(enterprise, *said.events)


def with_dispute(**changes: Any) -> Given:
    found = with_facts()
    for event in found.when(dispute(**changes), actor=OWNER).events:
        found = Given(enterprise, enterprise.evolve(found.state, event))
    return found


def holding(key: str, value: int, source: str = "swju", *, doubted: bool) -> EffectiveFact:
    standing = "computed" if source == "computed" else "verified"
    return EffectiveFact(key=key, value=value, source=source, standing=standing, as_of=AS_OF, disputed=doubted)


def test_a_disputed_fact_is_marked_with_all_that_was_computed_from_it() -> None:
    with_facts().when(dispute(), actor=OWNER).then(
        disputed(),
        ProfileChanged(
            uscc=USCC,
            version=2,
            recorded_at=WORKING_MORNING,
            facts=(holding("rd_expense", 5, doubted=True), holding("rd_ratio", 500, "computed", doubted=True)),
        ),
    )


def test_what_the_enterprise_says_instead_stands_beside_it_as_declared() -> None:
    found = with_dispute(value=7)
    own = found.state.statement("rd_expense", "enterprise")
    assert (own.value, own.standing) == (7, "declared")
    assert found.state.effective["rd_expense"].value == 5


@pytest.mark.parametrize("actor", [RIVAL, TAX, BUREAU], ids=lambda actor: actor.subject)
def test_only_the_enterprise_itself_disputes(actor: Actor) -> None:
    with_facts().when(dispute(), actor=actor).refused("registry.not-your-enterprise")
    given(enterprise).when(dispute(), actor=actor).refused("registry.not-your-enterprise")


def test_what_nobody_states_or_nobody_but_itself_or_the_platform_cannot_be_disputed() -> None:
    found = with_facts()
    given(enterprise).when(dispute(), actor=OWNER).refused("registry.profile-empty")
    found.when(dispute(key="employees"), actor=OWNER).refused("registry.nothing-to-dispute")
    found.when(dispute(source="kjj"), actor=OWNER).refused("registry.nothing-to-dispute")
    found.when(dispute(key="rd_ratio"), actor=OWNER).refused("registry.not-disputable")
    declared = with_dispute(value=7)
    declared.when(dispute(source="enterprise"), actor=OWNER).refused("registry.not-disputable")


def test_a_wrong_value_is_refused_with_the_dispute() -> None:
    with_facts().when(dispute(value="很多"), actor=OWNER).refused("registry.invalid-facts", ["value"])


def test_a_statement_is_in_dispute_once() -> None:
    with_dispute().when(dispute(reason="另有理由。"), actor=OWNER).then()


def test_the_department_confirms_and_the_mark_goes() -> None:
    with_dispute().when(settle("confirmed"), actor=TAX).then(
        DisputeSettled(
            **disputed().model_dump(exclude={"clock", "reason"}),
            outcome="confirmed",
            reason="已核对原始凭证。",
            settled_on=date(2026, 3, 2),
            in_time=True,
        ),
        ProfileChanged(
            uscc=USCC,
            version=3,
            recorded_at=WORKING_MORNING,
            facts=(holding("rd_expense", 5, doubted=False), holding("rd_ratio", 500, "computed", doubted=False)),
        ),
    )


def test_the_department_corrects_and_what_follows_from_it_follows() -> None:
    settled, said, changed = with_dispute().when(settle("corrected", value=6, as_of=AS_OF), actor=TAX).events
    assert isinstance(settled, DisputeSettled)
    assert said == stated("swju", fact("rd_expense", 6))
    assert isinstance(changed, ProfileChanged)
    assert changed.facts == (
        holding("rd_expense", 6, doubted=False),
        holding("rd_ratio", 600, "computed", doubted=False),
    )


@pytest.mark.parametrize(
    ("command", "fields"),
    [
        (settle("corrected"), ["value"]),
        (settle("corrected", value=5), ["value"]),
        (settle("corrected", value="五", as_of=date(2027, 1, 1)), ["value", "as_of"]),
        (settle("confirmed", value=6), ["value"]),
    ],
)
def test_a_settlement_is_refused_with_everything_that_is_wrong(command: SettleDispute, fields: list[str]) -> None:
    with_dispute().when(command, actor=TAX).refused("registry.invalid-settlement", fields)


def test_another_department_does_not_settle_it_and_the_bureau_can() -> None:
    found = with_dispute()
    found.when(settle("confirmed"), actor=SCIENCE).refused("registry.not-your-dispute")
    found.when(settle("confirmed"), actor=OWNER).refused("registry.not-your-dispute")
    assert found.when(settle("confirmed"), actor=BUREAU).refusal is None


def test_a_dispute_is_settled_once_and_an_unknown_one_is_named_so() -> None:
    found = with_dispute()
    for event in found.when(settle("confirmed"), actor=TAX).events:
        found = Given(enterprise, enterprise.evolve(found.state, event))
    found.when(settle("confirmed"), actor=TAX).refused("registry.dispute-settled")
    found.when(settle("confirmed", number=2), actor=TAX).refused("registry.dispute-unknown")


def test_withdrawing_the_statement_settles_the_dispute() -> None:
    command = WithdrawFact(uscc=USCC, key="rd_expense", source="swju", reason="口径有误。")
    outcome = with_dispute().when(command, actor=TAX)
    (settled,) = [event for event in outcome.events if isinstance(event, DisputeSettled)]
    assert (settled.outcome, settled.reason) == ("withdrawn", "口径有误。")


def test_it_is_overdue_exactly_once_after_its_due_day_and_settling_it_then_is_late() -> None:
    found = with_dispute()
    found.when(RaiseDisputeOverdue(number=1), at=datetime(2026, 3, 23, 23, 59, tzinfo=SHANGHAI)).then()
    overdue = DisputeOverdue(
        uscc=USCC, number=1, key="rd_expense", label="上年度研发费用", department="swju", due_on=DUE, limit_days=15
    )
    found.when(RaiseDisputeOverdue(number=1), at=DAY_AFTER).then(overdue)
    late = Given(enterprise, enterprise.evolve(found.state, overdue))
    late.when(RaiseDisputeOverdue(number=1), at=DAY_AFTER).then()
    (settled, *_) = late.when(settle("confirmed"), at=DAY_AFTER, actor=TAX).events
    assert isinstance(settled, DisputeSettled)
    assert not settled.in_time


def test_a_newer_calendar_moves_the_due_day() -> None:
    unannounced = WorkingCalendar(())
    found = with_facts()
    for event in found.when(dispute(limit_days=40), actor=OWNER, calendar=unannounced).events:
        found = Given(enterprise, enterprise.evolve(found.state, event))
    assert found.state.disputes[0].clock.due.provisional
    outcome = found.when(RecomputeDisputeDeadline(number=1))
    (moved,) = outcome.events
    assert isinstance(moved, DisputeDeadlineRecomputed)
    assert not moved.clock.due.provisional
    certain = Given(enterprise, enterprise.evolve(found.state, moved))
    certain.when(RecomputeDisputeDeadline(number=1)).then()


def test_a_dispute_of_the_registration_is_the_bureaus() -> None:
    found = given(enterprise, stated("registration", fact("employees", 3)))
    (event, *_) = found.when(dispute(key="employees", source="registration"), actor=OWNER).events
    assert event == disputed(key="employees", label="从业人员", source="registration", department=None)
    later = Given(enterprise, enterprise.evolve(found.state, event))
    later.when(settle("confirmed"), actor=TAX).refused("registry.not-your-dispute")
    said = [
        each for each in later.when(settle("corrected", value=4), actor=BUREAU).events if isinstance(each, FactsStated)
    ]
    assert [(each.source, each.facts[0].value) for each in said] == [("registration", 4)]
