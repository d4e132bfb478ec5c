"""What was asked of the platform, and what it answered: the one side that is compared with the record afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

REFUSED_MARK = "此项必须被拒绝"  # stands in every command that must leave nothing behind


@dataclass(frozen=True)
class Effect:
    """An event that a command must bring about: of which service's aggregate, and its topic."""

    service: str
    aggregate_id: str
    topic: str


@dataclass(frozen=True)
class Command:
    """One request to the portal. `effect`: what it must bring about once; None: it must be refused."""

    service: str
    path: str
    body: dict[str, Any]
    role: str  # whose headers it carries
    effect: Effect | None


@dataclass(frozen=True)
class Answered:
    """A command that was acknowledged: where in the log, and as which version of its aggregate."""

    command: Command
    position: int
    version: int
    seconds: float  # from the first try, however many there were


@dataclass
class Book:
    """Everything a site was ever asked. `unanswered`: requests that got no answer in time, none of which may be."""

    acknowledged: list[Answered] = field(default_factory=list)
    refused: list[Command] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # answers that nobody may get: 500, or a refusal that was none
    tries: int = 0
    put_off: int = 0  # answers that asked to come again
