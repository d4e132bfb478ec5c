"""A question or comment on a live session: no question stays without an answer or a ticket; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from services.hotline.decider.commands import Reason, Text, TicketKey
from services.hotline.decider.live import hosts
from services.hotline.decider.rights import not_yours, require_platform
from services.hotline.events import live as events
from services.hotline.events.live import RemarkKind
from shared.calendar import LimitClock, civil_date
from shared.contracts.identifiers import DepartmentCode, Uscc
from shared.eventstore.decider import Because, Command, Context, Decider, Refused, State
from shared.eventstore.events import Event

ANSWER_DAYS = 5  # working days after the session
WARN_BEFORE = 1  # working day
MOST_REMARKS = 20  # of a person on a session


class MakeRemark(Command):
    """Ask or comment. The session's part comes from the command's room; `earlier` counts the person's remarks so far."""

    session: str
    kind: RemarkKind
    text: Text
    aloud: bool = False
    asker: str | None = None
    enterprise: Uscc | None = None
    department: DepartmentCode = Field(exclude=True)
    title: str = Field(exclude=True)
    status: str = Field(exclude=True)
    ends_at: datetime = Field(exclude=True)
    earlier: int = Field(0, exclude=True)


class ShowRemark(Command):
    """Let everybody read it."""


class HideRemark(Command):
    """Keep it from the public."""

    reason: Reason


class AnswerQuestion(Command):
    """What was said in the session (`live`), or an answer in writing."""

    text: Text
    live: bool = False


class HandOverQuestion(Command):
    """Have it worked on as a ticket."""

    reason: Reason


class LookAtQuestion(Command):
    """See what time has made of it; the session ends, or ended, at `ends_at`."""

    ends_at: datetime


class RecordQuestionTicket(Command):
    """The ticket is there."""

    ticket: TicketKey


RemarkCommand = (
    MakeRemark | ShowRemark | HideRemark | AnswerQuestion | HandOverQuestion | LookAtQuestion | RecordQuestionTicket
)


class RemarkState(State):
    """A remark, who reads it, and what became of a question."""

    made: events.RemarkMade
    status: Literal["made", "shown", "hidden"] = "made"
    clock: LimitClock | None = None
    warn_on: date | None = None
    warned: bool = False
    answered: events.QuestionAnswered | None = None
    handed_over: events.QuestionHandedOver | None = None
    ticket: str | None = None

    @property
    def owed(self) -> bool:
        """A question that nobody has answered, handed over or hidden."""
        done = self.answered or self.handed_over or self.status == "hidden"
        return self.made.kind == "question" and not done


def decide(state: RemarkState | None, command: RemarkCommand, context: Context) -> Sequence[Event]:
    """Made by anybody who is signed in, everything else by the department that holds the session."""
    if isinstance(command, MakeRemark):
        return _make(state, command, context)
    if state is None:
        raise Refused("hotline.remark-unknown", "没有这条提问或评论，请核对编号。", because=Because.NOT_FOUND)
    if isinstance(command, LookAtQuestion | RecordQuestionTicket):
        require_platform(context)
        return _by_platform(state, command, context)
    if not hosts(context.actor, state.made.department):
        not_yours("提问和评论由直播主办部门处理，请用主办部门账号登录。")
    match command:
        case ShowRemark():
            return [] if state.status == "shown" else [events.RemarkShown()]
        case HideRemark(reason=reason):
            return [] if state.status == "hidden" else [events.RemarkHidden(reason=reason)]
        case AnswerQuestion():
            return _answer(state, command, context)
        case HandOverQuestion(reason=reason):
            _require_question(state)
            if state.handed_over:
                return []
            return [_handed_over(state, reason)]


def _make(state: RemarkState | None, command: MakeRemark, context: Context) -> Sequence[Event]:
    if command.aloud and not hosts(context.actor, command.department):
        not_yours("现场提问由主办部门记录，请用主办部门账号登录。")
    if state is not None:
        return []  # its key is made of what it says: it is the same
    if command.status == "cancelled" or (command.status == "ended" and not command.aloud):
        title = "直播已结束或已取消，不再接收提问和评论，可以在政企互动区提出诉求。"
        raise Refused("hotline.live-closed", title)
    if command.earlier >= MOST_REMARKS:
        title = f"每人在一场直播中最多提问和评论{MOST_REMARKS}次，其他问题可以在政企互动区提出。"
        raise Refused("hotline.too-many-remarks", title)
    running: dict[str, Any] = {"clock": None, "warn_on": None}
    if command.kind == "question":
        running = _running(command.ends_at, context)
    told = command.model_dump(include={"session", "kind", "text", "aloud", "asker", "enterprise"})
    about = {"department": command.department, "title": command.title, "made_at": context.now}
    return [events.RemarkMade(**told, **running, **about)]


