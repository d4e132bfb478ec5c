"""An item's form (表单) as data: a JSON Schema (2020-12) of the answers, and their layout. What each keyword means is the
standard's; which of them a form may use, and ours beginning with `x-`, is in `designing`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ConfigDict, Field

from services.application.definition.formats import CHECKER, SEALED

Schema = Mapping[str, Any]
Answers = Mapping[str, Any]


class Section(BaseModel):
    """A part of the form as it is shown: a heading, and the fields under it in their order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(min_length=1, max_length=60)
    hint: str = Field("", max_length=500)
    fields: tuple[str, ...] = Field(min_length=1, max_length=100)


class Form(BaseModel):
    """`answers`: the JSON Schema of what is filled in; `layout`: empty, all fields in the schema's order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    answers: dict[str, Any] = Field(description="填报内容的 JSON Schema（2020-12）")
    layout: tuple[Section, ...] = Field((), max_length=30)

    @property
    def requested(self) -> str | None:
        """The field with the amount that is applied for."""
        marked = (name for name, field in self.answers.get("properties", {}).items() if field.get("x-requested"))
        return next(marked, None)


def parts_of(schema: Schema) -> Sequence[Schema]:
    """Its conditional parts: `if`, `then`, `else`."""
    conditional: Sequence[Schema] = schema.get("allOf", ())
    return conditional


def every_field(schema: Schema) -> dict[str, Schema]:
    """All fields that an object can have, whatever is answered: its own, and those of its conditional parts."""
    found: dict[str, Schema] = dict(schema.get("properties", {}))
    for part in parts_of(schema):
        for branch in ("then", "else"):
            found |= every_field(part.get(branch, {}))
    return found


def asked(schema: Schema, answers: Answers) -> tuple[dict[str, Schema], frozenset[str]]:
    """The fields that an object has with these answers, and which of them are required."""
    fields: dict[str, Schema] = dict(schema.get("properties", {}))
    required = frozenset(schema.get("required", ()))
    for part in parts_of(schema):
        branch = "then" if holds(part["if"], answers) else "else"
        more, needed = asked(part.get(branch, {}), answers)
        fields |= more
        required |= needed
    return fields, required


def holds(condition: Schema, answers: Answers) -> bool:
    """Whether a part's `if` is fulfilled, as the standard says."""
    return bool(_validator(orjson.dumps(condition)).is_valid(dict(answers)))


@lru_cache(maxsize=4096)
def _validator(schema: bytes) -> Draft202012Validator:
    return Draft202012Validator(orjson.loads(schema), format_checker=CHECKER)


def errors_of(schema: Schema, value: Any) -> list[Any]:
    """What the standard's validator says of a value."""
    return list(_validator(orjson.dumps(schema)).iter_errors(value))


def leaves(schema: Schema, value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every single value with its field's schema, as far as the form knows it: (path, schema, value)."""
    if schema.get("type") == "object" and isinstance(value, Mapping):
        fields = every_field(schema)
        for name, each in value.items():
            if name in fields:
                yield from leaves(fields[name], each, (*path, name))
    elif schema.get("type") == "array" and isinstance(value, list | tuple):
        for index, each in enumerate(value):
            yield from leaves(schema.get("items", {}), each, (*path, index))
    else:
        yield path, (schema, value)


def mapped(schema: Schema, value: Any, change: Any) -> Any:
    """The same answers with every single value changed by `change(schema, value)`; what the form does not know stays."""
    if schema.get("type") == "object" and isinstance(value, Mapping):
        fields = every_field(schema)
        return {name: mapped(fields[name], each, change) if name in fields else each for name, each in value.items()}
    if schema.get("type") == "array" and isinstance(value, list | tuple):
        return [mapped(schema.get("items", {}), each, change) for each in value]
    return change(schema, value)


def is_sealed(schema: Schema) -> bool:
    """Whether values of this field are kept sealed: they identify a person, or lead to money."""
    return schema.get("format") in SEALED


def is_file(schema: Schema) -> bool:
    """Whether values of this field name files."""
    return schema.get("format") == "file"
