"""How a ticket ends, and begins again: closed, reopened, withdrawn, merged, told by its source, made public."""

from __future__ import annotations

from collections.abc import Sequence

from services.hotline.decider.clocks import started, timed
from services.hotline.decider.commands import (
    CloseTicket,
    EraseCaller,
    HearAnswer,
    JoinTicket,
    MergeTicket,
    PublishAnswer,
    RecordJoinedAnswered,
    ReopenTicket,
    RevisitTicket,
    SettleMerge,
    ShowCaller,
    UnpublishAnswer,
    WithdrawTicket,
)
from services.hotline.decider.receiving import history_errors, told_answer
from services.hotline.decider.rights import DESK, asks, handles, not_yours, require_desk, require_platform
from services.hotline.decider.routing import refuse_ended
from services.hotline.decider.ticket import TicketState, about
from services.hotline.events.handling import (
    AnswerPublished,
    AnswerUnpublished,
    CallerErased,
    CallerShown,
    JoinedAnswered,
    MergeSettled,
    TicketClosed,
    TicketJoined,
    TicketMerged,
    TicketReopened,
    TicketWithdrawn,
)
from services.hotline.events.rules import HandlingRules, Limit
from services.hotline.keys import ticket_key
from shared.eventstore.decider import Because, Context, Refused
from shared.eventstore.events import Event
from shared.security.actor import Role


def close(state: TicketState, command: CloseTicket, context: Context) -> Sequence[Event]:
    """By the desk, once it was answered, or is a matter that needs no answer (praise, an empty call), with a reason."""
    require_desk(context, "办结工单")
    if state.phase == "closed":
        return []
    if state.phase in ("withdrawn", "merged", "apart"):
        raise Refused("hotline.ended", "该工单已撤回、并入其他工单或单列，无需办结。")
    if state.phase in ("dispatched", "asked"):
        raise Refused("hotline.not-answered", f"部门 {state.department} 尚未答复，不能办结，请等待答复或催办。")
    if state.answered is None:
        refuse_leading(state, "不答复就办结")
    return [TicketClosed(**about(state), department=state.department, reason=command.reason, by_itself=False)]


def reopen(state: TicketState, command: ReopenTicket, context: Context) -> Sequence[Event]:
    """By the desk, after an answer: the same department works on it again. What the desk answered itself is dispatched."""
    require_desk(context, "重新办理工单")
    return _again(state, command.reason, command.rules, context, revisit=False)


def revisit(state: TicketState, command: RevisitTicket, context: Context) -> Sequence[Event]:
    """By the platform itself after a bad rating, once; what is being worked on already changes nothing."""
    require_platform(context)
    if state.revisited or state.phase not in ("answered", "closed"):
        return []
    return _again(state, command.reason, command.rules, context, revisit=True)


def _again(
    state: TicketState, reason: str, rules: HandlingRules, context: Context, *, revisit: bool
) -> Sequence[Event]:
    if state.phase not in ("answered", "closed") or state.answered is None:
        raise Refused("hotline.not-answered", "该工单尚未答复，无需重新办理。")
    department = state.department or state.answered.department or context.actor.department
    if department is None:
        raise Refused("hotline.nobody-to-answer", "该工单没有承办部门，请先派发。")
    clock = started(Limit(amount=rules.terms.revisit), context)
    event = TicketReopened(
        **about(state),
        department=department,
        why="revisit" if revisit else "desk",
        reason=reason,
        terms=rules.terms,
        **timed(clock, rules.terms, context.calendar),
    )
    return [event]


def withdraw(state: TicketState, command: WithdrawTicket, context: Context) -> Sequence[Event]:
    """By the asker, or by the desk for the asker or for the source."""
    if not asks(context.actor, command.asker, state) and not context.actor.has(*DESK):
        not_yours("只有诉求人本人可以撤回，也可以拨打12345热线由话务员代为撤回。")
    if state.phase == "withdrawn":
        return []
    refuse_ended(state)
    refuse_leading(state, "撤回")
    told = {"reason": command.reason, "by_source": command.by_source}
    return [TicketWithdrawn(**about(state), department=state.department, **told)]


def merge(state: TicketState, command: MergeTicket, context: Context) -> Sequence[Event]:
    """By the desk: the same matter as another ticket, whose answer answers this one."""
    require_desk(context, "并单")
    if state.phase == "merged" and state.merged_into == command.into:
        return []
    refuse_ended(state)
    if command.into == ticket_key(state.received.source, state.received.number):
        raise Refused("hotline.merged-with-itself", "工单不能并入自身，请填写另一张工单。", because=Because.INVALID)
    if state.joined:
        raise Refused("hotline.leads-others", "已有其他工单并入该工单，请将那些工单与该工单分别并入同一张工单。")
    return [TicketMerged(**about(state), into=command.into, department=state.department, by_source=command.by_source)]