def _running(ends_at: datetime, context: Context) -> dict[str, Any]:
    begins = max(civil_date(ends_at), context.today)
    return _timed(LimitClock.start(context.calendar, ANSWER_DAYS, begins), context)


def _timed(clock: LimitClock, context: Context) -> dict[str, Any]:
    warn_on = context.calendar.add_working_days(clock.started_on, clock.limit_days - WARN_BEFORE).day
    return {"clock": clock, "warn_on": warn_on}


def _answer(state: RemarkState, command: AnswerQuestion, context: Context) -> Sequence[Event]:
    _require_question(state)
    if known := state.answered:
        if (known.text, known.live) == (command.text, command.live):
            return []
        raise Refused("hotline.question-answered", "该提问已答复，不能再次答复。")
    if state.handed_over:
        raise Refused("hotline.question-handed-over", "该提问已转为诉求工单，请在工单中答复。")
    in_time = state.clock is None or not state.clock.is_overdue(context.today)
    told = {"session": state.made.session, "enterprise": state.made.enterprise, "in_time": in_time}
    return [events.QuestionAnswered(**_named(state), **told, **command.model_dump())]


def _by_platform(state: RemarkState, command: RemarkCommand, context: Context) -> Sequence[Event]:
    if isinstance(command, RecordQuestionTicket):
        return [] if state.ticket else [events.QuestionBecameTicket(ticket=command.ticket)]
    assert isinstance(command, LookAtQuestion)  # noqa: S101 - the only other one
    if not state.owed or state.clock is None or state.warn_on is None:
        return []
    begins = max(civil_date(command.ends_at), civil_date(state.made.made_at))
    moved = _timed(LimitClock.start(context.calendar, ANSWER_DAYS, begins), context)
    due, known = moved["clock"].due, state.clock.due
    if (due.day, due.provisional) != (known.day, known.provisional):
        return [events.QuestionDueMoved(**moved)]
    if state.clock.is_overdue(context.today):
        return [_handed_over(state, "直播结束后逾期未答复。", overdue=True)]
    if context.today >= state.warn_on and not state.warned:
        return [events.QuestionDueSoon(**_named(state), session=state.made.session, due_on=known.day)]
    return []


def _handed_over(state: RemarkState, reason: str, *, overdue: bool = False) -> events.QuestionHandedOver:
    return events.QuestionHandedOver(**_named(state), session=state.made.session, overdue=overdue, reason=reason)


def _require_question(state: RemarkState) -> None:
    if state.made.kind != "question":
        raise Refused("hotline.not-a-question", "这是一条评论，无需答复。")


def _named(state: RemarkState) -> dict[str, str]:
    return {"department": state.made.department, "title": state.made.title}


def evolve(state: RemarkState | None, event: Event) -> RemarkState:
    """The remark after an event."""
    if isinstance(event, events.RemarkMade):
        return RemarkState(made=event, clock=event.clock, warn_on=event.warn_on)
    assert state is not None  # noqa: S101 - nothing happens to a remark before it is made
    changes: dict[str, Any] = {}
    match event:
        case events.RemarkShown():
            changes = {"status": "shown"}
        case events.RemarkHidden():
            changes = {"status": "hidden"}
        case events.QuestionAnswered():
            changes = {"answered": event}
        case events.QuestionDueMoved(clock=clock, warn_on=warn_on):
            changes = {"clock": clock, "warn_on": warn_on, "warned": False}
        case events.QuestionDueSoon():
            changes = {"warned": True}
        case events.QuestionHandedOver():
            changes = {"handed_over": event}
        case events.QuestionBecameTicket(ticket=ticket):
            changes = {"ticket": ticket}
    return state.model_copy(update=changes)


remark = Decider("remark", RemarkState, decide, evolve)
