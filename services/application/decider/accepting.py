"""Acceptance: taken, not taken with all reasons, or withdrawn (article 19)."""

from __future__ import annotations

from collections.abc import Sequence

from services.application.decider.commands import (
    AcceptApplication,
    DeclineApplication,
    GivePayee,
    RaiseAcceptanceOverdue,
    WithdrawApplication,
)
from services.application.decider.state import (
    ApplicationState,
    about,
    evolve,
    require_answered,
    require_department,
    require_platform,
    require_stage,
)
from services.application.decider.stepping import begin, close, waited_for
from services.application.decider.submitting import at_counter, require_applicant
from services.application.decider.taken import ACCEPTANCE, require_not_taken
from services.application.events import (
    AcceptanceOverdue,
    ApplicationAccepted,
    ApplicationNotAccepted,
    ApplicationWithdrawn,
    PayeeGiven,
)
from shared.calendar import LimitClock
from shared.eventstore.decider import Because, Context, Refused
from shared.eventstore.events import Event
from shared.security.actor import Role

ACCEPTORS = (Role.OFFICER, Role.DEPARTMENT_HEAD)
REVIEWERS = (*ACCEPTORS, Role.REVIEWER)


def accept(state: ApplicationState, _command: AcceptApplication, context: Context) -> Sequence[Event]:
    """The promised limit begins: counting starts on the next working day; so do the first steps of the review."""
    require_department(state, context, *ACCEPTORS)
    require_stage(state, "submitted")
    require_answered(state)
    require_not_taken(state.taken, context.actor.department, ACCEPTANCE)
    clock = LimitClock.start(context.calendar, state.submitted.promised_days, context.today)
    accepted = ApplicationAccepted(**about(state), accepted_on=context.today, clock=clock)
    return [accepted, *begin(evolve(state, accepted), context)]


def decline(state: ApplicationState, command: DeclineApplication, context: Context) -> Sequence[Event]:
    """Final; the reasons are all the applicant will be told, so they are all told."""
    require_department(state, context, *ACCEPTORS)
    require_stage(state, "submitted")
    require_not_taken(state.taken, context.actor.department, ACCEPTANCE)
    return [ApplicationNotAccepted(**about(state), reasons=command.reasons)]


def withdraw(state: ApplicationState, command: WithdrawApplication, context: Context) -> Sequence[Event]:
    """By the enterprise, or at the counter on its behalf, until the review is over."""
    require_own(state, context, "撤回", command.visit)
    if state.stage == "withdrawn":
        return []
    require_stage(state, "submitted", "accepted", "scored")
    withdrawn = ApplicationWithdrawn(**about(state), reason=command.reason, departments=waited_for(state))
    return [*close(state), withdrawn, *at_counter(withdrawn, command.visit, "withdraw", context)]


def give_payee(state: ApplicationState, command: GivePayee, context: Context) -> Sequence[Event]:
    """By the enterprise alone, at any time: what is planned already follows, or refuses, in the same transaction."""
    if context.actor.enterprise != state.submitted.enterprise:
        title = "只能为您本人所属企业的申报填写收款账户。"
        raise Refused("application.not-your-enterprise", title, because=Because.FORBIDDEN)
    require_stage(state, "submitted", "accepted", "scored", "reviewed")
    if state.account == command.account:
        return []
    return [PayeeGiven(**about(state), **command.model_dump())]


def raise_overdue(state: ApplicationState, _command: RaiseAcceptanceOverdue, context: Context) -> Sequence[Event]:
    """Exactly once; what nobody took is never accepted silently."""
    require_platform(context)
    clock = state.acceptance
    if state.stage != "submitted" or state.unaccepted or clock is None or not clock.is_overdue(context.today):
        return []
    return [AcceptanceOverdue(**about(state), due_on=clock.due.day, limit_days=clock.limit_days)]


def require_own(state: ApplicationState, context: Context, what: str, visit: str | None) -> None:
    """Only the enterprise itself, or who acts at the counter on its behalf."""
    require_applicant(state.submitted.enterprise, visit, context, f"只能为您本人所属企业的申报{what}。")
