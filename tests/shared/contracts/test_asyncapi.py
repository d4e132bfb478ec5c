"""The AsyncAPI document says what really comes over the bus."""

from datetime import UTC, datetime
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from jsonschema.exceptions import ValidationError

from shared.contracts.asyncapi import asyncapi_document
from shared.contracts.base import Outgoing, Published, contract, stream_of, subject_of
from shared.contracts.samples import sample_of
from shared.contracts.schemas import published_contracts, sample_json
from shared.eventstore.events import Event, Recorded
from shared.messaging.cloudevents import headers_for
from shared.security.actor import system

DOCUMENT = asyncapi_document()
CONTRACTS = published_contracts()
HEADERS = {
    "ce-specversion", "ce-id", "ce-source", "ce-type", "ce-time", "ce-subject", "ce-dataschema", "ce-sequence",
    "ce-previous", "ce-department", "traceparent",
}  # fmt: skip


def named(cls: type[Published]) -> str:
    return cls.ce_type()


def at(reference: str) -> Any:
    """What a reference within the document points to."""
    found: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def message_of(cls: type[Published]) -> Any:
    return at(f"#/components/messages/{cls.TYPE}.v{cls.VERSION}")


class Happened(Event):
    """A stored event of this test."""

    TOPIC = "contracts-test.happened"


def stored(aggregate: str = "application-1", traceparent: str | None = None) -> Recorded:
    return Recorded(
        originator_id=aggregate,
        originator_version=2,
        at=datetime(2026, 3, 4, 1, 30, tzinfo=UTC),
        event=Happened(),
        actor=system("application"),
        command_id="1",
        traceparent=traceparent,
        position=42,
    )


def test_it_has_one_channel_for_each_event_and_one_message_and_operation_for_each_version() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert list(DOCUMENT["channels"]) == list(dict.fromkeys(cls.TYPE for cls in CONTRACTS))
    stems = {f"{cls.TYPE}.v{cls.VERSION}" for cls in CONTRACTS}
    assert DOCUMENT["components"]["messages"].keys() == DOCUMENT["components"]["schemas"].keys() == stems
    assert {stem for channel in DOCUMENT["channels"].values() for stem in channel["messages"]} == stems
    assert DOCUMENT["operations"].keys() == {f"send-{stem}" for stem in stems}


@pytest.mark.parametrize("cls", CONTRACTS, ids=named)
def test_the_address_of_a_channel_is_the_subject_of_its_events(cls: type[Published]) -> None:
    channel = DOCUMENT["channels"][cls.TYPE]
    assert channel["address"].format(department="gxj") == subject_of(cls, "gxj")
    assert channel["x-jetstream-stream"] == stream_of(cls.service())
    assert stream_of(cls.service()) in DOCUMENT["servers"]["nats"]["description"]
    assert cls.INTERNAL or at(channel["parameters"]["department"]["$ref"])["description"]


@pytest.mark.parametrize("cls", CONTRACTS, ids=named)
def test_the_documented_headers_are_those_the_relay_sets(cls: type[Published]) -> None:
    schema = message_of(cls)["headers"]
    Draft7Validator.check_schema(schema)
    assert schema["properties"].keys() == HEADERS
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    for recorded, department, previous in (
        (stored(), None, 0),
        (stored("application-样例", trace), "gxj", 40),
    ):
        headers = headers_for(recorded, Outgoing(sample_of(cls), department), cls.service(), previous)
        Draft7Validator(schema).validate(headers)
        assert headers.keys() - HEADERS == {"content-type"}
        assert headers["content-type"] == message_of(cls)["contentType"]
        for required in schema["required"]:
            with pytest.raises(ValidationError, match=required):
                Draft7Validator(schema).validate({k: v for k, v in headers.items() if k != required})


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("ce-sequence", "0"), ("ce-sequence", "x"), ("ce-previous", "-1"), ("ce-type", "chengce.x.y.v1"), ("ce-id", "")],
)
def test_a_wrong_header_does_not_fit(name: str, wrong: str) -> None:
    message = message_of(CONTRACTS[0])
    right = message["examples"][0]["headers"]
    Draft7Validator(message["headers"]).validate(right)
    with pytest.raises(ValidationError):
        Draft7Validator(message["headers"]).validate({**right, name: wrong})


@pytest.mark.parametrize("validator", [Draft7Validator, Draft202012Validator])
@pytest.mark.parametrize("cls", CONTRACTS, ids=named)
def test_an_embedded_schema_stands_alone_and_reads_the_same_in_both_drafts(
    cls: type[Published], validator: type[Draft7Validator]
) -> None:
    schema = at(message_of(cls)["payload"]["$ref"])
    validator.check_schema(schema)
    assert "$ref" not in str(schema)
    validator(schema).validate(sample_json(cls))
    for name in schema["required"]:
        with pytest.raises(ValidationError):
            validator(schema).validate({**sample_json(cls), name: {"not": "of this type"}, "window": 5})


def test_every_reference_points_to_something() -> None:
    def references(value: Any) -> list[str]:
        if isinstance(value, list):
            return [each for item in value for each in references(item)]
        if not isinstance(value, dict):
            return []
        return [value["$ref"]] if "$ref" in value else [r for each in value.values() for r in references(each)]

    found = references(DOCUMENT)
    assert len(found) >= 5 * len(CONTRACTS)
    for reference in found:
        assert at(reference)


@pytest.mark.parametrize("operation", DOCUMENT["operations"].values(), ids=DOCUMENT["operations"])
def test_an_operation_sends_a_message_of_its_own_channel(operation: dict[str, Any]) -> None:
    assert operation["action"] == "send"
    (message,) = operation["messages"]
    assert message["$ref"].startswith(f"{operation['channel']['$ref']}/messages/")
    assert contract(at(at(message["$ref"])["$ref"])["name"]) in CONTRACTS
