"""The life of one aggregate under hypothesis: whatever a decider decides is carried out, kept, and checked each time.

A machine of a decider derives from `Life` and gives it commands; its own invariants look at `happened`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar

import orjson
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant

from shared.calendar import WorkingCalendar
from shared.eventstore.decider import Command, Context, Decider, Refused
from shared.eventstore.events import Event, Recorded
from shared.eventstore.mapper import EventMapper
from shared.security.actor import Actor, Role
from tests.support.deciding import WORKING_MORNING

E = TypeVar("E", bound=Event)
WALKS = settings(deadline=None, max_examples=100, stateful_step_count=20)


@dataclass(frozen=True)
class Happened:
    """An event, with the context it was decided in and the command it answers."""

    event: Any
    command: Any
    context: Context


class Life(RuleBasedStateMachine):
    """One aggregate, its whole history, and what holds for every decider."""

    decider: ClassVar[Decider[Any, Any]]

    def __init__(self) -> None:
        super().__init__()
        self.now: datetime = WORKING_MORNING
        self.calendar = WorkingCalendar.announced()
        self.state: Any = None
        self.happened: list[Happened] = []
        self.recorded: list[Recorded] = []

    def give(self, command: Command, actor: Actor) -> Sequence[Event] | Refused:
        """Hands in a command; answers with what it led to. The same is decided twice, and a refusal changes nothing."""
        context = Context(self.now, self.calendar, actor)
        before = _as_kept(self.state)
        outcome = self._decided(command, context)
        assert _alike(outcome, self._decided(command, context)), "decided otherwise the second time"
        assert _as_kept(self.state) == before, "deciding has changed the state"
        if isinstance(outcome, Refused):
            _check_refusal(outcome)
            return outcome
        for event in outcome:
            self._carry_out(event, command, context)
        return outcome

    def of(self, kind: type[E]) -> list[Happened]:
        """What happened of one kind."""
        return [each for each in self.happened if isinstance(each.event, kind)]

    @property
    def kinds(self) -> list[type[Event]]:
        """What happened, in order."""
        return [type(each.event) for each in self.happened]

    @invariant()
    def what_is_stored_reads_as_what_happened(self) -> None:
        if not self.recorded:
            return
        mapper = EventMapper()
        assert mapper.to_domain_event(mapper.to_stored_event(self.recorded[-1])) == self.recorded[-1]

    def teardown(self) -> None:
        """At the end of a walk: the whole history, read back, gives the same state."""
        mapper, state = EventMapper(), None
        for recorded in self.recorded:
            state = self.decider.evolve(state, mapper.to_domain_event(mapper.to_stored_event(recorded)).event)
        assert state == self.state

    @invariant()
    def a_snapshot_is_the_state(self) -> None:
        if self.state is not None:
            assert self.decider.state.model_validate(orjson.loads(_as_kept(self.state))) == self.state

    def _decided(self, command: Command, context: Context) -> tuple[Event, ...] | Refused:
        try:
            return tuple(self.decider.decide(self.state, command, context))
        except Refused as refusal:
            return refusal

    def _carry_out(self, event: Event, command: Command, context: Context) -> None:
        self.state = self.decider.evolve(self.state, event)
        self.happened.append(Happened(event, command, context))
        version = len(self.recorded) + 1
        self.recorded.append(
            Recorded(f"{self.decider.kind}-x", version, context.now, event, context.actor, f"command-{version}")
        )


def somebody(*roles: Role, department: str | None = None, enterprise: str | None = None) -> Actor:
    """An actor with these roles."""
    return Actor(subject="somebody", roles=roles, department=department, enterprise=enterprise)


def _as_kept(state: Any) -> bytes:
    return orjson.dumps(state.model_dump(mode="json")) if state is not None else b""


def _alike(first: tuple[Event, ...] | Refused, second: tuple[Event, ...] | Refused) -> bool:
    if isinstance(first, Refused) and isinstance(second, Refused):
        return (first.code, first.title, first.errors, first.because) == (
            second.code, second.title, second.errors, second.because,
        )  # fmt: skip
    return first == second


def _check_refusal(refusal: Refused) -> None:
    """A stable code, and Chinese sentences a person can act on."""
    assert "." in refusal.code
    assert refusal.title.endswith("。"), refusal.title
    assert all(error.message.endswith("。") for error in refusal.errors), refusal.errors
