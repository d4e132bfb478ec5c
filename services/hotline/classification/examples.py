"""Handled tickets that teach."""

from __future__ import annotations

from dataclasses import dataclass

Text = tuple[str, str]  # title, content


@dataclass(frozen=True)
class Example:
    """A handled ticket and what it was."""

    title: str
    content: str
    value: str
