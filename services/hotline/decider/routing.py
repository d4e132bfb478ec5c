"""Where a ticket belongs: what it is, apart or not, to which department, and back again (articles 8, 22(5))."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.hotline.classification.suggestion import Urgency
from services.hotline.decider.clocks import started, timed
from services.hotline.decider.commands import (
    ClassifyTicket,
    DispatchTicket,
    ReportToHandler,
    ReturnTicket,
    SetTicketApart,
    SignTicket,
    TakeTicketBack,
)
from services.hotline.decider.rights import handles, not_yours, require_desk, require_handler
from services.hotline.decider.ticket import TicketState, about
from services.hotline.events.handling import (
    CoHandlerReported,
    TicketClassified,
    TicketReturned,
    TicketSetApart,
    TicketSigned,
    TicketTakenBack,
)
from services.hotline.events.rules import HandlingRules, Limit
from services.hotline.events.ticket import TicketDispatched
from shared.calendar import LimitClock, civil_date
from shared.eventstore.decider import Because, Context, FieldError, Refused
from shared.eventstore.events import Event


def classify(state: TicketState, command: ClassifyTicket, context: Context) -> Sequence[Event]:
    """By the desk. What it says otherwise than the suggestion is kept: it teaches the next model."""
    require_desk(context, "工单分类")
    refuse_ended(state)
    said: dict[str, Any] = command.model_dump(exclude_none=True)
    if not said:
        message = "请至少填写一项：性质、主题、紧急程度或承办部门。"
        raise Refused("hotline.nothing-said", message, because=Because.INVALID)
    if state.phase == "dispatched" and command.nature not in (None, state.nature):
        raise Refused(
            "hotline.already-dispatched",
            "该工单已派发，时限按派发时的性质计算，不能再改变性质；确需改变的，请由部门退回后重新派发。",
        )
    event = TicketClassified(
        **about(state) | {"nature": command.nature or state.nature},
        subject=command.subject or state.subject,
        urgency=command.urgency or state.urgency,
        department=command.department,
        by_model=None,
        disagrees=_disagreements(state, said),
        nature_before=state.nature,
    )
    return [event]


def _disagreements(state: TicketState, said: dict[str, Any]) -> tuple[str, ...]:
    suggestion = state.received.suggestion
    if suggestion is None:
        return ()
    guesses = {name: getattr(suggestion, name) for name in ("nature", "subject", "urgency", "department")}
    return tuple(name for name, guess in guesses.items() if guess and name in said and said[name] != guess.value)


def set_apart(state: TicketState, command: SetTicketApart, context: Context) -> Sequence[Event]:
    """By the desk: no matter of an enterprise. A person's word ends what the desk owes, also where a model said so before."""
    require_desk(context, "区分非企业诉求")
    if state.phase == "apart" and not state.apart_by_model:
        return []
    if state.phase not in ("received", "apart"):
        raise Refused("hotline.not-with-desk", "该工单已派发或已办理，不能再作为非企业诉求单列。")
    if state.joined:
        raise Refused("hotline.leads-others", "其他诉求已并入该工单，将一并答复，不能单列。")
    return [TicketSetApart(**about(state), reason=command.reason, by_model=None)]


def take_back(state: TicketState, command: TakeTicketBack, context: Context) -> Sequence[Event]:
    """By the desk: a matter of an enterprise after all, with the desk's own limit from now."""
    require_desk(context, "恢复企业诉求")
    if state.phase != "apart":
        return []
    return [TicketTakenBack(**about(state), handle_by=_desk_clock(command.rules.desk_within, context))]


