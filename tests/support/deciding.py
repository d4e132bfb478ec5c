"""Deciders in the form given, when, then:

given(decider, *events).when(command, at=..., actor=...).then(*events)
given(decider, *events).when(command, at=..., actor=...).refused(code, fields=["guide.materials"])
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.calendar import SHANGHAI, WorkingCalendar
from shared.eventstore.decider import Command, Context, Decider, Refused
from shared.eventstore.events import Event
from shared.security.actor import Actor, system

WORKING_MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)  # a Monday


@dataclass(frozen=True)
class Outcome:
    """What became of a command."""

    events: tuple[Event, ...]
    refusal: Refused | None

    def then(self, *events: Event) -> Outcome:
        """Exactly these events; none when nothing changes."""
        if self.refusal is not None:
            raise AssertionError(f"refused instead: {self.refusal}") from self.refusal
        assert self.events == events
        return self

    def refused(self, code: str, fields: Sequence[str] | None = None) -> Refused:
        """Refused with this code and, where given, exactly these fields; answers with the refusal."""
        assert self.refusal is not None, f"not refused, but decided {self.events}"
        assert self.refusal.code == code
        if fields is not None:
            assert sorted(error.field for error in self.refusal.errors) == sorted(fields)
        return self.refusal


@dataclass(frozen=True)
class Given:
    """An aggregate with a past."""

    decider: Decider[Any, Any]
    state: Any

    def when(
        self,
        command: Command,
        at: datetime = WORKING_MORNING,
        actor: Actor | None = None,
        calendar: WorkingCalendar | None = None,
    ) -> Outcome:
        """The command, by the platform itself on a working morning unless said otherwise."""
        context = Context(at, calendar or WorkingCalendar.announced(), actor or system("test"))
        try:
            return Outcome(tuple(self.decider.decide(self.state, command, context)), None)
        except Refused as refusal:
            return Outcome((), refusal)


def given(decider: Decider[Any, Any], *events: Event) -> Given:
    """What has happened before."""
    state: Any = None
    for event in events:
        state = decider.evolve(state, event)
    return Given(decider, state)
