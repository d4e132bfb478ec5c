"""What an enterprise's events amount to: its registration, all that sources state of it, and what holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from services.registry.events import (
    COMPUTED,
    DisputeDeadlineRecomputed,
    DisputeOverdue,
    DisputeSettled,
    EffectiveFact,
    EnterpriseRegistered,
    FactDisputed,
    FactsStated,
    FactWithdrawn,
    ProfileChanged,
    StatedFact,
)
from shared.calendar import LimitClock
from shared.contracts.facts import Standing
from shared.eventstore.decider import State
from shared.eventstore.events import Event


class Statement(StatedFact):
    """A stated fact with who stated it when; `inputs` only where it was computed."""

    source: str
    standing: Standing
    recorded_at: datetime
    inputs: tuple[str, ...] = ()

    def expired(self, today: date) -> bool:
        """True from the day after its last day."""
        return self.valid_until is not None and today > self.valid_until


class OpenDispute(BaseModel):
    """A dispute that nobody has settled yet."""

    model_config = ConfigDict(frozen=True)

    number: int
    key: str
    label: str
    source: str
    department: str | None
    clock: LimitClock
    overdue: bool = False


class EnterpriseState(State):
    """`statements` by fact and source; `effective` is what was last said to hold; `disputes` are the open ones."""

    state_version: int = 2

    uscc: str
    registered: EnterpriseRegistered | None = None
    statements: dict[str, dict[str, Statement]] = Field(default_factory=dict)
    effective: dict[str, EffectiveFact] = Field(default_factory=dict)
    version: int = 0
    disputes: tuple[OpenDispute, ...] = ()
    disputes_raised: int = 0

    def statement(self, key: str, source: str) -> Statement | None:
        """What a source says of a fact."""
        return self.statements.get(key, {}).get(source)

    def disputed(self, key: str, source: str) -> bool:
        """Whether the enterprise disputes what that source says."""
        return any((each.key, each.source) == (key, source) for each in self.disputes)


def evolve(state: EnterpriseState | None, event: Event) -> EnterpriseState:
    """The state after an event."""
    if state is None:
        state = EnterpriseState(uscc=getattr(event, "uscc"))  # noqa: B009 - every event of an enterprise has it
    return state.model_copy(update=_changes(state, event))


def _changes(state: EnterpriseState, event: Event) -> Mapping[str, object]:
    match event:
        case EnterpriseRegistered():
            return {"registered": event}
        case FactsStated():
            said = {"source": event.source, "standing": event.standing, "recorded_at": event.recorded_at}
            return {"statements": _with(state, [Statement(**dict(fact), **said) for fact in event.facts])}
        case FactWithdrawn():
            return {"statements": _without(state.statements, event.key, event.source)}
        case ProfileChanged():
            return _what_holds(state, event)
        case FactDisputed():
            dispute = OpenDispute(**{name: getattr(event, name) for name in _OF_DISPUTE})
            return {"disputes": (*state.disputes, dispute), "disputes_raised": event.number}
        case DisputeSettled():
            return {"disputes": tuple(each for each in state.disputes if each.number != event.number)}
        case DisputeOverdue():
            return {"disputes": _dispute_with(state, event.number, overdue=True)}
        case DisputeDeadlineRecomputed():
            return {"disputes": _dispute_with(state, event.number, clock=event.clock)}
    raise ValueError(f"{event.TOPIC} is no event of an enterprise")


_OF_DISPUTE = ("number", "key", "label", "source", "department", "clock")


def _what_holds(state: EnterpriseState, event: ProfileChanged) -> Mapping[str, object]:
    said = {"source": COMPUTED, "standing": "computed", "recorded_at": event.recorded_at}
    statements = _with(state, [Statement(**dict(fact), **said) for fact in event.computed])
    for key in event.no_longer_computed:
        statements = _without(statements, key, COMPUTED)
    effective = state.effective | {fact.key: fact for fact in event.facts}
    known = {key: fact for key, fact in effective.items() if fact.value is not None}
    return {"statements": statements, "effective": known, "version": event.version}


def _with(state: EnterpriseState, news: list[Statement]) -> dict[str, dict[str, Statement]]:
    statements = dict(state.statements)
    for each in news:
        statements[each.key] = statements.get(each.key, {}) | {each.source: each}
    return statements


def _without(statements: dict[str, dict[str, Statement]], key: str, source: str) -> dict[str, dict[str, Statement]]:
    left = {name: each for name, each in statements.get(key, {}).items() if name != source}
    others = {name: each for name, each in statements.items() if name != key}
    return others | {key: left} if left else others


def _dispute_with(state: EnterpriseState, number: int, **changes: object) -> tuple[OpenDispute, ...]:
    return tuple(each.model_copy(update=changes) if each.number == number else each for each in state.disputes)
