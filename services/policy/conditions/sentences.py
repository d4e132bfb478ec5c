"""Conditions and facts as people read them: Chinese, with units."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from services.policy.conditions.language import (
    All,
    AnyOf,
    AtLeast,
    Between,
    Compare,
    Condition,
    DateCompare,
    Day,
    Holds,
    In,
    Is,
    Named,
    Not,
    Shift,
    Under,
)
from shared.contracts.facts import LARGEST, SMALLEST, FactDefinition, FactKind, Known, Span, Unit

_NUMBERS = {">=": "不低于", ">": "高于", "<=": "不超过", "<": "低于", "=": "为", "!=": "不为"}
_DAYS = {">=": "不早于", ">": "晚于", "<=": "不晚于", "<": "早于", "=": "为", "!=": "不为"}
_UNITS = {
    Unit.PERSON: "人",
    Unit.PIECE: "件",
    Unit.YEAR: "年",
    Unit.MONTH: "个月",
    Unit.SQUARE_METRE: "平方米",
    Unit.TONNE: "吨",
}
_HUNDREDTHS = {Unit.BASIS_POINT: "%", Unit.CENTIPOINT: "分"}
_FEN = ((10_000_000_000, "亿元"), (1_000_000, "万元"), (100, "元"))


@dataclass(frozen=True)
class Words:
    """What sentences are made with: the catalogue, the titles of named conditions, and the names of codes."""

    catalogue: Mapping[str, FactDefinition]
    named: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)

    def label(self, fact: str) -> str:
        """The fact's Chinese label; its key where the catalogue has lost it."""
        definition = self.catalogue.get(fact)
        return definition.label if definition else fact

    def code(self, code: str) -> str:
        """A code with its name, where that is known."""
        return f"{self.codes[code]}（{code}）" if code in self.codes else code

    def option(self, fact: str, value: str) -> str:
        """An option's label."""
        definition = self.catalogue.get(fact)
        return definition.label_of(value) if definition else value


def sentence(condition: Condition, words: Words) -> str:
    """A condition in Chinese, without a full stop."""
    match condition:
        case Compare(fact=fact, comparison=comparison, value=value):
            return f"{words.label(fact)}{_NUMBERS[comparison]}{number(words.catalogue.get(fact), value)}"
        case Between(fact=fact, least=least, most=most):
            definition = words.catalogue.get(fact)
            return f"{words.label(fact)}在{number(definition, least)}至{number(definition, most)}之间"
        case DateCompare(fact=fact, comparison=comparison, day=day):
            return f"{words.label(fact)}{_day_phrase(comparison, day)}"
        case Is(fact=fact, value=value):
            return f"{words.label(fact)}：{'是' if value else '否'}"
        case In(fact=fact, values=values):
            return f"{words.label(fact)}为{_or([words.option(fact, value) for value in values])}"
        case Under(fact=fact, codes=codes):
            return f"{words.label(fact)}属于{_or([words.code(code) for code in codes])}"
        case Holds(fact=fact, values=values, least=least):
            names = [words.option(fact, value) for value in values]
            if least == 1:
                return f"持有{words.label(fact)}中的{_or(names)}"
            if least >= len(values):
                return f"同时持有{words.label(fact)}中的{'、'.join(names)}"
            return f"持有{words.label(fact)}中至少{least}项：{'、'.join(names)}"
        case Named(name=name):
            return f"符合“{words.named.get(name, name)}”"
        case Not():
            return f"不满足：{sentence(condition.of, words)}"
        case All():
            return _list("同时满足", condition.of, words)
        case AnyOf():
            return _list("满足任意一项", condition.of, words)
        case AtLeast():
            return _list(f"至少满足{condition.number}项", condition.of, words)


def _list(head: str, parts: Sequence[Condition], words: Words) -> str:
    if len(parts) == 1:
        return sentence(parts[0], words)
    numbered = "；".join(f"（{n}）{sentence(part, words)}" for n, part in enumerate(parts, start=1))
    return f"{head}：{numbered}"


def _or(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{'、'.join(names[:-1])}或{names[-1]}" if names else "（没有选项）"


def _day_phrase(comparison: str, day: Day) -> str:
    span = _span(day.shift, -1)
    if day.on is None and span and comparison in ("<=", "<"):
        return f"距今{'已满' if comparison == '<=' else '超过'}{span}"
    if day.on is None and span and comparison in (">=", ">"):
        return f"距今{'不超过' if comparison == '>=' else '不满'}{span}"
    return f"{_DAYS[comparison]}{_day(day)}"


def _day(day: Day) -> str:
    base = civil(day.on) if day.on else "当天"
    before, after = _span(day.shift, -1), _span(day.shift, 1)
    return f"{base}之前{before}" if before else f"{base}之后{after}" if after else base


def _span(shift: Shift, sign: int) -> str:
    """A shift in one direction; empty where it goes the other way, or both."""
    parts = [(sign * shift.years, "年"), (sign * shift.months, "个月"), (sign * shift.days, "天")]
    if any(amount < 0 for amount, _ in parts):
        return ""
    return "".join(f"{amount}{unit}" for amount, unit in parts if amount)


def civil(day: date) -> str:
    """A date as it is written in letters."""
    return f"{day.year}年{day.month}月{day.day}日"


def number(definition: FactDefinition | None, value: int) -> str:
    """A number with its unit: 5,000万元, 3.2%, 300人."""
    unit = definition.unit if definition else None
    if unit is Unit.FEN:
        return _money(value)
    if unit in _HUNDREDTHS:
        return f"{_plain(Decimal(value) / 100)}{_HUNDREDTHS[unit]}"
    return f"{value:,}{_UNITS.get(unit, '') if unit else ''}"


def _money(fen: int) -> str:
    """In the largest unit that needs at most two decimals."""
    for size, unit in _FEN:
        if abs(fen) >= size and fen * 100 % size == 0:
            return f"{_plain(Decimal(fen) / size)}{unit}"
    return f"{_plain(Decimal(fen) / 100)}元"


def _plain(value: Decimal) -> str:
    text = f"{value:,.4f}".rstrip("0").rstrip(".")
    return text or "0"


def value_shown(fact: str, value: Known, words: Words) -> str:
    """A value as it is held: exactly, as a band, as a choice, or as a list."""
    definition = words.catalogue.get(fact)
    if isinstance(value, frozenset):
        return "、".join(sorted(words.option(fact, each) for each in value)) or "无"
    if isinstance(value, str):
        return words.code(value) if definition and definition.kind is FactKind.CODE else words.option(fact, value)
    if definition and definition.kind is FactKind.FLAG:
        return "是" if value.least else "否"
    if definition and definition.kind is FactKind.DATE:
        return _band(value, date.min.toordinal(), date.max.toordinal(), lambda day: civil(date.fromordinal(day)))
    return _band(value, SMALLEST, LARGEST, lambda each: number(definition, each))


def _band(span: Span, least: int, most: int, shown: Callable[[int], str]) -> str:
    if span.least == span.most:
        return shown(span.least)
    if span.least == least:
        return f"不超过{shown(span.most)}" if span.most != most else "不详"
    return f"不低于{shown(span.least)}" if span.most == most else f"{shown(span.least)}至{shown(span.most)}"
