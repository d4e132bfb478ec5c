"""The check itself: it is silent about what is right, and names each thing that is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.hotline.events import TicketReceived
from services.hotline.main import service as hotline
from services.notify.events import MessageWritten
from services.notify.reactions import message_id_of, notices
from shared.eventstore.events import Event, Recorded
from shared.readmodels.happened import Happened
from shared.security.actor import system
from tests.system.faults.book import REFUSED_MARK, Answered, Book, Command, Effect
from tests.system.faults.checking import Found, InStream, wrongs

AT = datetime(2026, 10, 12, 1, 0, tzinfo=UTC)
TYPE = "chengce.hotline.ticket-received.v1"


def recorded(service: str, position: int, aggregate: str, event: Event) -> Recorded:
    return Recorded(aggregate, 1, AT, event, system(service), "command", position=position)


def ticket(number: int) -> Recorded:
    event = TicketReceived(
        source="12345", number=str(number), channel="电话", nature="consultation", title="样例", content="样例。",
        received_at=AT, town=None, enterprise=None, suggested_department=None, caller_name=None, caller_phone=None,
        asker=None, item=None, particulars=None, handle_by=None, suggestion=None,
    )  # fmt: skip
    return recorded("hotline", number, f"ticket-12345-{number}", event)


def receiving(number: int) -> Command:
    effect = Effect("hotline", f"ticket-12345-{number}", "hotline.ticket-received")
    return Command("hotline", "/api/hotline/tickets", {}, "desk", effect)


def message_about(told: Recorded, position: int) -> Recorded:
    outgoing = hotline.publish(told)
    assert outgoing is not None
    happened = Happened("hotline", told.position, None, told.originator_id, told.at, outgoing.event)
    (notice,) = notices(happened)
    message_id = message_id_of(happened, notice)
    event = MessageWritten(
        message_id=message_id, recipient=notice.recipient, department=None, template="ticket-received",
        about="ticket:1", title="样例", text="样例", wants_sms=True,
    )  # fmt: skip
    return recorded("notify", position, f"message-{message_id}", event)


def all_well() -> tuple[Book, dict[str, Found]]:
    """Two tickets were taken and one thing refused; everything stands where it must."""
    log = [ticket(3), ticket(7)]
    messages = [message_about(each, n) for n, each in enumerate(log, start=1)]
    book = Book(
        acknowledged=[Answered(receiving(n), n, 1, 0.1) for n in (3, 7)],
        refused=[Command("hotline", "/api/hotline/tickets", {}, "desk", None)],
    )
    stream = [InStream("ticket-12345-3:1", TYPE, 3, 0), InStream("ticket-12345-7:1", TYPE, 7, 3)]
    tickets = [{"key": f"12345-{n}", "status": "received"} for n in (3, 7)]
    inbox = [{"message_id": m.originator_id.removeprefix("message-")} for m in messages]
    daily = [{"day": AT.date(), "department": "none", "metric": "tickets_received", "n": 2}]
    empty = Found([], [], [], [])
    return book, {
        "registry": replace(empty, rows={"enterprises": []}),
        "policy": empty,
        "application": empty,
        "hotline": Found(log, [hotline.publish(each) for each in log], stream, [], {"tickets": tickets}),
        "notify": Found(messages, [None] * 2, [], [], {"inbox": inbox}),
        "analytics": replace(empty, rows={"daily": daily}),
    }


def test_nothing_is_wrong_where_all_is_well() -> None:
    assert wrongs(*all_well()) == []


Change = Callable[[Book, dict[str, Found]], Any]


def rows(service: str, table: str, change: Callable[[list[Any]], Any]) -> Change:
    return lambda _book, found: change(found[service].rows[table])  # type: ignore[arg-type]


def messages(change: Callable[[list[InStream]], Any]) -> Change:
    return lambda _book, found: change(found["hotline"].stream)  # type: ignore[arg-type]


CHANGES: dict[str, Change] = {
    "acknowledged, but not in the log": lambda book, _: book.acknowledged.append(Answered(receiving(9), 9, 1, 0.1)),
    "acknowledged twice for one event": lambda book, _: book.acknowledged.append(book.acknowledged[0]),
    "in the log, but never acknowledged": lambda book, _: book.acknowledged.pop(),
    "acknowledged at another place": lambda book, _: book.acknowledged.insert(
        0, replace(book.acknowledged.pop(0), position=4)
    ),
    "refused, but stored": lambda _, found: found.update(hotline=replace(found["hotline"], raw=REFUSED_MARK.encode())),
    "nothing refused at all": lambda book, _: book.refused.clear(),
    "a request without an answer": lambda book, _: book.unanswered.append("/api/hotline/tickets"),
    "an answer nobody may get": lambda book, _: book.wrong.append("500"),
    "a message lost": messages(lambda stream: stream.pop(0)),
    "a message twice": messages(lambda stream: stream.append(stream[-1])),
    "messages out of order": messages(lambda stream: stream.reverse()),
    "a broken chain": messages(lambda stream: stream.append(replace(stream.pop(), previous=5))),
    "a row missing": rows("hotline", "tickets", lambda tickets: tickets.pop()),
    "a row with another state": rows("hotline", "tickets", lambda tickets: tickets[0].update(status="answered")),
    "counted twice": rows("analytics", "daily", lambda daily: daily[0].update(n=3)),
    "told nobody": rows("notify", "inbox", lambda inbox: inbox.pop()),
    "told twice": rows("notify", "inbox", lambda inbox: inbox.append(inbox[0])),
    "a reaction left out": lambda _, found: found.update(
        notify=replace(found["notify"], log=found["notify"].log[:1], outgoing=[None])
    ),
    "a dead letter": lambda _, found: found["hotline"].dead_letters.append("ticket-12345-3"),  # type: ignore[attr-defined]
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_is_wrong_is_named(change: Change) -> None:
    book, found = all_well()
    change(book, found)
    assert wrongs(book, found)