def join(state: TicketState, command: JoinTicket, context: Context) -> Sequence[Event]:
    """By the desk, before the other ticket is merged into this one: it remembers whom its answer answers."""
    require_desk(context, "并单")
    if command.joined in state.joined:
        return []
    if state.phase in ("merged", "withdrawn", "apart"):
        raise Refused("hotline.cannot-lead", "要并入的工单已并入其他工单、已撤回或已单列，请改选正在办理的工单。")
    return [TicketJoined(**about(state), joined=command.joined)]


def settle_merge(state: TicketState, _command: SettleMerge, context: Context) -> Sequence[Event]:
    """By the platform itself, when the ticket that leads had no answer after this one was merged."""
    require_platform(context)
    return [MergeSettled(**about(state), into=state.merged_into or "")]


def record_joined(state: TicketState, _command: RecordJoinedAnswered, context: Context) -> Sequence[Event]:
    """By the platform itself, after each merged ticket was answered."""
    require_platform(context)
    return [JoinedAnswered(**about(state), joined=state.joined)]


def refuse_leading(state: TicketState, what: str) -> None:
    """Refuses what would leave those without an answer that were merged into this ticket."""
    if state.joined:
        raise Refused("hotline.leads-others", f"其他诉求已并入该工单，将继续办理并一并答复，不能{what}。")


def hear_answer(state: TicketState, command: HearAnswer, context: Context) -> Sequence[Event]:
    """By the desk for the source: it was answered there. The same answer again is one."""
    require_desk(context, "登记来源系统的答复")
    sent, known = command.history, state.answered
    if known is not None and known.historic and (known.text, known.answered_at) == (sent.text, sent.replied_at):
        return []
    refuse_ended(state)
    errors = history_errors(sent, state.received, context)
    if errors:
        raise Refused("hotline.invalid-ticket", "答复的时间需要改正，请改正后重新提交。", errors, Because.INVALID)
    told = told_answer(state.received, sent, context)
    return [
        told.model_copy(
            update={"nature": state.nature, "joined": state.joined, "department": _who(state, sent.department)}
        )
    ]


def _who(state: TicketState, told: str | None) -> str | None:
    return told or state.department


def publish(state: TicketState, command: PublishAnswer, context: Context) -> Sequence[Event]:
    """By the department that answered, or the desk, once there is an answer: edited, so that nobody is recognised."""
    if not handles(context.actor, state.department) and not context.actor.has(*DESK):
        not_yours("问答由承办部门或城运中心公开。")
    if state.answered is None:
        raise Refused("hotline.not-answered", "该工单尚未答复，不能公开问答。")
    if state.published:
        raise Refused("hotline.already-published", "该工单的问答已公开；需要修改的，请先撤下再重新公开。")
    said = {"question": command.question, "answer": command.answer, "item": command.item or state.received.item}
    department = state.department or context.actor.department or ""
    return [AnswerPublished(**about(state), department=department, subject=state.subject, **said)]


def unpublish(state: TicketState, command: UnpublishAnswer, context: Context) -> Sequence[Event]:
    """By the same; again changes nothing."""
    if not handles(context.actor, state.department) and not context.actor.has(*DESK):
        not_yours("公开的问答由承办部门或城运中心撤下。")
    if not state.published:
        return []
    department = state.department or context.actor.department or ""
    return [AnswerUnpublished(**about(state), department=department, reason=command.reason)]


def show_caller(state: TicketState, _command: ShowCaller, context: Context) -> Sequence[Event]:
    """To the agents and the handling department, with a record of each look."""
    if not handles(context.actor, state.department) and not context.actor.has(Role.HOTLINE_AGENT, Role.SYSTEM):
        not_yours("来电人信息只向热线话务员和承办部门开放。")
    if state.erased:
        raise Refused("hotline.caller-erased", "来电人的个人信息已按要求删除，无法再查看。", because=Because.NOT_FOUND)
    return [CallerShown(**about(state), to=context.actor.subject, department=context.actor.department)]


def erase_caller(state: TicketState, command: EraseCaller, context: Context) -> Sequence[Event]:
    """By the data bureau, at the caller's request (个人信息保护法, article 47); again changes nothing."""
    if not context.actor.has(Role.DATA_BUREAU, Role.SYSTEM):
        not_yours("删除来电人信息由市数政局办理。")
    return [] if state.erased else [CallerErased(**about(state), reason=command.reason)]
