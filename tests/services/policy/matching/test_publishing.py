"""What others hear of matches: whom to tell, on subjects of the platform's own services only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.policy.publishing import publish
from shared.contracts.base import Published, subject_of
from shared.contracts.policy import matching as published
from shared.eventstore.events import Event, Recorded
from shared.security.actor import system
from tests.services.policy.matching.desk import FIRST, SECOND
from tests.services.policy.matching.examples import CLOSES, CLOSING, DIGEST, EVENTS, FOUND


def told(event: Event) -> Published | None:
    outgoing = publish(Recorded("push-x", 1, datetime(2026, 3, 2, tzinfo=UTC), event, system("policy"), "command-1"))
    return outgoing.event if outgoing else None


def test_those_who_are_told_at_once_are_named_and_those_of_a_digest_are_not() -> None:
    event: Any = told(FOUND)
    assert event == published.MatchesFound(
        item_id="rd", title="研发补助（样例）", department="gxj", revision=2, level="met", enterprises=(FIRST,),
        amount_text="最高50万元", closes_on=CLOSES,
    )  # fmt: skip
    assert told(FOUND.model_copy(update={"enterprises": ()})) is None


def test_a_closing_and_a_digest_are_told() -> None:
    closing: Any = told(CLOSING)
    assert (closing.item_id, closing.closes_on, closing.enterprises) == ("rd", CLOSES, (FIRST, SECOND))
    digest: Any = told(DIGEST)
    assert [(entry.item_id, entry.level) for entry in digest.entries] == [("rd", "nearly")]
    assert told(DIGEST.model_copy(update={"entries": ()})) is None


@pytest.mark.parametrize("event", [event for _, event in EVENTS if event not in (FOUND, CLOSING, DIGEST)], ids=repr)
def test_evidence_interests_and_conditions_are_nobody_elses_business(event: Event) -> None:
    assert told(event) is None


def test_who_is_told_of_what_stays_inside_the_platform() -> None:
    for kind in (published.MatchesFound, published.ClosingSoon, published.DigestDue):
        assert ".internal." in f"{subject_of(kind, 'gxj')}."
