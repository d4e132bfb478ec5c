"""An application's own steps of a payment plan, each given together with its payment's; pure (articles 7, 20)."""

from __future__ import annotations

from collections.abc import Sequence

from services.application.decider.commands import PutOnPlan, TakeOffPlan
from services.application.decider.state import (
    ApplicationState,
    about,
    require_department,
    require_platform,
    require_stage,
)
from services.application.events.payout import ApplicationPutOnPlan, ApplicationTakenOffPlan
from shared.eventstore.decider import Context, Refused
from shared.eventstore.events import Event
from shared.security.actor import Role

STAFF = (Role.OFFICER, Role.DEPARTMENT_HEAD)
MOVED = "application.payout-moved"  # amount or account are others by now: to be tried with them


def put_on(state: ApplicationState, command: PutOnPlan, context: Context) -> Sequence[Event]:
    """What is approved, and not before the public any more; once, with the amount and account that are its own now."""
    require_platform(context)
    if state.plan == command.plan:
        return []
    require_not_planned(state)
    require_stage(state, "reviewed")
    number = state.submitted.number
    if not state.approved:
        raise Refused("application.not-to-pay", f"申报 {number} 未获通过，不能列入拨付计划。")
    if state.announcement is not None and not state.final:
        raise Refused("application.not-to-pay", f"申报 {number} 的结果正在公示，请在结果确认后再列入拨付计划。")
    if (command.amount_fen, command.account) != (state.granted_fen, state.account):
        raise Refused(MOVED, f"申报 {number} 的金额或收款账户已有变动，请重新列入拨付计划。")
    return [ApplicationPutOnPlan(**about(state), plan=command.plan)]


def take_off(state: ApplicationState, command: TakeOffPlan, context: Context) -> Sequence[Event]:
    """By the department or finance, as the payment itself decides."""
    if state.plan != command.plan:
        return []
    if not context.actor.has(Role.FINANCE):
        require_department(state, context, *STAFF)
    return [ApplicationTakenOffPlan(**about(state), plan=command.plan)]


def require_not_planned(state: ApplicationState) -> None:
    """Refuses what would leave a payment without its ground, and says what to do first."""
    if state.plan is not None:
        title = f"申报 {state.submitted.number} 已列入拨付计划 {state.plan}，请先将其移出拨付计划，再办理这一步。"
        raise Refused("application.on-payment-plan", title)
