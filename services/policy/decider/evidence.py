"""Matches kept as evidence; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

from services.policy.conditions.language import Condition
from services.policy.events.matching import FactConsidered, MatchRecorded
from shared.contracts.identifiers import Uscc
from shared.eventstore.decider import Because, Command, Context, Decider, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Role

READERS = (Role.OFFICER, Role.REVIEWER, Role.DEPARTMENT_HEAD, Role.DATA_BUREAU, Role.SUPERVISOR, Role.SYSTEM)


class RecordMatch(Command):
    """Keep a match as it was just computed."""

    uscc: Uscc
    code: str
    title: str
    revision: int
    day: date
    profile_version: int
    verdict: Literal["met", "not-met", "unknown"]
    eligibility: dict[str, Any]
    named: dict[str, Condition]
    facts: tuple[FactConsidered, ...]


class EvidenceState(State):
    """What was recorded; it never changes."""

    recorded: MatchRecorded


def decide(state: EvidenceState | None, command: RecordMatch, context: Context) -> Sequence[Event]:
    """The enterprise itself, and who handles its matters, may keep a match."""
    if context.actor.enterprise != command.uscc and not context.actor.has(*READERS):
        title = "只能留存本企业的匹配结果，请核对统一社会信用代码。"
        raise Refused("policy.not-your-enterprise", title, because=Because.FORBIDDEN)
    return [MatchRecorded(**dict(command))] if state is None else []


def evolve(_state: EvidenceState | None, event: Event) -> EvidenceState:
    assert isinstance(event, MatchRecorded)  # noqa: S101 - the aggregate has no other event
    return EvidenceState(recorded=event)


evidence = Decider("evidence", EvidenceState, decide, evolve)
