"""Which changes to a published event would break somebody.

Two promises are kept at once: a consumer built for the old schema reads what a producer of the new one sends, and an
old message, replayed from the stream, is read with the new one. So within one version a schema may only gain optional
properties; every other change of meaning is a new version beside the old one.
"""

from __future__ import annotations

import json
from typing import Any

Schema = dict[str, Any]

# What tells people something and no validator anything.
_ANNOTATIONS = {"$schema", "$id", "$comment", "$defs", "title", "description", "examples", "default", "deprecated"}
# What is compared by a rule of its own; every other keyword must stay as it is.
_RULED = {"$ref", "anyOf", "oneOf", "type", "properties", "required", "enum", "const"}
_RULED |= {"items", "prefixItems", "additionalProperties"}


def incompatibilities(old_schema: Schema, new_schema: Schema) -> list[str]:
    """Every incompatible difference, each led by its place (`$.window.kind: value 'fixed' removed`).

    Empty when a consumer of the old schema can read new messages and a consumer of the new one old messages.
    """
    return _Comparison(old_schema, new_schema).schemas("$", old_schema, new_schema)


class _Comparison:
    """Compares two schemas; knows their `$defs`, and which pairs it is inside of, so that recursive schemas end."""

    def __init__(self, old_root: Schema, new_root: Schema) -> None:
        self._old_root, self._new_root = old_root, new_root
        self._inside: set[tuple[str, str]] = set()

    def schemas(self, at: str, old: Schema, new: Schema) -> list[str]:
        pair = (json.dumps(old, sort_keys=True), json.dumps(new, sort_keys=True))
        if pair in self._inside:
            return []
        self._inside.add(pair)
        before, after = _alternatives(old, self._old_root), _alternatives(new, self._new_root)
        found = _alternative_changes(at, before.keys() - after.keys(), after.keys() - before.keys())
        for kind in sorted(before.keys() & after.keys()):
            found += self._one_kind(at, before[kind], after[kind])
        self._inside.discard(pair)
        return found

    def _one_kind(self, at: str, old: Schema, new: Schema) -> list[str]:
        return [
            *self._properties(at, old, new),
            *_values(at, old, new),
            *self._inner(f"{at}[]", old.get("items", True), new.get("items", True)),
            *self._positions(at, old.get("prefixItems", []), new.get("prefixItems", [])),
            *self._inner(f"{at}.*", old.get("additionalProperties", True), new.get("additionalProperties", True)),
            *self._other_keywords(at, old, new),
        ]

    def _properties(self, at: str, old: Schema, new: Schema) -> list[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        was_required, is_required = set(old.get("required", ())), set(new.get("required", ()))
        found = []
        for name in sorted(before.keys() | after.keys()):
            place = f"{at}.{name}"
            if name not in after:
                found.append(f"{place}: property removed")
                continue
            if name in is_required - was_required:
                found.append(f"{place}: newly required, and old messages lack it")
            elif name in was_required - is_required:
                found.append(f"{place}: no longer required, and old consumers rely on it")
            if name in before:
                found += self.schemas(place, before[name], after[name])
        return found

    def _inner(self, at: str, old: Schema | bool, new: Schema | bool) -> list[str]:
        if isinstance(old, dict) and isinstance(new, dict):
            return self.schemas(at, old, new)
        return [] if old == new else [f"{at}: changed from {_brief(old)} to {_brief(new)}"]

    def _positions(self, at: str, old: list[Schema], new: list[Schema]) -> list[str]:
        if len(old) != len(new):
            return [f"{at}: number of fixed items changed from {len(old)} to {len(new)}"]
        pairs = enumerate(zip(old, new, strict=True))
        return [line for index, (a, b) in pairs for line in self.schemas(f"{at}[{index}]", a, b)]

    def _other_keywords(self, at: str, old: Schema, new: Schema) -> list[str]:
        """Formats, limits, patterns: tighter refuses old messages, looser surprises old consumers."""
        return [
            f"{at}: {keyword} changed from {_shown(old, keyword)} to {_shown(new, keyword)}"
            for keyword in sorted((old.keys() | new.keys()) - _ANNOTATIONS - _RULED)
            if _expanded(old.get(keyword), self._old_root) != _expanded(new.get(keyword), self._new_root)
        ]


def _alternative_changes(at: str, removed: set[str], added: set[str]) -> list[str]:
    found = [f"{at}: null removed"] * ("null" in removed) + [f"{at}: null added"] * ("null" in added)
    removed, added = removed - {"null"}, added - {"null"}
    if len(removed) == len(added) == 1:
        return [*found, f"{at}: type changed from {removed.pop()} to {added.pop()}"]
    return [
        *found,
        *(f"{at}: type {x} removed" for x in sorted(removed)),
        *(f"{at}: type {x} added" for x in sorted(added)),
    ]


def _values(at: str, old: Schema, new: Schema) -> list[str]:
    before, after = _allowed(old), _allowed(new)
    if before is None and after is None:
        return []
    if before is None or after is None:
        return [f"{at}: list of values {'added' if before is None else 'removed'}"]
    return [
        *(f"{at}: value {value} removed" for value in sorted(before - after)),
        *(f"{at}: value {value} added" for value in sorted(after - before)),
    ]


def _allowed(schema: Schema) -> set[str] | None:
    """The values a schema allows, None for any. A `const` is a list of one. As text, because 1 equals True."""
    if "const" in schema:
        return {repr(schema["const"])}
    return {repr(value) for value in schema["enum"]} if "enum" in schema else None


def _alternatives(schema: Schema, root: Schema) -> dict[str, Schema]:
    """What a value may be, by type. Objects of a union go by type and title; further ones of a name are numbered."""
    members = _members(schema, root)
    several = sum(member.get("type") != "null" for member in members) > 1
    found: dict[str, Schema] = {}
    for member in members:
        name = str(member.get("type", "any"))
        if several and name == "object" and "title" in member:
            name = f"object {member['title']}"
        same = sum(key == name or key.startswith(f"{name} #") for key in found)
        found[f"{name} #{same + 1}" if same else name] = member
    return found


def _members(schema: Schema, root: Schema) -> list[Schema]:
    resolved = _resolved(schema, root)
    for union in ("anyOf", "oneOf"):
        if union in resolved:
            rest = {key: value for key, value in resolved.items() if key != union and key not in _ANNOTATIONS}
            return [member for each in resolved[union] for member in _members({**rest, **each}, root)]
    if isinstance(resolved.get("type"), list):
        return [{**resolved, "type": kind} for kind in resolved["type"]]
    return [resolved]


def _resolved(schema: Schema, root: Schema) -> Schema:
    """The schema with its local reference followed; what stands beside the reference counts too."""
    while "$ref" in schema:
        target: Any = root
        for step in str(schema["$ref"]).removeprefix("#").split("/")[1:]:
            target = target[step]
        schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema


def _expanded(value: Any, root: Schema, above: tuple[str, ...] = ()) -> Any:
    """The value with the references in it followed, so that a changed definition shows; a recursive one stays."""
    if isinstance(value, list):
        return [_expanded(each, root, above) for each in value]
    if not isinstance(value, dict):
        return value
    reference = value.get("$ref")
    if isinstance(reference, str) and reference not in above:
        value, above = _resolved(value, root), (*above, reference)
    return {key: _expanded(each, root, above) for key, each in value.items()}


def _shown(schema: Schema, keyword: str) -> str:
    return repr(schema[keyword]) if keyword in schema else "nothing"


def _brief(schema: Schema | bool) -> str:
    return {True: "anything", False: "nothing"}[schema] if isinstance(schema, bool) else "a schema"
