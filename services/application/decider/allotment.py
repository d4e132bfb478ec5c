"""Places and money of an item's period: one aggregate decides on every claim, so that there is never too much; pure."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from services.application.events import scheme as events
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event


class SetAllotment(Command):
    """How much there is; None twice where nothing bounds it, or does not any more."""

    item_code: str
    period: str
    places: int | None
    budget_fen: int | None


class ClaimPlace(Command):
    """Keep a place, and so much of the money."""

    number: str
    amount_fen: int = Field(ge=0)


class AdjustClaim(Command):
    """Keep another amount."""

    number: str
    amount_fen: int = Field(ge=0)


class ReleasePlace(Command):
    """Give it back."""

    number: str


AllotmentCommand = SetAllotment | ClaimPlace | AdjustClaim | ReleasePlace


class AllotmentState(State):
    """What there is, and what is kept for whom, in fen."""

    set: events.AllotmentSet
    claims: dict[str, int] = Field(default_factory=dict)

    @property
    def free(self) -> int | None:
        """Places that are left."""
        return None if self.set.places is None else self.set.places - len(self.claims)

    @property
    def left_fen(self) -> int | None:
        """Money that is left."""
        return None if self.set.budget_fen is None else self.set.budget_fen - sum(self.claims.values())


def key_of(item_code: str, period: str) -> str:
    """One for each period of an item."""
    return f"{item_code}.{period}"


def decide(state: AllotmentState | None, command: AllotmentCommand, _context: Context) -> Sequence[Event]:
    """Given together with the command on the application that wants it: both are written, or neither."""
    if isinstance(command, SetAllotment):
        return _set(state, command)
    if state is None:
        raise Refused("application.allotment-unknown", "该事项本期没有名额设置。", because=Because.NOT_FOUND)
    match command:
        case ClaimPlace(number=number, amount_fen=fen):
            return _claim(state, number, fen)
        case AdjustClaim(number=number, amount_fen=fen):
            return _adjust(state, number, fen)
        case ReleasePlace(number=number):
            return [events.PlaceReleased(**_about(state), number=number)] if number in state.claims else []


def _set(state: AllotmentState | None, command: SetAllotment) -> Sequence[Event]:
    changed = events.AllotmentSet(**command.model_dump())
    if state is None:
        return [changed] if (changed.places, changed.budget_fen) != (None, None) else []
    if state.set == changed:
        return []
    errors: list[FieldError] = []
    after = state.model_copy(update={"set": changed})
    if after.free is not None and after.free < 0:
        message = f"名额不能少于已占用的{len(state.claims)}个。"
        errors.append(FieldError(field="rules.places", code="claimed", message=message))
    if after.left_fen is not None and after.left_fen < 0:
        message = f"预算不能少于已占用的{yuan(sum(state.claims.values()))}。"
        errors.append(FieldError(field="rules.budget_fen", code="claimed", message=message))
    if errors:
        raise Refused("application.allotment-claimed", "名额或预算少于已占用的数量。", errors, Because.INVALID)
    return [changed]


def _claim(state: AllotmentState, number: str, fen: int) -> Sequence[Event]:
    if state.claims.get(number) == fen:
        return []
    errors: list[FieldError] = []
    if state.free is not None and state.free < 1:
        message = f"该事项本期{state.set.places}个名额已满。如有名额释放，可再次提交。"
        errors.append(FieldError(field="item_code", code="places-full", message=message))
    if state.left_fen is not None and fen > state.left_fen:
        message = f"该事项本期预算剩余{yuan(state.left_fen)}，不足以满足申请的{yuan(fen)}。"
        errors.append(FieldError(field="requested_fen", code="budget-exhausted", message=message))
    if errors:
        raise Refused("application.exhausted", "".join(error.message for error in errors), errors)
    return [events.PlaceClaimed(**_about(state), number=number, amount_fen=fen)]


def _adjust(state: AllotmentState, number: str, fen: int) -> Sequence[Event]:
    kept = state.claims.get(number)
    if kept is None:
        return _claim(state, number, fen)
    if kept == fen:
        return []
    if state.left_fen is not None and fen - kept > state.left_fen:
        message = f"该事项本期预算剩余{yuan(state.left_fen + kept)}，不足以核定{yuan(fen)}。"
        error = FieldError(field="amount_fen", code="budget-exhausted", message=message)
        raise Refused("application.exhausted", message, [error])
    return [events.ClaimAdjusted(**_about(state), number=number, amount_fen=fen)]


def yuan(fen: int) -> str:
    """As it is read."""
    return f"{fen // 100:,}.{fen % 100:02}元" if fen % 100 else f"{fen // 100:,}元"


def _about(state: AllotmentState) -> dict[str, str]:
    return {"item_code": state.set.item_code, "period": state.set.period}


def evolve(state: AllotmentState | None, event: Event) -> AllotmentState:
    """What is left after an event."""
    if isinstance(event, events.AllotmentSet):
        return AllotmentState(set=event, claims=state.claims if state else {})
    assert state is not None  # noqa: S101 - nothing is claimed before it is set
    claims = dict(state.claims)
    match event:
        case events.PlaceClaimed(number=number, amount_fen=fen) | events.ClaimAdjusted(number=number, amount_fen=fen):
            claims[number] = fen
        case events.PlaceReleased(number=number):
            claims.pop(number, None)
    return state.model_copy(update={"claims": claims})


allotment: Decider[AllotmentState, AllotmentCommand] = Decider("allotment", AllotmentState, decide, evolve)
