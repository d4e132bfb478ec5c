"""Pictures as inline SVG, in the colours of the page: bars with whiskers, and lines of growth."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape

# A label or place, the median, the least and the greatest.
Bar = tuple[str, float, float, float]
Point = tuple[float, float, float, float]
Written = Callable[[float], str]

_WIDTH, _LABEL, _VALUE, _ROW = 880, 330, 110, 30
_HEIGHT, _LEFT, _BOTTOM, _TOP = 300, 80, 50, 20
_COLOURS = 5


def bars(rows: Sequence[Bar], written: Written) -> str:
    """A horizontal bar for each row, from zero, with a whisker from the least to the greatest round."""
    most = max((greatest for *_, greatest in rows), default=0.0) or 1.0
    scale = (_WIDTH - _LABEL - _VALUE) / most
    drawn = []
    for n, (label, median, least, greatest) in enumerate(rows):
        y = n * _ROW + 4
        middle = y + _ROW / 2 - 4
        x = [_LABEL + value * scale for value in (least, median, greatest)]
        drawn.append(
            f'<text x="{_LABEL - 8}" y="{middle + 4:.1f}" text-anchor="end">{escape(label)}</text>'
            f'<rect x="{_LABEL}" y="{y}" width="{x[1] - _LABEL:.1f}" height="{_ROW - 8}" fill="var(--c{n % _COLOURS})"/>'
            f"{_whisker(x[0], middle, x[2], middle)}"
            f'<text x="{x[2] + 8:.1f}" y="{middle + 4:.1f}">{escape(written(median))}</text>'
        )
    return _svg(_WIDTH, len(rows) * _ROW + 4, drawn)


def lines(drawn: Mapping[str, Sequence[Point]], over: str, written: Written) -> str:
    """A line through the medians, with whiskers, from zero up; `over` grows by factors, so its axis is logarithmic."""
    points = [point for line in drawn.values() for point in line]
    if not points:
        return _svg(_WIDTH, _ROW, [])
    places = sorted({place for place, *_ in points})
    most = max(greatest for *_, greatest in points) or 1.0
    span = math.log(places[-1] / places[0]) or 1.0

    def x(place: float) -> float:
        return _LEFT + 20 + (_WIDTH - _LABEL - _LEFT - 40) * math.log(place / places[0]) / span

    def y(value: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * value / most

    shown = [_axes(places, most, over, x, y, written)]
    for n, (label, line) in enumerate(drawn.items()):
        colour = f"var(--c{n % _COLOURS})"
        path = " ".join(f"{x(place):.1f},{y(median):.1f}" for place, median, *_ in line)
        shown.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        for place, median, least, greatest in line:
            shown.append(_whisker(x(place), y(least), x(place), y(greatest)))
            shown.append(f'<circle cx="{x(place):.1f}" cy="{y(median):.1f}" r="4" fill="{colour}"/>')
        key = _TOP + n * 24
        shown.append(f'<rect x="{_WIDTH - _LABEL + 10}" y="{key}" width="14" height="14" fill="{colour}"/>')
        shown.append(f'<text x="{_WIDTH - _LABEL + 32}" y="{key + 12}">{escape(label)}</text>')
    return _svg(_WIDTH, _HEIGHT, shown)


def _axes(
    places: Sequence[float],
    most: float,
    over: str,
    x: Callable[[float], float],
    y: Callable[[float], float],
    written: Written,
) -> str:
    right = _WIDTH - _LABEL
    drawn = [
        f'<line class="axis" x1="{_LEFT}" y1="{y(value):.1f}" x2="{right}" y2="{y(value):.1f}"/>'
        f'<text class="soft" x="{_LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{escape(written(value))}</text>'
        for value in (0.0, most / 2, most)
    ]
    drawn += [
        f'<text class="soft" x="{x(place):.1f}" y="{_HEIGHT - _BOTTOM + 20}" text-anchor="middle">{place:,.0f}</text>'
        for place in places
    ]
    middle = (_LEFT + right) / 2
    drawn.append(f'<text class="soft" x="{middle}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(over)}</text>')
    return "".join(drawn)


def _whisker(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="whisker" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _svg(width: int, height: int, drawn: Sequence[str]) -> str:
    head = f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img"'
    return f'{head} xmlns="http://www.w3.org/2000/svg">{"".join(drawn)}</svg>'
