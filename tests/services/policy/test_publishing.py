"""What others hear, and what nobody may."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from services.policy.publishing import publish
from shared.contracts import policy as contracts
from shared.contracts.base import subject_of
from shared.eventstore.events import Event, Recorded
from tests.services.policy.catalogue import CODE, KEY, NUMBER, OFFICER, WITHHELD_REF, drafted, item_published, published


def recorded(event: Event, aggregate: str = f"document-{KEY}") -> Recorded:
    return Recorded(aggregate, 1, datetime(2026, 3, 2, 1, 0, tzinfo=UTC), event, OFFICER, "command-1")


def test_a_public_document_is_announced_on_its_departments_subject() -> None:
    outgoing = publish(recorded(published()))
    assert outgoing is not None
    assert outgoing.event == contracts.PolicyPublished(
        document_id=KEY,
        number=NUMBER,
        title="技术改造扶持办法（样例）",
        department="gxj",
        issued_on=date(2026, 2, 27),
        decided_on=date(2026, 2, 27),
        themes=("技术改造",),
    )
    subject = subject_of(type(outgoing.event), outgoing.department)
    assert subject == "chengce.policy.policy-published.gxj"


def test_a_document_without_a_decision_date_counts_as_decided_when_issued() -> None:
    outgoing = publish(recorded(published(decided_on=None, origin="catalogue")))
    assert outgoing is not None
    assert isinstance(outgoing.event, contracts.PolicyPublished)
    assert outgoing.event.decided_on == outgoing.event.issued_on


def test_a_published_item_is_announced() -> None:
    outgoing = publish(recorded(item_published(), f"item-{CODE}"))
    assert outgoing is not None
    assert outgoing.department == "gxj"
    assert outgoing.event == contracts.ItemPublished(
        item_id=CODE,
        code=CODE,
        title="设备补助（样例）",
        document_id=KEY,
        department="gxj",
        procedure="simple",
        promised_days=20,
        window=contracts.WindowSpan(kind="fixed", opens_on=date(2026, 4, 1), closes_on=date(2026, 6, 30)),
        support_type="资金奖补",
        amount_fen=500_000_000,
        themes=("技术改造",),
        industries=("C34",),
        towns=("320281100",),
    )


@pytest.mark.parametrize(
    "event",
    [
        published(disclosure="withheld", withheld_reason="含有企业的商业秘密"),
        item_published(document=WITHHELD_REF),
        drafted(),
    ],
)
def test_nothing_withheld_and_no_draft_is_ever_announced(event: Event) -> None:
    assert publish(recorded(event)) is None
