"""Messages are cut into batches the server takes whole."""

from __future__ import annotations

from shared.messaging.batches import MOST_MESSAGES, Prepared, UnpublishableError, batches, prepare
from tests.shared.messaging.logs import SERVICE, Log, publish

MEBIBYTE = 1024 * 1024


def prepared(log: Log, max_payload: int = MEBIBYTE) -> Prepared:
    return prepare(log.events, publish, SERVICE, position=0, previous=0, max_payload=max_payload)


def test_a_batch_has_at_most_what_the_server_takes_at_once() -> None:
    log = Log()
    log.append(2500)
    cut = list(batches(prepared(log).messages))
    assert [len(each) for each in cut] == [MOST_MESSAGES, MOST_MESSAGES, 500]
    assert [message for each in cut for message in each] == prepared(log).messages


def test_a_batch_of_large_messages_stays_small_enough_for_the_connection() -> None:
    log = Log()
    log.append(100, text="x" * 50_000)
    cut = list(batches(prepared(log).messages))
    assert all(sum(message.size for message in each) <= MEBIBYTE for each in cut)
    assert [message for each in cut for message in each] == prepared(log).messages


def test_messages_that_fill_a_batch_each_go_alone() -> None:
    log = Log()
    log.append(3, text="x" * 600_000)
    assert [len(each) for each in batches(prepared(log).messages)] == [1, 1, 1]


def test_nothing_makes_no_batch() -> None:
    assert list(batches([])) == []


def test_preparing_stops_before_the_first_event_that_cannot_be_published() -> None:
    log = Log()
    log.append(2)
    log.append(1, text="x" * 5000)
    log.append(1)
    ready = prepared(log, max_payload=4000)
    assert [message.position for message in ready.messages] == [1, 2]
    assert ready.position == 2
    assert isinstance(ready.failed, UnpublishableError)
    assert str(ready.failed).startswith("event at log position 3 cannot be published")
    assert isinstance(ready.failed.__cause__, ValueError)
