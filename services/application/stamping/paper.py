"""What a stamped paper says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Said:
    """One opinion: in which step, when, in what words."""

    step: str
    at: str
    text: str


@dataclass(frozen=True)
class OpinionPaper:
    """What the paper says. `rows` are names and values of the application; `link` leads to the verification page."""

    title: str
    department: str
    rows: Sequence[tuple[str, str]]
    said: Sequence[Said]
    document: str
    link: str
    at: datetime
