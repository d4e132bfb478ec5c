"""An item's scheme (办理方案): set by its department, checked whole, versioned; pure."""

from __future__ import annotations

from collections.abc import Sequence

from services.application.decider.grant_list import require_staff
from services.application.definition.process import Process, mistakes
from services.application.definition.rules import Rules
from services.application.events.scheme import SchemeSet
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event


class SetScheme(Command):
    """Lay it down; what concerns the item is what the catalogue says at this moment."""

    item_code: str
    department: str
    procedure: str
    promised_days: int
    rules: Rules
    process: Process | None = None


class SchemeState(State):
    """The version in force."""

    version: int
    rules: Rules
    process: Process | None


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
    if rules.award == "ranked" and command.process is None:
        message = "截止后排序的事项须有包含专家评分的审核流程。"
        errors.append(FieldError(field="process", code="nothing-to-rank", message=message))
    if state is not None and state.rules.period == rules.period and state.rules.award != rules.award:
        message = f"{rules.period}期已按另一种方式受理申报，不能在期中改变分配方式，请从下一期起改变。"
        errors.append(FieldError(field="rules.award", code="period-begun", message=message))
    if command.process is not None:
        ranked = rules.award == "ranked"
        errors += mistakes(command.process, command.promised_days, command.department, ranked=ranked)
    return errors


def evolve(_state: SchemeState | None, event: Event) -> SchemeState:
    """The version after an event."""
    assert isinstance(event, SchemeSet)  # noqa: S101 - the only kind of event
    process = Process.model_validate(event.process) if event.process else None
    return SchemeState(version=event.version, rules=Rules.model_validate(event.rules), process=process)


scheme: Decider[SchemeState, SetScheme] = Decider("scheme", SchemeState, decide, evolve)
