"""The AsyncAPI 3.0.0 document of all published events.

Built here and not by FastStream: its generator knows subscribers and publishers of one process, and cannot describe
headers, which are half of a CloudEvents message in binary mode.
"""

from __future__ import annotations

from typing import Any

from shared.contracts.base import INTERNAL_SUBJECT, NO_DEPARTMENT, SERVICES, Published, stream_of
from shared.contracts.samples import DEPARTMENT
from shared.contracts.schemas import GENERATED, file_stem, published_contracts, sample_json, schema_id, schema_of

ASYNCAPI = "3.0.0"
Json = dict[str, Any]

_DESCRIPTION = """\
Every event that the platform publishes to other systems, over NATS JetStream.

Messages are CloudEvents 1.0 in binary mode: attributes in headers, the event as JSON in the body. Headers are printable
ASCII; other characters, space, quote and percent are percent-encoded, as in the HTTP binding (3.1.3.2).
Personal data is never in a message; where a reader needs a person, there is a reference.
The streams are declared by the platform, and so are the durable consumers of subscribers.

Order and gaps: within one stream `ce-sequence` rises, with holes; `ce-previous` names the event published before.
A reader of the whole stream who has stored the last `ce-sequence` takes a message only if `ce-previous` equals it.
If `ce-sequence` is not greater than the stored one, it is a repeat; if `ce-previous` is greater, messages are missing.

Versions: a version only gains optional properties. Any other change is a new version with a type of its own.
"""

# name: (schema, description). The order is that of the documentation.
_HEADERS: dict[str, tuple[Json, str]] = {
    "ce-specversion": ({"const": "1.0"}, "Version of CloudEvents."),
    "ce-id": ({"minLength": 1}, "Identifies the event within its source: aggregate and version. The same in a repeat."),
    "ce-source": ({}, "The service that publishes."),
    "ce-type": ({}, "Type and version of the event."),
    "ce-time": ({"format": "date-time"}, "When it was recorded; RFC 3339, UTC."),
    "ce-subject": ({"minLength": 1}, "The aggregate that the event is about, for example one application."),
    "ce-dataschema": ({"format": "uri"}, "Name of the JSON Schema that the body keeps to."),
    "ce-sequence": ({"pattern": "^[1-9][0-9]*$"}, "Position in the log of the service, decimal; rises, with holes."),
    "ce-previous": (
        {"pattern": "^(0|[1-9][0-9]*)$"},
        "Position of the event published before in the same stream, decimal; 0 for the first.",
    ),
    "ce-department": ({}, "Code of the department whose event it is; absent where it is no department's."),
    "traceparent": (
        {"pattern": "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"},
        "W3C Trace Context of the command that led to the event.",
    ),
}
_OPTIONAL_HEADERS = {"ce-department", "traceparent"}


def asyncapi_document() -> Json:
    """The document as JSON: one channel for each event, one message for each of its versions, operations to send them.

    Schemas stand in it whole and without references of their own, in keywords that draft 7 (AsyncAPI's) and 2020-12
    share, so that any tool can read it. Raises `MissingSampleError`.
    """
    classes = published_contracts()
    return {
        "asyncapi": ASYNCAPI,
        "id": "urn:chengce:events",
        "info": {
            "title": "澄策之窗 published events",
            "version": "1.0.0",
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
            "tags": [{"name": service} for service in _services(classes)],
        },
        "defaultContentType": "application/json",
        "x-generated": GENERATED,
        "servers": {"nats": _server(_services(classes))},
        "channels": {cls.TYPE: _channel([c for c in classes if c.TYPE == cls.TYPE]) for cls in classes},
        "operations": {f"send-{file_stem(cls)}": _operation(cls) for cls in classes},
        "components": {
            "parameters": {"department": _DEPARTMENT_PARAMETER},
            "messages": {file_stem(cls): _message(cls) for cls in classes},
            "schemas": {file_stem(cls): _embedded(schema_of(cls)) for cls in classes},
        },
    }


_DEPARTMENT_PARAMETER: Json = {
    "description": (
        f"Code of the department whose event it is, `{NO_DEPARTMENT}` where it is no department's. "
        "One token of lower-case letters, digits, `-` and `_`."
    ),
    "examples": [DEPARTMENT, NO_DEPARTMENT],
}


