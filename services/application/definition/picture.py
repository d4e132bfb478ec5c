"""A process as a picture, with where an application is."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import ClassVar, Literal

from services.application.definition.process import KINDS, Process, Step

Standing = Literal["done", "open", "failed", "late", "waiting"]


def drawn(process: Process, standing: Mapping[str, Standing] | None = None) -> str:
    """The process as an SVG picture, steps in columns by their order, coloured by how they stand."""
    return _Picture(process, standing or {}).text()


class _Picture:
    """Columns of boxes with lines between them."""

    WIDE, HIGH, GAP_X, GAP_Y = 168, 64, 56, 24
    COLOURS: ClassVar[Mapping[Standing, tuple[str, str]]] = {
        "done": ("#e3f2e6", "#2e7d32"),
        "open": ("#e3effb", "#1565c0"),
        "failed": ("#fdecea", "#c62828"),
        "late": ("#fff3e0", "#e65100"),
        "waiting": ("#f5f5f5", "#757575"),
    }
    WORDS: ClassVar[Mapping[Standing, str]] = {
        "done": "已完成",
        "open": "办理中",
        "failed": "未通过",
        "late": "已超期",
        "waiting": "未开始",
    }

    def __init__(self, process: Process, standing: Mapping[str, Standing]) -> None:
        self.process = process
        self.standing = standing
        self.places = self._placed()

    def _placed(self) -> dict[str, tuple[int, int]]:
        places: dict[str, tuple[int, int]] = {}
        done: frozenset[str] = frozenset()
        column = 0
        while more := self.process.ready(done):
            for row, step in enumerate(more):
                x, y = column * (self.WIDE + self.GAP_X) + 8, row * (self.HIGH + self.GAP_Y) + 8
                places[step.key] = (x, y)
            done |= {step.key for step in more}
            column += 1
        return places

    def text(self) -> str:
        wide = max(x for x, _ in self.places.values()) + self.WIDE + 8
        high = max(y for _, y in self.places.values()) + self.HIGH + 8
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
            'font-family="sans-serif" role="img"><title>审核流程</title>'
        ]
        for step in self.process.steps:
            parts += [self._line(before, step.key) for before in step.after]
        parts += [self._box(step) for step in self.process.steps]
        return "".join([*parts, "</svg>"])

    def _line(self, before: str, after: str) -> str:
        (x1, y1), (x2, y2) = self.places[before], self.places[after]
        start, end = (x1 + self.WIDE, y1 + self.HIGH // 2), (x2, y2 + self.HIGH // 2)
        middle = (start[0] + end[0]) // 2
        path = f"M{start[0]} {start[1]}C{middle} {start[1]} {middle} {end[1]} {end[0]} {end[1]}"
        return f'<path d="{path}" fill="none" stroke="#9e9e9e" stroke-width="1.5"/>'

    def _box(self, step: Step) -> str:
        x, y = self.places[step.key]
        state = self.standing.get(step.key, "waiting")
        fill, edge = self.COLOURS[state]
        lines = (step.title, f"{KINDS[step.kind]} · {step.limit_days}个工作日", self.WORDS[state])
        texts = "".join(
            f'<text x="{x + 10}" y="{y + 20 + 18 * n}" font-size="{13 if n == 0 else 11}" fill="{edge}">{escape(line)}</text>'
            for n, line in enumerate(lines)
        )
        return f'<rect x="{x}" y="{y}" width="{self.WIDE}" height="{self.HIGH}" rx="6" fill="{fill}" stroke="{edge}"/>{texts}'
