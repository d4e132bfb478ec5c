"""The confusion table and the learning curve as SVG pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

_CELL, _LEFT, _TOP = 64, 150, 110
_BLUE = (33, 102, 172)
_WIDE, _HIGH, _EDGE = 560, 320, 60
# So many tickets were learnt from, macro F1, its standard deviation.
Point = tuple[int, float, float]


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


def curve_svg(points: Sequence[Point], title: str) -> str:
    """Macro F1 from 0 to 1 over the number of tickets that were learnt from, with a standard deviation on both sides."""
    most = max(tickets for tickets, *_ in points)

    def x(tickets: float) -> float:
        return _EDGE + (_WIDE - _EDGE - 30) * tickets / most

    def y(value: float) -> float:
        return _HIGH - _EDGE + 10 - (_HIGH - _EDGE - 40) * min(max(value, 0.0), 1.0)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}" font-family="sans-serif" font-size="13">',
        f'<rect width="{_WIDE}" height="{_HIGH}" fill="#fff"/>',
        f'<text x="12" y="22" font-size="16">{escape(title)}</text>',
    ]
    for tenth in range(0, 11, 2):
        at = y(tenth / 10)
        parts.append(f'<line x1="{_EDGE}" x2="{_WIDE - 30}" y1="{at:.1f}" y2="{at:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{_EDGE - 8}" y="{at + 4:.1f}" text-anchor="end">{tenth / 10:.1f}</text>')
    colour = f"rgb{_BLUE}"
    path = " ".join(f"{x(tickets):.1f},{y(f1):.1f}" for tickets, f1, _ in points)
    parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
    for tickets, f1, deviation in points:
        across, above, below = x(tickets), y(f1 + deviation), y(f1 - deviation)
        parts += [
            f'<line x1="{across:.1f}" x2="{across:.1f}" y1="{above:.1f}" y2="{below:.1f}" stroke="{colour}"/>',
            f'<circle cx="{across:.1f}" cy="{y(f1):.1f}" r="4" fill="{colour}"/>',
            f'<text x="{across:.1f}" y="{above - 6:.1f}" text-anchor="middle">{f1:.2f}</text>',
            f'<text x="{across:.1f}" y="{_HIGH - _EDGE + 30}" text-anchor="middle">{tickets}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"
