"""What notify decides, in examples."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.notify.decider import (
    ForgoSms,
    RecordSmsAccepted,
    RecordSmsReceipt,
    RecordSmsRefused,
    RecordSmsUnavailable,
    WriteMessage,
    message,
)
from shared.eventstore.decider import Because, Command
from shared.security.actor import Actor, Role
from tests.services.notify.histories import accepted, delivered, failed, rejected, written
from tests.support.deciding import WORKING_MORNING, given

WRITE = WriteMessage(**written().model_dump())
ACCEPTED = RecordSmsAccepted(attempt=1, provider_id="provider-1")
REFUSED = RecordSmsRefused(attempt=1, reason="provider-refused: 400")
ARRIVED = RecordSmsReceipt(status="delivered")
LOST = RecordSmsReceipt(status="failed", reason="号码已停机")


def unavailable(attempt: int) -> RecordSmsUnavailable:
    return RecordSmsUnavailable(
        attempt=attempt, reason="provider-unavailable: 503", retry_seconds=300, give_up_seconds=900
    )


def test_a_message_is_written() -> None:
    given(message).when(WRITE).then(written())


def test_the_same_fact_is_told_once_even_in_other_words() -> None:
    given(message, written()).when(WRITE).then()
    given(message, written()).when(WRITE.model_copy(update={"text": "换一种说法。"})).then()


def test_an_accepted_text_is_recorded_once() -> None:
    given(message, written()).when(ACCEPTED).then(accepted())
    given(message, written(), accepted()).when(ACCEPTED).then()


def test_a_refused_text_has_failed() -> None:
    given(message, written()).when(REFUSED).then(failed())


def test_a_text_without_a_number_has_failed_without_an_attempt() -> None:
    given(message, written()).when(ForgoSms(reason="no-phone")).then(failed(0, "no-phone"))


def test_a_failed_attempt_is_repeated_after_the_retry_time() -> None:
    again = WORKING_MORNING + timedelta(seconds=300)
    given(message, written()).when(unavailable(1)).then(rejected(1, again=again))


def test_attempts_go_on_until_the_next_would_be_too_long_after_the_first() -> None:
    third = WORKING_MORNING + timedelta(seconds=600)
    history = [written(), rejected(1), rejected(2)]
    given(message, *history).when(unavailable(3), at=third).then(rejected(3))
    late = third + timedelta(seconds=1)
    given(message, *history).when(unavailable(3), at=late).then(failed(3, "provider-unavailable: 503"))


def test_the_same_attempt_of_two_replicas_counts_once() -> None:
    given(message, written(), rejected(1)).when(unavailable(1)).then()


def test_an_attempt_that_another_replica_gave_up_on_may_still_have_been_accepted() -> None:
    given(message, written(), rejected(2)).when(ACCEPTED).then(accepted(2))


def test_a_receipt_says_that_the_text_arrived_or_was_lost() -> None:
    given(message, written(), accepted(2)).when(ARRIVED).then(delivered(2))
    given(message, written(), accepted(2)).when(LOST).then(failed(2, "号码已停机"))


def test_a_receipt_may_overtake_the_record_of_the_acceptance() -> None:
    given(message, written()).when(ARRIVED).then(delivered(1))
    given(message, written(), rejected(2)).when(ARRIVED).then(delivered(2))
    given(message, written(), delivered(1)).when(ACCEPTED).then()


@pytest.mark.parametrize("receipt", [ARRIVED, LOST])
def test_a_second_receipt_changes_nothing(receipt: RecordSmsReceipt) -> None:
    given(message, written(), accepted(), delivered()).when(receipt).then()
    given(message, written(), accepted(), failed()).when(receipt).then()


@pytest.mark.parametrize("result", [ACCEPTED, REFUSED, unavailable(2), ForgoSms(reason="no-phone")])
def test_a_result_counts_only_while_the_text_is_pending(result: Command) -> None:
    for past in ([accepted()], [accepted(), delivered()], [failed()]):
        given(message, written(), *past).when(result).then()
    given(message, written(wants_sms=False)).when(result).then()


def test_a_receipt_for_a_message_without_a_text_is_refused() -> None:
    given(message, written(wants_sms=False)).when(ARRIVED).refused("notify.no-sms")


@pytest.mark.parametrize("command", [ACCEPTED, REFUSED, unavailable(1), ForgoSms(reason="no-phone"), ARRIVED])
def test_an_unknown_message_is_not_found(command: Command) -> None:
    refusal = given(message).when(command).refused("notify.message-unknown")
    assert refusal.because == Because.NOT_FOUND


@pytest.mark.parametrize("command", [WRITE, ACCEPTED, ARRIVED])
def test_nobody_but_the_platform_writes_messages(command: Command) -> None:
    bureau = Actor(subject="bureau", roles=(Role.DATA_BUREAU, Role.OPERATOR))
    refusal = given(message, written()).when(command, actor=bureau).refused("notify.platform-only")
    assert refusal.because == Because.FORBIDDEN
