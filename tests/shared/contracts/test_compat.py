"""Which changes of a published event break a consumer or a replay, and which do not."""

from copy import deepcopy
from datetime import date, datetime
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from shared.contracts.compat import incompatibilities

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
NULL: Schema = {"type": "null"}


def having(schema: Schema, *, required: bool = True) -> Schema:
    """An event of which `p` has that schema."""
    return {"type": "object", "properties": {"p": schema}, "required": ["p"] if required else []}


def listing(*values: object) -> Schema:
    return {"enum": list(values), "type": "string"}


def any_of(*members: Schema) -> Schema:
    return {"anyOf": list(members)}


def named(title: str, /, **properties: Schema) -> Schema:
    return {"type": "object", "title": title, "properties": properties, "required": list(properties)}


A, B = named("A", x=TEXT), named("B", y=TEXT)

# what changed: (old, new, what is said about it)
BREAKING: dict[str, tuple[Schema, Schema, list[str]]] = {
    "property removed": (having(TEXT), {"type": "object", "required": []}, ["$.p: property removed"]),
    "type changed": (having(TEXT), having(NUMBER), ["$.p: type changed from string to integer"]),
    "integer to number": (having(NUMBER), having({"type": "number"}), ["$.p: type changed from integer to number"]),
    "no longer required": (
        having(TEXT),
        having(TEXT, required=False),
        ["$.p: no longer required, and old consumers rely on it"],
    ),
    "newly required": (
        having(TEXT, required=False),
        having(TEXT),
        ["$.p: newly required, and old messages lack it"],
    ),
    "required property added": (
        {"type": "object", "properties": {}},
        having(TEXT),
        ["$.p: newly required, and old messages lack it"],
    ),
    "value added": (having(listing("a")), having(listing("a", "b")), ["$.p: value 'b' added"]),
    "value removed": (having(listing("a", "b")), having(listing("a")), ["$.p: value 'b' removed"]),
    "list of values added": (having(TEXT), having(listing("a")), ["$.p: list of values added"]),
    "list of values removed": (having(listing("a")), having(TEXT), ["$.p: list of values removed"]),
    "const to enum": (
        having({"const": "a", "type": "string"}),
        having(listing("a", "b")),
        ["$.p: value 'b' added"],
    ),
    "value 1 became true": (
        having({"const": 1}),
        having({"const": True}),
        ["$.p: value 1 removed", "$.p: value True added"],
    ),
    "format added": (having(TEXT), having({**TEXT, "format": "date"}), ["$.p: format changed from nothing to 'date'"]),
    "format changed": (
        having({**TEXT, "format": "date"}),
        having({**TEXT, "format": "date-time"}),
        ["$.p: format changed from 'date' to 'date-time'"],
    ),
    "limit tightened": (
        having({**NUMBER, "maximum": 9}),
        having({**NUMBER, "maximum": 8}),
        ["$.p: maximum changed from 9 to 8"],
    ),
    "limit lifted": (having({**TEXT, "maxLength": 9}), having(TEXT), ["$.p: maxLength changed from 9 to nothing"]),
    "null added": (having(TEXT), having(any_of(TEXT, NULL)), ["$.p: null added"]),
    "null added in a list of types": (having(TEXT), having({"type": ["string", "null"]}), ["$.p: null added"]),
    "null removed": (having(any_of(TEXT, NULL)), having(TEXT), ["$.p: null removed"]),
    "type within a nullable one": (
        having(any_of(TEXT, NULL)),
        having(any_of(NUMBER, NULL)),
        ["$.p: type changed from string to integer"],
    ),
    "alternative added": (
        having(any_of(A, NUMBER)),
        having(any_of(A, NUMBER, B)),
        ["$.p: type object B added"],
    ),
    "inside an alternative": (
        having(any_of(A, B)),
        having(any_of(B, named("A", x=NUMBER))),
        ["$.p.x: type changed from string to integer"],
    ),
    "items changed": (
        having({"type": "array", "items": TEXT}),
        having({"type": "array", "items": NUMBER}),
        ["$.p[]: type changed from string to integer"],
    ),
    "items became free": (
        having({"type": "array", "items": TEXT}),
        having({"type": "array"}),
        ["$.p[]: changed from a schema to anything"],
    ),
    "fixed items changed": (
        having({"type": "array", "prefixItems": [TEXT, TEXT]}),
        having({"type": "array", "prefixItems": [TEXT, NUMBER]}),
        ["$.p[1]: type changed from string to integer"],
    ),
    "fixed item added": (
        having({"type": "array", "prefixItems": [TEXT]}),
        having({"type": "array", "prefixItems": [TEXT, TEXT]}),
        ["$.p: number of fixed items changed from 1 to 2"],
    ),
    "further properties changed": (
        having({"type": "object", "additionalProperties": TEXT}),
        having({"type": "object", "additionalProperties": NUMBER}),
        ["$.p.*: type changed from string to integer"],
    ),
    "further properties closed": (
        having({"type": "object"}),
        having({"type": "object", "additionalProperties": False}),
        ["$.p.*: changed from anything to nothing"],
    ),
    "unknown keyword, by its definition": (
        {**having({"type": "array", "contains": {"$ref": "#/$defs/D"}}), "$defs": {"D": TEXT}},
        {**having({"type": "array", "contains": {"$ref": "#/$defs/D"}}), "$defs": {"D": NUMBER}},
        ["$.p: contains changed from {'$ref': '#/$defs/D'} to {'$ref': '#/$defs/D'}"],
    ),
}

