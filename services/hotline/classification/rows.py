"""Handled tickets as rows of a file, as examples for a training; what cannot be used is named."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from services.hotline.classification.examples import Example, Text
from services.hotline.headers import FIELDS, plain
from services.hotline.intake import nature_of
from shared.contracts.hotline import Nature

LEAST_ROWS, LEAST_OF_VALUE = 30, 5
_LABELS: Mapping[str, tuple[str, ...]] = {
    "subject": ("label_l1", "subject", "主题", "主题分类", "一级标签", "一级分类", "诉求主题"),
    "department": ("承办部门", "department", "责任部门", "reply_department"),
    "enterprise_matter": ("enterprise_matter", "企业诉求", "是否企业诉求"),
}
_YES, _NO = ("yes", "是", "1", "true"), ("no", "否", "0", "false")


@dataclass
class Examples:
    """By aspect, with the texts of all rows, and what was left out with the reason."""

    by_aspect: dict[str, list[Example]] = field(default_factory=dict)
    texts: list[Text] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def examples_of(rows: Sequence[Mapping[str, Any]]) -> Examples:
    """Aspects with enough rows and values; the others, and rows without a text, are named in `left_out`."""
    found: defaultdict[str, list[Example]] = defaultdict(list)
    examples = Examples()
    for number, row in enumerate(rows, 1):
        cells = {plain(str(header)): str(cell).strip() for header, cell in row.items() if cell not in (None, "")}
        title, content = (_first(cells, FIELDS[name]) for name in ("title", "content"))
        if not (title or content):
            examples.left_out.append(f"第{number}行没有标题也没有内容，未用于训练。")
            continue
        text = (title or "", content or "")
        examples.texts.append(text)
        for aspect, value in _values(cells, number, examples.left_out):
            found[aspect].append(Example(*text, value))
    examples.by_aspect = {
        aspect: kept for aspect, of in sorted(found.items()) if (kept := _enough(aspect, of, examples.left_out))
    }
    return examples


def _values(cells: Mapping[str, str], number: int, left_out: list[str]) -> Iterable[tuple[str, str]]:
    for aspect, headers in _LABELS.items():
        value = _first(cells, [plain(header) for header in headers])
        if value is None:
            continue
        if aspect == "enterprise_matter":
            if value.lower() not in (*_YES, *_NO):
                left_out.append(f"第{number}行的“是否企业诉求”为“{value}”，应填是或否，未用于训练。")
                continue
            value = "yes" if value.lower() in _YES else "no"
        yield aspect, value
    nature = _first(cells, FIELDS["nature"])
    if nature is not None:
        yield "nature", nature if nature in get_args(Nature) else nature_of(nature)


def _enough(aspect: str, examples: Sequence[Example], left_out: list[str]) -> list[Example]:
    counts = Counter(each.value for each in examples)
    rare = sorted(value for value, n in counts.items() if n < LEAST_OF_VALUE)
    if rare:
        left_out.append(f"{aspect}：{'、'.join(rare)}不足{LEAST_OF_VALUE}件，未用于训练。")
    kept = [each for each in examples if each.value not in rare]
    if len(kept) < LEAST_ROWS or len({each.value for each in kept}) < 2:
        left_out.append(f"{aspect}：可用的工单不足{LEAST_ROWS}件或只有一类，未训练这一方面。")
        return []
    return kept


def _first(cells: Mapping[str, str], headers: Iterable[str]) -> str | None:
    return next((cells[header] for header in headers if header in cells), None)
