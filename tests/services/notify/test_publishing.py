"""What others hear of messages."""

from __future__ import annotations

import pytest

from services.notify.publishing import publish
from shared.contracts import notify as published
from shared.contracts.base import Published
from shared.eventstore.events import Event, Recorded
from shared.security.actor import system
from tests.services.notify.histories import ID, USCC, accepted, delivered, failed, rejected, written
from tests.support.deciding import WORKING_MORNING

WHOSE = {"message_id": ID, "recipient": f"enterprise:{USCC}"}


def recorded(event: Event) -> Recorded:
    return Recorded(f"message-{ID}", 1, WORKING_MORNING, event, system("notify"), "command-1", position=1)


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (
            written(),
            published.MessageWritten(**WHOSE, template="application-accepted", about="application:SB-2026-0001"),
        ),
        (accepted(2), published.SmsAccepted(**WHOSE, attempts=2)),
        (delivered(2), published.SmsDelivered(**WHOSE)),
        (failed(3), published.SmsFailed(**WHOSE, attempts=3, reason="provider-refused: 400")),
    ],
    ids=lambda each: type(each).__name__,
)
def test_others_hear_who_was_told_what_by_reference(event: Event, told: Published) -> None:
    outgoing = publish(recorded(event))
    assert outgoing is not None
    assert (outgoing.event, outgoing.department) == (told, "gxj")


@pytest.mark.parametrize("event", [rejected(), failed(0, "no-provider")], ids=["to-be-repeated", "no-provider"])
def test_what_is_repeated_or_was_never_tried_is_no_news(event: Event) -> None:
    assert publish(recorded(event)) is None
