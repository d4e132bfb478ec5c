"""A form is checked whole when it is set: every mistake at once, in the words of whoever designs it.

A form may use these keywords of JSON Schema, and ours:

`x-fact`: the fact of the enterprise's profile that fills the field, and with which it is compared; `name` is the registered name.
`x-requested`: this amount is what is applied for. `x-labels`: what options are called. `x-pattern-hint`: the sentence for a
`pattern` that does not match. `x-accept`, `x-most-mb`: media types and size of files. `x-hint`: a word beside the field.
`formatMinimum`, `formatMaximum`: bounds of amounts (in yuan) and days, as known from ajv.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from jsonschema import Draft202012Validator

from services.application.definition.form import Form, Schema, errors_of, every_field, parts_of
from services.application.definition.formats import FORMATS
from shared.contracts.facts import FactDefinition, FactKind, Unit
from shared.eventstore.decider import FieldError

MOST_BYTES, MOST_FIELDS, MOST_DEPTH = 256 * 1024, 300, 4
_COMMON = frozenset({"type", "title", "description", "x-hint", "x-fact"})
_OF_TYPE: Mapping[str, frozenset[str]] = {
    "object": frozenset({"properties", "required", "allOf", "unevaluatedProperties"}),
    "array": frozenset({"items", "minItems", "maxItems", "uniqueItems"}),
    "string": frozenset(
        {"enum", "const", "format", "minLength", "maxLength", "pattern", "formatMinimum", "formatMaximum", "default"}
        | {"x-labels", "x-pattern-hint", "x-requested", "x-accept", "x-most-mb"}
    ),
    "integer": frozenset({"enum", "const", "minimum", "maximum", "multipleOf", "default", "x-labels"}),
    "number": frozenset({"minimum", "maximum", "default"}),
    "boolean": frozenset({"const", "default"}),
}
_BOUNDS: Mapping[str, dict[str, Any]] = {
    "string": {"maxLength": 5000},
    "array": {"maxItems": 200},
    "integer": {"minimum": -(2**53), "maximum": 2**53},
    "number": {"minimum": -(2**53), "maximum": 2**53},
    "object": {"unevaluatedProperties": False},
}
ACCEPTED = frozenset(
    {
        "application/pdf",
        "image/jpeg",
        "image/png",
        "image/webp",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/ofd",
        "application/zip",
    }
)
_EXTENSIONS: Mapping[str, dict[str, Any]] = {
    "x-hint": {"type": "string", "maxLength": 500},
    "x-fact": {"type": "string"},
    "x-requested": {"type": "boolean"},
    "x-labels": {"type": "object", "additionalProperties": {"type": "string", "maxLength": 200}},
    "x-pattern-hint": {"type": "string", "maxLength": 200},
    "x-accept": {"type": "array", "items": {"enum": sorted(ACCEPTED)}},
    "x-most-mb": {"type": "integer", "minimum": 1, "maximum": 500},
}
NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")


def completed(form: Form) -> Form:
    """The form with the bounds that hold everywhere written out, so that its schema says all."""
    return form.model_copy(update={"answers": _completed(form.answers)})


def _completed(schema: Schema) -> dict[str, Any]:
    whole = _BOUNDS.get(schema.get("type", ""), {}) | dict(schema)
    if "properties" in schema:
        whole["properties"] = {name: _completed(field) for name, field in schema["properties"].items()}
    if "items" in schema:
        whole["items"] = _completed(schema["items"])
    if "allOf" in schema:
        parts = [part | {b: _completed(part[b]) for b in ("then", "else") if b in part} for part in schema["allOf"]]
        whole["allOf"] = parts
    return whole


def mistakes(form: Form, catalogue: Mapping[str, FactDefinition]) -> list[FieldError]:
    """All that is wrong with a form; `catalogue`: the facts that can fill fields."""
    if len(orjson.dumps(form.model_dump(mode="json"))) > MOST_BYTES:
        return [_mistake("answers", "too-large", f"表单过大，不能超过{MOST_BYTES // 1024} KB。")]
    if form.answers.get("type") != "object":
        return [_mistake("answers.type", "not-an-object", "表单的最外层应为 object，各项写在 properties 中。")]
    standard = Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(form.answers)
    malformed = {".".join(("answers", *map(str, error.absolute_path))) for error in standard}
    if malformed:
        return [_mistake(at, "malformed", "不符合 JSON Schema（2020-12）的写法。") for at in sorted(malformed)]
    found = list(_of_schema(form.answers, "answers", catalogue, depth=0))
    return found or [*_of_whole(form), *_of_layout(form)]


def _of_schema(schema: Any, at: str, catalogue: Mapping[str, FactDefinition], depth: int) -> Iterator[FieldError]:
    kind = str(schema.get("type")) if isinstance(schema, Mapping) else ""
    if kind not in _OF_TYPE:
        yield _mistake(at, "no-type", f"须写明 type，可选：{'、'.join(_OF_TYPE)}。")
        return
    if depth > MOST_DEPTH:
        yield _mistake(at, "too-deep", f"最多嵌套{MOST_DEPTH}层。")
        return
    for keyword in schema.keys() - _OF_TYPE[kind] - _COMMON:
        yield _mistake(f"{at}.{keyword}", "unknown-keyword", f"{kind} 类型的项不能使用“{keyword}”。")
    malformed = [word for word, shape in _EXTENSIONS.items() if word in schema and errors_of(shape, schema[word])]
    for keyword in malformed:
        yield _mistake(f"{at}.{keyword}", "malformed", f"“{keyword}”的值不正确，应符合：{_EXTENSIONS[keyword]}。")
    if malformed:
        return
    if depth and not schema.get("title", "").strip() and not at.endswith("items"):
        yield _mistake(f"{at}.title", "missing", "须有 title，即申报人看到的名称。")
    match kind:
        case "object":
            yield from _of_object(schema, at, catalogue, depth)
        case "array":
            yield from _of_schema(schema.get("items"), f"{at}.items", catalogue, depth + 1)
            yield from _whole(schema, at, "minItems", "maxItems")
        case "string":
            yield from _of_string(schema, at)
        case "integer" | "number":
            yield from _ordered(schema, at, "minimum", "maximum")
    yield from _of_options(schema, at)
    if "x-fact" in schema and depth != 1:
        yield _mistake(f"{at}.x-fact", "too-deep", "只有最外层的项可以由企业画像填充。")
    else:
        yield from _of_fact(schema, at, catalogue)


def _of_object(schema: Schema, at: str, catalogue: Mapping[str, FactDefinition], depth: int) -> Iterator[FieldError]:
    properties, required, parts = schema.get("properties", {}), schema.get("required", []), schema.get("allOf", [])
    for name, field in properties.items():
        if not NAME.fullmatch(name):
            yield _mistake(f"{at}.properties.{name}", "name", "项的键应为小写英文、数字与下划线，以字母开头。")
        yield from _of_schema(field, f"{at}.properties.{name}", catalogue, depth + 1)
    if schema.get("unevaluatedProperties", False) is not False:
        yield _mistake(f"{at}.unevaluatedProperties", "open", "表单之外的内容不能填报，此处只能是 false。")
    for name in required:
        if name not in properties:
            yield _mistake(f"{at}.required", "unknown-field", f"required 中的“{name}”不在同一层的 properties 中。")
    for index, part in enumerate(parts):
        yield from _of_part(part, f"{at}.allOf.{index}", schema, catalogue, depth)
    names = list(_names(schema))
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield _mistake(f"{at}.properties.{name}", "twice", f"同一层（含条件部分）有两项都叫“{name}”，请改名。")


def _names(schema: Schema) -> Iterator[str]:
    yield from schema.get("properties", {})
    for part in parts_of(schema):
        for branch in ("then", "else"):
            within = part.get(branch) if isinstance(part, Mapping) else None
            if isinstance(within, Mapping):
                yield from _names(within)


def _of_part(
    part: Any, at: str, schema: Schema, catalogue: Mapping[str, FactDefinition], depth: int
) -> Iterator[FieldError]:
    """A conditional part asks for an answer of the same object, and has fields of its own."""
    if not isinstance(part, Mapping) or "if" not in part or not part.keys() <= {"if", "then", "else"}:
        yield _mistake(at, "malformed", "allOf 的每一项应由 if、then（及 else）组成。")
        return
    yield from _of_condition(part["if"], f"{at}.if", schema.get("properties", {}))
    for branch in ("then", "else"):
        if branch not in part:
            continue
        within = part[branch]
        if not isinstance(within, Mapping) or not isinstance(within.get("properties"), Mapping):
            yield _mistake(f"{at}.{branch}", "empty", "条件部分须在 properties 中写明它的各项。")
            continue
        yield from _of_object(within, f"{at}.{branch}", catalogue, depth)
        for keyword in within.keys() - {"properties", "required", "allOf"}:
            yield _mistake(f"{at}.{branch}.{keyword}", "unknown-keyword", f"条件部分不能使用“{keyword}”。")


def _of_condition(condition: Any, at: str, properties: Mapping[str, Any]) -> Iterator[FieldError]:
    """`{"properties": {field: {"const"| "enum" | "minimum" | "maximum": ...}}, "required": [field]}`."""
    wanted = condition.get("properties") if isinstance(condition, Mapping) else None
    if not isinstance(wanted, Mapping) or not wanted or not condition.keys() <= {"properties", "required"}:
        yield _mistake(at, "malformed", "if 应写明 properties（与 required）。")
        return
    if set(condition.get("required", ())) != set(wanted):
        yield _mistake(
            f"{at}.required", "not-required", "if 的 required 应列出其 properties 的各项，否则不填也算满足。"
        )
    for name, test in wanted.items():
        field = properties.get(name)
        if not isinstance(field, Mapping):
            yield _mistake(f"{at}.properties.{name}", "unknown-field", f"同一层没有“{name}”这一项。")
            continue
        if not isinstance(test, Mapping) or not test or not test.keys() <= {"const", "enum", "minimum", "maximum"}:
            yield _mistake(f"{at}.properties.{name}", "malformed", "条件只能用 const、enum、minimum、maximum。")
            continue
        options = field.get("enum", [True, False] if field.get("type") == "boolean" else None)
        tested = test.get("enum", [test["const"]] if "const" in test else [])
        for value in tested if options is not None else []:
            if value not in options:
                message = f"“{name}”没有“{value}”这一选项，这一部分永远不会出现。"
                yield _mistake(f"{at}.properties.{name}", "never", message)


def _of_string(schema: Schema, at: str) -> Iterator[FieldError]:
    kind = schema.get("format")
    if kind is not None and kind not in FORMATS:
        yield _mistake(f"{at}.format", "unknown-format", f"没有“{kind}”这一格式，可选：{'、'.join(FORMATS)}。")
    yield from _whole(schema, at, "minLength", "maxLength")
    for keyword in ("formatMinimum", "formatMaximum"):
        if keyword in schema:
            right = kind in ("amount", "date") and isinstance(schema[keyword], str)
            if not right or not FORMATS[str(kind)].right(schema[keyword]):
                yield _mistake(f"{at}.{keyword}", "bound", "只用于金额（元）与日期，且应为该格式的文字。")
    if schema.get("x-requested") and kind != "amount":
        yield _mistake(f"{at}.x-requested", "not-an-amount", "只有格式为 amount 的项可以是申请金额。")
    if kind != "file" and schema.keys() & {"x-accept", "x-most-mb"}:
        yield _mistake(f"{at}.format", "not-a-file", "x-accept 与 x-most-mb 只用于格式为 file 的项。")
    if "pattern" in schema:
        yield from _of_pattern(schema, at)


def _of_pattern(schema: Schema, at: str) -> Iterator[FieldError]:
    """Such that matching cannot take for ever: short answers, no repeated groups, at most two open repetitions."""
    text = schema["pattern"]
    try:
        re.compile(text)
    except (re.error, TypeError):
        yield _mistake(f"{at}.pattern", "pattern", "不是正确的正则表达式。")
        return
    if schema.get("maxLength", 5000) > 200 or re.search(r"\)[*+{?]", text) or len(re.findall(r"[*+]|,\}", text)) > 2:
        message = "使用 pattern 的项须设不超过200的 maxLength；不能重复括号中的内容，“*”“+”合计最多两处。"
        yield _mistake(f"{at}.pattern", "costly", message)


def _of_options(schema: Schema, at: str) -> Iterator[FieldError]:
    options = schema.get("enum")
    if options is not None and (
        not isinstance(options, list) or not options or len(set(map(str, options))) < len(options)
    ):
        yield _mistake(f"{at}.enum", "options", "enum 应为不重复、不为空的清单。")
        return
    for value in schema.get("x-labels", {}):
        if value not in map(str, options or []):
            yield _mistake(f"{at}.x-labels.{value}", "unknown-option", f"enum 中没有“{value}”。")
    if options is not None and "default" in schema and schema["default"] not in options:
        yield _mistake(f"{at}.default", "unknown-option", "default 应为 enum 中的一项。")


def _of_fact(schema: Schema, at: str, catalogue: Mapping[str, FactDefinition]) -> Iterator[FieldError]:
    key = schema.get("x-fact")
    if key is None:
        return
    definition = catalogue.get(key)
    if key == "name":
        fits = schema["type"] == "string"
    elif definition is None:
        yield _mistake(f"{at}.x-fact", "unknown-fact", f"企业画像中没有“{key}”这一事实。")
        return
    else:
        fits = _fits(schema, definition)
    if not fits:
        yield _mistake(f"{at}.x-fact", "other-kind", "这一项的类型与该事实的形式不一致，无法填充和比对。")


def _fits(schema: Schema, definition: FactDefinition) -> bool:
    kind, form = schema["type"], schema.get("format")
    match definition.kind:
        case FactKind.NUMBER:
            return form == "amount" if definition.unit is Unit.FEN else kind == "integer"
        case FactKind.DATE:
            return bool(form == "date")
        case FactKind.FLAG:
            return bool(kind == "boolean")
        case FactKind.SET:
            return bool(kind == "array" and schema["items"].get("type") == "string")
    return bool(kind == "string" and form is None)


def _whole(schema: Schema, at: str, *keywords: str) -> Iterator[FieldError]:
    for keyword in keywords:
        value = schema.get(keyword, 0)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 50_000:
            yield _mistake(f"{at}.{keyword}", "bound", f"{keyword} 应为0至50000之间的整数。")
            return
    yield from _ordered(schema, at, *keywords)


def _ordered(schema: Schema, at: str, least: str, most: str) -> Iterator[FieldError]:
    numbers = [schema[keyword] for keyword in (least, most) if keyword in schema]
    if any(isinstance(each, bool) or not isinstance(each, int | float) or abs(each) > 2**53 for each in numbers):
        yield _mistake(f"{at}.{least}", "bound", f"{least} 与 {most} 应为数字。")
    elif len(numbers) == 2 and numbers[0] > numbers[1]:
        yield _mistake(f"{at}.{least}", "bound", f"{least} 大于 {most}，没有可以填写的值。")


def _of_whole(form: Form) -> Iterator[FieldError]:
    every = every_field(form.answers)
    if not every:
        yield _mistake("answers.properties", "empty", "表单没有任何一项。")
    if _count(form.answers) > MOST_FIELDS:
        yield _mistake("answers.properties", "too-many", f"表单最多{MOST_FIELDS}项。")
    marked = [name for name, field in every.items() if field.get("x-requested")]
    own = [name for name, field in form.answers.get("properties", {}).items() if field.get("x-requested")]
    if len(marked) > 1 or marked != own:
        yield _mistake("answers.properties", "requested", "申请金额最多一项，且不能在条件部分中。")


def _count(schema: Schema) -> int:
    inner = (_count(field.get("items", field)) for field in every_field(schema).values())
    return len(every_field(schema)) + sum(inner)


def _of_layout(form: Form) -> Iterator[FieldError]:
    """A layout shows each field once."""
    shown = [name for section in form.layout for name in section.fields]
    every = every_field(form.answers)
    for name in dict.fromkeys(shown):
        if name not in every:
            yield _mistake("layout", "unknown-field", f"版面中的“{name}”不在表单中。")
        elif shown.count(name) > 1:
            yield _mistake("layout", "twice", f"版面中“{name}”出现了{shown.count(name)}次。")
    for name in every if form.layout else ():
        if name not in shown:
            yield _mistake("layout", "not-shown", f"版面中没有“{name}”，申报人无法填写。")


def _mistake(field: str, code: str, message: str) -> FieldError:
    return FieldError(field=field, code=code, message=message)
