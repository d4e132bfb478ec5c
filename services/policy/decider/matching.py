"""That an item, or a day, has been held against all enterprises; pure. What is owed next follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.policy.events.matching import ClosingReminded, DayMatched, ItemMatched
from shared.eventstore.decider import Command, Context, Decider, State
from shared.eventstore.events import Event


class ConcludeMatching(Command):
    """The item's revision has been held against all enterprises, and all have been told."""

    code: str
    revision: int
    met: int
    nearly: int


class ConcludeDay(Command):
    """The day's look at the items that move with the calendar is over."""

    day: date
    items: int


class ConcludeReminding(Command):
    """All have been reminded of this closing."""

    code: str
    closes_on: date


class MatchingState(State):
    """What was concluded last."""

    revision: int = 0
    day: date | None = None
    closes_on: date | None = None


def decide(
    state: MatchingState | None, command: ConcludeMatching | ConcludeDay | ConcludeReminding, _context: Context
) -> Sequence[Event]:
    """Each is concluded once."""
    known = state or MatchingState()
    match command:
        case ConcludeMatching():
            return [ItemMatched(**command.model_dump())] if command.revision > known.revision else []
        case ConcludeDay():
            return [DayMatched(**command.model_dump())] if known.day is None or command.day > known.day else []
        case ConcludeReminding():
            return [ClosingReminded(**command.model_dump())] if command.closes_on != known.closes_on else []


def evolve(state: MatchingState | None, event: Event) -> MatchingState:
    known = state or MatchingState()
    match event:
        case ItemMatched():
            return known.model_copy(update={"revision": event.revision})
        case DayMatched():
            return known.model_copy(update={"day": event.day})
        case ClosingReminded():
            return known.model_copy(update={"closes_on": event.closes_on})
        case _:
            raise AssertionError(f"no event of a matching: {event.TOPIC}")


matching = Decider("matching", MatchingState, decide, evolve)