def dispatch(state: TicketState, command: DispatchTicket, context: Context) -> Sequence[Event]:
    """By the desk, to one department at a time; counting starts on the next working day, or at once in hours."""
    require_desk(context, "派发工单")
    refuse_ended(state)
    if state.phase in ("dispatched", "asked"):
        raise Refused(
            "hotline.already-dispatched",
            f"该工单已派发给部门 {state.department}，不能再次派发，请等待该部门答复或退回。",
        )
    if state.phase == "apart":
        raise Refused("hotline.apart", "该工单已作为非企业诉求单列，请先恢复为企业诉求再派发。")
    urgency = command.urgency or state.urgency
    limit = command.limit or command.rules.limit(state.nature, urgency)
    errors = _dispatch_errors(command, limit)
    if limit is None or errors:
        title = f"派发信息有{len(errors)}处需要改正，请改正后重新提交。"
        raise Refused(
            "hotline.no-limit" if limit is None else "hotline.invalid-dispatch", title, errors, Because.INVALID
        )
    return [dispatched(state, command.department, command.co_handlers, urgency, limit, command.rules, context)]


def dispatched(
    state: TicketState,
    department: str,
    co_handlers: tuple[str, ...],
    urgency: Urgency,
    limit: Limit,
    rules: HandlingRules,
    context: Context,
) -> TicketDispatched:
    """The department has it from now on, under these rules."""
    return TicketDispatched(
        **about(state),
        department=department,
        co_handlers=co_handlers,
        urgency=urgency,
        terms=rules.terms,
        reviewed=department in rules.reviewed,
        **timed(started(limit, context), rules.terms, context.calendar),
    )


def _dispatch_errors(command: DispatchTicket, limit: Limit | None) -> list[FieldError]:
    errors = []
    if limit is None:
        message = "没有为这一类诉求设定答复时限，请填写时限。"
        errors.append(FieldError(field="limit_days", code="missing", message=message))
    if command.department in command.co_handlers or len(set(command.co_handlers)) < len(command.co_handlers):
        message = "协办部门不能重复，也不能与主办部门相同。"
        errors.append(FieldError(field="co_handlers", code="repeated", message=message))
    return errors


def sign(state: TicketState, _command: SignTicket, context: Context) -> Sequence[Event]:
    """By the department; again changes nothing."""
    refuse_ended(state)
    require_handler(state, context)
    return [] if state.signed else [TicketSigned(**about(state), department=state.department or "")]


def give_back(state: TicketState, command: ReturnTicket, context: Context) -> Sequence[Event]:
    """By the department, within its own limit after the dispatch, while it has not accepted the ticket."""
    refuse_ended(state)
    require_handler(state, context)
    if state.signed or state.reopened:
        raise Refused(
            "hotline.signed", "本部门已签收或已答复过该工单，不能再作为误派退回；确需其他部门配合的，请联系12345热线。"
        )
    last = context.calendar.add_working_days(_dispatched_on(state), state.terms.return_within).day
    if context.today > last:
        raise Refused("hotline.return-late", f"误派工单应于{last}前退回，现已逾期，请由本部门办理或联系12345热线协调。")
    event = TicketReturned(
        **about(state),
        department=state.department or "",
        reason=command.reason,
        better=command.better,
        handle_by=_desk_clock(command.rules.desk_within, context),
    )
    return [event]


def report(state: TicketState, command: ReportToHandler, context: Context) -> Sequence[Event]:
    """By a co-handler, while the ticket is open."""
    refuse_ended(state)
    department = context.actor.department or ""
    if department not in state.co_handlers or not handles(context.actor, department):
        not_yours("只有该工单的协办部门可以提交协办意见。")
    return [CoHandlerReported(**about(state), department=department, text=command.text)]


def refuse_ended(state: TicketState) -> None:
    """Refuses what can only be done to an open ticket."""
    if state.answered is not None and state.phase in ("answered", "closed"):
        raise Refused("hotline.already-answered", f"该工单已于{state.answered.answered_on}答复，不能再次办理。")
    if state.ended:
        how = {"closed": "办结", "withdrawn": "撤回", "merged": f"并入工单 {state.merged_into}"}[state.phase]
        raise Refused("hotline.ended", f"该工单已{how}，不能再次办理。")


def _dispatched_on(state: TicketState) -> Any:
    clock = state.clock
    if isinstance(clock, LimitClock):
        return clock.started_on
    return civil_date(clock.started_at) if clock else None


def _desk_clock(days: int, context: Context) -> LimitClock:
    return LimitClock.start(context.calendar, days, context.today)
