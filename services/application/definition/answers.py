"""Answers to a form: judged whole, with a Chinese sentence for everything that is wrong, and turned into what is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from services.application.definition.form import Answers, Form, Schema, asked, errors_of, every_field, mapped
from services.application.definition.formats import FORMATS, fen_of, normal, yuan_of
from shared.eventstore.decider import FieldError

Path = tuple[str | int, ...]
ROOT = "answers"
_OF_PARTS = frozenset({"items", "properties", "required", "allOf", "unevaluatedProperties"})  # judged part by part


class Judged(NamedTuple):
    """`kept`: amounts in fen, texts normalised; only where there are no `errors`. Without errors it is whole."""

    kept: dict[str, Any]
    errors: list[FieldError]


def judge(form: Form, answers: Answers) -> Judged:
    """Everything that is wrong, at once. What is left empty counts as not answered."""
    entered = tidy(form, answers)
    errors = list(_of_object(form.answers, entered, (ROOT,)))
    return Judged({} if errors else mapped(form.answers, entered, _as_kept), errors)


def tidy(form: Form, answers: Answers) -> dict[str, Any]:
    """Without empty answers, each text in its normal form."""
    found: dict[str, Any] = _filled(mapped(form.answers, answers, normal)) or {}
    return found


def as_entered(form: Form, kept: Answers) -> dict[str, Any]:
    """What was kept, in the way it is entered: amounts in yuan."""
    entered: dict[str, Any] = mapped(form.answers, kept, _as_entered)
    return entered


def _filled(value: Any) -> Any:
    if isinstance(value, Mapping):
        kept = {name: filled for name, each in value.items() if (filled := _filled(each)) is not None}
        return kept or None
    if isinstance(value, list | tuple):  # a row left empty stays, so that the others keep their numbers
        rows = [_filled(each) or ({} if isinstance(each, Mapping) else each) for each in value]
        return [row for row in rows if row not in ("", None)] or None
    return None if value == "" else value


def _as_kept(schema: Schema, value: Any) -> Any:
    if schema.get("format") == "amount" and isinstance(value, str):
        return fen_of(value)
    return int(value) if schema.get("type") == "integer" else value  # 3.0 is an integer, says the standard


def _as_entered(schema: Schema, value: Any) -> Any:
    return yuan_of(value) if schema.get("format") == "amount" and isinstance(value, int) else value


def _of_object(schema: Schema, answers: Answers, path: Path, where: str = "") -> Iterator[FieldError]:
    fields, required = asked(schema, answers)
    known = every_field(schema)
    for name, field in fields.items():
        if name in answers:
            yield from _of_value(field, answers[name], (*path, name), where)
        elif name in required:
            verb = "上传" if _takes_files(field) else "填写"
            yield _error((*path, name), "missing", f"{where}请{verb}“{title_of(field, name)}”。")
    for name in answers:
        if name in known and name not in fields:
            title = title_of(known[name], name)
            message = f"{where}按其他选项，不需要填写“{title}”，请删去或改正有关选项。"
            yield _error((*path, name), "not-asked", message)
        elif name not in known:
            yield _error((*path, name), "unknown", f"{where}表单中没有“{name}”这一项，请删去。")


def _of_value(schema: Schema, value: Any, path: Path, where: str) -> Iterator[FieldError]:
    title = title_of(schema, str(path[-1]))
    if schema.get("type") == "object" and isinstance(value, Mapping):
        yield from _of_object(schema, value, path, where)
        return
    if schema.get("type") == "array" and isinstance(value, list | tuple):
        item = schema["items"]
        for index, each in enumerate(value):
            if item["type"] == "object":
                yield from _of_value(item, each, (*path, index), f"{where}“{title}”第{index + 1}项：")
            else:
                yield from _of_value({"title": title} | item, each, (*path, index), f"{where}第{index + 1}项")
    own = {keyword: each for keyword, each in schema.items() if keyword not in _OF_PARTS}
    for error in errors_of(own, value):
        said = _SAID[error.validator](error.validator_value, schema)
        yield _error(path, error.validator, f"{where}“{title}”{said}。")
    if isinstance(value, str):
        yield from _beyond(schema, value, path, f"{where}“{title}”")


def _beyond(schema: Schema, value: str, path: Path, what: str) -> Iterator[FieldError]:
    """`formatMinimum`, `formatMaximum`: bounds of an amount in yuan, or of a day."""
    kind = schema.get("format")
    if kind not in ("amount", "date") or not FORMATS[kind].right(value):
        return
    order: Any = fen_of if kind == "amount" else str
    unit = "元" if kind == "amount" else ""
    least, most = schema.get("formatMinimum"), schema.get("formatMaximum")
    if least is not None and order(value) < order(least):
        yield _error(path, "formatMinimum", f"{what}不能{'小' if unit else '早'}于{least}{unit}。")
    if most is not None and order(value) > order(most):
        yield _error(path, "formatMaximum", f"{what}不能{'大' if unit else '晚'}于{most}{unit}。")


_TYPES = {
    "string": "文字",
    "integer": "整数",
    "number": "数字",
    "boolean": "“是”或“否”",
    "array": "清单",
    "object": "一组内容",
}
_SAID: Mapping[str, Any] = {
    "type": lambda wanted, _: f"应为{_TYPES[wanted]}",
    "enum": lambda wanted, schema: f"应为以下选项之一：{'、'.join(labels_of(schema, wanted))}",
    "const": lambda wanted, _: f"应为{wanted if not isinstance(wanted, bool) else '“是”' if wanted else '“否”'}",
    "format": lambda wanted, _: FORMATS[wanted].wrong,
    "pattern": lambda _, schema: schema.get("x-pattern-hint") or "的写法不符合要求",
    "minLength": lambda wanted, _: f"至少{wanted}个字",
    "maxLength": lambda wanted, _: f"最多{wanted}个字",
    "minimum": lambda wanted, _: f"不能小于{wanted}",
    "maximum": lambda wanted, _: f"不能大于{wanted}",
    "multipleOf": lambda wanted, _: f"应为{wanted}的倍数",
    "minItems": lambda wanted, _: f"至少{wanted}项",
    "maxItems": lambda wanted, _: f"最多{wanted}项",
    "uniqueItems": lambda *_: "中有重复的项，请删去",
}


def labels_of(schema: Schema, values: Any) -> list[str]:
    """Options as people read them: `x-labels` by value."""
    labels = schema.get("x-labels", {})
    return [str(labels.get(str(value), value)) for value in values]


def title_of(schema: Schema, name: str) -> str:
    """What the field is called."""
    return str(schema.get("title", name))


def _takes_files(schema: Schema) -> bool:
    return schema.get("format") == "file" or schema.get("items", {}).get("format") == "file"


def _error(path: Path, code: str, message: str) -> FieldError:
    return FieldError(field=".".join(map(str, path)), code=code, message=message)
