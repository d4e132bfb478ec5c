"""What an enterprise's aggregate decides: its registration, and its profile by source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from services.registry.decider.commands import (
    DisputeFact,
    EnterpriseCommand,
    ExpireFacts,
    RaiseDisputeOverdue,
    RecomputeDisputeDeadline,
    RegisterEnterprise,
    SettleDispute,
    StateFacts,
    WithdrawFact,
)
from services.registry.decider.disputing import dispute, raise_overdue, recompute, settle
from services.registry.decider.holding import with_what_holds
from services.registry.decider.registering import register
from services.registry.decider.rights import require_own, require_platform
from services.registry.decider.state import EnterpriseState, evolve
from services.registry.decider.stating import state_facts, withdraw
from shared.eventstore.decider import Because, Context, Decider, Refused
from shared.eventstore.events import Event


def decide(state: EnterpriseState | None, command: EnterpriseCommand, context: Context) -> Sequence[Event]:
    """What the command leads to, and after it what that changes in the profile.

    An enterprise need not be registered to have a profile: departments know of many that never came.
    """
    events = _asked(state, command, context)
    if not events and not isinstance(command, ExpireFacts):
        return []
    return with_what_holds(state, events, context)


def _asked(state: EnterpriseState | None, command: EnterpriseCommand, context: Context) -> Sequence[Event]:
    match command:
        case RegisterEnterprise():
            return register(state, command, context)
        case StateFacts():
            return state_facts(state, command, context)
        case WithdrawFact():
            return withdraw(_known(state), command, context)
        case DisputeFact():
            require_own(context.actor, command.uscc, "对")  # before it is told whether there is anything
            return dispute(_known(state), command, context)
        case SettleDispute():
            return settle(_known(state), command, context)
        case RaiseDisputeOverdue():
            return raise_overdue(_known(state), command.number, context)
        case RecomputeDisputeDeadline():
            return recompute(_known(state), command.number, context)
        case ExpireFacts():
            require_platform(context)
            return []
        case _:
            assert_never(command)


def _known(state: EnterpriseState | None) -> EnterpriseState:
    if state is None:
        raise Refused(
            "registry.profile-empty",
            "平台还没有这家企业的任何数据，请核对统一社会信用代码。",
            because=Because.NOT_FOUND,
        )
    return state


enterprise: Decider[EnterpriseState, EnterpriseCommand] = Decider("enterprise", EnterpriseState, decide, evolve)
