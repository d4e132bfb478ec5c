"""An item's scheme (办理方案): set by its department, checked whole, versioned; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import ClassVar

from pydantic import Field

from services.application.decider.grant_list import require_staff
from services.application.definition.process import Process, mistakes, unregistered
from services.application.definition.rules import Rules
from services.application.events.scheme import SchemeSet
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event


class SetScheme(Command):
    """Lay it down; what concerns the item is what the catalogue says at this moment. `applied`: how many applications of the
    period there are that have not ended without a grant; `unknown`: the departments of steps that nobody has registered."""

    ADDED: ClassVar[frozenset[str]] = frozenset(
        {"department", "procedure", "promised_days", "closes_on", "applied", "unknown"}
    )

    item_code: str
    department: str
    procedure: str
    promised_days: int
    closes_on: date | None = None
    applied: int = 0
    unknown: frozenset[str] = frozenset()
    rules: Rules
    process: Process | None = None


class SchemeState(State):
    """The version in force. `periods`: the rules of each period as they were laid down last."""

    state_version: int = 2

    version: int
    rules: Rules
    process: Process | None
    periods: dict[str, Rules] = Field(default_factory=dict)


def decide(state: SchemeState | None, command: SetScheme, context: Context) -> Sequence[Event]:
    """The same content again changes nothing."""
    require_staff(command.department, context)
    errors = _wrong(state, command)
    if errors:
        title = f"办理方案有{len(errors)}处需要改正。"
        raise Refused("application.scheme-invalid", title, errors, Because.INVALID)
    if state is not None and (state.rules, state.process) == (command.rules, command.process):
        return []
    return [
        SchemeSet(
            item_code=command.item_code,
            department=command.department,
            version=state.version + 1 if state else 1,
            rules=command.rules.model_dump(mode="json"),
            process=command.process.model_dump(mode="json") if command.process else None,
            set_on=context.today,
            by=context.actor.subject,
        )
    ]


def _wrong(state: SchemeState | None, command: SetScheme) -> list[FieldError]:
    errors: list[FieldError] = []
    rules = command.rules
    if command.procedure == "no-application":
        message = "免申即享事项由部门提交名单，不需要办理方案。"
        errors.append(FieldError(field="item_code", code="no-application", message=message))
    if rules.award == "ranked" and not rules.bounded:
        message = "截止后排序的事项须填写名额或预算总额。"
        errors.append(FieldError(field="rules.places", code="nothing-to-share", message=message))
    if rules.award == "ranked" and command.closes_on is None:
        message = "截止后排序的事项须有申报截止日期，请先在事项中定下固定的申报期。"
        errors.append(FieldError(field="rules.award", code="no-end", message=message))
    if rules.award == "ranked" and command.process is None:
        message = "截止后排序的事项须有包含专家评分的审核流程。"
        errors.append(FieldError(field="process", code="nothing-to-rank", message=message))
    before = state.periods.get(rules.period) if state else None
    if before is not None and before.award != rules.award:
        message = f"{rules.period}期已按另一种方式受理申报，不能在期中改变分配方式，请从下一期起改变。"
        errors.append(FieldError(field="rules.award", code="period-begun", message=message))
    if before is not None and command.applied and rules.award == "first-come":
        errors += _of_bounds(before, rules, command.applied)
    if command.process is not None:
        ranked = rules.award == "ranked"
        errors += mistakes(command.process, command.promised_days, command.department, ranked=ranked)
        errors += unregistered(command.process, command.unknown)
    return errors


def _of_bounds(before: Rules, rules: Rules, applied: int) -> Iterator[FieldError]:
    """What came in without bounds holds nothing: bounds that are set later would not count it."""
    word = f"{rules.period}期已有{applied}件申报，"
    if rules.places is not None and not before.bounded:
        message = f"{word}都没有占用名额，不能在期中增设名额，请从下一期起设定。"
        yield FieldError(field="rules.places", code="period-begun", message=message)
    if rules.budget_fen is not None and before.budget_fen is None:
        message = f"{word}都没有占用预算，不能在期中增设预算总额，请从下一期起设定。"
        yield FieldError(field="rules.budget_fen", code="period-begun", message=message)


def evolve(state: SchemeState | None, event: Event) -> SchemeState:
    """The version after an event."""
    assert isinstance(event, SchemeSet)  # noqa: S101 - the only kind of event
    process = Process.model_validate(event.process) if event.process else None
    rules = Rules.model_validate(event.rules)
    periods = (state.periods if state else {}) | {rules.period: rules}
    return SchemeState(version=event.version, rules=rules, process=process, periods=periods)


scheme: Decider[SchemeState, SetScheme] = Decider("scheme", SchemeState, decide, evolve)
