"""What others hear of registry's events, and what stays inside."""

from __future__ import annotations

from datetime import date

import pytest

from services.registry.events import (
    ComputedFact,
    DisputeOverdue,
    DisputeSettled,
    EffectiveFact,
    EnterpriseRegistered,
    FactWithdrawn,
    ProfileChanged,
)
from services.registry.publishing import publish
from shared.contracts import registry as published
from shared.contracts.base import Outgoing, subject_of
from shared.eventstore.events import Event, Recorded
from tests.services.registry.profiles import AS_OF, BUREAU, USCC, disputed, fact, stated
from tests.support.deciding import WORKING_MORNING


def told(event: Event) -> Outgoing | None:
    return publish(Recorded(f"enterprise-{USCC}", 1, WORKING_MORNING, event, BUREAU, "c"))


def test_what_holds_otherwise_is_told_to_the_platforms_own_services_only() -> None:
    gone = EffectiveFact(key="tax_paid", value=None)
    held = EffectiveFact(key="rd_ratio", value=500, source="computed", standing="computed", as_of=AS_OF, disputed=True)
    computed = ComputedFact(key="rd_ratio", value=500, as_of=AS_OF, inputs=("rd_expense", "revenue"))
    outgoing = told(
        ProfileChanged(uscc=USCC, version=4, recorded_at=WORKING_MORNING, facts=(held, gone), computed=(computed,))
    )
    assert outgoing == Outgoing(
        published.FactsChanged(
            uscc=USCC,
            version=4,
            facts=(
                published.FactStatement(
                    key="rd_ratio", value=500, source="computed", standing="computed", as_of=AS_OF, disputed=True
                ),
                published.FactStatement(key="tax_paid", value=None),
            ),
        )
    )
    assert outgoing is not None
    assert subject_of(type(outgoing.event), outgoing.department).endswith(".internal")


@pytest.mark.parametrize(
    "event",
    [
        stated("swju", fact("tax_paid", 1)),
        FactWithdrawn(uscc=USCC, key="tax_paid", source="swju", reason="口径有误。"),
        ProfileChanged(uscc=USCC, version=1, recorded_at=WORKING_MORNING, facts=(), no_longer_computed=("scale",)),
    ],
    ids=lambda event: event.TOPIC,
)
def test_what_changes_nothing_that_holds_is_nobodys_business(event: Event) -> None:
    assert told(event) is None


def test_a_dispute_is_told_to_the_department_concerned_without_reason_or_value() -> None:
    about = disputed().model_dump(include={"uscc", "number", "key", "label", "department"})
    settled = DisputeSettled(
        **about, source="swju", outcome="corrected", reason="保密的理由。", settled_on=date(2026, 3, 9), in_time=True
    )
    overdue = DisputeOverdue(**about, due_on=date(2026, 3, 23), limit_days=15)
    assert told(disputed()) == Outgoing(
        published.FactDisputed(**about, due_on=date(2026, 3, 23), provisional=False), "swju"
    )
    for event in (disputed(reason="保密的理由。"), settled, overdue):
        outgoing = told(event)
        assert outgoing is not None
        assert outgoing.department == "swju"
        assert "理由" not in outgoing.event.model_dump_json()


def test_of_a_registration_nothing_is_told_that_is_a_business_secret() -> None:
    content = {
        "uscc": USCC, "name": "样例一号有限公司", "industry": "C3922", "division": "320281", "established_on": None,
        "employees": 5, "revenue_fen": 77_777, "assets_fen": 88_888, "tags": (), "contact_name": "sealed-name",
        "contact_phone": "sealed-phone",
    }  # fmt: skip
    outgoing = told(EnterpriseRegistered.model_validate(content))
    assert outgoing is not None
    for secret in ("77777", "88888", "sealed"):
        assert secret not in outgoing.event.model_dump_json()
