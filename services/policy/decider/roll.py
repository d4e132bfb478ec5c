"""Rolls kept as evidence; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from services.policy.conditions.language import Condition
from services.policy.decider.rights import require_editor
from services.policy.events.roll import RollKept
from shared.contracts.rolls import MissingFact
from shared.eventstore.decider import Command, Context, Decider, State
from shared.eventstore.events import Event


class KeepRoll(Command):
    """Keep a roll as it was just computed."""

    ADDED: ClassVar[frozenset[str]] = frozenset(
        {
            "title",
            "department",
            "revision",
            "day",
            "at",
            "eligibility",
            "named",
            "met",
            "undecided",
            "not_met",
            "digest",
        }
        | {"missing", "by_person"}
    )

    code: str
    purpose: str
    title: str
    department: str
    revision: int
    day: date
    at: datetime
    eligibility: dict[str, Any]
    named: dict[str, Condition]
    met: int
    undecided: int
    not_met: int
    digest: str
    missing: tuple[MissingFact, ...]
    by_person: tuple[str, ...]


class RollState(State):
    """What was kept; it never changes."""

    kept: RollKept


def decide(state: RollState | None, command: KeepRoll, context: Context) -> Sequence[Event]:
    """By the item's department, or the platform for it."""
    require_editor(context.actor, command.department, "匹配名册")
    return [RollKept(**dict(command))] if state is None else []


def evolve(_state: RollState | None, event: Event) -> RollState:
    """The roll as it was kept."""
    assert isinstance(event, RollKept)  # noqa: S101 - the aggregate has no other event
    return RollState(kept=event)


roll: Decider[RollState, KeepRoll] = Decider("roll", RollState, decide, evolve)
"""A roll kept as evidence."""
