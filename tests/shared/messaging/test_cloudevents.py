"""What stands in the headers and the body of a published event."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.contracts.base import Delivered, Outgoing, Published, UnknownContractError
from shared.contracts.policy import PolicyPublished
from shared.contracts.samples import sample_of
from shared.contracts.schemas import published_contracts
from shared.eventstore.events import Recorded
from shared.messaging.cloudevents import (
    as_made,
    body_for,
    decoded,
    delivered,
    header_in,
    header_of,
    headers_for,
    sequences_of,
)
from shared.messaging.connection import head_of
from shared.security.actor import system
from tests.shared.messaging.logs import Noted

EVENT = PolicyPublished(
    document_id="doc-1",
    number="澄府〔2026〕1号",
    title="关于促进企业创新的若干措施",
    department="sti",
    issued_on=date(2026, 3, 1),
    decided_on=date(2026, 3, 2),
    themes=("科技创新",),
)
OUTGOING = Outgoing(EVENT, "sti")
RECORDED = Recorded(
    originator_id="policy-doc-1",
    originator_version=3,
    at=datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=8))),
    event=Noted(number=1),
    actor=system("policy"),
    command_id="command-1",
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    position=42,
)


def received(headers: dict[str, str], body: bytes, reply: str = "") -> Msg:
    return Msg(Client(), "chengce.policy.policy-published.sti", reply, body, headers)


def test_the_attributes_of_cloudevents_stand_in_the_headers() -> None:
    assert headers_for(RECORDED, OUTGOING, "policy", 40) == {
        "ce-specversion": "1.0",
        "ce-id": "policy-doc-1:3",
        "ce-source": "/chengce/policy",
        "ce-type": "chengce.policy.policy-published.v1",
        "ce-subject": "policy-doc-1",
        "ce-time": "2026-03-02T01:30:00+00:00",
        "ce-dataschema": "urn:chengce:policy.policy-published:v1",
        "ce-sequence": "42",
        "ce-previous": "40",
        "ce-department": "sti",
        "content-type": "application/json",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }


def test_what_an_event_does_not_have_is_not_in_its_headers() -> None:
    headers = headers_for(replace(RECORDED, traceparent=None), Outgoing(EVENT), "policy", 0)
    assert "traceparent" not in headers
    assert "ce-department" not in headers


def test_the_body_is_the_contract_as_json() -> None:
    assert orjson.loads(body_for(OUTGOING)) == {
        "document_id": "doc-1",
        "number": "澄府〔2026〕1号",
        "title": "关于促进企业创新的若干措施",
        "department": "sti",
        "issued_on": "2026-03-01",
        "decided_on": "2026-03-02",
        "themes": ["科技创新"],
    }


def test_what_was_published_is_what_is_delivered() -> None:
    msg = received(
        headers_for(RECORDED, OUTGOING, "policy", 40),
        body_for(OUTGOING),
        "$JS.ACK.CHENGCE_POLICY.feed.1.17.5.1795408462213967454.6",
    )
    found = delivered(msg, "policy")
    assert found.event == EVENT
    assert (found.service, found.sequence, found.previous, found.stream_sequence) == ("policy", 42, 40, 17)
    assert (found.aggregate_id, found.at, found.department) == ("policy-doc-1", RECORDED.at, "sti")
    assert found.traceparent == RECORDED.traceparent


@given(key=st.text(min_size=1).filter(lambda text: text.isprintable() and not text.isspace()))
def test_any_aggregate_id_survives_headers_that_are_ascii(key: str) -> None:
    headers = headers_for(replace(RECORDED, originator_id=f"企业-{key}-尾"), OUTGOING, "policy", 0)
    assert all(value.isascii() and value.isprintable() and " " not in value for value in headers.values())
    assert header_of(headers).aggregate_id == f"企业-{key}-尾"
    assert header_of(headers).ce_id == f"企业-{key}-尾:3"


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("ce-sequence", None, "has no ce-sequence"),
        ("ce-sequence", "四十二", "ce-sequence '四十二' is not a log position"),
        ("ce-previous", "-1", "ce-previous '-1' is not a log position"),
        ("ce-source", "/elsewhere", "'/elsewhere' is not a service of this platform"),
        ("ce-time", "yesterday", "ce-time is not a time"),
        ("ce-type", None, "has no ce-type"),
    ],
)
def test_headers_no_relay_has_set_are_refused_by_name(name: str, value: str | None, complaint: str) -> None:
    headers = headers_for(RECORDED, OUTGOING, "policy", 0)
    if value is None:
        del headers[name]
    else:
        headers[name] = value
    with pytest.raises(ValueError, match=complaint):
        header_of(headers)


def test_a_message_without_headers_is_refused() -> None:
    with pytest.raises(ValueError, match="has no ce-source"):
        header_of(None)


def test_an_unknown_type_is_refused_but_its_header_can_be_read() -> None:
    headers = headers_for(RECORDED, OUTGOING, "policy", 0) | {"ce-type": "chengce.policy.policy-published.v99"}
    with pytest.raises(UnknownContractError, match="v99"):
        delivered(received(headers, body_for(OUTGOING)))
    assert header_of(headers).sequence == 42


@pytest.mark.parametrize("body", [b"", b"[]", b'{"document_id": "doc-1"}', b"\xff"])
def test_a_body_that_does_not_fit_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="event policy-doc-1:3 does not fit"):
        delivered(received(headers_for(RECORDED, OUTGOING, "policy", 0), body))


def test_the_refusal_of_a_body_does_not_repeat_what_stood_in_it() -> None:
    body = orjson.dumps(orjson.loads(body_for(OUTGOING)) | {"issued_on": "secret-value"})
    with pytest.raises(ValueError, match="issued_on") as refused:
        delivered(received(headers_for(RECORDED, OUTGOING, "policy", 0), body))
    assert "secret-value" not in str(refused.value)


def test_an_event_of_another_service_is_refused() -> None:
    with pytest.raises(ValueError, match="is of policy, not of hotline"):
        delivered(received(headers_for(RECORDED, OUTGOING, "policy", 0), body_for(OUTGOING)), "hotline")


def test_what_must_not_be_published_is_refused() -> None:
    with pytest.raises(ValueError, match="it is a contract of policy"):
        headers_for(RECORDED, OUTGOING, "hotline", 0)
    with pytest.raises(ValueError, match="does not come after 42"):
        headers_for(RECORDED, OUTGOING, "policy", 42)
    with pytest.raises(ValueError, match="no time zone"):
        headers_for(replace(RECORDED, at=datetime(2026, 3, 2)), OUTGOING, "policy", 0)  # noqa: DTZ001


def test_the_place_is_read_from_both_forms_of_the_reply_subject() -> None:
    assert sequences_of("$JS.ACK.STREAM.consumer.1.17.5.1795408462213967454.6") == (17, 5)
    assert sequences_of("$JS.ACK.hub.ACCOUNT.STREAM.consumer.1.17.5.1795408462213967454.6") == (17, 5)
    assert sequences_of("$JS.ACK._.ACCOUNT.STREAM.consumer.1.17.5.1795408462213967454.6.random") == (17, 5)
    assert sequences_of("_INBOX.abc") == (0, 0)
    assert sequences_of("") == (0, 0)


def test_the_time_of_a_delivered_event_is_an_instant() -> None:
    header = header_of(headers_for(RECORDED, OUTGOING, "policy", 0))
    assert header.at == datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
    assert header.at.tzinfo is not None


@pytest.mark.parametrize("cls", published_contracts(), ids=lambda cls: cls.TYPE)
def test_the_body_of_every_contract_is_what_earlier_releases_wrote(cls: type[Published]) -> None:
    event = sample_of(cls)
    assert body_for(Outgoing(event)) == orjson.dumps(event.model_dump(mode="json"))


@given(title=st.text())
def test_whatever_stands_in_a_body_is_written_as_earlier_releases_did(title: str) -> None:
    event = EVENT.model_copy(update={"title": title})
    assert body_for(Outgoing(event)) == orjson.dumps(event.model_dump(mode="json"))


# The short way and the long way ---------------------------------------------------------------------------------------


def long_way(head: bytes, body: bytes, stream_sequence: int) -> Delivered:
    return decoded(header_in(head), body, stream_sequence)


@given(
    key=st.text(min_size=1).filter(str.isprintable),
    version=st.integers(1, 10**9),
    position=st.integers(1, 2**63),
    at=st.datetimes(
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-5, minutes=-30))])
    ),
    traceparent=st.none() | st.just(RECORDED.traceparent),
    department=st.none() | st.from_regex(r"[a-z][a-z0-9-]{1,19}", fullmatch=True),
    marks=st.sampled_from(
        [{}, {"Nats-Batch-Id": "a", "Nats-Batch-Sequence": "1"}, {"Nats-Expected-Last-Sequence": "5"}]
    ),
)
def test_what_a_relay_made_is_read_the_short_way_as_the_long_way(
    key: str, version: int, position: int, at: datetime, traceparent: str | None, department: str | None,
    marks: dict[str, str],
) -> None:  # fmt: skip
    recorded = replace(
        RECORDED, originator_id=key, originator_version=version, position=position, at=at, traceparent=traceparent
    )
    outgoing = Outgoing(EVENT, department)
    head, body = head_of(headers_for(recorded, outgoing, "policy", position - 1) | marks), body_for(outgoing)
    found = as_made(head, body, 7)
    if key.isascii() and not set(key) & set(' "%'):
        assert found == long_way(head, body, 7)
    else:  # escaped: the long way undoes it
        assert found is None
        assert long_way(head, body, 7).aggregate_id == key


@pytest.mark.parametrize(
    "change",
    [
        {"ce-time": "yesterday"},
        {"ce-type": "chengce.policy.from-the-future.v9"},
        {"ce-source": "/elsewhere"},
        {"ce-sequence": "四十二"},
        {"ce-previous": "-1"},
        {"ce-specversion": "2.0"},
        {"content-type": "text/plain"},
        {"ce-subject": "%E4%BC%81"},
        {"ce-department": " sti"},
        {"ce-subject": "with-an-edge "},
        {"traceparent": " 00"},
        {"unknown": "header"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_no_relay_makes_goes_the_long_way(change: dict[str, str]) -> None:
    headers = headers_for(RECORDED, OUTGOING, "policy", 40) | change
    assert as_made(head_of(headers), body_for(OUTGOING), 1) is None


@pytest.mark.parametrize("body", [b"", b"[]", b'{"document_id": "doc-1"}', b"\xff"])
def test_a_body_that_does_not_fit_goes_the_long_way(body: bytes) -> None:
    assert as_made(head_of(headers_for(RECORDED, OUTGOING, "policy", 40)), body, 1) is None


def test_a_header_said_twice_is_not_read_the_short_way() -> None:
    head = head_of(headers_for(RECORDED, OUTGOING, "policy", 40))
    twice = head.removesuffix(b"\r\n") + b"ce-sequence: 50\r\n\r\n"
    assert as_made(twice, body_for(OUTGOING), 1) is None
    assert header_in(twice).sequence == 50
