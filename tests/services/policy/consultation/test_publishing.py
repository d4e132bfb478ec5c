"""What others hear of consultations: never who said what."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.policy.events.consultation import OpinionSubmitted
from services.policy.publishing import publish
from shared.contracts.base import subject_of
from shared.contracts.policy import OpinionAnswered, RepresentativesInvited
from shared.eventstore.events import Event, Recorded
from tests.services.policy.catalogue import OFFICER
from tests.services.policy.consultation.examples import ANSWERED, EVENTS, KEY, OPINION, SUBMITTED, USCC


def outgoing(event: Event) -> object:
    return publish(Recorded("consultation-x", 1, datetime(2026, 3, 2, tzinfo=UTC), event, OFFICER, "command-1"))


@pytest.mark.parametrize(("_aggregate", "event"), EVENTS, ids=lambda each: getattr(each, "TOPIC", ""))
def test_all_but_opinions_are_told_under_the_name_of_the_consultation(_aggregate: str, event: Event) -> None:
    told = outgoing(event)
    assert (told is None) == isinstance(event, OpinionSubmitted)
    if told is not None:
        assert told.event.consultation_id == KEY  # type: ignore[attr-defined]
        assert told.department == "gxj"  # type: ignore[attr-defined]


def test_which_enterprise_is_invited_or_answered_stays_inside() -> None:
    answered = outgoing(ANSWERED).event  # type: ignore[attr-defined]
    assert (answered.opinion_id, answered.enterprise, answered.outcome) == (OPINION, USCC, "partly")
    for kind in (OpinionAnswered, RepresentativesInvited):
        assert subject_of(kind, "gxj").endswith(".internal")
    assert SUBMITTED.text not in str([outgoing(event) for _, event in EVENTS])
