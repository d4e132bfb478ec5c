"""The JSON Schema (2020-12) of every published event and version.

A schema is open (no `additionalProperties: false`): a consumer ignores what it does not know, so that a later release
may add optional properties. "Required" means: in every message, those of earlier releases included.
"""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from shared.contracts.base import SERVICES, Published, contracts, load_contracts
from shared.contracts.samples import sample_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"
GENERATED = "Generated from shared/contracts by `python -m shared.contracts write`; do not edit."


class _WithoutFieldTitles(GenerateJsonSchema):
    """Leaves out the titles that only repeat a field's name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def published_contracts() -> list[type[Published]]:
    """The contracts in this package's module (or package) of each service, whether somebody has imported it or not.

    One that is defined elsewhere (a test's own) is no part of what is published.
    """
    load_contracts()
    ours = tuple(f"{__package__}.{service}." for service in SERVICES)
    return [cls for cls in contracts() if f"{cls.__module__}.".startswith(ours)]


def file_stem(cls: type[Published]) -> str:
    """`<type>.v<version>`: the name of an event's generated files, and its key in the AsyncAPI document."""
    return f"{cls.TYPE}.v{cls.VERSION}"


def schema_id(cls: type[Published]) -> str:
    """The schema's name, sent with every message as CloudEvents `dataschema`."""
    return f"urn:chengce:{cls.TYPE}:v{cls.VERSION}"


def sample_json(cls: type[Published]) -> dict[str, Any]:
    """The event's sample as a message body. Raises `MissingSampleError`."""
    body: dict[str, Any] = sample_of(cls).model_dump(mode="json")
    return body


def schema_of(cls: type[Published]) -> dict[str, Any]:
    """The JSON Schema of one event and version, its sample included. Raises `MissingSampleError`."""
    # Not mode="serialization": that calls a property with a default required, and messages of earlier releases lack it.
    body = cls.model_json_schema(mode="validation", schema_generator=_WithoutFieldTitles)
    body.pop("title", None)
    description = body.pop("description", "")
    return {
        "$schema": DIALECT,
        "$id": schema_id(cls),
        "$comment": GENERATED,
        "title": cls.TITLE,
        "description": " ".join(description.split()),
        **body,
        "examples": [sample_json(cls)],
    }
