"""The confusion table as an SVG picture."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

_CELL, _LEFT, _TOP = 64, 150, 110
_BLUE = (33, 102, 172)


def confusion_svg(confusion: Mapping[str, Mapping[str, int]], title: str) -> str:
    """Rows are what tickets were, columns what they were taken for; the darker, the larger the share of the row."""
    values = list(confusion)
    width, height = _LEFT + _CELL * len(values) + 20, _TOP + _CELL * len(values) + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="12" y="24" font-size="16">{escape(title)}</text>',
    ]
    for n, value in enumerate(values):
        middle = _LEFT + _CELL * n + _CELL // 2
        parts.append(
            f'<text x="{middle}" y="{_TOP - 10}" text-anchor="start" transform="rotate(-35 {middle} {_TOP - 10})">'
            f"{escape(value)}</text>"
        )
        parts.append(
            f'<text x="{_LEFT - 8}" y="{_TOP + _CELL * n + _CELL // 2 + 5}" text-anchor="end">{escape(value)}</text>'
        )
    for row, true in enumerate(values):
        whole = sum(confusion[true].values()) or 1
        for column, told in enumerate(values):
            parts.append(_cell(row, column, confusion[true][told], whole))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _cell(row: int, column: int, count: int, whole: int) -> str:
    share = count / whole
    colour = ",".join(str(round(255 - (255 - part) * share)) for part in _BLUE)
    x, y = _LEFT + _CELL * column, _TOP + _CELL * row
    ink = "#fff" if share > 0.5 else "#222"
    text = f'<text x="{x + _CELL // 2}" y="{y + _CELL // 2 + 5}" text-anchor="middle" fill="{ink}">{count}</text>'
    return f'<rect x="{x}" y="{y}" width="{_CELL}" height="{_CELL}" fill="rgb({colour})" stroke="#ddd"/>{text if count else ""}'
