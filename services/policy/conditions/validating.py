"""What is wrong with an eligibility before it is published: everything at once, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from services.policy.conditions.evaluating import NamedConditions
from services.policy.conditions.language import (
    DEEPEST,
    All,
    AnyOf,
    AtLeast,
    Between,
    Compare,
    Condition,
    DateCompare,
    Eligibility,
    Holds,
    In,
    Is,
    Named,
    Not,
    Under,
)
from shared.contracts.facts import FactDefinition, FactKind
from shared.eventstore.decider import FieldError

_KINDS: Mapping[type, tuple[FactKind, str]] = {
    Compare: (FactKind.NUMBER, "数值比较"),
    Between: (FactKind.NUMBER, "数值区间"),
    DateCompare: (FactKind.DATE, "日期比较"),
    Is: (FactKind.FLAG, "是否判断"),
    In: (FactKind.CHOICE, "选项判断"),
    Under: (FactKind.CODE, "代码判断"),
    Holds: (FactKind.SET, "持有判断"),
}
_KIND_NAMES = {
    FactKind.NUMBER: "数值",
    FactKind.DATE: "日期",
    FactKind.FLAG: "是或否",
    FactKind.CHOICE: "选项",
    FactKind.CODE: "代码",
    FactKind.SET: "清单",
}
_CODES = {
    "industries": (re.compile(r"[A-T](\d{2,4})?"), "行业代码应为门类字母，或字母加2至4位数字（GB/T 4754），例如 C39"),
    "divisions": (re.compile(r"\d{2}(\d{2}(\d{2}(\d{3})?)?)?"), "区划代码应为2、4、6或9位数字，例如 320281"),
}


def problems(
    eligibility: Eligibility,
    catalogue: Mapping[str, FactDefinition],
    named: NamedConditions,
    field: str = "eligibility",
) -> list[FieldError]:
    """Everything that is wrong, in order; empty where it can be published."""
    return [
        error
        for number, requirement in enumerate(eligibility.requirements)
        if requirement.rule is not None
        for error in problems_in(requirement.rule, catalogue, named, f"{field}.requirements.{number}.rule")
    ]


def problems_in(
    condition: Condition, catalogue: Mapping[str, FactDefinition], named: NamedConditions, field: str
) -> Iterator[FieldError]:
    """Everything that is wrong with one condition and its parts."""
    return _Check(catalogue, named).check(condition, field)


def names_in(condition: Condition) -> set[str]:
    """The named conditions that a condition refers to, directly."""
    match condition:
        case All() | AnyOf() | AtLeast():
            return {name for part in condition.of for name in names_in(part)}
        case Not():
            return names_in(condition.of)
        case Named(name=name):
            return {name}
    return set()


def cycle(name: str, rule: Condition, named: NamedConditions) -> tuple[str, ...]:
    """The way on which a named condition would come back to itself; empty where there is none."""
    return _way(name, rule, named, (name,))


def _way(name: str, rule: Condition, named: NamedConditions, so_far: tuple[str, ...]) -> tuple[str, ...]:
    for other in sorted(names_in(rule)):
        if other == name:
            return (*so_far, name)
        if other in named and other not in so_far and (way := _way(name, named[other], named, (*so_far, other))):
            return way
    return ()


def _error(field: str, code: str, message: str) -> FieldError:
    return FieldError(field=field, code=code, message=message)


@dataclass(frozen=True)
class _Check:
    catalogue: Mapping[str, FactDefinition]
    named: NamedConditions

    def check(self, condition: Condition, field: str) -> Iterator[FieldError]:
        match condition:
            case All() | AnyOf() | AtLeast():
                yield from self._check_parts(condition, field)
            case Not():
                yield from self.check(condition.of, f"{field}.of")
            case Named(name=name):
                yield from self._check_name(name, field)
            case _:
                yield from self._check_fact(condition, field)

    def _check_parts(self, condition: All | AnyOf | AtLeast, field: str) -> Iterator[FieldError]:
        if not condition.of:
            yield _error(f"{field}.of", "empty", "这一组条件是空的，请至少写一项，或删去这一组。")
        if isinstance(condition, AtLeast) and condition.number > len(condition.of):
            message = f"要求至少满足{condition.number}项，但只列出{len(condition.of)}项，永远不能满足，请核对。"
            yield _error(f"{field}.number", "more-than-parts", message)
        for number, part in enumerate(condition.of):
            yield from self.check(part, f"{field}.of.{number}")

    def _check_name(self, name: str, field: str) -> Iterator[FieldError]:
        if name not in self.named:
            message = f"没有名为“{name}”的命名条件，请先由市数政局定义，或核对名称。{_perhaps(name, self.named)}"
            yield _error(f"{field}.name", "unknown-condition", message)
        elif _deep(self.named[name], self.named) > DEEPEST:
            yield _error(f"{field}.name", "too-deep", f"命名条件“{name}”展开后超过{DEEPEST}层，请简化后再引用。")

    def _check_fact(self, condition: Condition, field: str) -> Iterator[FieldError]:
        key: str = getattr(condition, "fact")  # noqa: B009 - what is left are leaves
        definition = self.catalogue.get(key)
        if definition is None:
            labels = {known.label: known.key for known in self.catalogue.values()}
            message = (
                f"事实目录中没有“{key}”，请核对，或请市数政局先行登记。{_perhaps(key, {**self.catalogue, **labels})}"
            )
            yield _error(f"{field}.fact", "unknown-fact", message)
            return
        kind, what = _KINDS[type(condition)]
        if definition.kind is not kind:
            message = f"“{definition.label}”是{_KIND_NAMES[definition.kind]}，不能用于{what}，请换一种写法。"
            yield _error(f"{field}.op", "wrong-kind", message)
            return
        yield from _errors_in_values(condition, definition, field)


def _errors_in_values(condition: Condition, definition: FactDefinition, field: str) -> Iterator[FieldError]:
    match condition:
        case Between(least=least, most=most) if least > most:
            yield _error(f"{field}.most", "below-least", "区间的上限小于下限，永远不能满足，请核对。")
        case In(values=values, undecided=undecided):
            if not values and not undecided:  # without a value that is met it still tells who is not
                yield _error(f"{field}.values", "empty", "没有列出任何选项，永远不能满足，请至少选一项。")
            yield from _unknown_options(definition, values, f"{field}.values")
            yield from _unknown_options(definition, undecided, f"{field}.undecided")
            for value in sorted(set(values) & set(undecided)):
                yield _error(f"{field}.undecided", "in-both", f"选项“{value}”同时列为满足和不确定，请只保留一处。")
        case Holds(values=values, least=least) if least > len(set(values)):
            message = f"要求至少持有{least}项，但只列出{len(set(values))}项，永远不能满足，请核对。"
            yield _error(f"{field}.least", "more-than-values", message)
        case Under(codes=codes) if definition.code_list in _CODES:
            form, message = _CODES[definition.code_list]
            for number, code in enumerate(codes):
                if not form.fullmatch(code):
                    yield _error(f"{field}.codes.{number}", "no-code", f"“{code}”不是可用的代码：{message}，请核对。")


def _unknown_options(definition: FactDefinition, values: tuple[str, ...], field: str) -> Iterator[FieldError]:
    options = {option.value: option.label for option in definition.options}
    for number, value in enumerate(values):
        if value not in options:
            message = f"“{definition.label}”没有选项“{value}”，可选：{'、'.join(options)}。"
            yield _error(f"{field}.{number}", "unknown-option", message)


def _perhaps(key: str, known: Mapping[str, object]) -> str:
    close = get_close_matches(key, list(known), n=2, cutoff=0.6)
    return f"相近的有{'、'.join(f'“{each}”' for each in close)}。" if close else ""


def _deep(condition: Condition, named: NamedConditions, within: tuple[str, ...] = ()) -> int:
    """Levels after expansion; a cycle counts as endless."""
    match condition:
        case All() | AnyOf() | AtLeast():
            return 1 + max((_deep(part, named, within) for part in condition.of), default=0)
        case Not():
            return 1 + _deep(condition.of, named, within)
        case Named(name=name):
            if name in within:
                return DEEPEST + 1
            return 1 + (_deep(named[name], named, (*within, name)) if name in named else 0)
    return 1
