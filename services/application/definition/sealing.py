"""What of answers is kept sealed: each value of a field that identifies a person or leads to money, whatever its shape; pure.

A draft is not judged, so a phone may come as a number, or a list as one object. Where the shape is not the form's, the whole
value is sealed as soon as the form has something to seal within it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from services.application.definition.form import Answers, Form, Schema, every_field, is_sealed

SHOWN = 4  # characters at the end, by which its owner knows it again
LEAST_SHOWN = 8  # of a shorter value they would be too much
Envelope = Mapping[str, Any]


def covered(form: Form, answers: Answers, seal: Callable[[str], str]) -> dict[str, Any]:
    """Answers with envelopes in the place of what is to be sealed; `seal` makes a text unreadable."""
    fields = every_field(form.answers)
    return {name: _covered(fields.get(name, {}), value, seal) for name, value in answers.items()}


def uncovered(kept: Answers, shown: Callable[[Envelope], Any]) -> dict[str, Any]:
    """The same answers with what `shown` makes of each envelope in its place."""
    return {name: _uncovered(value, shown) for name, value in kept.items()}


def read(envelope: Envelope, clear: str) -> Any:
    """The value that was sealed, from its text in clear."""
    return json.loads(clear) if envelope.get("json") else clear


def _covered(schema: Schema, value: Any, seal: Callable[[str], str]) -> Any:
    if value is None:
        return None
    if isinstance(value, Mapping) and "sealed" in value:  # somebody's own; unsealed it would be taken for an envelope
        return _envelope(value, seal)
    if schema.get("type") == "object" and isinstance(value, Mapping):
        fields, inside = every_field(schema), _holds_sealed(schema)
        return {
            name: _covered(fields[name], each, seal)
            if name in fields
            else _envelope(each, seal)
            if inside and each is not None  # a misspelt name may stand before what is to be sealed
            else each
            for name, each in value.items()
        }
    if schema.get("type") == "array" and isinstance(value, list | tuple):
        return [_covered(schema.get("items", {}), each, seal) for each in value]
    return _envelope(value, seal) if _holds_sealed(schema) else value


def _holds_sealed(schema: Schema) -> bool:
    within = (*every_field(schema).values(), *([schema["items"]] if "items" in schema else []))
    return is_sealed(schema) or any(_holds_sealed(each) for each in within)


def _envelope(value: Any, seal: Callable[[str], str]) -> dict[str, Any]:
    if isinstance(value, str):
        return {"sealed": seal(value), "end": _end(value)}
    single = isinstance(value, int | float) and not isinstance(value, bool)
    sealed = seal(json.dumps(value, ensure_ascii=False))
    return {"sealed": sealed, "end": _end(str(value)) if single else "", "json": True}


def _end(text: str) -> str:
    return text[-SHOWN:] if len(text) >= LEAST_SHOWN else ""


def _uncovered(value: Any, shown: Callable[[Envelope], Any]) -> Any:
    if isinstance(value, Mapping):
        return shown(value) if "sealed" in value else {name: _uncovered(each, shown) for name, each in value.items()}
    return [_uncovered(each, shown) for each in value] if isinstance(value, list | tuple) else value
