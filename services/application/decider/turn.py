"""One application of an enterprise in a period, for an item or for a group that excludes itself; pure."""

from __future__ import annotations

from collections.abc import Sequence

from services.application.events.scheme import TurnReleased, TurnTaken
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event


class TakeTurn(Command):
    """Take it for an application."""

    group: str
    period: str
    enterprise: str
    number: str
    item_title: str


class ReleaseTurn(Command):
    """Give it back."""

    number: str


class TurnState(State):
    """Who has it, if anybody."""

    taken: TurnTaken
    free: bool = False


def key_of(group: str, period: str, enterprise: str) -> str:
    """One for each enterprise and period."""
    return f"{group}.{period}.{enterprise}"


def decide(state: TurnState | None, command: TakeTurn | ReleaseTurn, _context: Context) -> Sequence[Event]:
    """Given together with the command on the application that wants it: both are written, or neither."""
    if isinstance(command, ReleaseTurn):
        if state is None or state.free or state.taken.number != command.number:
            return []
        about = state.taken.model_dump(include={"group", "period", "enterprise", "number"})
        return [TurnReleased(**about)]
    taken = TurnTaken(**command.model_dump())
    if state is None or state.free:
        return [taken]
    if state.taken.number == command.number:
        return []
    message = (
        f"贵单位{state.taken.period}期已申报“{state.taken.item_title}”（编号{state.taken.number}），"
        "不能重复申报；需要改报的，请先撤回原申报。"
    )
    error = FieldError(field="item_code", code="turn-taken", message=message)
    raise Refused("application.turn-taken", message, [error], Because.CONFLICT)


def evolve(state: TurnState | None, event: Event) -> TurnState:
    """Who has it after an event."""
    if isinstance(event, TurnTaken):
        return TurnState(taken=event)
    assert state is not None  # noqa: S101 - nothing is given back before it is taken
    return state.model_copy(update={"free": True})


turn: Decider[TurnState, TakeTurn | ReleaseTurn] = Decider("turn", TurnState, decide, evolve)
