"""Answering a ticket: more is asked for, time is asked for, the reply is written, reviewed and sent (articles 8, 22(5))."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.hotline.decider.clocks import extended, is_late, limit_of, resumed, stopped, timed
from services.hotline.decider.commands import (
    AnswerAtOnce,
    AnswerJoined,
    AnswerTicket,
    AskExtension,
    AskInformation,
    DecideExtension,
    GiveInformation,
    ReviewReply,
)
from services.hotline.decider.rights import (
    DESK,
    SUPERVISION,
    asks,
    not_yours,
    require_handler,
    require_platform,
)
from services.hotline.decider.routing import refuse_ended
from services.hotline.decider.ticket import TicketState, about
from services.hotline.events.handling import (
    ExtensionAsked,
    ExtensionGranted,
    ExtensionRefused,
    InformationAsked,
    InformationGiven,
    ReplyProposed,
    ReplyReturned,
    TicketSupplemented,
)
from services.hotline.events.rules import Terms
from services.hotline.events.ticket import AnswerClock, TicketAnswered
from shared.calendar import HoursClock, end_of
from shared.eventstore.decider import Because, Context, FieldError, Refused
from shared.eventstore.events import Event
from shared.security.actor import Role


def ask_information(state: TicketState, command: AskInformation, context: Context) -> Sequence[Event]:
    """By the department, while the limit runs and is not over; a few times at most, for the clock stands still."""
    refuse_ended(state)
    require_handler(state, context)
    if state.phase == "asked":
        raise Refused("hotline.already-asked", "已经要求诉求人补充信息，请等待补充；如需催促，请联系12345热线。")
    if state.rounds >= state.terms.rounds:
        raise Refused("hotline.asked-enough", f"要求补充信息最多{state.terms.rounds}次，请依据现有信息办理并答复。")
    clock = _clock(state)
    if is_late(clock, context.now):
        raise Refused("hotline.too-late-to-ask", "答复时限已过，不能再以补充信息为由停止计时，请尽快答复。")
    wait = context.calendar.add_working_days(context.today, state.terms.wait)
    event = InformationAsked(
        **about(state),
        department=state.department or "",
        question=command.question,
        clock=stopped(clock, context),
        wait_until=end_of(wait.day),
    )
    return [event]


def give_information(state: TicketState, command: GiveInformation, context: Context) -> Sequence[Event]:
    """By the asker, or the desk for the asker: what was asked for, or what is to be added unasked."""
    if not asks(context.actor, command.asker, state) and not context.actor.has(*DESK):
        not_yours("只有诉求人本人可以补充，也可以拨打12345热线由话务员代为补充。")
    refuse_ended(state)
    if state.phase == "asked":
        return [_given(state, command.text, context)]
    return [TicketSupplemented(**about(state), department=state.department, text=command.text)]


def end_waiting(state: TicketState, context: Context) -> Sequence[Event]:
    """The asker has not told more within the time: the clock runs again, and the department answers with what it has."""
    if state.phase != "asked" or state.wait_until is None or context.now < state.wait_until:
        return []
    return [_given(state, None, context)]


def _given(state: TicketState, text: str | None, context: Context) -> InformationGiven:
    clock = resumed(_clock(state), context)
    whose = {"department": state.department or "", "text": text}
    return InformationGiven(**about(state), **whose, **timed_again(state, clock, context))


def timed_again(state: TicketState, clock: AnswerClock, context: Context) -> dict[str, Any]:
    """The same limit counted again: what was said of it already is not owed once more."""
    said = {"warn_at": state.due_soon, "supervise_at": state.supervised}
    instants = timed(clock, state.terms, context.calendar)
    return {name: None if said.get(name) else value for name, value in instants.items()}


def ask_extension(state: TicketState, command: AskExtension, context: Context) -> Sequence[Event]:
    """By the department, once, before the limit is over; at most as long again as the limit, and as the terms say."""
    refuse_ended(state)
    require_handler(state, context)
    if state.extension is not None:
        raise Refused("hotline.extension-once", "延期只能申请一次，该工单已申请过延期。")
    clock = _clock(state)
    if is_late(clock, context.now):
        raise Refused("hotline.too-late-to-extend", "答复时限已过，不能再申请延期，请尽快答复。")
    hours = isinstance(clock, HoursClock)
    most = limit_of(clock) if hours else min(limit_of(clock), state.terms.extension_most)
    if command.amount > most:
        unit = "小时" if hours else "个工作日"
        error = FieldError(field="amount", code="too-long", message=f"最长延期{most}{unit}。")
        raise Refused("hotline.extension-too-long", "申请的延期过长，请缩短后重新提交。", [error], Because.INVALID)
    return [
        ExtensionAsked(**about(state), department=state.department or "", amount=command.amount, reason=command.reason)
    ]


def decide_extension(state: TicketState, command: DecideExtension, context: Context) -> Sequence[Event]:
    """By supervision. Granted also when the limit ran out meanwhile: it was asked for in time."""
    if not context.actor.has(*SUPERVISION):
        not_yours("延期由市数政局或督办人员审批。")
    refuse_ended(state)
    if state.extension != "asked":
        raise Refused("hotline.no-extension-asked", "没有待审批的延期申请。")
    if not command.granted:
        if command.reason is None:
            error = FieldError(field="reason", code="missing", message="不同意延期的，请填写理由。")
            raise Refused("hotline.reason-missing", "请填写不同意延期的理由。", [error], Because.INVALID)
        return [ExtensionRefused(**about(state), department=state.department or "", reason=command.reason)]
    clock = extended(_clock(state), state.extension_asked, context)
    granted = {"department": state.department or "", "amount": state.extension_asked}
    return [ExtensionGranted(**about(state), **granted, **timed(clock, state.terms, context.calendar))]


def answer_at_once(state: TicketState, command: AnswerAtOnce, context: Context) -> Sequence[Event]:
    """By an agent, while no department has the ticket (article 8: 答复). The same answer again is one."""
    if _already_said(state, command.text):
        return []
    refuse_ended(state)
    if state.department is not None:
        raise Refused(
            "hotline.already-dispatched",
            f"该工单已派发给部门 {state.department}，请由该部门答复。",
        )
    if not context.actor.has(Role.HOTLINE_AGENT):
        not_yours("该工单尚未派发，只有热线话务员可以直接答复；需要部门答复的，请先由城运中心派发。")
    return [_answered(state, None, command.text, context, in_time=True, terms=command.terms)]


def answer(state: TicketState, command: AnswerTicket, context: Context) -> Sequence[Event]:
    """By the department that has the ticket, in time or not. The same answer again is one.

    Where the rules ask for a review it is proposed. What had been answered before says what was put right.
    """
    require_handler(state, context)
    if _already_said(state, command.text):
        return []
    refuse_ended(state)
    if state.reopened and command.put_right is None:
        error = FieldError(field="put_right", code="missing", message="请写明整改了什么；无法整改的，请写明原因。")
        raise Refused(
            "hotline.put-right-missing",
            "该工单因评价不满意或答复不妥重新办理，请写明整改情况。",
            [error],
            Because.INVALID,
        )
    if not state.reviewed:
        return [_answered(state, state.department, command.text, context, put_right=command.put_right)]
    if state.proposed is not None:
        raise Refused("hotline.already-proposed", "答复已提交审核，请等待审核结果。")
    by = {"department": state.department or "", "by": context.actor.subject}
    return [ReplyProposed(**about(state), **by, text=command.text, put_right=command.put_right)]


def review(state: TicketState, command: ReviewReply, context: Context) -> Sequence[Event]:
    """By a reviewer or the head of the department, not by who wrote it."""
    refuse_ended(state)
    require_handler(state, context)
    proposed = state.proposed
    if proposed is None:
        raise Refused("hotline.nothing-proposed", "没有待审核的答复，请先由承办人提交答复。")
    if not context.actor.has(Role.REVIEWER, Role.DEPARTMENT_HEAD, Role.DATA_BUREAU):
        not_yours("答复由本部门的审核人或负责人审核。")
    if context.actor.subject == proposed.by:
        not_yours("不能审核自己提交的答复，请由本部门其他审核人办理。")
    if command.approved:
        return [_answered(state, state.department, proposed.text, context, put_right=proposed.put_right)]
    if command.reason is None:
        error = FieldError(field="reason", code="missing", message="退回答复的，请填写理由。")
        raise Refused("hotline.reason-missing", "请填写退回答复的理由。", [error], Because.INVALID)
    return [ReplyReturned(**about(state), department=state.department or "", reason=command.reason)]


def answer_joined(state: TicketState, command: AnswerJoined, context: Context) -> Sequence[Event]:
    """By the platform itself, once for each answer of the leading ticket."""
    require_platform(context)
    if state.merged_into != command.lead or _already_said(state, command.text):
        return []
    told = command.department, command.text
    return [_answered(state, *told, context, in_time=command.in_time, lead=command.lead)]


def _answered(
    state: TicketState, department: str | None, text: str, context: Context, terms: Terms | None = None, **more: Any
) -> TicketAnswered:
    close = context.calendar.add_working_days(context.today, (terms or state.terms).close_after)
    in_time = not state.overdue and not (state.clock is not None and is_late(state.clock, context.now))
    told = {"in_time": in_time, "put_right": None, "lead": None} | more
    return TicketAnswered(
        **about(state),
        department=department,
        unit=None,
        text=text,
        answered_at=context.now,
        answered_on=context.today,
        historic=False,
        joined=state.joined,
        close_at=end_of(close.day),
        **told,
    )


def _already_said(state: TicketState, text: str) -> bool:
    return state.answered is not None and not state.answered.historic and state.answered.text == text


def _clock(state: TicketState) -> AnswerClock:
    assert state.clock is not None  # noqa: S101 - a department has it
    return state.clock
