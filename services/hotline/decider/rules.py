"""The rules of handling: set by the data bureau, each time as a whole, with a reason; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from services.hotline.classification.suggestion import Urgency
from services.hotline.decider.commands import Reason
from services.hotline.events.rules import STANDARD, HandlingRules, RulesSet
from shared.contracts.hotline import Nature
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Role

RULES = "tickets"  # the key of the only one


class SetRules(Command):
    """The rules from now on."""

    rules: HandlingRules
    reason: Reason


class RulesState(State):
    """What holds now."""

    rules: HandlingRules = STANDARD


def decide(state: RulesState | None, command: SetRules, context: Context) -> Sequence[Event]:
    """By the data bureau; every nature and urgency has its limit. The same rules again change nothing."""
    if not context.actor.has(Role.DATA_BUREAU):
        raise Refused("hotline.not-yours", "办理时限和规则由市数政局设定。", because=Because.FORBIDDEN)
    errors = [
        FieldError(field=f"rules.limits.{nature}.{urgency}", code="missing", message="请设定这一类诉求的答复时限。")
        for nature in get_args(Nature)
        for urgency in get_args(Urgency)
        if command.rules.limit(nature, urgency) is None
    ]
    too_sure = {"confidence_else": command.rules.confidence_else} | {
        f"confidence.{name}": value for name, value in command.rules.confidence.items()
    }
    errors += [
        FieldError(
            field=f"rules.{name}", code="out-of-range", message="置信度应在0.5到1.01之间，大于1表示一律由人工确认。"
        )
        for name, value in too_sure.items()
        if not 0.5 <= value <= 1.01
    ]
    if errors:
        raise Refused(
            "hotline.invalid-rules", f"规则有{len(errors)}处需要改正，请改正后重新提交。", errors, Because.INVALID
        )
    if (state or RulesState()).rules == command.rules:
        return []
    return [RulesSet(rules=command.rules, reason=command.reason)]


def evolve(_state: RulesState | None, event: Event) -> RulesState:
    """The rules after an event."""
    assert isinstance(event, RulesSet)  # noqa: S101 - the only one
    return RulesState(rules=event.rules)


handling_rules = Decider("rules", RulesState, decide, evolve)
