"""How often things were looked at on a day; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.policy.events.participation import ViewCount, ViewsCounted
from shared.eventstore.decider import Command, Context, Decider, State
from shared.eventstore.events import Event


class CountViews(Command):
    """Keep what one replica has counted since it last did."""

    day: date
    counts: tuple[ViewCount, ...]


class ViewsState(State):
    """How many views the day has in all."""

    views: int = 0


def decide(_state: ViewsState | None, command: CountViews, _context: Context) -> Sequence[Event]:
    """What was not looked at is not mentioned; where nothing was, nothing happened."""
    counts = tuple(each for each in command.counts if each.views > 0)
    return [ViewsCounted(day=command.day, counts=counts)] if counts else []


def evolve(state: ViewsState | None, event: Event) -> ViewsState:
    assert isinstance(event, ViewsCounted)  # noqa: S101 - the aggregate has no other event
    before = state.views if state else 0
    return ViewsState(views=before + sum(each.views for each in event.counts))


views = Decider("views", ViewsState, decide, evolve)
