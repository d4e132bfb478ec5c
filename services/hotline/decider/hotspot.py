"""Hot spots of one place: raised once, and again when they have doubled; pure."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from services.hotline.decider.rights import require_platform
from services.hotline.events.hotspot import HotSpotRaised, HotSpotsLooked
from shared.eventstore.decider import Command, Context, Decider, State
from shared.eventstore.events import Event


class Group(BaseModel):
    """Like tickets: their keys, the first of them, and its title."""

    model_config = ConfigDict(frozen=True)

    lead: str
    title: str
    tickets: tuple[str, ...]


class LookAtHotSpots(Command):
    """Compare what was found with what was raised."""

    town: str | None
    item: str | None
    groups: tuple[Group, ...]
    count: int
    days: int


class HotSpotState(State):
    """What was raised: the tickets of each group at that time."""

    raised: tuple[tuple[str, ...], ...] = ()


def decide(state: HotSpotState | None, command: LookAtHotSpots, context: Context) -> Sequence[Event]:
    """A group is new when none of its tickets was in one that was raised."""
    require_platform(context)
    looked = HotSpotsLooked(place=place_of(command.town, command.item), at=context.now)
    events: list[Event] = [looked]
    for group in command.groups:
        before = [raised for raised in (state or HotSpotState()).raised if set(raised) & set(group.tickets)]
        largest = max((len(raised) for raised in before), default=0)
        if len(group.tickets) >= max(command.count, 2 * largest):
            where = {"town": command.town, "item": command.item, "days": command.days}
            events.append(HotSpotRaised(**group.model_dump(), **where, again=bool(before)))
    return events


def evolve(state: HotSpotState | None, event: Event) -> HotSpotState:
    """What is remembered after an event: of overlapping groups the newest."""
    known = state or HotSpotState()
    if not isinstance(event, HotSpotRaised):
        return known
    others = tuple(raised for raised in known.raised if not set(raised) & set(event.tickets))
    return HotSpotState(raised=(*others, event.tickets))


def place_of(town: str | None, item: str | None) -> str:
    """The key of a place: an item where the ticket names one, else the town."""
    return f"item-{item}" if item is not None else f"town-{town or 'none'}"


hot_spots = Decider("hotspots", HotSpotState, decide, evolve)