def _services(classes: list[type[Published]]) -> list[str]:
    publishing = {cls.service() for cls in classes}
    return [service for service in SERVICES if service in publishing]


def _server(services: list[str]) -> Json:
    return {
        "host": "{host}",
        "protocol": "nats",
        "description": "NATS with JetStream. Streams: " + ", ".join(stream_of(service) for service in services) + ".",
        "variables": {"host": {"description": "Host and port of the server or cluster.", "default": "127.0.0.1:4222"}},
    }


def _channel(versions: list[type[Published]]) -> Json:
    newest = versions[-1]
    department: Json = {"department": {"$ref": "#/components/parameters/department"}}
    return {
        "title": newest.TITLE,
        "address": f"chengce.{newest.TYPE}.{INTERNAL_SUBJECT if newest.INTERNAL else '{department}'}",
        "description": f"In the JetStream stream {stream_of(newest.service())}."
        + (" Internal: granted to no subscriber outside the platform." if newest.INTERNAL else ""),
        "messages": {file_stem(cls): {"$ref": f"#/components/messages/{file_stem(cls)}"} for cls in versions},
        "parameters": {} if newest.INTERNAL else department,
        "servers": [{"$ref": "#/servers/nats"}],
        "tags": [{"name": newest.service()}],
        "x-jetstream-stream": stream_of(newest.service()),
    }


def _operation(cls: type[Published]) -> Json:
    return {
        "action": "send",
        "title": cls.TITLE,
        "summary": f"{cls.service()} publishes {cls.ce_type()}.",
        "channel": {"$ref": f"#/channels/{cls.TYPE}"},
        "messages": [{"$ref": f"#/channels/{cls.TYPE}/messages/{file_stem(cls)}"}],
        "tags": [{"name": cls.service()}],
    }


def _message(cls: type[Published]) -> Json:
    return {
        "name": cls.ce_type(),
        "title": cls.TITLE,
        "summary": schema_of(cls)["description"],
        "contentType": "application/json",
        "headers": _headers(cls),
        "payload": {"$ref": f"#/components/schemas/{file_stem(cls)}"},
        "examples": [{"name": "sample", "headers": _sample_headers(cls), "payload": sample_json(cls)}],
    }


def _source(cls: type[Published]) -> str:
    return f"/chengce/{cls.service()}"


def _headers(cls: type[Published]) -> Json:
    known = {
        "ce-source": {"const": _source(cls)},
        "ce-type": {"const": cls.ce_type()},
        "ce-dataschema": {"const": schema_id(cls)},
    }
    return {
        "type": "object",
        "required": [name for name in _HEADERS if name not in _OPTIONAL_HEADERS],
        "properties": {
            name: {"type": "string", "description": description, **schema, **known.get(name, {})}
            for name, (schema, description) in _HEADERS.items()
        },
    }


def _sample_headers(cls: type[Published]) -> Json:
    return {
        "ce-specversion": "1.0",
        "ce-id": "sample-00000000-0000-4000-8000-000000000003:2",
        "ce-source": _source(cls),
        "ce-type": cls.ce_type(),
        "ce-time": "2026-03-04T01:30:00+00:00",
        "ce-subject": "sample-00000000-0000-4000-8000-000000000003",
        "ce-dataschema": schema_id(cls),
        "ce-sequence": "42",
        "ce-previous": "40",
        "ce-department": DEPARTMENT,
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }


def _embedded(schema: Json) -> Json:
    """A schema inside the document: no dialect of its own, its definitions in place of the references to them."""
    definitions = schema.get("$defs", {})

    def inlined(value: Any) -> Any:
        if isinstance(value, list):
            return [inlined(each) for each in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value:
            beside = {key: each for key, each in value.items() if key != "$ref"}
            return inlined({**definitions[value["$ref"].removeprefix("#/$defs/")], **beside})
        return {key: inlined(each) for key, each in value.items()}

    kept: Json = inlined({key: value for key, value in schema.items() if key not in ("$schema", "$defs", "$comment")})
    return kept
