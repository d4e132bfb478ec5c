"""What becomes of a ticket that was received: dispatched, answered, overdue."""

from __future__ import annotations

from collections.abc import Sequence

from services.hotline.decider.rights import DESK, handles, not_yours
from services.hotline.decider.ticket import AnswerAtOnce, AnswerTicket, DispatchTicket, TicketState, about
from services.hotline.events import TicketAnswered, TicketDeadlineRecomputed, TicketDispatched, TicketOverdue
from shared.calendar import LimitClock
from shared.eventstore.decider import Because, Context, FieldError, Refused
from shared.eventstore.events import Event
from shared.security.actor import Role


def dispatch(state: TicketState, command: DispatchTicket, context: Context) -> Sequence[Event]:
    """Once, by the desk; counting starts on the next working day."""
    if not context.actor.has(*DESK):
        not_yours("派发工单由城运中心或市数政局办理，请联系12345热线。")
    _refuse_answered(state)
    if state.department is not None:
        raise Refused(
            "hotline.already-dispatched",
            f"该工单已于{_started_on(state)}派发给部门 {state.department}，不能再次派发，请等待该部门答复。",
        )
    nature = state.received.nature
    limit = command.limit_days or command.answer_limit_days.get(nature)
    if limit is None:
        raise Refused(
            "hotline.no-limit",
            "没有为这一类诉求设定答复时限，请在派发时填写时限（工作日）。",
            [FieldError(field="limit_days", code="missing", message="请填写答复时限。")],
            Because.INVALID,
        )
    clock = LimitClock.start(context.calendar, limit, context.today)
    return [TicketDispatched(**about(state.received), department=command.department, clock=clock)]


def answer_at_once(state: TicketState, command: AnswerAtOnce, context: Context) -> Sequence[Event]:
    """By an agent, while no department has the ticket (article 8: 答复). The same answer again is one."""
    if _already_said(state, command.text):
        return []
    _refuse_answered(state)
    if state.department is not None:
        raise Refused(
            "hotline.already-dispatched",
            f"该工单已于{_started_on(state)}派发给部门 {state.department}，请由该部门答复。",
        )
    if not context.actor.has(Role.HOTLINE_AGENT):
        not_yours("该工单尚未派发，只有热线话务员可以直接答复；需要部门答复的，请先由城运中心派发。")
    return [_answered(state, None, command.text, context, in_time=True)]


def answer(state: TicketState, command: AnswerTicket, context: Context) -> Sequence[Event]:
    """By the department that has the ticket, in time or not. The same answer again is one."""
    if state.department is None or state.clock is None:
        raise Refused("hotline.not-dispatched", "该工单尚未派发到部门，请先由城运中心派发，再由部门答复。")
    if not handles(context.actor, state.department):
        not_yours(f"该工单由部门 {state.department} 负责，只有该部门的工作人员可以答复。")
    if _already_said(state, command.text):
        return []
    _refuse_answered(state)
    in_time = not state.overdue and not state.clock.is_overdue(context.today)
    return [_answered(state, state.department, command.text, context, in_time=in_time)]


def raise_overdue(state: TicketState, context: Context) -> Sequence[Event]:
    """Once, when the due day is over without an answer; a deadline that is out of date changes nothing."""
    _only_the_platform(context)
    if state.clock is None or state.department is None or state.answered or state.overdue:
        return []
    if not state.clock.is_overdue(context.today):
        return []
    due_on, limit = state.clock.due.day, state.clock.limit_days
    return [TicketOverdue(**about(state.received), department=state.department, due_on=due_on, limit_days=limit)]


def recompute(state: TicketState, context: Context) -> Sequence[Event]:
    """The due day by the present calendar, while the limit still runs."""
    _only_the_platform(context)
    if state.clock is None or state.department is None or state.answered or state.overdue:
        return []
    before, clock = state.clock.due, state.clock.recomputed(context.calendar)
    if (clock.due.day, clock.due.provisional) == (before.day, before.provisional):
        return []
    return [
        TicketDeadlineRecomputed(
            **about(state.received),
            department=state.department,
            previous_due_on=before.day,
            clock=clock,
            notice=clock.due.calendar,
        )
    ]


def _answered(
    state: TicketState, department: str | None, text: str, context: Context, *, in_time: bool
) -> TicketAnswered:
    return TicketAnswered(
        **about(state.received),
        department=department,
        unit=None,
        text=text,
        answered_at=context.now,
        answered_on=context.today,
        in_time=in_time,
        historic=False,
    )


def _already_said(state: TicketState, text: str) -> bool:
    return state.answered is not None and not state.answered.historic and state.answered.text == text


def _refuse_answered(state: TicketState) -> None:
    if state.answered is not None:
        raise Refused("hotline.already-answered", f"该工单已于{state.answered.answered_on}答复，不能再次办理。")


def _started_on(state: TicketState) -> str:
    return state.clock.started_on.isoformat() if state.clock else ""


def _only_the_platform(context: Context) -> None:
    if not context.actor.has(Role.SYSTEM):
        not_yours("期限由平台自动核算，不能由人工办理。")