FINE: dict[str, tuple[Schema, Schema]] = {
    "optional property added": (
        {"type": "object", "properties": {"a": TEXT}, "required": ["a"]},
        {"type": "object", "properties": {"a": TEXT, "b": any_of(NUMBER, NULL)}, "required": ["a"]},
    ),
    "optional property added inside": (
        having(named("A", x=TEXT)),
        having({**named("A", x=TEXT), "properties": {"x": TEXT, "y": TEXT}}),
    ),
    "texts for people": (
        having({**TEXT, "title": "P", "description": "old", "examples": ["a"]}),
        {**having({**TEXT, "description": "new"}), "title": "T", "$id": "urn:x", "$comment": "c"},
    ),
    "order of values": (having(listing("a", "b")), having(listing("b", "a"))),
    "const and a list of one": (having({"const": "a", "type": "string"}), having(listing("a"))),
    "order of alternatives": (having(any_of(TEXT, NULL)), having(any_of(NULL, TEXT))),
    "order of alternatives of a named union": (
        {**having({"title": "P", **any_of({"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"})}), "$defs": {"A": A, "B": B}},
        {**having({"title": "P", **any_of({"$ref": "#/$defs/B"}, {"$ref": "#/$defs/A"})}), "$defs": {"A": A, "B": B}},
    ),
    "null written another way": (having(any_of(TEXT, NULL)), having({"type": ["string", "null"]})),
    "order of required": (
        {**named("E", a=TEXT, b=TEXT), "required": ["a", "b"]},
        {**named("E", a=TEXT, b=TEXT), "required": ["b", "a"]},
    ),
    "definition moved": (
        {**having({"$ref": "#/$defs/Old"}), "$defs": {"Old": A}},
        {**having({"$ref": "#/$defs/New"}), "$defs": {"New": A}},
    ),
    "definition written out": ({**having({"$ref": "#/$defs/Old"}), "$defs": {"Old": A}}, having(A)),
    "a property called like a keyword": (
        named("E", title=TEXT, required=TEXT, enum=TEXT),
        named("E", title=TEXT, required=TEXT, enum=TEXT),
    ),
}


@pytest.mark.parametrize(("old", "new", "said"), BREAKING.values(), ids=BREAKING)
def test_a_breaking_change_is_named_with_its_place(old: Schema, new: Schema, said: list[str]) -> None:
    assert incompatibilities(old, new) == said


@pytest.mark.parametrize(("old", "new"), FINE.values(), ids=FINE)
def test_a_compatible_change_passes(old: Schema, new: Schema) -> None:
    assert incompatibilities(old, new) == []


@pytest.mark.parametrize("schema", [schema for old, new, _ in BREAKING.values() for schema in (old, new)])
def test_no_change_breaks_nothing(schema: Schema) -> None:
    assert incompatibilities(schema, deepcopy(schema)) == []


def test_everything_is_named_at_once_also_inside_definitions() -> None:
    class SpanBefore(BaseModel):
        kind: Literal["open", "fixed"]
        on: date | None = None

    class SpanAfter(BaseModel):
        kind: Literal["open", "closed"]
        on: datetime | None = None

    class Before(BaseModel):
        a: int
        spans: tuple[SpanBefore, ...]
        maybe: SpanBefore | None = None

    class After(BaseModel):
        b: int
        spans: tuple[SpanAfter, ...]
        maybe: SpanAfter | None = None

    spoiled = [".kind: value 'closed' added", ".kind: value 'fixed' removed", ".on: format changed"]
    found = incompatibilities(Before.model_json_schema(), After.model_json_schema())
    expected = ["$.a: property removed", "$.b: newly required"]
    expected += [place + line for place in ("$.maybe", "$.spans[]") for line in spoiled]
    assert len(found) == len(expected)
    for start in expected:
        assert any(line.startswith(start) for line in found), start


class Branch(BaseModel):
    name: str
    branches: "list[Branch]" = Field(default_factory=list)
    twin: "Branch | None" = None


def test_a_definition_within_itself_is_compared_once_and_to_the_end() -> None:
    old = Branch.model_json_schema()
    new = deepcopy(old)
    assert incompatibilities(old, new) == []
    new["$defs"]["Branch"]["properties"]["name"] = NUMBER
    assert "$.name: type changed from string to integer" in incompatibilities(old, new)
