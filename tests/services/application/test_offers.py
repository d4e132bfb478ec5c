"""Items that are repealed or taken back cannot be applied for any more; what was applied for is still paid."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.application.decider import application
from services.application.readmodels.offers import OfferRow, Offers
from shared.contracts.base import Published
from shared.contracts.policy import ItemPublished, ItemRepealed, ItemWithdrawn
from shared.contracts.samples import sample_of
from shared.readmodels.happened import Happened
from tests.services.application.applications import ENTERPRISE, submit
from tests.support.deciding import given

CODE = "SAMPLE-2026-001"
TODAY = date(2026, 3, 2)


def heard(*happened: tuple[type[Published], dict[str, Any]]) -> OfferRow | None:
    """The item after what policy published of it."""
    row: OfferRow | None = None
    for place, (cls, changes) in enumerate(happened, start=1):
        event = sample_of(cls).model_copy(update={"code": CODE} | changes)
        at = datetime(2026, 3, 2, 1, tzinfo=UTC)
        row = Offers().evolve(row, Happened("policy", place, None, "item-1", at, event))
    return row


PUBLISHED: tuple[type[Published], dict[str, Any]] = (ItemPublished, {})
REPEALED: tuple[type[Published], dict[str, Any]] = (ItemRepealed, {"transition_until": None})
WITHDRAWN: tuple[type[Published], dict[str, Any]] = (ItemWithdrawn, {})


@pytest.mark.parametrize("ended", [REPEALED, WITHDRAWN])
def test_what_is_over_stays_known_and_is_not_offered(ended: tuple[type[Published], dict[str, Any]]) -> None:
    before, row = heard(PUBLISHED), heard(PUBLISHED, ended)
    assert before is not None and before.offered
    assert row is not None
    assert row.model_dump() == before.model_dump() | {"offered": False}
    assert not row.takes_more(TODAY), "a ranking does not wait for anybody else"
    again = heard(PUBLISHED, ended, PUBLISHED)
    assert again is not None and again.offered


def test_a_transition_is_still_offered_until_its_last_day() -> None:
    row = heard(PUBLISHED, (ItemRepealed, {"transition_until": TODAY}))
    assert row is not None and row.offered
    assert row.closes_on is not None and row.closes_on <= TODAY
    assert row.takes_more(row.closes_on)
    assert not row.takes_more(date(2026, 12, 31))


def test_what_was_never_published_is_not_known_by_its_end() -> None:
    assert heard(REPEALED) is None and heard(WITHDRAWN) is None


def test_nobody_applies_for_what_is_not_offered_any_more() -> None:
    refusal = given(application).when(submit(offered=False), actor=ENTERPRISE).refused("application.cannot-apply")
    assert [error.code for error in refusal.errors] == ["not-offered"]
