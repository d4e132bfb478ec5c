"""A row that could not be taken: kept, looked at in time, corrected or dismissed; pure."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ConfigDict, Field

from services.hotline.decider.rights import require_desk, require_platform
from services.hotline.events.refusal import RowKind, RowRefused, RowSettled, RowShown, RowWaiting
from shared.calendar import LimitClock
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event

DAYS_TO_LOOK = 1  # working days


class RefuseRow(Command):
    """Keep it; `digest` tells the same row sent once more from another one under its number."""

    kind: RowKind
    source: str | None
    number: str | None
    digest: str
    original: str
    errors: tuple[FieldError, ...]


class ShowRow(Command):
    """Read it in the clear."""


class RaiseRowWaiting(Command):
    """Its time is over."""


class SettleRow(Command):
    """It is taken now; or it is dismissed, for a reason."""

    model_config = ConfigDict(str_strip_whitespace=True)

    taken: bool
    reason: str = Field("", max_length=1000)


RowCommand = RefuseRow | ShowRow | RaiseRowWaiting | SettleRow


class RefusalState(State):
    """The newest row under this key, and whether somebody still has to look."""

    refused: RowRefused
    waiting: bool = False
    settled: RowSettled | None = None


def decide(state: RefusalState | None, command: RowCommand, context: Context) -> Sequence[Event]:
    """The same row is refused once; another one under the same number has to be looked at again."""
    if isinstance(command, RefuseRow):
        require_desk(context, "数据接入")
        if state is not None and state.refused.digest == command.digest:
            return []
        clock = LimitClock.start(context.calendar, DAYS_TO_LOOK, context.today)
        return [RowRefused(**command.model_dump(), clock=clock)]
    if state is None:
        raise Refused("hotline.row-unknown", "没有这条未接收的数据，请核对编号。", because=Because.NOT_FOUND)
    match command:
        case ShowRow():
            require_desk(context, "未接收的数据")
            return [RowShown()]
        case RaiseRowWaiting():
            require_platform(context)
            refused = state.refused
            late = RowWaiting(kind=refused.kind, source=refused.source, due_on=refused.clock.due.day)
            return [] if state.settled or state.waiting else [late]
        case SettleRow(taken=taken, reason=reason):
            require_desk(context, "未接收的数据")
            return _settle(state, RowSettled(taken=taken, reason=reason))


def _settle(state: RefusalState, settled: RowSettled) -> Sequence[Event]:
    if not settled.taken and not settled.reason:
        wrong = FieldError(field="reason", code="missing", message="请写明不予接收的理由。")
        raise Refused("hotline.row-invalid", "有1处需要改正，请改正后重新提交。", [wrong], Because.INVALID)
    if state.settled == settled or (state.settled and settled.taken and state.settled.taken):
        return []
    if state.settled:
        raise Refused("hotline.row-settled", "这条数据已处理完毕，无需再次处理。")
    return [settled]


def evolve(state: RefusalState | None, event: Event) -> RefusalState:
    """The row after an event."""
    match event:
        case RowRefused():
            return RefusalState(refused=event)
        case RowWaiting():
            return _known(state).model_copy(update={"waiting": True})
        case RowSettled():
            return _known(state).model_copy(update={"settled": event})
    return _known(state)


def _known(state: RefusalState | None) -> RefusalState:
    assert state is not None  # noqa: S101 - nothing happens to a row before it is refused
    return state


refusal = Decider("refusal", RefusalState, decide, evolve)
