"""Reusable conditions by name; pure. Whose meaning changes, changes for every item that refers to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field

from services.policy.conditions.language import DEEPEST, Condition, depth
from services.policy.conditions.validating import cycle, problems_in
from services.policy.events.matching import NamedConditionDefined
from shared.contracts.facts import FactDefinition
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Role


class DefineCondition(Command):
    """Give a name its meaning. `catalogue` and `others` are what the platform knows when it is asked."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{1,59}$", examples=["high-tech"])
    title: str = Field(min_length=2, max_length=120, examples=["高新技术企业"])
    rule: Condition
    catalogue: Mapping[str, FactDefinition] = Field({}, exclude=True)
    others: Mapping[str, Condition] = Field({}, exclude=True)


class NamedConditionState(State):
    """The meaning in force."""

    defined: NamedConditionDefined


def decide(state: NamedConditionState | None, command: DefineCondition, context: Context) -> Sequence[Event]:
    """The data bureau alone defines what all departments use; the same meaning twice is one."""
    if not context.actor.has(Role.DATA_BUREAU, Role.OPERATOR, Role.SYSTEM):
        title = "命名条件由市数政局统一定义，请联系市数政局。"
        raise Refused("policy.data-bureau-only", title, because=Because.FORBIDDEN)
    if state is not None and (state.defined.title, state.defined.rule) == (command.title, command.rule):
        return []
    errors = list(problems_in(command.rule, command.catalogue, command.others, "rule"))
    if depth(command.rule) > DEEPEST:
        errors.append(FieldError(field="rule", code="too-deep", message=f"条件最多嵌套{DEEPEST}层，请拆分。"))
    if way := cycle(command.name, command.rule, command.others):
        message = f"命名条件不能引用自己：{' → '.join(way)}，请改正。"
        errors.append(FieldError(field="rule", code="cycle", message=message))
    if errors:
        title = f"命名条件有{len(errors)}处需要改正，请逐项改正后重新提交。"
        raise Refused("policy.condition-invalid", title, errors, Because.INVALID)
    version = state.defined.version + 1 if state else 1
    return [NamedConditionDefined(name=command.name, title=command.title, rule=command.rule, version=version)]


def evolve(_state: NamedConditionState | None, event: Event) -> NamedConditionState:
    assert isinstance(event, NamedConditionDefined)  # noqa: S101 - the aggregate has no other event
    return NamedConditionState(defined=event)


named_condition = Decider("condition", NamedConditionState, decide, evolve)
