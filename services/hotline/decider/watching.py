"""What time makes of a ticket: due soon, overdue, supervised, nobody's, closed; each is said once."""

from __future__ import annotations

from collections.abc import Sequence

from services.hotline.decider.clocks import due_at, due_on, is_late
from services.hotline.decider.commands import RaiseTicket, SuperviseTicket, UrgeTicket
from services.hotline.decider.handling import end_waiting, timed_again
from services.hotline.decider.rights import SUPERVISION, not_yours, require_platform
from services.hotline.decider.routing import refuse_ended
from services.hotline.decider.ticket import TicketState, about
from services.hotline.events.handling import TicketClosed
from services.hotline.events.ticket import (
    TicketDeadlineRecomputed,
    TicketDueSoon,
    TicketOverdue,
    TicketSupervised,
    TicketUnhandled,
    TicketUrged,
)
from shared.calendar import LimitClock
from shared.eventstore.decider import Context, Refused
from shared.eventstore.events import Event
from shared.security.actor import Role


def watch(state: TicketState, command: RaiseTicket, context: Context) -> Sequence[Event]:
    """By the platform itself; what is not so, or was said, changes nothing."""
    require_platform(context)
    rules = {
        "due-soon": _due_soon,
        "overdue": _overdue,
        "supervise": _supervised,
        "unhandled": _unhandled,
        "waiting": end_waiting,
        "close": _closed,
    }
    return rules[command.what](state, context)


def _due_soon(state: TicketState, context: Context) -> Sequence[Event]:
    if state.clock is None or state.phase != "dispatched" or state.due_soon or state.overdue:
        return []
    if is_late(state.clock, context.now):
        return _overdue(state, context)
    return [TicketDueSoon(**about(state), department=state.department or "", due_at=due_at(state.clock))]


def _overdue(state: TicketState, context: Context) -> Sequence[Event]:
    if state.clock is None or state.phase != "dispatched" or state.overdue or not is_late(state.clock, context.now):
        return []
    limit = state.clock.limit_days if isinstance(state.clock, LimitClock) else 0
    late = {"due_on": due_on(state.clock), "limit_days": limit}
    return [TicketOverdue(**about(state), department=state.department or "", **late)]


def _supervised(state: TicketState, context: Context) -> Sequence[Event]:
    if state.phase != "dispatched" or state.supervised or state.clock is None or not is_late(state.clock, context.now):
        return []
    if state.supervise_at is None or context.now < state.supervise_at:
        return []
    reason = "超期未答复，自动转入督办。"
    supervised = TicketSupervised(**about(state), department=state.department or "", reason=reason, by_itself=True)
    return [*_overdue(state, context), supervised]


def _unhandled(state: TicketState, context: Context) -> Sequence[Event]:
    waiting = state.phase == "received" or (state.phase == "apart" and state.apart_by_model)
    if not waiting or state.unhandled or state.handle_by is None or not state.handle_by.is_overdue(context.today):
        return []
    return [TicketUnhandled(**about(state), handle_by=state.handle_by.due.day)]


def _closed(state: TicketState, context: Context) -> Sequence[Event]:
    at = state.answered.close_at if state.answered else None
    if state.phase != "answered" or at is None or context.now < at:
        return []
    return [TicketClosed(**about(state), department=state.department, reason=None, by_itself=True)]


def recompute(state: TicketState, context: Context) -> Sequence[Event]:
    """The due day by the present calendar, while the limit still runs; hours know no calendar."""
    require_platform(context)
    if state.phase != "dispatched" or state.overdue or not isinstance(state.clock, LimitClock):
        return []
    before, clock = state.clock.due, state.clock.recomputed(context.calendar)
    if (clock.due.day, clock.due.provisional) == (before.day, before.provisional):
        return []
    return [
        TicketDeadlineRecomputed(
            **about(state),
            department=state.department or "",
            previous_due_on=before.day,
            notice=clock.due.calendar,
            **timed_again(state, clock, context),
        )
    ]


def urge(state: TicketState, command: UrgeTicket, context: Context) -> Sequence[Event]:
    """By supervision, as often as it thinks right, while a department has the ticket."""
    _require_supervision(context)
    _require_with_department(state)
    return [TicketUrged(**about(state), department=state.department or "", text=command.text)]


def supervise(state: TicketState, command: SuperviseTicket, context: Context) -> Sequence[Event]:
    """By supervision, with a reason, before the platform does it by itself."""
    _require_supervision(context)
    _require_with_department(state)
    if state.supervised:
        return []
    told = {"reason": command.reason or "由督办人员转入督办。", "by_itself": False}
    return [TicketSupervised(**about(state), department=state.department or "", **told)]


def _require_supervision(context: Context) -> None:
    if not context.actor.has(*SUPERVISION, Role.SYSTEM):
        not_yours("催办和督办由市数政局或督办人员办理。")


def _require_with_department(state: TicketState) -> None:
    refuse_ended(state)
    if state.department is None:
        raise Refused("hotline.not-dispatched", "该工单尚未派发到部门，请先由城运中心派发。")
