"""Delegation during absence (委托代办): whose place a colleague takes, and for how long; pure.

One aggregate for each person, so that nobody is represented by two. A delegate acts for whom they were named by alone: what
was delegated to somebody cannot be passed on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from pydantic import Field

from services.application.decider.stepping import OPINIONS
from services.application.events.delegation import DelegationEnded, DelegationSet, DelegationUsed
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Role

LONGEST_DAYS = 366
_PEOPLE = uuid5(NAMESPACE_URL, "urn:chengce:application:delegation")


def key_of(department: str, absent: str) -> str:
    """The same for the same person of a department, whatever characters an account has."""
    return uuid5(_PEOPLE, f"{department}\0{absent}").hex


class Delegate(Command):
    """Have a colleague act for somebody who is away, from one day until another, both included."""

    department: str
    absent: str
    delegate: str
    from_on: date
    until_on: date
    reason: str = Field(min_length=1, max_length=1000)


class EndDelegation(Command):
    """End it before its time."""

    reason: str = Field(min_length=1, max_length=1000)


class RaiseDelegationOver(Command):
    """The platform's clock has passed its last day."""


class ActForAbsent(Command):
    """Act for the absent person in a step of an application; given together with the opinion itself."""

    application: str
    step: str


DelegationCommand = Delegate | EndDelegation | RaiseDelegationOver | ActForAbsent


class DelegationState(State):
    """The last delegation of a person."""

    last: DelegationSet
    ended: bool = False

    def covers(self, day: date) -> bool:
        """Whether the delegate may act on that day."""
        return not self.ended and self.last.from_on <= day <= self.last.until_on


def decide(state: DelegationState | None, command: DelegationCommand, context: Context) -> Sequence[Event]:
    """By the absent person or the head of the department; used by the delegate; ended by the platform in its time."""
    match command:
        case Delegate():
            return _set(state, command, context)
        case ActForAbsent():
            return _used(state, command, context)
    if state is None:
        raise Refused("application.delegation-unknown", "没有这项委托，请核对编号。", because=Because.NOT_FOUND)
    if isinstance(command, EndDelegation):
        _require_own(state.last.department, state.last.absent, context)
        return [] if state.ended else [_ended(state, context, "ended", command.reason)]
    if not context.actor.has(Role.SYSTEM):
        raise Refused("application.platform-only", "这一步由平台自动办理，无需人工操作。", because=Because.FORBIDDEN)
    return [_ended(state, context, "over", "委托期满。")] if _over(state, context) else []


def _set(state: DelegationState | None, command: Delegate, context: Context) -> Sequence[Event]:
    _require_own(command.department, command.absent, context)
    errors = _wrong(command, context)
    if errors:
        title = f"委托有{len(errors)}处需要改正。"
        raise Refused("application.delegation-invalid", title, errors, Because.INVALID)
    over = state is not None and _over(state, context)
    if state is not None and not state.ended and not over:
        wanted = command.model_dump()
        if state.last.model_dump(include=set(wanted)) == wanted:
            return []
        title = (
            f"{command.absent}在{state.last.from_on}至{state.last.until_on}已委托{state.last.delegate}代办，"
            "需要改变的，请先结束原委托。"
        )
        raise Refused("application.delegated-already", title)
    number = state.last.number + 1 if state else 1
    begun = DelegationSet(**command.model_dump(), number=number, by=context.actor.subject)
    return [*([_ended(state, context, "over", "委托期满。")] if state and over else []), begun]


def _wrong(command: Delegate, context: Context) -> list[FieldError]:
    errors: list[FieldError] = []

    def wrong(field: str, code: str, message: str) -> None:
        errors.append(FieldError(field=field, code=code, message=message))

    if command.delegate == command.absent:
        wrong("delegate", "oneself", "不能委托给本人，请选择本部门的另一位同事。")
    elif command.delegate == context.actor.subject:
        wrong("delegate", "own-hand", "不能把他人的事项委托给自己，请由部门内的另一位同事代办。")
    if command.from_on < context.today:
        wrong("from_on", "past", "委托不能追溯，请从今天或以后的日期开始。")
    if command.until_on < command.from_on:
        wrong("until_on", "before-it-begins", "结束日期不能早于开始日期。")
    if (command.until_on - command.from_on).days >= LONGEST_DAYS:
        wrong("until_on", "too-long", f"一次委托最长{LONGEST_DAYS}天，请缩短期限。")
    return errors


def _used(state: DelegationState | None, command: ActForAbsent, context: Context) -> Sequence[Event]:
    own = context.actor
    named = state is not None and (own.department, own.subject) == (state.last.department, state.last.delegate)
    if state is None or not named or not state.covers(context.today):
        title = "今天没有委托您代办的有效委托，请以本人名义出具意见，或请被代办人、部门负责人先设定委托。"
        error = FieldError(field="on_behalf_of", code="not-delegated", message=title)
        raise Refused("application.not-delegated", title, [error], Because.FORBIDDEN)
    return [DelegationUsed(**_about(state), **command.model_dump())]


def _over(state: DelegationState, context: Context) -> bool:
    return not state.ended and context.today > state.last.until_on


def _ended(state: DelegationState, context: Context, why: str, reason: str) -> Event:
    told: dict[str, Any] = {"why": why, "reason": reason, "ended_on": context.today, "by": context.actor.subject}
    return DelegationEnded(**_about(state), **told)


def _about(state: DelegationState) -> dict[str, Any]:
    return state.last.model_dump(include={"department", "absent", "delegate", "number"})


def _require_own(department: str, absent: str, context: Context) -> None:
    own = context.actor
    mine = own.subject == absent and own.has(*OPINIONS)
    if own.department != department or not (mine or own.has(Role.DEPARTMENT_HEAD)):
        title = "委托由本人或本部门负责人设定和结束。"
        raise Refused("application.not-your-delegation", title, because=Because.FORBIDDEN)


def evolve(state: DelegationState | None, event: Event) -> DelegationState:
    """The delegation after an event."""
    if isinstance(event, DelegationSet):
        return DelegationState(last=event)
    assert state is not None  # noqa: S101 - nothing happens to a delegation before it is set
    return state.model_copy(update={"ended": True}) if isinstance(event, DelegationEnded) else state


delegation: Decider[DelegationState, DelegationCommand] = Decider("delegation", DelegationState, decide, evolve)
